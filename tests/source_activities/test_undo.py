"""A run that brought activities is taken back whole, and one that died leaves nothing half done."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from benchmarks.state import differences, state_of
from connectors.connector import SourceRecord
from hub.activities import add, complete
from hub.database import examine
from hub.opening import Hub, database_url, open_hub
from hub.undo import undo_run
from storage.hot import Writer
from tests.source_activities.account import fed, gone, note, record, rows, sync, write_mappings
from tests.source_activities.conftest import TOML

Script: TypeAlias = dict[str, list[SourceRecord]]

ANN = record("1", first="Ann", last="Costa", email="ann@vela.example")
TOM = record("2", first="Tom", last="Baker", email="tom@baker.example")
VELA = record("9", name="Vela SA")
SALE = record("7", name="Forty pieces", firm="9")
NOTE = note("a", person="1")
CALL = note("c", person="1", sale="7", number="1", outcome="Left message")

CASES: dict[str, tuple[Script, Script]] = {
    "new ones": ({"people": [ANN]}, {"notes": [NOTE], "calls": [CALL], "tasks": [note("t", person="1")]}),
    "people and theirs": ({}, {"firms": [VELA], "people": [ANN], "sales": [SALE], "notes": [NOTE], "calls": [CALL]}),
    "a change": ({"people": [ANN], "notes": [NOTE]}, {"notes": [note("a", "Other", person="1")]}),
    "a move": ({"people": [ANN, TOM], "notes": [NOTE]}, {"notes": [note("a", person="2")]}),
    "a call's deal": (
        {"firms": [VELA], "people": [ANN], "sales": [SALE], "calls": [note("c", person="1")]},
        {"calls": [CALL]},
    ),
    "a call's deal that was waited for": (
        {"firms": [VELA], "people": [ANN], "calls": [CALL]},
        {"sales": [SALE]},
    ),
    "a deletion": (
        {"firms": [VELA], "people": [ANN], "sales": [SALE], "notes": [NOTE], "calls": [CALL]},
        {"notes": [gone("a")], "calls": [gone("c")]},
    ),
    "a return": ({"people": [ANN], "notes": [NOTE]}, {"notes": [NOTE]}),
    "one left out": ({"people": [ANN], "notes": [NOTE]}, {"notes": [note("a", person="1", kind="draft")]}),
    "a hold": ({"people": [ANN], "notes": [NOTE]}, {"notes": [note("a", person="5")]}),
    "somebody who was waited for": ({"notes": [NOTE]}, {"people": [ANN]}),
    "somebody better": ({"firms": [VELA], "notes": [note("a", person="1", firm="9")]}, {"people": [ANN]}),
    "somebody waited for in silence": ({"mails": [note("m", address="ann@vela.example")]}, {"people": [ANN]}),
    "a ticket and its lead": (
        {},
        {"tickets": [record("5", sales=True, last="Li", email="li@x.example", status="new")]},
    ),
    "a lead that becomes a contact": (
        {"people": [ANN], "notes": [NOTE]},
        {"people": [record("1", kind="customer", first="Ann", last="Costa", email="ann@vela.example")]},
    ),
    "tags": ({"people": [ANN]}, {"marks": [record("m", tags=["fair"], person="1")]}),
    "other tags": (
        {"people": [ANN], "marks": [record("m", tags=["fair"], person="1")]},
        {"marks": [record("m", tags=["vip"], person="1")]},
    ),
}

GONE_BEFORE = {"a return": ("a",)}
"""Case → the notes that are gone again before the run that is taken back."""

_STATE = {
    "figures": "SELECT record_type, record_id, first_activity_at, last_activity_at, last_activity_type, "
    "last_communication_at, open_tickets FROM figure",
    "note": "SELECT id, resource_type, resource_id, content, noted_at, version FROM note",
    "task": "SELECT id, resource_type, resource_id, content, completed, created_at FROM task",
    "call": "SELECT id, resource_type, resource_id, summary, outcome_id FROM call",
    "email": "SELECT id, resource_type, resource_id, subject FROM email",
    "ticket": "SELECT id, resource_type, resource_id, status FROM ticket",
    "beside": "SELECT value, record_id FROM facet WHERE record_type = 'call'",
    "links": "SELECT source_record_id, mapping, record_type, record_id, role FROM link",
    "tags": "SELECT id, CAST(tags AS text) FROM lead",
    "waiting": "SELECT source_record_id, lookup, value, stream, field FROM pending_ref",
}


def state(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """All that must be as it was."""
    shown = {name: sorted(rows(hub, sql), key=str) for name, sql in _STATE.items()}
    return {**state_of(database_url(hub.home, hub.settings)), **shown}


def whole(hub: Hub) -> None:
    """Nothing that is stored contradicts itself."""
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def last_run(hub: Hub) -> int:
    """The newest run's number."""
    found: int = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    return found


@pytest.mark.parametrize("case", CASES)
def test_an_undo_restores_what_was_there_and_the_next_sync_brings_it_again(hub: Hub, case: str) -> None:
    """Rows, places, figures, tags, links, holds, and what waits."""
    before, after = CASES[case]
    for name in after:
        sync(hub, **{name: []})
    sync(hub, **before)
    for key in GONE_BEFORE.get(case, ()):
        sync(hub, notes=[gone(key)])
    was = state(hub)
    sync(hub, **after)
    run = last_run(hub)
    became = state(hub)
    report = undo_run(hub, run)
    assert differences(was, _without_cursors(state(hub), was)) == []
    assert not report.left
    whole(hub)
    sync(hub, **after)
    assert {name: len(told) for name, told in state(hub).items()} == {name: len(told) for name, told in became.items()}
    whole(hub)


def _without_cursors(now: dict[str, list[Any]], was: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {**now, "cursors": was["cursors"]}


def test_an_undo_leaves_what_people_did_something_with(hub: Hub) -> None:
    """A task done by hand stays, with whom it stands at; the undo says so."""
    sync(hub, people=[ANN], tasks=[note("t", person="1"), note("s", person="1")])
    complete(hub, rows(hub, "SELECT id FROM task ORDER BY id")[0][0], by="ann@example.com")
    report = undo_run(hub, rows(hub, "SELECT MIN(id) FROM run")[0][0])
    assert rows(hub, "SELECT completed FROM task") in ([(1,)], [(True,)])
    assert "task" in {left.record_type for left in report.left}
    assert fed(hub, "people", "1", "lead") is not None
    whole(hub)


def test_a_run_that_dies_anywhere_ends_as_one_that_did_not(tmp_path: Path) -> None:
    """Struck before each write in turn, and run again."""
    script: list[Script] = [
        {"notes": [note("a", person="1", firm="9", sale="7")], "mails": [note("m", address="ann@vela.example")]},
        {"firms": [VELA], "people": [ANN], "sales": [SALE], "calls": [CALL], "notes": [note("b", person="1")]},
        {"people": [record("1", kind="customer", last="Costa", email="ann@vela.example")], "notes": [gone("b")]},
    ]
    homes = [tmp_path / name for name in ("unbroken", "struck")]
    for home in homes:
        home.mkdir()
        (home / "hub.toml").write_text(TOML, encoding="utf-8")
        write_mappings(home)
    with open_hub(homes[0]) as unbroken, open_hub(homes[1]) as struck:
        for step in script:
            sync(unbroken, **step)
        writes = 0
        for step in script:
            while _dies(struck, step, writes):
                writes += 3
            writes = 0
        assert differences(_names(unbroken), _names(struck)) == []
        whole(struck)


class _StruckError(Exception):
    pass


def _dies(hub: Hub, step: Script, after: int) -> bool:
    """Sync, but die at the write after so many; tells whether it did."""
    left = [after]

    def dying(name: str) -> Any:
        usual = getattr(Writer, name)

        def write(self: Writer, *args: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise _StruckError
            return usual(self, *args)

        return write

    with pytest.MonkeyPatch.context() as patch:
        for name in ("insert", "update", "delete", "execute"):
            patch.setattr(Writer, name, dying(name))
        try:
            sync(hub, **step)
        except _StruckError:
            return True
        except AssertionError:
            return True
    return False


def _names(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """What stands where, without ids and counts of runs."""
    return {
        "notes": rows(hub, "SELECT content, resource_type, resource_id FROM note ORDER BY 1"),
        "calls": rows(hub, "SELECT summary, resource_type FROM call ORDER BY 1"),
        "mails": rows(hub, "SELECT subject, resource_type FROM email ORDER BY 1"),
        "figures": rows(hub, "SELECT record_type, last_activity_at, last_communication_at FROM figure ORDER BY 1, 2"),
        "waiting": rows(hub, "SELECT lookup, value FROM pending_ref ORDER BY 1, 2"),
        "held": rows(hub, "SELECT mapping, code FROM held WHERE released_at IS NULL ORDER BY 1"),
    }


def test_a_lead_to_which_a_later_run_attached_something_stays(hub: Hub) -> None:
    """As with what people attach."""
    sync(hub, people=[ANN])
    first = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    sync(hub, notes=[NOTE])
    report = undo_run(hub, first)
    assert {left.record_type for left in report.left} >= {"lead"}
    add(hub, "note", {"content": "Still there"}, ("lead", fed(hub, "people", "1", "lead") or 0), by="ann@example.com")
    whole(hub)
