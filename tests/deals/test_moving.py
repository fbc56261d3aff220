"""Deals are moved by hand: freely, with a history, and held against what sources say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub import deal_history, deal_moving, pipeline_desk, stage_desk
from hub.deal_moving import To, move, release, reopen
from hub.opening import Hub
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.deals.conftest import MEI, add_contact, add_deal, row_of, stage_of, way_of
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import customer, run
from tests.hub.test_review_helpers import deal as hubspot_deal
from tests.hub.test_rosters import pipeline


def test_a_deal_goes_forward_skips_goes_back_and_is_reopened(hub: Hub, deal: int) -> None:
    """Sell enforces no order; each step is in the history, with who made it."""
    for stage in ("qualified", "Closure", "Quote", "Won", "Lost", "Incoming"):
        move(hub, deal, To(stage), by=MEI)

    assert way_of(hub, deal) == ["Incoming", "Qualified", "Closure", "Quote", "Won", "Lost", "Incoming"]
    assert {step["by"] for step in deal_history.history(hub, deal).to_json()["history"]} == {MEI}


def test_a_win_a_loss_and_an_unqualification_are_told_by_category(hub: Hub, deal: int) -> None:
    """Whatever the stages are called; the reason of an outcome leaves with it."""
    stage_desk.rename(hub, "Sales Pipeline", "Lost", "Gone with the wind")
    lost = move(hub, deal, To(outcome="lost", reason="price"))
    assert (lost.stage, lost.outcome, lost.reason) == ("Gone with the wind", "lost", "Price")

    unqualified = move(hub, deal, To(outcome="unqualified", reason="No reply"))
    assert (unqualified.outcome, unqualified.reason) == ("unqualified", "No reply")
    assert row_of(hub, "deal", deal)["loss_reason_id"] is None

    assert move(hub, deal, To(outcome="won")).reason is None
    row = row_of(hub, "deal", deal)
    assert (row["loss_reason_id"], row["unqualified_reason_id"]) == (None, None)


def test_a_reopened_deal_goes_on_where_it_stood(hub: Hub, deal: int) -> None:
    """Or where one says, or in the first active stage when it was never open."""
    move(hub, deal, To("Quote"))
    move(hub, deal, To(outcome="lost", reason="Price"))
    move(hub, deal, To(outcome="won"))
    assert reopen(hub, deal).stage == "Quote"
    assert row_of(hub, "deal", deal)["loss_reason_id"] is None

    move(hub, deal, To(outcome="won"))
    assert reopen(hub, deal, "Closure").stage == "Closure"
    with pytest.raises(SetupError, match="is open: it stands in 'Closure'"):
        reopen(hub, deal)

    born_lost = add_deal(hub, row_of(hub, "deal", deal)["contact_id"], stage="Lost")
    assert reopen(hub, born_lost).stage == "Incoming"
    move(hub, deal, To(outcome="won"))
    with pytest.raises(SetupError, match="'Won' is no active stage"):
        reopen(hub, deal, "Won")


def test_what_was_moved_by_hand_stays_until_it_is_released(opened: OpenHub) -> None:
    """A sync that put the deal back would make moving it in vain."""
    hub = opened(TOML)
    people = {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}
    run(hub, {**people, "deals": [hubspot_deal("9", "Pilot", ["1"], dealstage="Quote")]})
    moved = move(hub, 1, To(outcome="lost", reason="Price"))
    when = {"hs_v2_date_entered_current_stage": "2026-01-02T03:04:05Z"}
    said = {"dealstage": "Closure", "closed_lost_reason": "Competitor", "amount": "7", **when}
    changed = hubspot_deal("9", "Pilot", ["1"], **said)
    run(hub, {"deals": [changed]})

    assert moved.held
    assert row_of(hub, "deal", 1)["last_stage_change_at"] == moved.at
    assert (stage_of(hub, 1), row_of(hub, "deal", 1)["value_minor"]) == ("Lost", 700)
    assert deal_moving.move(hub, 1, To("Lost")).reason == "Price"

    released = release(hub, 1)
    assert (released.stage, released.held) == ("Closure", False)
    assert way_of(hub, 1) == ["Quote", "Lost", "Closure"]


def test_a_stage_that_is_not_there_is_refused_with_those_that_are(hub: Hub, deal: int) -> None:
    """The nearest first; where another pipeline has it, how to go there."""
    pipeline_desk.add(hub, "Renewals", ["Renewal due:40"])
    with pytest.raises(SetupError, match="no stage 'Quot'; nearest: Quote") as caught:
        move(hub, deal, To("Quot"))
    assert "Incoming, Qualified, Quote, Closure" in caught.value.fix
    with pytest.raises(SetupError, match="no stage 'Renewal due'") as caught:
        move(hub, deal, To("Renewal due"))
    assert "--pipeline 'Renewals'" in caught.value.fix
    assert stage_of(hub, deal) == "Incoming"


def test_another_pipeline_means_one_of_its_stages(hub: Hub, deal: int) -> None:
    """Its first active one, when no stage is named."""
    pipeline_desk.add(hub, "Renewals", ["Renewal due:40", "Offer:70"])
    assert move(hub, deal, To(pipeline="renewals")).stage == "Renewal due"
    moved = move(hub, deal, To("Won", pipeline="Sales Pipeline"))
    assert (moved.from_stage, moved.stage, moved.pipeline) == ("Renewal due", "Won", "Sales Pipeline")
    assert reopen(hub, deal).stage == "Incoming"


def test_a_disabled_pipeline_takes_no_deals(hub: Hub, deal: int) -> None:
    """Neither new ones nor those of another; what is in it goes on."""
    pipeline_desk.add(hub, "Renewals")
    inside = add_deal(hub, row_of(hub, "deal", deal)["contact_id"], pipeline="Renewals")
    pipeline_desk.set_disabled(hub, "Renewals", disabled=True)

    with pytest.raises(SetupError, match="'Renewals' is disabled"):
        move(hub, deal, To(pipeline="Renewals"))
    with pytest.raises(SetupError, match="'Renewals' is disabled"):
        add_deal(hub, row_of(hub, "deal", deal)["contact_id"], pipeline="Renewals", stage="Quote")
    assert move(hub, inside, To("Quote")).stage == "Quote"


def test_reasons_are_known_ones_or_said_to_be_new(hub: Hub, deal: int) -> None:
    """A misspelt reason would split every report."""
    with pytest.raises(SetupError, match="nearest: Price") as caught:
        move(hub, deal, To(outcome="lost", reason="Prise"))
    assert "Competitor" in caught.value.fix
    assert "--new-reason" in caught.value.fix
    assert move(hub, deal, To(outcome="lost", reason="Weather", new_reason=True)).reason == "Weather"
    assert move(hub, deal, To(outcome="lost", reason="weather")).changed is False
    with pytest.raises(SetupError, match="not with 'Quote'"):
        move(hub, deal, To("Quote", reason="Price"))


def test_reasons_may_be_required(opened: OpenHub) -> None:
    """Sell leaves it to a setting; a win needs none."""
    hub = opened("[hub]\nrequire_reasons = true\n")
    deal = add_deal(hub, add_contact(hub))
    for to in (To(outcome="lost"), To("Unqualified")):
        with pytest.raises(SetupError, match="without a reason"):
            move(hub, deal, to)
    assert move(hub, deal, To("Lost", reason="Price")).reason == "Price"
    assert move(hub, deal, To("Won")).stage == "Won"


@pytest.mark.parametrize("criteria", ["warn", "refuse"])
def test_what_a_stage_asks_for_must_hold_to_leave_it_forward(opened: OpenHub, criteria: str) -> None:
    """Sideways, back and lost it may leave anyhow."""
    hub = opened(f'[hub]\ncriteria = "{criteria}"\n')
    deal = add_deal(hub, add_contact(hub))
    stage_desk.set_criteria(hub, "Sales Pipeline", "Incoming", "value >= 2400 and estimated_close_date is not empty")
    if criteria == "refuse":
        with pytest.raises(SetupError, match="estimated_close_date is not empty") as caught:
            move(hub, deal, To("Quote"))
        assert "value" not in str(caught.value)
        assert stage_of(hub, deal) == "Incoming"
    else:
        warnings = move(hub, deal, To("Quote")).warnings
        assert warnings == ["to leave Incoming this should hold: estimated_close_date is not empty"]
    assert move(hub, deal, To(outcome="lost")).warnings == []


def test_the_history_tells_the_time_spent_in_each_stage(hub: Hub, deal: int) -> None:
    """Also when a deal came to a stage twice."""
    start = datetime(2030, 1, 1, tzinfo=UTC)
    for days, stage in ((0, "Quote"), (2, "Closure"), (5, "Quote"), (6, "Won")):
        move(replace(hub, clock=lambda d=days: start + timedelta(days=d)), deal, To(stage))  # type: ignore[misc]
    told = deal_history.history(replace(hub, clock=lambda: start + timedelta(days=10)), deal).to_json()

    assert [(s["stage"], s["seconds"] // 86_400) for s in told["history"][1:]] == [
        ("Quote", 2),
        ("Closure", 3),
        ("Quote", 1),
        ("Won", 4),
    ]
    assert [(s["stage"], s["seconds"] // 86_400) for s in told["stages"][1:]] == [
        ("Quote", 3),
        ("Closure", 3),
        ("Won", 4),
    ]


def test_a_rehearsed_move_moves_nothing(hub: Hub, deal: int) -> None:
    """Nor does it make a reason."""
    moved = move(hub, deal, To(outcome="lost", reason="Weather", new_reason=True), dry_run=True)
    assert (moved.stage, moved.reason, stage_of(hub, deal)) == ("Lost", "Weather", "Incoming")
    with pytest.raises(SetupError, match="'Weather' is no reason"):
        move(hub, deal, To(outcome="lost", reason="Weather"))


def test_a_source_pipeline_without_an_unqualified_stage_gets_one_when_it_is_needed(opened: OpenHub) -> None:
    """HubSpot has won and lost only; every pipeline of Sell's has all three."""
    hub = opened(TOML)
    people = {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}
    script = {"pipelines": [pipeline("1", "New", a="First", b="Second")], **people}
    run(hub, {**script, "deals": [hubspot_deal("9", "Pilot", ["1"], dealstage="a")]})

    assert move(hub, 1, To(outcome="unqualified", reason="No need")).stage == "Unqualified"
    run(hub, {"pipelines": [pipeline("1", "New", a="First", b="Third")]})
    names = [stage.name for stage in pipeline_desk.show(hub, "New").stages]
    assert sorted(names) == ["First", "Third", "Unqualified"]
