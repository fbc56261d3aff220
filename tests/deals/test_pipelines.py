"""Pipelines and stages in the hands of their admin, and beside the sources that bring some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub import pipeline_desk, stage_desk, stage_removing
from hub.database import examine
from hub.deal_moving import To, move, release
from hub.opening import Hub
from hub.pipeline_desk import PipelineChange
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.deals.conftest import add_contact, add_deal, row_of, stage_of, way_of
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import customer, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal
from tests.hub.test_rosters import pipeline

SALES = "Sales Pipeline"
CLOSED = ["Won", "Unqualified", "Lost"]


def names(change: PipelineChange) -> list[str]:
    """The stages of a pipeline, in order."""
    assert change.pipeline is not None
    return [stage.name for stage in change.pipeline.stages]


def whole(hub: Hub) -> bool:
    """Whether `db check` finds nothing."""
    return all(finding.level == "ok" for finding in examine(hub))


def test_a_pipeline_has_its_own_stages_and_the_closed_three(hub: Hub) -> None:
    """Named with likelihoods; without any, Sell's own."""
    assert names(pipeline_desk.add(hub, "Renewals", ["Renewal due:40", "Offer:70"])) == [
        "Renewal due",
        "Offer",
        *CLOSED,
    ]
    assert names(pipeline_desk.add(hub, "Partners"))[:2] == ["Incoming", "Qualified"]
    assert [p.name for p in pipeline_desk.list_pipelines(hub)] == [SALES, "Renewals", "Partners"]


@pytest.mark.parametrize(
    ("name", "stages", "told"),
    [
        ("sales pipeline", [], "there is a pipeline 'Sales Pipeline' already"),
        ("  ", [], "is no name for a pipeline"),
        ("New", ["Quote", "Offer:1000"], "'Quote' is not a stage.*; 'Offer:1000' is not a stage"),
        ("New", ["A:1", "a:2"], "two stages are called 'a'"),
        ("New", ["Won:90"], "two stages are called 'Won'"),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused_with_all_its_faults(
    hub: Hub, name: str, stages: list[str], told: str
) -> None:
    """And nothing is made."""
    with pytest.raises(SetupError, match=told):
        pipeline_desk.add(hub, name, stages)
    assert len(pipeline_desk.list_pipelines(hub)) == 1


def test_stages_are_added_renamed_weighed_and_put_in_order(hub: Hub) -> None:
    """The default ones, too; the closed three stay at the end."""
    assert names(stage_desk.add(hub, SALES, "Demo", 30, after="qualified"))[:3] == ["Incoming", "Qualified", "Demo"]
    assert names(stage_desk.add(hub, SALES, "Signature", 95))[-5:] == ["Closure", "Signature", *CLOSED]
    assert names(stage_desk.rename(hub, SALES, "Quote", "Offer"))[3] == "Offer"
    order = names(stage_desk.reorder(hub, SALES, ["Offer", "Incoming"]))
    assert order == ["Offer", "Incoming", "Qualified", "Demo", "Closure", "Signature", *CLOSED]
    change = stage_desk.set_likelihood(hub, SALES, "Offer", 55)
    assert change.pipeline is not None
    assert next((s.name, s.likelihood, s.category) for s in change.pipeline.stages) == ("Offer", 55, "quote")


def test_the_three_closed_stages_are_fixed(hub: Hub) -> None:
    """But for their names: the category decides."""
    attempts: tuple[Callable[[], PipelineChange], ...] = (
        lambda: stage_desk.set_likelihood(hub, SALES, "Won", 90),
        lambda: stage_removing.remove(hub, SALES, "Lost"),
        lambda: stage_removing.merge(hub, SALES, "Quote", "Won"),
        lambda: stage_removing.merge(hub, SALES, "Unqualified", "Quote"),
        lambda: stage_desk.reorder(hub, SALES, ["Won"]),
        lambda: stage_desk.set_criteria(hub, SALES, "Lost", "value > 0"),
        lambda: stage_desk.add(hub, SALES, "After all", 100, after="Won"),
    )
    for attempt in attempts:
        with pytest.raises(SetupError, match="is a closed stage"):
            attempt()
    assert names(stage_desk.rename(hub, SALES, "Won", "Signed"))[4] == "Signed"


@pytest.mark.parametrize("likelihood", [-1, 101])
def test_a_likelihood_is_a_percentage(hub: Hub, likelihood: int) -> None:
    """From 0 to 100."""
    with pytest.raises(SetupError, match="is no likelihood"):
        stage_desk.add(hub, SALES, "Demo", likelihood)


def test_exit_criteria_are_checked_when_they_are_said(hub: Hub) -> None:
    """A misspelt field would let every deal pass, or none."""
    with pytest.raises(SetupError, match="vallue"):
        stage_desk.set_criteria(hub, SALES, "Quote", "vallue > 10")
    change = stage_desk.set_criteria(hub, SALES, "Quote", "value > 10")
    assert change.pipeline is not None
    assert change.pipeline.stages[2].exit_criteria == "value > 10 USD"
    cleared = stage_desk.set_criteria(hub, SALES, "Quote", None).pipeline
    assert cleared is not None
    assert cleared.stages[2].exit_criteria is None


def test_a_stage_in_use_is_removed_only_with_a_place_for_its_deals(hub: Hub, deal: int) -> None:
    """Its row stays for their history, its name is free again."""
    move(hub, deal, To("Quote"))
    with pytest.raises(SetupError, match="1 deal stands in 'Quote'") as caught:
        stage_removing.remove(hub, SALES, "Quote")
    assert "--move-deals-to" in caught.value.fix

    change = stage_removing.remove(hub, SALES, "Quote", "Closure")
    assert (change.deals_moved, stage_of(hub, deal)) == (1, "Closure")
    assert way_of(hub, deal) == ["Incoming", "Quote (removed)", "Closure"]
    assert names(stage_desk.add(hub, SALES, "Quote", 50))[3] == "Quote"
    with pytest.raises(SetupError, match="no stage 'Quote \\(removed\\)'"):
        move(hub, deal, To("Quote (removed)"))
    assert whole(hub)


def test_the_last_active_stage_stays(hub: Hub) -> None:
    """Deals must start somewhere."""
    for stage in ("Incoming", "Qualified", "Quote"):
        stage_removing.remove(hub, SALES, stage)
    with pytest.raises(SetupError, match="last active stage"):
        stage_removing.remove(hub, SALES, "Closure")
    assert stage_of(hub, add_deal(hub, add_contact(hub))) == "Closure"


def test_stages_are_merged_with_all_their_deals(hub: Hub, deal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In portions; deleted deals and those put there by hand among them, each with its step in the history."""
    contact = row_of(hub, "deal", deal)["contact_id"]
    monkeypatch.setattr(stage_removing, "PORTION", 2)
    others = [add_deal(hub, contact, f"Deal {n}", stage="Quote") for n in range(4)]
    move(hub, deal, To("Quote"))
    change = stage_removing.merge(hub, SALES, "Quote", "Closure")

    assert change.deals_moved == 5
    assert {stage_of(hub, id_) for id_ in (deal, *others)} == {"Closure"}
    assert change.pipeline is not None
    assert change.pipeline.to_json()["removed_stages"][0]["merged_into"] == "Closure"
    assert way_of(hub, others[0]) == ["Quote (removed)", "Closure"]
    move(hub, deal, To(outcome="lost"))
    assert whole(hub)


def test_a_merge_that_was_interrupted_goes_on(hub: Hub, deal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between two portions, it is run again and ends the same."""
    contact = row_of(hub, "deal", deal)["contact_id"]
    monkeypatch.setattr(stage_removing, "PORTION", 1)
    others = [add_deal(hub, contact, f"Deal {n}", stage="Quote") for n in range(3)]
    real, left = stage_removing._move, [2]

    def killed(*arguments: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(stage_removing, "_move", killed)
    with pytest.raises(KeyboardInterrupt):
        stage_removing.merge(hub, SALES, "Quote", "Closure")
    assert [stage_of(hub, id_) for id_ in others] == ["Closure", "Closure", "Quote"]
    monkeypatch.undo()

    assert stage_removing.merge(hub, SALES, "Quote", "Closure").deals_moved == 1
    assert [stage_of(hub, id_) for id_ in others] == ["Closure"] * 3
    assert whole(hub)


def test_a_rehearsal_changes_nothing(hub: Hub, deal: int) -> None:
    """Neither the pipeline nor its deals."""
    before = pipeline_desk.show(hub, SALES).to_json()
    assert names(stage_removing.merge(hub, SALES, "Incoming", "Quote", dry_run=True))[0] == "Qualified"
    pipeline_desk.add(hub, "Renewals", dry_run=True)
    stage_desk.reorder(hub, SALES, ["Closure"], dry_run=True)

    assert (pipeline_desk.show(hub, SALES).to_json(), stage_of(hub, deal)) == (before, "Incoming")
    assert len(pipeline_desk.list_pipelines(hub)) == 1


def test_a_pipeline_that_deals_were_in_is_disabled_not_removed(hub: Hub, deal: int) -> None:
    """Reports of the past need it; one that nobody used goes. One that takes deals must be left."""
    with pytest.raises(SetupError, match="only pipeline that takes deals"):
        pipeline_desk.set_disabled(hub, SALES, disabled=True)
    pipeline_desk.add(hub, "Renewals")
    pipeline_desk.add(hub, "Mistake")
    move(hub, deal, To(pipeline="Renewals"))

    for name in (SALES, "Renewals"):
        with pytest.raises(SetupError, match="deals are or were in pipeline"):
            pipeline_desk.remove(hub, name)
    assert pipeline_desk.remove(hub, "Mistake").pipeline is None
    pipeline_desk.set_disabled(hub, SALES, disabled=True)
    assert stage_of(hub, add_deal(hub, row_of(hub, "deal", deal)["contact_id"])) == "Incoming"
    assert rows(hub, "SELECT COUNT(*) FROM deal d JOIN stage s ON s.id = d.stage_id WHERE s.pipeline_id = 2") == [(2,)]
    assert whole(hub)


PEOPLE = {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}


def test_what_an_admin_set_holds_against_the_source_that_brings_the_pipeline(opened: OpenHub) -> None:
    """Names and order of people's own; what they left alone still follows."""
    hub = opened(TOML)
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second", c="Third")]})
    pipeline_desk.rename(hub, "New", "New business")
    stage_desk.rename(hub, "New business", "First", "Hello")
    stage_desk.reorder(hub, "New business", ["Third"])
    run(hub, {"pipelines": [pipeline("1", "Newer", a="Erste", b="Zweite", c="Third", d="Hello", e="Fourth")]})

    stages = [s.name for s in pipeline_desk.show(hub, "New business").stages]
    assert stages == ["Third", "Hello", "Zweite", "Hello (crm)", "Fourth"]
    assert whole(hub)


def test_a_source_whose_stage_was_merged_leads_to_the_survivor(opened: OpenHub) -> None:
    """Its deals are not frozen: what it says of them afterwards still counts."""
    hub = opened(TOML)
    pipelines = {"pipelines": [pipeline("1", "New", a="First", b="Second", c="Third")]}
    deals = [hubspot_deal(str(n), f"Deal {n}", ["1"], dealstage="b") for n in range(3)]
    run(hub, {**pipelines, **PEOPLE, "deals": deals})
    stage_removing.merge(hub, "New", "Second", "Third")
    stages = "SELECT d.name, s.name FROM deal d JOIN stage s ON s.id = d.stage_id ORDER BY 1"
    assert rows(hub, stages) == [(f"Deal {n}", "Third") for n in range(3)]

    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Zweite", c="Dritte")]})
    more = [hubspot_deal("0", "Deal 0", ["1"], dealstage="a"), hubspot_deal("9", "Deal 9", ["1"], dealstage="b")]
    assert run(hub, {"deals": more})["deals"].counts.created == 1
    assert [stage for _, stage in rows(hub, stages)] == ["First", "Third", "Third", "Third"]
    assert [s.name for s in pipeline_desk.show(hub, "New").stages] == ["First", "Third"]
    assert whole(hub)


def test_a_stage_that_a_source_has_deals_for_is_not_simply_removed(opened: OpenHub) -> None:
    """The next sync would bring it back; its deals need a place here."""
    hub = opened(TOML)
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second")]})
    with pytest.raises(SetupError, match=r"crm \(b\) has deals that stand in 'Second'"):
        stage_removing.remove(hub, "New", "Second")
    with pytest.raises(SetupError, match="comes from crm and would come back"):
        pipeline_desk.remove(hub, "New")
    stage_removing.remove(hub, "New", "Second", "First")
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Second")]})
    assert [s.name for s in pipeline_desk.show(hub, "New").stages] == ["First"]


def test_a_new_deal_of_a_source_waits_while_its_pipeline_is_disabled_here(opened: OpenHub) -> None:
    """What is in it goes on; the new one is held, and comes in when it is replayed."""
    hub = opened(TOML)
    pipelines = {"pipelines": [pipeline("1", "New", a="First", b="Second")]}
    run(hub, {**pipelines, **PEOPLE, "deals": [hubspot_deal("1", "Old", ["1"], dealstage="a")]})
    pipeline_desk.set_disabled(hub, "New", disabled=True)
    later = [hubspot_deal("1", "Old", ["1"], dealstage="b"), hubspot_deal("2", "New", ["1"], dealstage="a")]
    counts = run(hub, {"deals": later})["deals"].counts

    assert (counts.updated, counts.held) == (1, 1)
    assert stage_of(hub, 1) == "Second"
    assert rows(hub, "SELECT code FROM held WHERE released_at IS NULL") == [("disabled_pipeline",)]


def test_a_released_deal_whose_stage_was_removed_stays_where_it_was_put(hub: Hub, deal: int) -> None:
    """No source says otherwise."""
    stage_removing.remove(hub, SALES, "Incoming", "Quote")
    assert release(hub, deal).stage == "Quote"
    assert way_of(hub, deal) == ["Incoming (removed)", "Quote"]
    assert whole(hub)
