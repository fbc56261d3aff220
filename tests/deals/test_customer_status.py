"""Whether somebody is a customer or a prospect follows from their deals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.by_hand import by_hand
from hub.deal_moving import To, move, reopen
from hub.opening import Hub
from hub.undo import undo_run
from sell_model.customer_status import Status, status_of
from storage import hand_edits
from tests.conftest import OpenHub
from tests.deals.conftest import add_contact, add_deal, row_of
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import company, contact, customer, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal


def status(hub: Hub, contact_id: int) -> tuple[str | None, str | None]:
    """A contact's customer and prospect status."""
    row = row_of(hub, "contact", contact_id)
    return row["customer_status"], row["prospect_status"]


@pytest.mark.parametrize(
    ("categories", "is_past", "expected"),
    [
        ([], False, Status("none", "none")),
        (["incoming"], False, Status("none", "current")),
        (["lost", "custom"], False, Status("none", "current")),
        (["lost", "unqualified"], False, Status("none", "lost")),
        (["won", "lost", "quote"], False, Status("current", "none")),
        (["won"], True, Status("past", "none")),
        (["won", "quote"], True, Status("past", "current")),
    ],
)
def test_the_status_follows_from_the_categories(categories: list[str], is_past: bool, expected: Status) -> None:
    """Won before active, active before lost; a past customer may be a prospect again."""
    assert status_of(categories, is_past=is_past) == expected


def test_a_contact_becomes_a_prospect_a_customer_and_a_lost_prospect(hub: Hub) -> None:
    """In the same transaction as the deal moves."""
    li = add_contact(hub)
    assert status(hub, li) == (None, None)
    deal = add_deal(hub, li)
    assert status(hub, li) == (None, "current")
    move(hub, deal, To(outcome="lost"))
    assert status(hub, li) == (None, "lost")
    move(hub, deal, To(outcome="won"))
    assert status(hub, li) == ("current", "none")
    reopen(hub, deal)
    assert status(hub, li) == ("none", "current")


def test_a_deleted_deal_counts_no_more(hub: Hub, deal: int) -> None:
    """And counts again when it is back."""
    li = row_of(hub, "deal", deal)["contact_id"]
    with by_hand(hub, "deal delete") as hand:
        hand.edit("deal", deal, {"deleted_at": hand.now})
    assert status(hub, li) == (None, "none")
    with by_hand(hub, "deal restore") as hand:
        hand_edits.keep_hand_edits(hand.db, "deal", deal, {"deleted_at": None}, hand.by, hand.now)
        hand.recompute([("deal", deal)])
    assert status(hub, li) == (None, "current")


def test_past_holds_until_the_next_win(hub: Hub) -> None:
    """Somebody who knows marked them; a new order says otherwise."""
    li = add_contact(hub)
    move(hub, add_deal(hub, li), To(outcome="won"))
    with by_hand(hub, "contact edit") as hand:
        hand.edit("contact", li, {"customer_status": "past"})
    second = add_deal(hub, li, "Second")
    assert status(hub, li) == ("past", "current")
    move(replace(hub, clock=lambda: datetime(2100, 1, 1, tzinfo=UTC)), second, To(outcome="won"))
    assert status(hub, li) == ("current", "none")
    assert rows(hub, "SELECT COUNT(*) FROM hand_edit WHERE field = 'customer_status'") == [(0,)]


def test_what_somebody_set_by_hand_holds_until_released(hub: Hub, deal: int) -> None:
    """Then the deals speak again."""
    li = row_of(hub, "deal", deal)["contact_id"]
    with by_hand(hub, "contact edit") as hand:
        hand.edit("contact", li, {"prospect_status": "lost"})
    move(hub, deal, To("Quote"))
    assert status(hub, li) == (None, "lost")
    with by_hand(hub, "contact edit") as hand:
        hand.release("contact", li, ["prospect_status"])
    assert status(hub, li) == (None, "current")


def test_a_source_that_says_so_itself_wins(opened: OpenHub) -> None:
    """HubSpot's customers are customers, whatever their deals; the company beside them is derived."""
    hub = opened(TOML)
    people = {"companies": [company("5", "Acme")], "contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}
    run(hub, {**people, "deals": [hubspot_deal("9", "Pilot", ["1"], ["5"], dealstage="Lost")]})
    ada, acme = rows(hub, "SELECT contact_id, organization_id FROM deal")[0]
    assert status(hub, ada) == ("current", "lost")
    assert status(hub, acme) == (None, "lost")


def test_a_sync_moves_the_status_with_the_deal_and_its_undo_moves_it_back(opened: OpenHub) -> None:
    """Also where the contact was changed by somebody else in between."""
    hub = opened(TOML)
    people = {"companies": [company("5", "Acme")], "contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}
    run(hub, {**people, "deals": [hubspot_deal("9", "Pilot", ["1"], ["5"], dealstage="Quote")]})
    acme = rows(hub, "SELECT organization_id FROM deal")[0][0]
    won = run(hub, {"deals": [hubspot_deal("9", "Pilot", ["1"], ["5"], dealstage="Won")]})["deals"].run
    assert status(hub, acme) == ("current", "none")
    with by_hand(hub, "contact edit") as hand:
        hand.edit("contact", acme, {"phone": "+4930123456"})
    undo_run(hub, won)

    assert status(hub, acme) == ("none", "current")


def test_a_deal_that_changes_its_company_leaves_no_prospect_behind(opened: OpenHub) -> None:
    """Both companies are derived anew."""
    hub = opened(TOML)
    people = {
        "companies": [company("5", "Acme"), company("6", "Bolt")],
        "contacts": [customer("1", "Ada", "Byron", "ada@x.example")],
    }
    run(hub, {**people, "deals": [hubspot_deal("9", "Pilot", ["1"], ["5"])]})
    run(hub, {"deals": [hubspot_deal("9", "Pilot", ["1"], ["6"])]})
    found = dict(rows(hub, "SELECT name, prospect_status FROM contact WHERE is_organization"))
    assert found == {"Acme": "none", "Bolt": "current"}


def test_contacts_that_only_leads_know_are_not_touched(opened: OpenHub) -> None:
    """Versions do not rise for nothing."""
    hub = opened(TOML)
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "a@x.example"), customer("2", "Bo", "Li", "b@x.example")]})
    assert rows(hub, "SELECT version, customer_status FROM contact") == [(1, "current")]
