"""Deals, stages and pipelines beside syncs and undo: what a reviewer tried to break."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime
from threading import Thread

import pytest

from hub import activities, adding, editing, lists, pipeline_desk, stage_desk, stage_removing
from hub.by_hand import by_hand
from hub.database import examine
from hub.deal_moving import To, move
from hub.opening import Hub, open_hub
from hub.undo import undo_run
from sell_model.errors import SetupError
from storage import pipelines
from storage.hot import Writer
from tests.conftest import OpenHub
from tests.deals.conftest import MEI, add_contact, add_deal, row_of, stage_of
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import customer, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal
from tests.hub.test_rosters import pipeline

SALES = "Sales Pipeline"
THREE = {"a": "First", "b": "Second", "c": "Third"}
REMOVED = "SELECT d.id FROM deal d JOIN stage s ON s.id = d.stage_id WHERE s.removed_at IS NOT NULL"


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def bring(hub: Hub, *deals: tuple[str, str]) -> int:
    """Sync HubSpot deals, each in a stage, with their one contact; gives the run."""
    people = [customer("1", "Ada", "Byron", "ada@x.example")]
    script = {"pipelines": [pipeline("1", "New", **THREE)], "contacts": people}
    known = [hubspot_deal(key, f"Deal {key}", ["1"], dealstage=stage) for key, stage in deals]
    return run(hub, {**script, "deals": known})["deals"].run


def sound(hub: Hub) -> bool:
    """Whether `db check` finds nothing."""
    return [finding for finding in examine(hub) if finding.level != "ok"] == []


def test_an_undo_puts_no_deal_into_a_stage_that_was_removed_since(hub: Hub) -> None:
    """Lists and funnels do not have that stage any more: the deal would be in none of them."""
    bring(hub, ("9", "a"))
    moved = bring(hub, ("9", "b"))
    stage_removing.merge(hub, "New", "First", "Third")
    report = undo_run(hub, moved)
    assert rows(hub, REMOVED) == []
    assert [(left.record_type, left.why) for left in report.left] == [
        ("deal", "the stage in which it stood is no more"),
        ("source_record", "the record it feeds was left"),
    ]
    assert stage_of(hub, 1) == "Second"


def test_an_undo_leaves_the_stages_that_a_history_tells_of(hub: Hub) -> None:
    """A deal made by hand went through a pipeline that a source had brought."""
    brought = run(hub, {"pipelines": [pipeline("1", "New", **THREE)]})["pipelines"].run
    deal = add_deal(hub, add_contact(hub))
    move(hub, deal, To("First", pipeline="New"))
    move(hub, deal, To("Quote", pipeline=SALES))
    undo_run(hub, brought)
    lost = "SELECT id FROM stage_change h WHERE NOT EXISTS (SELECT 1 FROM stage s WHERE s.id = h.to_stage_id)"
    assert rows(hub, lost) == []
    assert sound(hub)


def test_an_undo_leaves_a_stage_that_somebody_set_something_on(hub: Hub) -> None:
    """What was set stands for nothing without it, and what was merged into it would lead nowhere."""
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second")]})
    third = run(hub, {"pipelines": [pipeline("1", "New", **THREE)]})["pipelines"].run
    stage_removing.merge(hub, "New", "First", "Third")
    undo_run(hub, third)
    assert [stage.name for stage in pipeline_desk.show(hub, "New").stages] == ["Second", "Third"]
    gone = (
        "SELECT id FROM stage s WHERE merged_into IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM stage t WHERE t.id = s.merged_into)"
    )
    assert rows(hub, gone) == []


def test_what_an_admin_set_to_what_it_was_already_outlives_no_stage(hub: Hub) -> None:
    """It holds all the same: the stage was looked at, and stays."""
    brought = run(hub, {"pipelines": [pipeline("1", "New", **THREE)]})["pipelines"].run
    stage_desk.set_likelihood(hub, "New", "First", 50)
    undo_run(hub, brought)
    lost = (
        "SELECT field FROM hand_edit h WHERE record_type = 'stage' AND NOT EXISTS "
        "(SELECT 1 FROM stage s WHERE s.id = h.record_id)"
    )
    assert rows(hub, lost) == []


def test_an_undo_brings_back_the_mark_of_a_past_customer(hub: Hub) -> None:
    """A win ends the mark; the win is taken back, so the mark holds again, and by whom it was set."""
    bring(hub, ("9", "Won"))
    with by_hand(hub, "contact edit", by=MEI) as hand:
        hand.edit("contact", 1, {"customer_status": "past"})
    mark = rows(hub, "SELECT * FROM hand_edit")
    won = bring(hub, ("10", "Won"))
    assert row_of(hub, "contact", 1)["customer_status"] == "current"
    assert rows(hub, "SELECT * FROM hand_edit") == []

    undo_run(hub, won)
    assert rows(hub, "SELECT * FROM hand_edit") == mark
    assert row_of(hub, "contact", 1)["customer_status"] == "past"
    bring(hub, ("11", "a"))
    assert row_of(hub, "contact", 1)["customer_status"] == "past"


def test_an_amount_keeps_its_currency(hub: Hub) -> None:
    """Blanked, 1000 yen became 10.00 of nothing."""
    deal = add_deal(hub, add_contact(hub))
    editing.edit(hub, editing.Editing("deal", deal, {"value": "1000", "currency": "JPY"}))
    with pytest.raises(SetupError, match="currency: it cannot be blank"):
        editing.edit(hub, editing.Editing("deal", deal, {"currency": ""}))
    row = row_of(hub, "deal", deal)
    assert (row["value_minor"], row["currency"]) == (1000, "JPY")


def test_an_amount_larger_than_can_be_kept_is_refused(hub: Hub) -> None:
    """Chile's unit of account has four decimals: 10^15 of them do not fit into 64 bits."""
    most = "999999999999999"
    said = {"name": "X", "contact": f"C-{add_contact(hub)}", "value": most, "currency": "CLF"}
    with pytest.raises(SetupError, match="more than can be kept"):
        adding.add(hub, adding.Adding("deal", said))
    with pytest.raises(SetupError, match="more than can be kept"):
        lists.run(hub, lists.Query("deal", f"value > {most} CLF"), who=MEI)


def test_a_page_mark_that_somebody_altered_is_refused(hub: Hub) -> None:
    """It comes back from browsers and scripts."""
    contact = add_contact(hub)
    for name in ("One", "Two"):
        add_deal(hub, contact, name)
    following = lists.run(hub, lists.Query("deal"), who=MEI, limit=1).next
    assert following is not None
    mark, _, *rest = json.loads(base64.urlsafe_b64decode(following + "=="))
    altered = base64.urlsafe_b64encode(json.dumps([mark, "a", *rest]).encode()).decode()
    with pytest.raises(SetupError, match="--after"):
        lists.run(hub, lists.Query("deal"), who=MEI, after=altered)


def test_a_deal_that_no_pipeline_takes_is_refused_with_a_way_out(hub: Hub) -> None:
    """The last pipeline that took deals was archived at its source."""
    run(hub, {"pipelines": [pipeline("1", "New", **THREE)]})
    pipeline_desk.remove(hub, SALES)
    archived = pipeline("1", "New", **THREE)
    archived.data["archived"] = True
    run(hub, {"pipelines": [archived]})
    said = {"name": "X", "contact": f"C-{add_contact(hub)}", "stage": "First"}
    with pytest.raises(SetupError, match="no pipeline that takes deals"):
        adding.add(hub, adding.Adding("deal", said))


@pytest.mark.parametrize("criteria", ["has_next_task yes", "next_task is not empty", "win_likelihood >= 10"])
def test_what_a_stage_asks_for_is_what_a_list_shows(hub: Hub, criteria: str) -> None:
    """A deal with a task to come is listed as one, so it may leave, too."""
    deal = add_deal(hub, add_contact(hub))
    activities.add(hub, "task", {"content": "Call", "due_date": "2031-01-02T10:00:00Z"}, ("deal", deal), by=MEI)
    assert lists.count(hub, lists.Query("deal", criteria), who=MEI) == (1, True)
    stage_desk.set_criteria(hub, SALES, "Incoming", criteria)
    assert move(hub, deal, To("Quote")).warnings == []


def test_two_stages_that_a_source_calls_alike_stay_two(hub: Hub) -> None:
    """Each has its own id there, and its own deals; the next sync finds them as they are."""
    people = [customer("1", "Ada", "Byron", "ada@x.example")]
    deals = [hubspot_deal(key, f"Deal {key}", ["1"], dealstage=key) for key in "abc"]
    for _ in range(2):
        run(hub, {"pipelines": [pipeline("1", "New", a="First", b="FIRST", c="First")], "contacts": people})
        known = dict(rows(hub, "SELECT value, record_id FROM outside_id WHERE kind = 'stage'"))
        assert len(set(known.values())) == 3
    run(hub, {"deals": deals})
    stages = rows(hub, "SELECT s.name FROM deal d JOIN stage s ON s.id = d.stage_id ORDER BY d.name")
    assert stages == [("First",), ("FIRST",), ("First (crm)",)]


def test_the_name_that_a_removed_stage_bears_is_taken(hub: Hub) -> None:
    """Refused in words, not by the database."""
    stage_removing.remove(hub, SALES, "Quote")
    with pytest.raises(SetupError, match=r"there is a stage 'Quote \(removed\)' already"):
        stage_desk.add(hub, SALES, "Quote (removed)", 10)


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "x" * 300])
def test_the_stages_of_a_new_pipeline_have_names_like_all_others(hub: Hub, name: str) -> None:
    """They are shown in tables and typed in commands."""
    with pytest.raises(SetupError, match="is no name for a stage"):
        pipeline_desk.add(hub, "Renewals", [f"{name}:10"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_deals_are_not_moved_into_a_stage_that_somebody_else_removes_meanwhile(hub: Hub) -> None:
    """One merges Qualified into Quote while another one removes Quote; on SQLite nobody can act in between."""
    deal = add_deal(hub, add_contact(hub), stage="2")
    calls = 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == BETWEEN:
            stage_removing.remove(hub, SALES, "Quote", "Closure")
        return hub.clock()

    with open_hub(hub.home) as other, pytest.raises(SetupError, match="'Quote' was removed just now"):
        stage_removing.merge(replace(other, clock=clock), SALES, "Qualified", "Quote")
    assert calls >= BETWEEN
    assert rows(hub, REMOVED) == []
    stage_removing.merge(hub, SALES, "Qualified", "Closure")
    assert stage_of(hub, deal) == "Closure"


BETWEEN = 6
"""A doing by hand looks at the clock when it begins, when it ends and three times when it tells owners: the sixth look
begins the second step."""


def test_no_deal_is_added_to_a_stage_that_is_removed_meanwhile(hub: Hub) -> None:
    """Whoever adds one waits for whoever removes the stage, and looks again."""
    contact = add_contact(hub)
    told: list[str] = []
    with open_hub(hub.home) as other:

        def add() -> None:
            try:
                add_deal(other, contact, stage="3")
            except SetupError as error:
                told.append(str(error))

        with hub.store.write() as db:
            pipelines.stages(db, 1, lock=True)
            pipelines.put(db, "stage", 3, {"name": "Quote (removed)", "removed_at": hub.now()}, hub.now())
            beside = Thread(target=add)
            beside.start()
            while beside.is_alive() and not _somebody_waits(db):
                pass
        beside.join()
    assert told
    assert rows(hub, "SELECT id FROM deal") == []


def _somebody_waits(db: Writer) -> bool:
    return db.is_sqlite or bool(db.select("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1"))
