"""What Google answers when it does not answer, and who we are to it: tokens, rights, quotas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.google.api import pace_of
from connectors.google_sheets.connector import GoogleSheets
from connectors.google_sheets.settings import GoogleSheetsConfig
from sandbox.google import SCOPE, quota_used_up, refused
from sandbox.google_sheets import GoogleSheetsSandbox
from sandbox.people import sightings
from sandbox.vendor import Fault, html, status

ROWS = len(sightings("google_sheets"))
SHEETS, DRIVE = SCOPE + "spreadsheets.readonly", SCOPE + "drive.metadata.readonly"
QUICK = {"reads_per_minute": 1_000_000}


@pytest.fixture(scope="module")
def running() -> Iterator[GoogleSheetsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with GoogleSheetsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: GoogleSheetsSandbox) -> GoogleSheetsSandbox:
    """A running stand-in with its seeded spreadsheet."""
    running.reset()
    return running


def connect(vendor: GoogleSheetsSandbox, **settings: Any) -> GoogleSheets:
    """A connector pointed at the stand-in; a setting given as None is left out."""
    given = {**vendor.settings(), **QUICK, **settings}
    return GoogleSheets(GoogleSheetsConfig.model_validate({k: v for k, v in given.items() if v is not None}))


def read(vendor: GoogleSheetsSandbox, **settings: Any) -> int:
    """Read to the end; gives how many records came."""
    with connect(vendor, **settings) as sheets:
        return sum(len(page.records) for page in sheets.pull("rows", None))


def rate_limited(_: Request) -> Response:
    """Drive's way of saying 429."""
    error = {"code": 403, "message": "User Rate Limit Exceeded", "errors": [{"reason": "userRateLimitExceeded"}]}
    return JSONResponse({"error": error}, 403)


@pytest.mark.parametrize("path", ["/values:batchGet", "/drive/v3", "/token"])
@pytest.mark.parametrize("fault", [quota_used_up, status(500), html(200)], ids=["429", "500", "HTML"])
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: GoogleSheetsSandbox, fault: Fault, path: str) -> None:
    """Wherever it happens; Sheets tells no wait with its 429."""
    vendor.faults.add(fault, at=path)

    assert read(vendor) == ROWS
    assert len(vendor.calls) == 6


def test_a_rate_limit_told_as_403_is_one(vendor: GoogleSheetsSandbox) -> None:
    """Drive does so; taken for a missing right it would hide when anything changed."""
    vendor.faults.add(rate_limited, at="/drive/v3")

    with connect(vendor) as sheets:
        page = next(iter(sheets.pull("rows", None)))

    assert page.notices == ()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"valueRanges": []},
        {"valueRanges": [{"values": [["Email"]]}]},
        {"valueRanges": [{"values": "x"}, {}]},
        {"valueRanges": [{"values": [["Email"]]}, {"values": ["ann@example.com"]}]},
        {"error": {"code": 500}},
    ],
)
def test_an_answer_without_what_was_asked_for_is_no_empty_sheet(
    vendor: GoogleSheetsSandbox, body: dict[str, Any]
) -> None:
    """It is a fault that may pass."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/values")

    with pytest.raises(TransientError):
        read(vendor)


@pytest.mark.parametrize("size", [{}, {"rowCount": 10}, {"rowCount": "10", "columnCount": 2}])
def test_a_sheet_without_a_size_is_no_empty_sheet(vendor: GoogleSheetsSandbox, size: dict[str, Any]) -> None:
    """What would be asked for is not known."""
    body = {"sheets": [{"properties": {"title": "A", "gridProperties": size}}]}
    vendor.faults.add(lambda _: JSONResponse(body), at="/v4")

    with pytest.raises(TransientError, match="size"):
        read(vendor)


def test_unknown_fields_in_answers_do_no_harm(vendor: GoogleSheetsSandbox) -> None:
    """A vendor may add some any day."""
    told = {"modifiedTime": "2026-08-03T09:00:00Z", "capabilities": {"canRead": True}, "new": [1]}
    vendor.faults.add(lambda _: JSONResponse(told), at="/drive/v3")

    assert read(vendor) == ROWS


def test_a_token_is_had_once_and_used_for_all_calls(vendor: GoogleSheetsSandbox) -> None:
    """It is good for an hour."""
    with connect(vendor) as sheets:
        list(sheets.pull("rows", None))
        list(sheets.pull("rows", None))

    assert len([call for call in vendor.calls if call.path == "/token"]) == 1


def test_a_token_about_to_end_is_renewed_before_it_is_used(vendor: GoogleSheetsSandbox) -> None:
    """A minute ahead, so that it does not end under way."""
    vendor.expires_in = 30

    assert read(vendor) == ROWS
    assert len([call for call in vendor.calls if call.path == "/token"]) == 4


def test_a_token_that_is_refused_twice_is_an_error_of_credentials(vendor: GoogleSheetsSandbox) -> None:
    """No endless renewing."""
    vendor.faults.add(lambda _: refused(401, "UNAUTHENTICATED", "no"), at="/drive/v3", times=2)

    with pytest.raises(CredentialsError, match="UNAUTHENTICATED"):
        read(vendor)


def test_a_revoked_key_is_told_without_showing_it(vendor: GoogleSheetsSandbox) -> None:
    """Neither the error nor the settings show a key."""
    vendor.key_revoked = True

    with pytest.raises(CredentialsError, match="invalid_grant") as caught:
        read(vendor)

    config = GoogleSheetsConfig.model_validate({**vendor.settings(), "reads_per_minute": 60})
    assert "PRIVATE KEY" not in f"{caught.value!r}{caught.value.fix}{config!r}"


def test_check_of_a_revoked_key_is_an_error_of_credentials(vendor: GoogleSheetsSandbox) -> None:
    """The command line ends with its own exit code for this."""
    vendor.key_revoked = True

    with connect(vendor) as sheets, pytest.raises(CredentialsError):
        sheets.check()


def test_a_users_refresh_token_serves_as_well(vendor: GoogleSheetsSandbox) -> None:
    """With the OAuth client that it was given to."""
    given = {"client_id": "client-id", "client_secret": "client-secret", "refresh_token": vendor.refresh_token}

    assert read(vendor, service_account=None, **given) == ROWS
    with pytest.raises(CredentialsError) as caught:
        read(vendor, service_account=None, **{**given, "refresh_token": "1//old"})
    assert "refresh_token" in caught.value.fix


def test_a_ready_access_token_serves_until_it_ends(vendor: GoogleSheetsSandbox) -> None:
    """It cannot be renewed here, and the error says what could be."""
    token = vendor.new_token([SHEETS, DRIVE])

    assert read(vendor, service_account=None, access_token=token) == ROWS
    vendor.revoke_tokens()
    with pytest.raises(CredentialsError) as caught:
        read(vendor, service_account=None, access_token=token)
    assert "service_account" in caught.value.fix
    assert token not in str(caught.value)


def test_a_token_address_of_its_own_is_used(vendor: GoogleSheetsSandbox) -> None:
    """Before that in the key's file."""
    key = json.loads(vendor.key_file())
    key["token_uri"] = "https://oauth2.example.com/token"

    with pytest.raises(CredentialsError, match="invalid_grant"):  # the audience is another's
        read(vendor, service_account=json.dumps(key), token_url=f"{vendor.base_url}/token")

    assert [call.path for call in vendor.calls] == ["/token"]


def test_googles_usual_token_address_follows_base_url(vendor: GoogleSheetsSandbox) -> None:
    """A key file from the console names Google; `base_url` alone must lead elsewhere."""
    key = json.loads(vendor.key_file())
    key["token_uri"] = "https://oauth2.googleapis.com/token"
    vendor.faults.add(lambda _: JSONResponse({"access_token": vendor.new_token([SHEETS, DRIVE])}), at="/token")

    assert read(vendor, service_account=json.dumps(key)) == ROWS


@pytest.mark.parametrize("key", ["", "{}", "not json", '{"client_email": "a@b", "private_key": "-----BEGIN"}'])
def test_a_key_file_that_is_none_says_where_to_get_one(vendor: GoogleSheetsSandbox, key: str) -> None:
    """Before any call."""
    with pytest.raises(SetupError) as caught:
        read(vendor, service_account=key)

    assert "JSON key" in caught.value.fix
    assert vendor.calls == []


@pytest.mark.parametrize("given", [{}, {"access_token": "a", "service_account": "{}"}, {"client_id": "a"}])
def test_one_way_in_is_needed_and_no_more(given: dict[str, str]) -> None:
    """What is missing is said, and no secret with it."""
    with pytest.raises(ValidationError, match="give service_account") as caught:
        GoogleSheetsConfig.model_validate({"spreadsheet": "abc", **given})

    assert "input_value" not in str(caught.value)


def test_each_right_that_is_missing_is_named_by_check(vendor: GoogleSheetsSandbox) -> None:
    """Not shared; without the scope; Drive switched off; no such spreadsheet: four different ways out."""
    vendor.shared = False
    assert "share it" in failed(connect(vendor))["spreadsheet"]
    vendor.shared = True
    assert (
        "scopes" in failed(connect(vendor, service_account=None, access_token=vendor.new_token([DRIVE])))["spreadsheet"]
    )
    only_sheets = connect(vendor, service_account=None, access_token=vendor.new_token([SHEETS]))
    assert "scopes" in failed(only_sheets)["time of change"]
    vendor.drive_enabled = False
    assert "enable this API" in failed(connect(vendor))["time of change"]
    assert "check its id" in failed(connect(vendor, spreadsheet="abc"))["spreadsheet"]


def failed(sheets: GoogleSheets) -> dict[str, str]:
    """What fails in a check, with the way out."""
    with sheets:
        return {check.name: check.fix for check in sheets.check() if not check.ok}


@pytest.mark.parametrize(
    ("change", "message"),
    [({"shared": False}, "PERMISSION_DENIED"), ({"file_id": "other"}, "NOT_FOUND")],
)
def test_a_spreadsheet_that_is_not_ours_is_a_matter_of_setting_up(
    vendor: GoogleSheetsSandbox, change: dict[str, Any], message: str
) -> None:
    """It is not tried again, and nothing looks empty."""
    settings = vendor.settings()
    for name, value in change.items():
        setattr(vendor, name, value)

    with pytest.raises(SetupError, match=message):
        read(vendor, spreadsheet=settings["spreadsheet"])


@pytest.mark.parametrize("ending", ["/", "/v4", "/drive/v3"])
def test_an_api_root_as_base_url_is_understood(vendor: GoogleSheetsSandbox, ending: str) -> None:
    """Vendors' pages name their APIs so."""
    assert read(vendor, base_url=vendor.base_url + ending) == ROWS


def test_a_wrong_base_url_is_told(vendor: GoogleSheetsSandbox) -> None:
    """Plain http to another machine, and a path that nobody answers."""
    with pytest.raises(SetupError, match="unencrypted"):
        connect(vendor, base_url="http://sheets.example.com")
    with pytest.raises(SetupError, match="404"):
        read(vendor, base_url=f"{vendor.base_url}/elsewhere")


@pytest.mark.parametrize(("per_minute", "share"), [(60, 1.0), (60, 0.5), (300, 0.1), (1, 1.0), (60, 0.01)])
def test_no_minute_takes_more_than_our_share(per_minute: float, share: float) -> None:
    """Those that may go at once are counted in."""
    now = [0.0]
    pace = pace_of(per_minute, share, clock=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    times = []
    for _ in range(int(per_minute * 3)):
        pace.wait()
        times.append(now[0])

    busiest = max(sum(start <= at < start + 60 for at in times) for start in times)
    assert busiest <= max(2, per_minute * share + 1)
