"""Support's webhooks: signed notices that name a ticket, which is then fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import Delivery, Request
from connectors.errors import RefusedRequest, SetupError, TransientError
from connectors.zendesk_support.connector import ZendeskSupport, ZendeskSupportConfig
from connectors.zendesk_support.hook import signature_of
from sandbox.vendor import status
from sandbox.zendesk_support import ZendeskSupportSandbox
from tests.conftest import SHARED, needs_shared

Sent = tuple[dict[str, str], bytes]


@pytest.fixture(scope="module")
def running() -> Iterator[ZendeskSupportSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with ZendeskSupportSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: ZendeskSupportSandbox) -> ZendeskSupportSandbox:
    """A running stand-in with its seeded tickets."""
    running.reset()
    return running


def received(vendor: ZendeskSupportSandbox, sent: Sent, method: str = "POST", **settings: Any) -> Delivery:
    """What the connector makes of a request."""
    headers, body = sent
    request = Request(method, "https://hub.example.com/hooks/support", headers, body, datetime.now(UTC))
    values = {"signing_secret": vendor.secret, **vendor.settings(), **settings}
    with ZendeskSupport(ZendeskSupportConfig.model_validate(values)) as zendesk:
        return zendesk.receive(request)


def test_a_notice_brings_the_ticket_as_the_export_would(vendor: ZendeskSupportSandbox) -> None:
    """So that the next export finds nothing changed."""
    ticket = vendor.add_tickets(1)[0]
    delivery = received(vendor, vendor.notice(ticket))
    with ZendeskSupport(ZendeskSupportConfig.model_validate(vendor.settings())) as zendesk:
        exported = {record.id: record for page in zendesk.pull("tickets", None) for record in page.records}

    assert delivery.stream == "tickets"
    assert delivery.key.startswith("invocation-")
    assert delivery.records == [exported[str(ticket["id"])]]


@pytest.mark.parametrize("body", [{"ticket_id": 0}, {"ticket": {"id": 0}}], ids=["ticket_id", "ticket.id"])
def test_a_triggers_own_words_name_the_ticket(vendor: ZendeskSupportSandbox, body: dict[str, Any]) -> None:
    """The account's admin writes them."""
    ticket = vendor.add_tickets(1)[0]
    filled = json.loads(json.dumps(body).replace("0", str(ticket["id"])))

    delivery = received(vendor, vendor.notice(ticket, **filled))

    assert [record.id for record in delivery.records] == [str(ticket["id"])]


def test_a_user_event_brings_the_user(vendor: ZendeskSupportSandbox) -> None:
    """Into the other stream."""
    user = vendor.add_user("Ann Li", "ann.li@example.com")

    delivery = received(vendor, vendor.notice(user, "user.created"))

    assert delivery.stream == "users"
    assert [record.data["email"] for record in delivery.records] == ["ann.li@example.com"]


def test_a_deletion_is_told_without_a_call(vendor: ZendeskSupportSandbox) -> None:
    """There is nothing left to fetch."""
    ticket = vendor.add_tickets(1)[0]

    with vendor.counting() as calls:
        delivery = received(vendor, vendor.notice(ticket, "ticket.soft_deleted"))

    assert [(record.id, record.event) for record in delivery.records] == [(str(ticket["id"]), "deleted")]
    assert calls == []


def test_an_event_of_something_else_is_let_lie(vendor: ZendeskSupportSandbox) -> None:
    """An organization's, or an agent's availability."""
    assert received(vendor, vendor.notice({"id": 1}, "organization.created")).records == []


def test_a_ticket_that_went_away_meanwhile_is_left_to_the_export(vendor: ZendeskSupportSandbox) -> None:
    """A notice that finds nothing is no fault of the sender's."""
    assert received(vendor, vendor.notice({"id": 424242})).records == []


@pytest.mark.parametrize("seconds", [-301, 301], ids=["old", "ahead"])
def test_a_notice_of_another_time_is_refused(vendor: ZendeskSupportSandbox, seconds: int) -> None:
    """Somebody may have kept it to send it again."""
    ticket = vendor.add_tickets(1)[0]
    at = int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())

    with pytest.raises(RefusedRequest, match="300 seconds") as refused:
        received(vendor, vendor.notice(ticket, at=at))

    assert refused.value.status == 401


@pytest.mark.parametrize("spoil", ["signature", "body", "no signature", "no timestamp"])
def test_a_forged_notice_is_refused(vendor: ZendeskSupportSandbox, spoil: str) -> None:
    """Whatever was changed on the way; and nothing of the secret is said."""
    headers, body = vendor.notice(vendor.add_tickets(1)[0])
    name = f"x-zendesk-webhook-signature{'-timestamp' if spoil == 'no timestamp' else ''}"
    if spoil.startswith("no "):
        del headers[name]
    elif spoil == "signature":
        headers[name] = headers[name][::-1]
    else:
        body += b" "

    with pytest.raises(RefusedRequest) as refused:
        received(vendor, (headers, body))

    assert refused.value.status == 401
    assert vendor.secret not in str(refused.value)


@pytest.mark.parametrize("body", [b"ticket_id=1", b"[]", b'{"id": "x"}', b'{"ticket_id": "1/../users"}'])
def test_a_notice_that_names_nothing_says_what_to_send(vendor: ZendeskSupportSandbox, body: bytes) -> None:
    """The admin who wrote the trigger reads it in Zendesk's log."""
    stamp = datetime.now(UTC).isoformat()
    headers = {
        "x-zendesk-webhook-signature": signature_of(vendor.secret, stamp, body),
        "x-zendesk-webhook-signature-timestamp": stamp,
    }

    with pytest.raises(RefusedRequest, match="JSON") as refused:
        received(vendor, (headers, body))

    assert refused.value.status == 400


def test_a_get_is_refused(vendor: ZendeskSupportSandbox) -> None:
    """Notices come by POST."""
    with pytest.raises(RefusedRequest) as refused:
        received(vendor, vendor.notice({"id": 1}), method="PUT")

    assert refused.value.status == 405


def test_without_a_secret_nothing_is_received(vendor: ZendeskSupportSandbox) -> None:
    """What cannot be verified is nobody's word."""
    with pytest.raises(SetupError, match="signing_secret"):
        received(vendor, vendor.notice({"id": 1}), signing_secret=None)


def test_a_ticket_that_cannot_be_fetched_now_is_asked_for_again(vendor: ZendeskSupportSandbox) -> None:
    """The vendor repeats what is answered with 503."""
    ticket = vendor.add_tickets(1)[0]
    vendor.faults.add(status(500), at="/tickets/show_many")

    with pytest.raises(TransientError):
        received(vendor, vendor.notice(ticket))


@needs_shared
def test_the_signature_is_the_vendors() -> None:
    """Vectors of ours, computed from the rule that the vendor documents."""
    found = json.loads((SHARED / "contracts" / "other" / "signature_and_id_vectors.json").read_text())
    vectors = [each for each in _objects(found) if each.get("vendor") == "zendesk" and "expected" in each]

    assert len(vectors) == 2
    for each in vectors:
        assert signature_of(each["secret"], each["timestamp"], each["body"].encode()) == each["expected"]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else []:
        yield from _objects(each)


def test_the_secret_is_shown_nowhere() -> None:
    """Neither by the settings nor by their complaints."""
    config = ZendeskSupportConfig(subdomain="example", signing_secret=SecretStr("made-up-secret"))

    assert "made-up-secret" not in f"{config!r} {config.model_dump()}"
