"""Whoever says no in one system is written to by none: consent is the strictest of all voices, also of the gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.editing import Editing, edit
from hub.opening import Hub
from hub.tracing import trace
from hub.undo import undo_run
from tests.conftest import OpenHub
from tests.consent.crm import consents, person, tell, with_mapping
from tests.hub.test_review_helpers import gone, rows


@pytest.fixture
def hub(opened: OpenHub, tmp_path: Path) -> Hub:
    """A hub whose sources say consent."""
    with_mapping(tmp_path)
    return opened()


def test_the_strictest_of_two_sources_holds_whichever_is_newer_or_more_trusted(hub: Hub) -> None:
    """Priority and recency decide every other field; here they would let a shop write to who unsubscribed."""
    tell(hub, person("1", "unsubscribed", "allowed"))
    tell(hub, person("1", "subscribed", "refused"), source="shop", priority=9)

    assert consents(hub) == [("unsubscribed", "refused")]


def test_who_subscribes_anew_at_the_same_source_is_subscribed(hub: Hub) -> None:
    """It is the same voice, and it has changed its mind."""
    tell(hub, person("1", "unsubscribed"))
    tell(hub, person("1", "subscribed"))

    assert consents(hub) == [("subscribed", None)]


@pytest.mark.parametrize("event", ["deleted", "archived"])
def test_who_unsubscribed_and_is_gone_there_must_not_be_written_to(hub: Hub, event: str) -> None:
    """Audiences are tidied by archiving those who unsubscribed: just they would look as if nobody had said no."""
    tell(hub, person("1", "unsubscribed"))
    tell(hub, person("1", "subscribed"), source="shop")

    tell(hub, gone("1", event))

    assert consents(hub) == [("unsubscribed", None)]


def test_what_a_gone_record_allowed_is_gone_with_it(hub: Hub) -> None:
    """A permission lapses with the record that bore it."""
    tell(hub, person("1", "subscribed", "allowed"))
    tell(hub, person("1"), source="shop")

    tell(hub, gone("1"))

    assert consents(hub) == [(None, None)]


def test_a_record_that_comes_back_speaks_for_itself_again(hub: Hub) -> None:
    """Its last word was its word as long as it was gone."""
    tell(hub, person("1", "unsubscribed"))
    tell(hub, person("1", "subscribed"), source="shop")
    tell(hub, gone("1"))

    tell(hub, person("1", "subscribed"))

    assert consents(hub) == [("subscribed", None)]


def test_a_lead_that_nothing_feeds_any_more_keeps_its_no(hub: Hub) -> None:
    """It stands as it is, marked as gone."""
    tell(hub, person("1", "unsubscribed", "allowed"))

    tell(hub, gone("1"))

    assert consents(hub) == [("unsubscribed", "allowed")]


@pytest.mark.parametrize("winner_first", [True, False])
def test_a_merge_at_the_source_keeps_the_strictest(hub: Hub, winner_first: bool) -> None:
    """The winner's own word may have been the laxer one."""
    both = [person("1", "subscribed", email="ann@example.com"), person("2", "bounced", email="ann.li@example.com")]
    tell(hub, *(both if winner_first else reversed(both)))

    tell(hub, gone("2", "merged", "1"))

    assert consents(hub) == [("bounced", None)]


def test_a_merge_into_somebody_new_keeps_the_strictest_too(hub: Hub) -> None:
    """The winner may come in the very batch that tells of the merge."""
    tell(hub, person("2", "bounced", email="ann.li@example.com"))

    tell(hub, person("1", "subscribed"), gone("2", "merged", "1"))

    assert consents(hub) == [("bounced", None)]


def test_a_converted_lead_takes_its_consent_along(hub: Hub) -> None:
    """Also the word of a source that is gone, and what was said by hand."""
    tell(hub, person("1", "unsubscribed"))
    tell(hub, person("1", "subscribed"), source="shop")
    tell(hub, gone("1"))
    edit(hub, Editing("lead", 1, {"phone_consent": "refused"}), by="ann@example.com")

    convert_lead(hub, 1, Wishes(), by="ann@example.com")
    tell(hub, person("1", "subscribed", "allowed"), source="shop")

    assert consents(hub, "contact") == [("unsubscribed", "refused")]


def test_what_an_admin_says_holds_until_it_is_released(hub: Hub) -> None:
    """Somebody may have signed a paper; it is in the journal who said so."""
    tell(hub, person("1", "unsubscribed"))

    edit(hub, Editing("lead", 1, {"email consent": "subscribed"}), by="ann@example.com")
    tell(hub, person("1", "bounced"))
    by_hand = consents(hub)
    edit(hub, Editing("lead", 1, release=("email_consent",)), by="ann@example.com")

    assert (by_hand, consents(hub)) == ([("subscribed", None)], [("bounced", None)])


def test_trace_names_whose_word_holds_and_who_said_otherwise(hub: Hub) -> None:
    """A salesperson asks why they may not write."""
    tell(hub, person("1", "unsubscribed"))
    tell(hub, person("7", "subscribed"), source="shop", priority=9)
    here = trace(hub, "lead", 1, "email_consent")[0]
    tell(hub, gone("1"))

    there = trace(hub, "lead", 1, "email_consent")[0]

    assert (here.value, here.rule) == ("unsubscribed", "strictest")
    assert there.said is not None
    assert (there.value, there.said.record) == ("unsubscribed", "crm.contacts:1")
    assert "gone" in there.rule
    assert [said.record for said in there.others] == ["shop.contacts:7"]


def test_an_undone_deletion_gives_the_word_back_to_the_record(hub: Hub) -> None:
    """Undo restores what was there."""
    tell(hub, person("1", "subscribed"))
    tell(hub, person("1"), source="shop")
    report = tell(hub, gone("1"))
    assert consents(hub) == [(None, None)]

    undo_run(hub, report.run)

    assert consents(hub) == [("subscribed", None)]


def test_a_word_that_is_none_is_held(hub: Hub) -> None:
    """A source's own word must be mapped: a wrong one would be read as a permission or as nothing."""
    report = tell(hub, person("1", "yes"))

    assert report.counts.held == 1
    assert rows(hub, "SELECT field FROM held") == [("email_consent",)]
