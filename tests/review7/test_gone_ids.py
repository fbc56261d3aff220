"""A record that says by an id that it is another one of its source: when that one is gone there, so is it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.connector import SourceRecord
from hub.opening import Hub
from hub.undo import undo_run
from tests.conversion.world import breaches, bring, lead_row
from tests.hub import test_review_helpers as scripted
from tests.hub.test_review_helpers import gone, rows, run

WHO = {"FirstName": "Ann", "LastName": "Li", "Email": "ann@li.example", "CreatedDate": "2026-01-01T00:00:00Z"}
LEAD, CONTACT = "00Q000000000002AAA", "003000000000001AAA"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Salesforce calls its streams otherwise."""
    monkeypatch.setattr(scripted, "KINDS", {**scripted.KINDS, "Contact": "people", "Lead": "people"})


def lead(**more: Any) -> SourceRecord:
    """A lead of Salesforce's that was converted."""
    to = {"IsConverted": True, "ConvertedDate": "2026-01-02", "ConvertedContactId": CONTACT}
    return SourceRecord(LEAD, {"Id": LEAD, "Company": "Acme", **WHO, **to, **more})


def contact(**more: Any) -> SourceRecord:
    """The contact that it became."""
    return SourceRecord(CONTACT, {"Id": CONTACT, **WHO, "LastModifiedDate": "2026-01-03T00:00:00Z", **more})


def sync(hub: Hub, script: dict[str, list[SourceRecord]], source: str = "sf") -> int:
    """Sync a scripted Salesforce; gives the run."""
    reports = run(hub, script, source=source, connector="salesforce")
    assert {report.error for report in reports.values()} == {None}
    return next(iter(reports.values())).run


def how_gone(hub: Hub) -> list[Any]:
    return [how for (how,) in rows(hub, "SELECT gone_at_source FROM contact ORDER BY id")]


def test_a_converted_lead_does_not_keep_its_contact(hub: Hub) -> None:
    """The lead is there still, and says nothing but that it is that contact; undone, or back, all is as before."""
    sync(hub, {"Contact": [contact()], "Lead": [lead()]})
    number = sync(hub, {"Contact": [gone(CONTACT)]})
    assert how_gone(hub) == ["deleted"]
    assert undo_run(hub, number).left == []
    assert how_gone(hub) == [None]
    sync(hub, {"Contact": [gone(CONTACT)]})
    sync(hub, {"Lead": [lead(Company="Acme Inc")]})
    assert how_gone(hub) == ["deleted"], "the lead speaks again, and is still nobody"
    sync(hub, {"Contact": [contact(Title="CEO")]})
    assert how_gone(hub) == [None]
    assert breaches(hub) == []


def test_the_same_id_at_another_source_is_another_record(hub: Hub, tmp_path: Path) -> None:
    """Two accounts number each for itself; and who is known elsewhere is there."""
    sync(hub, {"Contact": [contact()], "Lead": [lead()]})
    sync(hub, {"Contact": [contact()], "Lead": [lead()]}, source="other")
    sync(hub, {"Contact": [gone(CONTACT)]})
    assert how_gone(hub) == [None]
    sync(hub, {"Contact": [gone(CONTACT)]}, source="other")
    assert how_gone(hub) == ["deleted"]
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "ann@li.example"))
    assert how_gone(hub) == [None]
