"""Users, pipelines and stages that sources bring: many at once, renamed, and two sources together."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from connectors.connector import SourceRecord
from hub.batching import PORTION
from hub.opening import Hub, open_hub
from hub.undo import undo_run
from storage import roster
from storage.hot import Writer
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import contact, deal, owner, rows, run
from tests.hub.test_review_together import together

STAGES = (
    "SELECT p.name, s.name FROM stage s JOIN pipeline p ON p.id = s.pipeline_id "
    "JOIN outside_id o ON o.kind = 'stage' AND o.record_id = s.id WHERE o.source = 'crm' ORDER BY o.value"
)
PIPELINES = (
    "SELECT o.source, o.value, p.name FROM pipeline p JOIN outside_id o ON o.kind = 'pipeline' AND o.record_id = p.id "
    "ORDER BY o.source, o.value"
)


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def pipeline(key: str, label: str, **stages: str) -> SourceRecord:
    """A HubSpot pipeline; its stages by id."""
    listed = [
        {"id": id_, "label": name, "displayOrder": n, "metadata": {"isClosed": "false", "probability": "0.5"}}
        for n, (id_, name) in enumerate(stages.items())
    ]
    return SourceRecord(key, {"id": key, "label": label, "archived": False, "stages": listed})


def test_two_stages_and_two_pipelines_may_swap_their_names(hub: Hub) -> None:
    """Someone tidied up at the source; each keeps its row, and the deals in it."""
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second"), pipeline("2", "Renewal")]})
    stage_ids = dict(rows(hub, "SELECT value, record_id FROM outside_id WHERE kind = 'stage'"))
    swapped = [pipeline("1", "Renewal", a="Second", b="First"), pipeline("2", "New")]
    assert run(hub, {"pipelines": swapped})["pipelines"].state == "done"
    assert rows(hub, STAGES) == [("Renewal", "Second"), ("Renewal", "First")]
    assert rows(hub, PIPELINES) == [("crm", "1", "Renewal"), ("crm", "2", "New")]
    assert dict(rows(hub, "SELECT value, record_id FROM outside_id WHERE kind = 'stage'")) == stage_ids


def test_a_stage_renamed_to_one_that_the_source_has_dropped_stays_apart_from_it(hub: Hub) -> None:
    """The dropped one may still hold deals; the stream goes on, also the next time."""
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second")]})
    for label in ("New", "New business"):
        assert run(hub, {"pipelines": [pipeline("1", label, a="Second")]})["pipelines"].state == "done"
    assert rows(hub, STAGES) == [("New business", "Second (crm)"), ("New business", "Second")]


def test_a_new_stage_that_takes_over_a_name_is_a_stage_of_its_own(hub: Hub) -> None:
    """The old stage got another name at the same time; its deals stay with it."""
    run(hub, {"pipelines": [pipeline("1", "New", a="First")]})
    run(hub, {"pipelines": [pipeline("1", "New", b="First", a="Before the first")]})
    assert rows(hub, STAGES) == [("New", "Before the first"), ("New", "First")]


def test_what_a_source_changed_of_pipelines_and_users_can_be_undone(hub: Hub) -> None:
    """Bulk writes are journalled like all others."""
    run(hub, {"owners": [owner("1", "dora@x.example")], "pipelines": [pipeline("1", "New", a="First")]})
    before = rows(hub, STAGES), rows(hub, 'SELECT id, email, status FROM "user" ORDER BY id')
    gone = SourceRecord("1", {"id": "1", "email": "dora@x.example", "archived": True})
    changed = {"owners": [gone, owner("2", "new@x.example")], "pipelines": [pipeline("1", "Old", a="Last", b="First")]}
    reports = run(hub, changed)
    undo_run(hub, reports["owners"].run)
    assert (rows(hub, STAGES), rows(hub, 'SELECT id, email, status FROM "user" ORDER BY id')) == before


def test_an_owner_who_changed_the_address_stays_the_same_user(hub: Hub) -> None:
    """Known by the source's id; a new owner of the old address is somebody else."""
    run(hub, {"owners": [owner("1", "sales@x.example")]})
    run(hub, {"owners": [owner("2", "sales@x.example"), owner("1", "Dora@x.example")]})
    found = rows(
        hub, "SELECT value, email FROM outside_id JOIN \"user\" ON id = record_id WHERE kind = 'user' ORDER BY 1"
    )
    assert found == [("1", "dora@x.example"), ("2", "sales@x.example")]


def test_users_take_no_query_each(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands is read once a transaction (250 records); a query for each took minutes for a large company."""
    asked: list[str] = []
    select = Writer.select

    def counted(writer: Writer, sql: str, row: Any = ()) -> list[Any]:
        asked.append(sql)
        return select(writer, sql, row)

    monkeypatch.setattr(Writer, "select", counted)
    needed = []
    for count in (10, PORTION, 4 * PORTION):
        asked.clear()
        run(hub, {"owners": [owner(f"{count}-{n}", f"o{n}@{count}.example") for n in range(count)]})
        needed.append(len(asked))
    assert needed[1] <= needed[0] + 10
    assert needed[2] <= 4 * needed[1]


def test_two_sources_that_bring_the_same_user_and_pipeline_at_once_both_go_through(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is one; the pipelines, whose stages differ, are kept apart by name."""
    barrier = threading.Barrier(2, timeout=1)
    outside_ids = roster.outside_ids

    def asked(*arguments: Any) -> Any:
        result = outside_ids(*arguments)
        with suppress(threading.BrokenBarrierError):  # broken: the other one waits for us to commit, as it should
            barrier.wait()
        return result

    monkeypatch.setattr(roster, "outside_ids", asked)
    script = {"owners": [owner("1", "dora@x.example")], "pipelines": [pipeline("1", "New", a="First")]}

    def states(own: Hub, source: str) -> list[str]:
        return [report.state for report in run(own, script, source=source).values()]

    with open_hub(hub.home) as other:
        assert together(lambda: states(hub, "crm"), lambda: states(other, "two")) == [["done", "done"]] * 2
    assert rows(hub, "SELECT COUNT(*) FROM \"user\" WHERE email = 'dora@x.example'") == [(1,)]
    assert sorted(name for _, _, name in rows(hub, PIPELINES)) in (["New", "New (crm)"], ["New", "New (two)"])


def test_a_deal_finds_the_stage_that_was_moved_to_another_pipeline(hub: Hub) -> None:
    """The source's id leads to where the stage is now."""
    people = [contact("1", "Ada", "Byron", "ada@x.example", lifecyclestage="customer")]
    run(hub, {"pipelines": [pipeline("1", "New", a="First"), pipeline("2", "Renewal", b="Asked")]})
    moved = [pipeline("1", "New", c="Other"), pipeline("2", "Renewal", b="Asked", a="First")]
    run(hub, {"pipelines": moved, "contacts": people, "deals": [deal("9", "Pilot", ["1"], dealstage="a")]})
    found = (
        "SELECT p.name, s.name FROM deal d JOIN stage s ON s.id = d.stage_id JOIN pipeline p ON p.id = s.pipeline_id"
    )
    assert rows(hub, found) == [("Renewal", "First")]
