"""A sync as a Prefect flow: the same work, tried again where that helps, and nothing personal told."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from flows.discretion import UnexpectedError, discreet
from flows.publishing import artifact_name
from flows.sync import run_sync
from flows.sync_all import sync_all
from hub.opening import open_hub
from hub.runs import Options
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.vendor import status
from sell_model.errors import HubError
from storage.run_listing import list_runs
from tests.flows.conftest import write_home

SHEET = '[sources.sheet]\nconnector = "csv"\npath = "leads.csv"\n'


@pytest.fixture
def home(tmp_path: Path, prefect_api: str) -> Path:
    return write_home(tmp_path / "home", SHEET)


def test_a_flow_does_what_the_hub_does_in_process(home: Path) -> None:
    """The engine decides when, never what: the second run finds all as it was."""
    first = run_sync(home, "sheet", Options())
    again = run_sync(home, "sheet", Options(full=True))
    assert first[0]["state"] == "done_with_held"
    assert (first[0]["counts"]["created"], first[0]["counts"]["held"]) == (2, 1)
    assert again[0]["counts"]["created"] == 0
    assert again[0]["counts"]["unchanged"] == 3


def test_a_run_shows_its_counts_as_an_artifact(home: Path) -> None:
    """Whoever looks at Prefect sees what a run came to without opening the hub."""
    from prefect.artifacts import Artifact

    report = run_sync(home, "sheet", Options())[0]
    artifact: Any = Artifact.get("sync-sheet")
    assert f"| {report['run']} | rows | done_with_held | 3 | 2 |" in str(artifact.data)


def test_prefect_learns_no_personal_value(home: Path, prefect_home: Path) -> None:
    """Erasing somebody does not reach Prefect's database, so nothing of them may ever be in it."""
    run_sync(home, "sheet", Options(full=True))
    folder = prefect_home / ".sellhub" / "prefect"
    kept = b"".join(file.read_bytes() for file in folder.glob("*") if file.is_file())
    assert b"sheet" in kept
    for value in (b"ann.li", b"acme.example", b"no-address"):
        assert value not in kept


def test_what_may_pass_is_tried_again(tmp_path: Path, prefect_api: str) -> None:
    """A vendor that was away for a moment costs a retry, not a night without leads."""
    with HubSpotSandbox() as vendor:
        home = write_home(tmp_path / "home", _hubspot(vendor))
        vendor.faults.add(status(503), at="/objects/contacts")
        reports = run_sync(home, "crm", Options())
    contacts = [report for report in reports if report["stream"] == "contacts"]
    assert [report["state"] for report in contacts] == ["done_with_held"]
    assert len(vendor.faults._waiting) == 0


def test_a_wrong_token_is_not_tried_again(tmp_path: Path, prefect_api: str) -> None:
    """Trying a wrong password again locks accounts."""
    with HubSpotSandbox() as vendor:
        home = write_home(tmp_path / "home", _hubspot(vendor, token="pat-wrong"))
        with vendor.counting() as calls:
            reports = run_sync(home, "crm", Options())
    assert [report["state"] for report in reports] == ["failed"]
    assert len(calls) <= 2


def test_a_source_that_cannot_be_opened_says_so(home: Path) -> None:
    """The error is the hub's own, with its fix, not the engine's."""
    with pytest.raises(HubError, match="no source called 'shet'"):
        run_sync(home, "shet", Options())


def test_a_failed_run_stands_in_the_hub_as_failed(tmp_path: Path, prefect_api: str) -> None:
    """`sellhub run list` is the one place that knows all runs, whoever started them."""
    home = write_home(tmp_path / "home", SHEET.replace("leads.csv", "gone.csv"))
    reports = run_sync(home, "sheet", Options())
    assert [report["state"] for report in reports] == ["failed"]
    with open_hub(home) as hub, hub.store.read() as db:
        assert [run.state for run in list_runs(db)] == ["failed"]


def test_all_sources_run_though_one_fails(tmp_path: Path, prefect_api: str) -> None:
    """One broken spreadsheet must not stop the others, nor be hidden by them."""
    broken = SHEET.replace("sheet", "broken").replace("leads.csv", "gone.csv")
    home = write_home(tmp_path / "home", broken + SHEET)
    with pytest.raises(HubError, match="failed: broken"):
        sync_all(str(home))
    with open_hub(home) as hub, hub.store.read() as db:
        assert {run.source: run.state for run in list_runs(db)} == {"broken": "failed", "sheet": "done_with_held"}


def test_an_unforeseen_error_leaves_its_values_behind() -> None:
    """What nobody foresaw may bear anything; its kind and place are enough to find it."""
    with pytest.raises(UnexpectedError) as caught, discreet():
        raise ValueError("ann.li@acme.example is odd")
    told = "".join(traceback.format_exception(caught.value))
    assert "ValueError in test_sync_flow.py" in told
    assert "ann.li@acme.example is odd" not in told.replace('raise ValueError("ann.li@acme.example is odd")', "")


def test_a_known_error_leaves_its_cause_behind() -> None:
    """The hub's words are safe; the database's statement with its parameters is not."""
    error = HubError("the database refused")
    error.__cause__ = ValueError("parameters: ann.li")
    with pytest.raises(HubError) as caught, discreet():
        raise error
    assert caught.value.__cause__ is None
    assert "direct cause" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("source", "name"), [("HubSpot_EU", "hubspot-eu"), ("王", "source"), ("a", "a")])
def test_any_name_of_a_source_can_name_an_artifact(source: str, name: str) -> None:
    """Prefect takes small letters, digits and dashes only."""
    assert artifact_name(source) == name


def _hubspot(vendor: HubSpotSandbox, **changes: str) -> str:
    settings = vendor.settings() | changes
    lines = "\n".join(f'{name} = "{value}"' for name, value in settings.items())
    return f'[sources.crm]\nconnector = "hubspot"\nattempts = 1\nstreams = ["contacts"]\n{lines}\n'
