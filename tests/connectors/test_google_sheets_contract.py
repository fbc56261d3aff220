"""Our requests against Google's own discovery documents, and what Google really answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from starlette.responses import JSONResponse

from connectors.errors import SetupError
from connectors.google_sheets.connector import GoogleSheets
from connectors.google_sheets.grid import ranges_of, sheet_of
from connectors.google_sheets.settings import GoogleSheetsConfig
from sandbox.google_sheets import GoogleSheetsSandbox
from tests.conftest import SHARED, needs_shared

pytestmark = needs_shared
RECORDED, CONTRACTS = SHARED / "recorded" / "google", SHARED / "contracts" / "google"


@pytest.fixture
def vendor() -> Iterator[GoogleSheetsSandbox]:
    """A running stand-in with its seeded spreadsheet."""
    with GoogleSheetsSandbox() as sandbox:
        yield sandbox


def connect(vendor: GoogleSheetsSandbox) -> GoogleSheets:
    """A connector pointed at the stand-in."""
    return GoogleSheets(GoogleSheetsConfig.model_validate({**vendor.settings(), "reads_per_minute": 1e6}))


def recorded(name: str) -> dict[str, Any]:
    """One recorded answer: status, headers, body."""
    answer: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())["response"]
    return answer


def methods(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give all methods of a discovery document."""
    for resource in part.get("resources", {}).values():
        yield from resource.get("methods", {}).values()
        yield from methods(resource)


def described(document: str, path: str) -> dict[str, Any]:
    """Give the parameters that a GET of a path takes, by the vendor's own description."""
    description: dict[str, Any] = json.loads((CONTRACTS / document).read_text())
    base = description["basePath"] or "/"
    for method in methods(description):
        pattern = re.sub(r"\{\w+\}", "[^/]+", base + method.get("flatPath", method["path"]))
        if method["httpMethod"] == "GET" and re.fullmatch(pattern, path):
            return {**description["parameters"], **method["parameters"]}
    raise AssertionError(path)


def test_every_request_is_one_that_google_describes(vendor: GoogleSheetsSandbox) -> None:
    """Paths, and query parameters with their closed value sets."""
    with connect(vendor) as sheets:
        sheets.check()
        sheets.discover("rows")
        list(sheets.pull("rows", None))

    for call in [call for call in vendor.calls if call.path != "/token"]:
        document = "drive.v3.json" if call.path.startswith("/drive") else "sheets.v4.json"
        known = described(document, unquote(call.path))
        for name, value in parse_qsl(call.query):
            assert value in known[name].get("enum", [value])


def test_the_rights_asked_for_are_enough_for_every_call() -> None:
    """One of the scopes that Google lists for each."""
    wanted = {
        "sheets.v4.json": ("spreadsheets.readonly", {"sheets.spreadsheets.get", "sheets.spreadsheets.values.batchGet"}),
        "drive.v3.json": ("drive.metadata.readonly", {"drive.files.get"}),
    }
    for document, (scope, ids) in wanted.items():
        found = {
            m["id"]: m["scopes"] for m in methods(json.loads((CONTRACTS / document).read_text())) if m["id"] in ids
        }
        assert set(found) == ids
        assert all(f"https://www.googleapis.com/auth/{scope}" in scopes for scopes in found.values())


def test_a_recorded_spreadsheet_is_read() -> None:
    """An emoji in the title, a zone, a grid."""
    body = recorded("spreadsheet-get-1")["body"]

    sheet = sheet_of(body, None)

    assert sheet.zone == "Etc/GMT"
    assert (sheet.rows, sheet.columns) == (1000, 26)


def test_recorded_values_are_read() -> None:
    """Trailing cells and rows are not there."""
    body = recorded("values-batch-get-1")["body"]

    assert ranges_of(body, ["a", "b", "c"]) == [[["🍇"], ["🍐"]], [["🍉"], ["🍎"]], [["🍋"], ["🍓"]]]


def test_a_recorded_time_of_change_is_a_mark(vendor: GoogleSheetsSandbox) -> None:
    """Without a version, which was not asked for then."""
    body = recorded("drive-file-modified-time-1")["body"]
    vendor.faults.add(lambda _: JSONResponse(body), at="/drive/v3")

    with connect(vendor) as sheets:
        page = next(iter(sheets.pull("rows", None)))

    assert page.cursor is not None
    assert page.cursor["mark"] == "2023-07-25T15:39:36.723Z"


@pytest.mark.parametrize(
    ("name", "fix"), [("permission-denied-403-1", "share it"), ("spreadsheet-not-found-404-1", "check its id")]
)
def test_recorded_refusals_are_told_apart(vendor: GoogleSheetsSandbox, name: str, fix: str) -> None:
    """Not ours to read, and not there."""
    answer = recorded(name)
    vendor.faults.add(lambda _: JSONResponse(answer["body"], answer["status"]), at="/v4/spreadsheets")

    with connect(vendor) as sheets, pytest.raises(SetupError) as caught:
        list(sheets.pull("rows", None))

    assert fix in caught.value.fix


def test_the_stand_in_quotes_ranges_as_google_does(vendor: GoogleSheetsSandbox) -> None:
    """A title with a space and an emoji, in single quotes, as in the recorded answer."""
    told = recorded("values-batch-get-1")["body"]["valueRanges"][0]["range"]

    assert told.startswith("'🌵 test_values_batch_get 1'!A1:")
    with connect(vendor) as sheets:
        assert len(list(sheets.pull("rows", None))) == 1
