"""`lead from-ticket`: a ticket that its mapping leaves out becomes a lead, because somebody says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import TransientError
from console.main import run as command
from hub.from_ticket import FromTicket, lead_from_ticket
from hub.opening import Hub
from hub.sync import sync_source
from hub.undo import undo_run
from sandbox.vendor import status
from sandbox.zendesk_support import ZendeskSupportSandbox
from sell_model.errors import SetupError
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
    """A hub that reads it, and deals out to two people."""
    settings = {"connector": "zendesk_support", "exports_per_minute": 60_000, "pool": "Inbound", **vendor.settings()}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    pool = '[[pools]]\nname = "Inbound"\nmembers = ["ann@example.com", "bo@example.com"]'
    return opened(f"[sources.support]\n{lines}\n\n{pool}\n")


def rows(hub: Hub, sql: str, *values: Any) -> list[Any]:
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def leads(hub: Hub) -> list[Any]:
    return rows(hub, "SELECT id, last_name, email FROM lead WHERE deleted_at IS NULL ORDER BY id")


def support_ticket(vendor: ZendeskSupportSandbox) -> dict[str, Any]:
    """A ticket that is no lead by itself."""
    return vendor.add_tickets(1, tags=["support"])[0]


def chosen(hub: Hub, ticket: dict[str, Any], **options: Any) -> FromTicket:
    return lead_from_ticket(hub, str(ticket["id"]), by="ann@example.com", **options)


def test_who_sent_a_ticket_becomes_a_lead_with_an_owner(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """As if a sync had taken the ticket in: mapped, matched, dealt out, told where it comes from."""
    ticket = support_ticket(vendor)
    sync_source(hub, "support")

    found = chosen(hub, ticket)

    ((id_, last_name, email),) = leads(hub)
    user = vendor.users[ticket["requester_id"]]
    assert (found.made, found.record_type, found.id) == ("created", "lead", id_)
    assert found.name == user["name"]
    assert user["name"].endswith(last_name)
    assert email == user["email"]
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE owner_id IS NOT NULL") == [(1,)]
    assert rows(hub, "SELECT source, stream, source_id FROM v_source_links WHERE record_type = 'lead'") == [
        ("support", "tickets", str(ticket["id"]))
    ]


def test_the_same_ticket_again_is_the_same_lead(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """Twice is once; also for a ticket that made a lead by itself."""
    ticket, by_itself = support_ticket(vendor), vendor.add_tickets(1)[0]
    sync_source(hub, "support")

    first, second = chosen(hub, ticket), chosen(hub, ticket)
    third = chosen(hub, by_itself)

    assert (first.made, second.made, third.made) == ("created", "standing", "standing")
    assert first.id == second.id != third.id
    assert second.run is None
    assert len(leads(hub)) == 2


def test_later_syncs_keep_the_lead_and_bring_it_up_to_date(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """The mapping would leave the ticket out; the choice holds, whatever changes."""
    ticket = support_ticket(vendor)
    sync_source(hub, "support")
    found = chosen(hub, ticket)
    vendor.users[ticket["requester_id"]]["phone"] = "+1 415-555-2671"
    vendor.change(ticket, status="solved", subject="Thanks")

    (report, *_) = sync_source(hub, "support")

    assert rows(hub, "SELECT id, phone, gone_at_source FROM lead") == [(found.id, "+14155552671", None)]
    assert report.counts.updated == 1
    assert chosen(hub, ticket).made == "standing"


def test_a_ticket_that_was_never_read_is_fetched(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """And the next sync finds it as it is."""
    ticket = support_ticket(vendor)

    with vendor.counting() as calls:
        found = chosen(hub, ticket)
    (report, *_) = sync_source(hub, "support")

    assert found.made == "created"
    assert {call.path for call in calls} == {"/api/v2/tickets/show_many", "/api/v2/brands"}
    assert (report.counts.unchanged, len(leads(hub))) == (1, 1)


def test_somebody_who_is_known_is_joined(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """By the address: no second lead."""
    known = vendor.add_tickets(1)[0]
    sync_source(hub, "support")
    ticket = support_ticket(vendor)
    vendor.users[ticket["requester_id"]] |= {
        name: vendor.users[known["requester_id"]][name] for name in ("email", "name")
    }

    found = chosen(hub, ticket)

    ((id_, *_),) = leads(hub)
    assert (found.made, found.id) == ("joined", id_)


def test_a_rehearsal_stores_nothing(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """It tells what would be."""
    found = chosen(hub, support_ticket(vendor), dry_run=True)

    assert found.made == "created"
    assert leads(hub) == rows(hub, "SELECT id FROM source_record") == []


def test_undo_takes_the_choice_back_with_what_it_made(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """The next sync leaves the ticket out again, though it changed."""
    ticket = support_ticket(vendor)
    sync_source(hub, "support")
    found = chosen(hub, ticket)
    assert found.run is not None

    undo_run(hub, found.run)
    vendor.change(ticket, priority="low")
    sync_source(hub, "support")

    assert leads(hub) == []
    assert chosen(hub, ticket).made == "created"


def test_a_ticket_that_cannot_be_a_lead_says_all_that_is_wrong(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """Nothing is stored, so that nothing is held."""
    ticket = support_ticket(vendor)
    vendor.users[ticket["requester_id"]] |= {"email": "no at sign", "name": " "}
    sync_source(hub, "support")

    with pytest.raises(SetupError, match="email") as caught:
        chosen(hub, ticket)

    assert "last_name" in str(caught.value)
    assert rows(hub, "SELECT COUNT(*) FROM held WHERE mapping LIKE '%.lead'") == [(0,)]


def test_a_deleted_ticket_makes_no_lead(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """Whether it was read before or not."""
    ticket = support_ticket(vendor)
    sync_source(hub, "support")
    vendor.delete(ticket)
    sync_source(hub, "support")

    with pytest.raises(SetupError, match="was deleted"):
        chosen(hub, ticket)
    with pytest.raises(SetupError, match="no ticket 999999999"):
        chosen(hub, {"id": 999999999})


@pytest.mark.parametrize("text", ["", "L-7", "35436x", "-1", "9" * 21, "١٢"])
def test_what_is_no_number_is_refused(hub: Hub, text: str) -> None:
    """Before anybody is asked."""
    with pytest.raises(SetupError, match="no ticket's number"):
        lead_from_ticket(hub, text)


def test_the_source_is_found_or_asked_for(opened: OpenHub) -> None:
    """One that has tickets; of several somebody must say which."""
    one = '[sources.{name}]\nconnector = "zendesk_support"\nsubdomain = "example"\nemail = "a"\ntoken = "b"\n'
    form = '[sources.form]\nconnector = "webhook"\nsecret = "made-up-secret"\n'

    with pytest.raises(SetupError, match="no source"):
        lead_from_ticket(opened(form), "1")
    several = opened(form + one.format(name="support") + one.format(name="desk"))
    with pytest.raises(SetupError, match="several sources have tickets: support, desk"):
        lead_from_ticket(several, "1")
    with pytest.raises(SetupError, match=r"form \(webhook\) has no tickets") as caught:
        lead_from_ticket(several, "1", "form")
    assert "support, desk" in caught.value.fix


def test_a_vendor_that_is_down_is_no_missing_ticket(hub: Hub, vendor: ZendeskSupportSandbox) -> None:
    """The fault is told as what it is."""
    ticket = support_ticket(vendor)
    vendor.faults.add(status(500), at="/show_many")

    with pytest.raises(TransientError, match="HTTP 500"):
        chosen(hub, ticket)


def test_the_command_tells_what_it_did(
    hub: Hub, vendor: ZendeskSupportSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, and as JSON."""
    ticket = support_ticket(vendor)
    home = ["--home", str(hub.home)]

    code = command(["lead", "from-ticket", str(ticket["id"]), *home])
    told = capsys.readouterr().out
    command(["lead", "from-ticket", f"#{ticket['id']}", "--source", "support", "--json", *home])
    data = json.loads(capsys.readouterr().out)

    assert code == 0
    assert "is a new lead" in told
    assert "run undo 1" in told
    assert (data["made"], data["record_type"], data["dry_run"]) == ("standing", "lead", False)
    assert command(["lead", "from-ticket", "nonsense", *home]) == 1
