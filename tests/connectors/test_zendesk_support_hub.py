"""A help desk in the hub: who asks about buying becomes a lead, and everybody's tickets stand beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.connector import Request
from console.main import run as command
from hub.adding import Adding, add
from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.draining import drain
from hub.from_ticket import lead_from_ticket
from hub.intake import inbox_path, receive
from hub.opening import Hub
from hub.records import show
from hub.sync import sync_source
from sandbox.zendesk_support import ZendeskSupportSandbox
from storage.inbox import Inbox
from tests.conftest import OpenHub


@pytest.fixture(scope="module")
def running() -> Iterator[ZendeskSupportSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with ZendeskSupportSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: ZendeskSupportSandbox) -> ZendeskSupportSandbox:
    """A help desk with nothing in it."""
    running.reset()
    running.clear()
    return running


@pytest.fixture
def hub(opened: OpenHub, vendor: ZendeskSupportSandbox) -> Hub:
    """A hub that reads it and receives its notices."""
    settings = {"connector": "zendesk_support", "exports_per_minute": 60_000, "signing_secret": vendor.secret}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in {**settings, **vendor.settings()}.items())
    return opened(f"[sources.support]\n{lines}\n")


def rows(hub: Hub, sql: str, *values: Any) -> list[Any]:
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def tickets(hub: Hub) -> list[Any]:
    return rows(hub, "SELECT external_id, status, resource_type, resource_id FROM ticket ORDER BY id")


def open_tickets(hub: Hub) -> dict[tuple[str, int], int]:
    found = rows(hub, "SELECT record_type, record_id, open_tickets FROM figure WHERE open_tickets > 0")
    return {(kind, id_): count for kind, id_, count in found}


def asked_by(vendor: ZendeskSupportSandbox, ticket: dict[str, Any], tag: str = "support") -> dict[str, Any]:
    """Another ticket of the same person."""
    another = vendor.add_tickets(1, tags=[tag])[0]
    vendor.change(another, requester_id=ticket["requester_id"])
    return another


def test_a_persons_tickets_stand_beside_them_and_the_open_ones_are_counted(
    hub: Hub, vendor: ZendeskSupportSandbox
) -> None:
    """Whatever their tags; what is solved is open no more, and what is reopened is again."""
    sales = vendor.add_tickets(1)[0]
    other = asked_by(vendor, sales)
    sync_source(hub, "support")
    ((lead,),) = rows(hub, "SELECT id FROM lead")
    first = open_tickets(hub)
    vendor.change(other, status="solved")
    sync_source(hub, "support")
    second = open_tickets(hub)
    vendor.change(other, status="hold", satisfaction_rating={"score": "bad_with_comment"})
    sync_source(hub, "support")

    assert tickets(hub) == [(str(sales["id"]), "open", "lead", lead), (str(other["id"]), "hold", "lead", lead)]
    assert (first, second, open_tickets(hub)) == ({("lead", lead): 2}, {("lead", lead): 1}, {("lead", lead): 2})
    assert rows(hub, "SELECT satisfaction FROM ticket WHERE external_id = ?", str(other["id"])) == [("bad",)]


def test_the_same_again_changes_nothing(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """The export brings tickets again that the system touched."""
    ticket = vendor.add_tickets(1)[0]
    sync_source(hub, "support")
    before = tickets(hub)
    vendor.touch(ticket)

    (report,) = sync_source(hub, "support")

    assert (report.counts.read, report.counts.unchanged) == (1, 1)
    assert tickets(hub) == before


def test_tickets_of_strangers_wait_in_silence_until_somebody_bears_the_address(
    hub: Hub, vendor: ZendeskSupportSandbox
) -> None:
    """Nothing is held for them; whoever is added by hand has them at the next sync."""
    ticket = vendor.add_tickets(1, tags=["support"])[0]
    (report,) = sync_source(hub, "support")
    email = vendor.users[ticket["requester_id"]]["email"]
    waiting = tickets(hub)
    added = add(hub, Adding("lead", {"last_name": "Li", "email": email}))
    assert added.shown is not None

    sync_source(hub, "support")

    assert waiting == []
    assert (report.counts.skipped, report.counts.held) == (1, 0)
    assert tickets(hub) == [(str(ticket["id"]), "open", "lead", added.shown.row["id"])]


def test_a_caller_without_an_address_has_the_ticket_that_made_them_a_lead(
    hub: Hub, vendor: ZendeskSupportSandbox
) -> None:
    """There is nothing else to know them by."""
    ticket = vendor.add_tickets(1)[0]
    vendor.users[ticket["requester_id"]]["email"] = None
    sync_source(hub, "support")

    ((lead,),) = rows(hub, "SELECT id FROM lead")
    assert tickets(hub) == [(str(ticket["id"]), "open", "lead", lead)]


def test_a_deleted_ticket_goes_and_is_open_no_more(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """The lead that it made stays, marked."""
    ticket = vendor.add_tickets(1)[0]
    sync_source(hub, "support")
    vendor.delete(ticket)

    sync_source(hub, "support")

    assert tickets(hub) == []
    assert open_tickets(hub) == {}
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE gone_at_source IS NOT NULL") == [(1,)]


def test_a_lead_made_by_hand_has_all_tickets_of_the_person_at_once(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """What waited for the address is taken in with the choice."""
    ticket = vendor.add_tickets(1, tags=["support"])[0]
    other = asked_by(vendor, ticket)
    sync_source(hub, "support")

    found = lead_from_ticket(hub, str(other["id"]))

    assert {row[0]: row[2:] for row in tickets(hub)} == {
        str(each["id"]): ("lead", found.id) for each in (ticket, other)
    }
    assert open_tickets(hub) == {("lead", found.id): 2}


def notified(hub: Hub, sent: tuple[dict[str, str], bytes]) -> bool:
    """Let a notice come in; whether it was there already."""
    headers, body = sent
    request = Request("POST", "https://hub.example.com/hooks/support", headers, body, datetime.now(UTC))
    return receive(hub, "support", request).duplicate


def test_a_notice_makes_a_lead_once_and_the_next_sync_finds_it_as_it_is(
    hub: Hub, vendor: ZendeskSupportSandbox
) -> None:
    """Zendesk repeats a notice under the same invocation."""
    ticket = vendor.add_tickets(1)[0]
    sent = vendor.notice(ticket)

    duplicates = [notified(hub, sent), notified(hub, sent)]
    with Inbox(inbox_path(hub)) as inbox:
        drain(hub, "support", inbox)
    there = rows(hub, "SELECT COUNT(*) FROM lead")
    (report,) = sync_source(hub, "support")

    assert duplicates == [False, True]
    assert there == [(1,)]
    assert (report.counts.read, report.counts.unchanged) == (1, 1)
    assert len(tickets(hub)) == 1


def test_users_tagged_sales_are_leads_and_their_names_follow_without_a_ticket(
    opened: OpenHub, vendor: ZendeskSupportSandbox
) -> None:
    """Where `streams` names users."""
    values = {"connector": "zendesk_support", "exports_per_minute": 60_000, **vendor.settings()}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
    hub = opened(f'[sources.support]\nstreams = ["tickets", "users"]\n{lines}\n')
    user = vendor.add_user("Ann Li", "ann.li@example.com")
    user["tags"] = ["sales"]
    vendor.add_user("Bo Berg", "bo.berg@example.com")
    sync_source(hub, "support")
    vendor.rename(user, "Ann Berg")

    sync_source(hub, "support")

    assert rows(hub, "SELECT first_name, last_name, email FROM lead") == [("Ann", "Berg", "ann.li@example.com")]


def test_a_record_that_is_shown_has_its_tickets_open_ones_first(
    hub: Hub, vendor: ZendeskSupportSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """With status, last comment and satisfaction, in words and as JSON."""
    sales = vendor.add_tickets(1)[0]
    vendor.change(sales, status="closed", satisfaction_rating={"score": "good"})
    other = asked_by(vendor, sales)
    vendor.say(other, "We will call you.")
    sync_source(hub, "support")
    ((lead,),) = rows(hub, "SELECT id FROM lead")

    command(["lead", "show", str(lead), "--home", str(hub.home)])
    told = capsys.readouterr().out
    command(["lead", "show", str(lead), "--json", "--home", str(hub.home)])
    found = json.loads(capsys.readouterr().out)["tickets"]

    assert told.index(f"{other['id']}  support: open; Price list, please; last comment 20") < told.index(
        f"{sales['id']}  support: closed; Price list, please; satisfaction good"
    )
    assert [(each["external_id"], each["is_open"]) for each in found] == [
        (str(other["id"]), True),
        (str(sales["id"]), False),
    ]
    assert found[0]["last_comment_at"][:16] == vendor.comments[other["id"]][-1]["created_at"][:16]


def test_a_contact_shows_the_tickets_of_the_lead_that_it_was(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """Whoever looks at a customer wants to know what they are waiting for."""
    ticket = vendor.add_tickets(1)[0]
    sync_source(hub, "support")
    ((lead,),) = rows(hub, "SELECT id FROM lead")
    contact = convert_lead(hub, lead, Wishes()).person
    assert contact is not None
    vendor.change(ticket, status="pending")

    sync_source(hub, "support")

    (shown,) = show(hub, "contact", contact).tickets
    assert (shown.external_id, shown.status) == (str(ticket["id"]), "pending")


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("group.name == 'Sales'", {"group_id": 98739}),
        ("form.name == 'Contact sales'", {"ticket_form_id": 360000389593}),
        ("brand.name == 'Acme Labs'", {"brand_id": 124}),
        ("contains(tags, 'vip') || group.name == 'Sales'", {"tags": ["vip"]}),
        ("\"(custom_fields[?id==`27642`].value | [0]) == 'yes'\"", {"custom_fields": [{"id": 27642, "value": "yes"}]}),
    ],
)
def test_what_makes_a_lead_is_said_in_the_mapping_and_holds_for_what_was_read_before(
    hub: Hub, vendor: ZendeskSupportSandbox, condition: str, values: dict[str, Any]
) -> None:
    """By the names that one sees in Support; the vendor is not asked again."""
    ticket = vendor.add_tickets(2, tags=["support"])[0]
    vendor.change(ticket, **values)
    sync_source(hub, "support")
    before = rows(hub, "SELECT id FROM lead")
    shipped = hub.library.file("zendesk_support/tickets.lead").path.read_text(encoding="utf-8")
    own = hub.home / "mappings" / "zendesk_support" / "tickets.lead.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        shipped.replace("only_if: contains(tags, 'sales')", f"only_if: {condition}").partition("examples:")[0],
        encoding="utf-8",
    )

    with vendor.counting() as calls:
        sync_source(hub, "support")

    assert before == []
    assert rows(hub, "SELECT email FROM lead") == [(vendor.users[ticket["requester_id"]]["email"],)]
    assert len(calls) == 1
