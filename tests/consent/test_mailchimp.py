"""Mailchimp's statuses as facts of consent, by real syncs of the stand-in with the shipped mappings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.opening import Hub
from hub.runs import Options
from hub.sync import sync_source
from hub.tracing import trace
from hub.undo import undo_run
from sandbox.mailchimp import EVENTS, NEWSLETTER, MailchimpSandbox
from tests.conftest import OpenHub
from tests.hub.test_review_helpers import contact, rows, run


@pytest.fixture(scope="module")
def running() -> Iterator[MailchimpSandbox]:
    """One server for all tests here."""
    with MailchimpSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: MailchimpSandbox) -> MailchimpSandbox:
    """A stand-in with two empty audiences."""
    running.reset()
    running.clear()
    return running


@pytest.fixture
def hub(opened: OpenHub, vendor: MailchimpSandbox) -> Hub:
    """A hub with the newsletter."""
    lines = "\n".join(f'{name} = "{value}"' for name, value in vendor.settings().items())
    return opened(f'[sources.news]\nconnector = "mailchimp"\nsweep_every = 0\n{lines}\n')


def sync(hub: Hub, **options: Any) -> dict[str, int]:
    """Sync the newsletter; gives the counts that are not nought."""
    report = sync_source(hub, "news", Options(**options))[0]
    assert report.error is None, report.error
    return {name: count for name, count in report.counts.to_json().items() if count and name != "read"}


def crm(hub: Hub, member: dict[str, Any]) -> None:
    """Let a CRM tell of a member, who said nothing about mail there."""
    names = member["merge_fields"]
    run(hub, {"contacts": [contact("1", names["FNAME"], names["LNAME"], member["email_address"])]}, pool=None)


def consent(hub: Hub) -> list[str | None]:
    """The e-mail consent of all leads in sight, oldest first."""
    return [row[0] for row in rows(hub, "SELECT email_consent FROM lead WHERE merged_into IS NULL ORDER BY id")]


def subscriber(vendor: MailchimpSandbox, audience: str = NEWSLETTER) -> dict[str, Any]:
    """Somebody new in an audience."""
    return vendor.add_members(1, audience)[0]


@pytest.mark.parametrize("status", ["subscribed", "pending", "unsubscribed"])
def test_a_member_who_is_a_lead_says_so_themselves(hub: Hub, vendor: MailchimpSandbox, status: str) -> None:
    """The vendor's three statuses of people who opted in, or were asked to."""
    vendor.set_status(subscriber(vendor), status)
    sync(hub)

    assert consent(hub) == [status]


@pytest.mark.parametrize(
    ("status", "word"), [("cleaned", "bounced"), ("transactional", "pending"), ("archived", "archived")]
)
@pytest.mark.parametrize("crm_first", [True, False])
def test_one_who_is_no_lead_says_it_of_whoever_bears_the_address(
    hub: Hub, vendor: MailchimpSandbox, status: str, word: str, crm_first: bool
) -> None:
    """Whichever comes first: the CRM's person, or the newsletter's word. It makes no lead by itself."""
    member = subscriber(vendor)
    vendor.set_status(member, status)
    if crm_first:
        crm(hub, member)
        assert sync(hub) == {"merged": 1}
    else:
        assert sync(hub) == {"skipped": 1}
        crm(hub, member)
        sync(hub)

    assert consent(hub) == [word]
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)]


@pytest.mark.parametrize(
    ("status", "word"), [("cleaned", "bounced"), ("archived", "archived"), ("unsubscribed", "unsubscribed")]
)
def test_a_subscriber_who_changes_takes_the_consent_along(
    hub: Hub, vendor: MailchimpSandbox, status: str, word: str
) -> None:
    """Also where the newsletter is the only source: the lead stays, and nobody may write."""
    member = subscriber(vendor)
    sync(hub)
    vendor.set_status(member, status)
    sync(hub)
    changed = consent(hub)
    vendor.set_status(member, "subscribed")
    sync(hub)

    assert (changed, consent(hub)) == ([word], ["subscribed"])


def test_who_unsubscribed_and_was_archived_is_not_written_to(hub: Hub, vendor: MailchimpSandbox) -> None:
    """Archiving those who unsubscribed saves money there; the API then says no more that they did."""
    member = subscriber(vendor)
    crm(hub, member)
    vendor.set_status(member, "unsubscribed")
    sync(hub)
    vendor.archive(member)
    sync(hub)
    archived = consent(hub)
    vendor.delete_for_good(member)
    sync(hub)

    assert (archived, consent(hub)) == (["unsubscribed"], ["unsubscribed"])


def test_one_person_in_two_audiences_has_the_strictest(hub: Hub, vendor: MailchimpSandbox) -> None:
    """Subscribed to one, dead in the other: it is one address."""
    member = subscriber(vendor)
    other = subscriber(vendor, EVENTS)
    vendor.change_address(other, member["email_address"])
    vendor.set_status(other, "cleaned")

    sync(hub)

    assert consent(hub) == ["bounced"]
    story = trace(hub, "lead", 1, "email_consent")[0]
    assert story.said is not None
    assert story.said.record == f"news.members:{EVENTS}:{other['contact_id']}"


def test_nothing_changes_when_it_is_read_again(hub: Hub, vendor: MailchimpSandbox) -> None:
    """Twice is once, also of those who are archived and wait for somebody."""
    for status in ("cleaned", "archived", "transactional", "subscribed"):
        vendor.set_status(subscriber(vendor), status)
    sync(hub)

    assert sync(hub) == {"unchanged": 4}
    assert sync(hub, full=True) == {"unchanged": 4}


def test_an_undone_run_takes_its_word_back(hub: Hub, vendor: MailchimpSandbox) -> None:
    """What the newsletter said of the CRM's person goes with the run that brought it."""
    member = subscriber(vendor)
    crm(hub, member)
    vendor.archive(member)
    report = sync_source(hub, "news")[0]
    assert consent(hub) == ["archived"]

    undo_run(hub, report.run)

    assert consent(hub) == [None]
