"""Merged at the source: whatever comes in the same batch, in a chain, or back again, nobody is lost."""

from __future__ import annotations

import pytest

from hub.opening import Hub
from hub.undo import undo_run
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import contact, customer, deal, fed_by, gone, rows, run


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


ADA = contact("1", "Ada", "Byron", "ada@x.example")
BOB = contact("2", "Bob", "Cole", "bob@x.example")
CY = contact("3", "Cy", "Day", "cy@x.example")
SEEN_BUT_HIDDEN = (
    "SELECT r.source_id FROM v_source_links k JOIN source_record r ON r.source_id = k.source_id "
    "WHERE k.record_type = 'lead' AND k.record_id NOT IN (SELECT id FROM v_leads)"
)


def test_a_record_that_joins_a_loser_in_its_very_batch_is_not_lost(hub: Hub) -> None:
    """What matched the loser's keys belongs to the winner, not to a row that nobody sees any more."""
    run(hub, {"contacts": [ADA, BOB]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example", jobtitle="CEO"), gone("1", "merged", "2")]})
    assert fed_by(hub, "7") == fed_by(hub, "2")
    assert rows(hub, SEEN_BUT_HIDDEN) == []


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_a_chain_of_merges_ends_at_the_last_winner(hub: Hub, order: tuple[str, str]) -> None:
    """1 into 2 and 2 into 3, told in either order: what another source said of 1 and 2 feeds 3's lead."""
    into = {"1": "2", "2": "3"}
    run(hub, {"contacts": [ADA, BOB, CY]})
    run(hub, {"contacts": [ADA]}, source="other")
    run(hub, {"contacts": [gone(key, "merged", into[key]) for key in order]})
    assert fed_by(hub, "1", "other") == fed_by(hub, "3")
    assert len(rows(hub, "SELECT id FROM v_leads")) == 1


def test_a_deal_of_a_contact_that_was_merged_twice_points_to_one_in_sight(hub: Hub) -> None:
    """The source's id of the first loser leads to the last winner."""
    people = [customer("1", "Ada", "Byron", "a@x.example"), customer("2", "Bob", "Cole", "b@x.example")]
    run(hub, {"contacts": [*people, customer("3", "Cy", "Day", "c@x.example")]})
    run(hub, {"contacts": [gone("1", "merged", "2")]})
    run(hub, {"contacts": [gone("2", "merged", "3")]})
    run(hub, {"deals": [deal("9", "Pilot", ["1"])]})
    assert rows(hub, "SELECT v.last_name FROM deal d JOIN v_contacts v ON v.id = d.contact_id") == [("Day",)]


def test_a_winner_that_is_new_in_the_batch_takes_its_losers_in(hub: Hub) -> None:
    """HubSpot gives the merged contact a new id: both old ones follow it, also where they have no e-mail."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron"), contact("2", "Ada", "Byron")]})
    run(hub, {"contacts": [contact("3", "Ada", "Byron"), gone("1", "merged", "3"), gone("2", "merged", "3")]})
    assert len(rows(hub, "SELECT id FROM v_leads")) == 1


def test_a_loser_that_comes_back_is_in_sight_again(hub: Hub) -> None:
    """Restored at the source: a live source record leads to a lead that people can see."""
    run(hub, {"contacts": [ADA, BOB]})
    run(hub, {"contacts": [gone("1", "merged", "2")]})
    run(hub, {"contacts": [ADA]})
    assert rows(hub, SEEN_BUT_HIDDEN) == []


def test_the_turn_spent_on_what_proves_a_duplicate_is_given_back(hub: Hub) -> None:
    """A turn is spent once: two contacts dealt out, then one."""
    run(hub, {"contacts": [ADA, BOB]})
    run(hub, {"contacts": [gone("1", "merged", "2")]})
    assert rows(hub, "SELECT SUM(turns) FROM pool_member") == [(1,)]
    assert rows(hub, "SELECT COUNT(*) FROM assignment WHERE given_back_at IS NULL") == [(1,)]


def test_undoing_a_merge_gives_every_record_its_identity_back(hub: Hub) -> None:
    """The keys of what another source said lead to the loser's person again, so that the next record finds it."""
    run(hub, {"contacts": [ADA, BOB]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example", phone="+14155550100")]}, source="other")
    keys = "SELECT key, source_record_id, identity_id FROM match_key ORDER BY 1, 2"
    before = rows(hub, keys)
    run(hub, {"contacts": [gone("1", "merged", "2")]})
    undo_run(hub, 3)
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(2,)]
    assert rows(hub, keys) == before
