"""Typeform's webhooks, the recorded one, and what a hub makes of read and received responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import Delivery, Request
from connectors.errors import RefusedRequest, SetupError
from connectors.typeform.connector import Typeform, TypeformConfig
from hub.draining import drain
from hub.intake import inbox_path, receive
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.sync import sync_source
from sandbox.typeform import CONTACT, EVENT, TypeformSandbox, signature
from storage.inbox import Inbox
from tests.conftest import SHARED, needs_shared

SECRET = "made-up-typeform-secret"


@pytest.fixture(scope="module")
def running() -> Iterator[TypeformSandbox]:
    """One server for all tests here."""
    with TypeformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: TypeformSandbox) -> TypeformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def hub(vendor: TypeformSandbox, tmp_path: Path) -> Iterator[Hub]:
    """A hub with the stand-in as its source `forms`, and two salespeople."""
    settings = {"connector": "typeform", "calls_per_second": 1000000, "pool": "Inbound", **vendor.settings()}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    pool = '[[pools]]\nname = "Inbound"\nmembers = ["ann@example.com", "bo@example.com"]'
    (tmp_path / "hub.toml").write_text(f"[sources.forms]\n{lines}\n\n{pool}\n", encoding="utf-8")
    with open_hub(tmp_path) as opened:
        yield opened


def sent(headers: dict[str, str], body: bytes) -> Request:
    return Request("POST", "https://hub.example.com/hooks/forms", headers, body, datetime.now(UTC))


def received(headers: dict[str, str], body: bytes, **settings: Any) -> Delivery:
    config = TypeformConfig(**{"token": SecretStr("t"), "secret": SecretStr(SECRET), **settings})
    with Typeform(config) as typeform:
        return typeform.receive(sent(headers, body))


def signed(event: Any) -> tuple[dict[str, str], bytes]:
    body = json.dumps(event).encode()
    return {"typeform-signature": signature(SECRET, body)}, body


def test_a_received_response_is_the_record_that_is_read(vendor: TypeformSandbox) -> None:
    """Whichever way it came it does not look changed."""
    row = next(row for row in vendor.responses[CONTACT] if row["hidden"])
    delivery = received(*vendor.webhook(row))
    with Typeform(TypeformConfig.model_validate({**vendor.settings(), "forms": [CONTACT]})) as typeform:
        records = {record.id: record for page in typeform.pull("responses", None) for record in page.records}

    assert delivery.key == row["token"]
    assert delivery.stream == "responses"
    assert delivery.records == [records[row["token"]]]


@pytest.mark.parametrize(
    "change",
    [
        lambda headers, body: ({}, body),
        lambda headers, body: (headers, body + b" "),
        lambda headers, body: ({"typeform-signature": signature("another", body)}, body),
        lambda headers, body: ({"typeform-signature": headers["typeform-signature"][7:]}, body),
        lambda headers, body: ({"typeform-signature": "sha256=é"}, body),
    ],
    ids=["none", "other body", "other secret", "no scheme", "no ASCII"],
)
def test_what_is_not_signed_with_our_secret_over_this_body_is_refused(vendor: TypeformSandbox, change: Any) -> None:
    """401, and nothing of it is stored."""
    with pytest.raises(RefusedRequest) as caught:
        received(*change(*vendor.webhook(vendor.responses[CONTACT][0])))

    assert caught.value.status == 401


@pytest.mark.parametrize(
    "event",
    [[], {"event_type": "form_response", "form_response": {"form_id": "f"}},
     {"event_type": "form_response", "form_response": {"token": "t"}}],
)  # fmt: skip
def test_a_signed_body_that_is_no_response_is_not_readable(event: Any) -> None:
    """400: whoever holds the secret sent nonsense."""
    with pytest.raises(RefusedRequest) as caught:
        received(*signed(event))

    assert caught.value.status == 400


def test_a_signed_body_that_is_no_json_is_not_readable() -> None:
    """400 as well."""
    body = b"<html>"
    with pytest.raises(RefusedRequest) as caught:
        received({"typeform-signature": signature(SECRET, body)}, body)

    assert caught.value.status == 400


def test_other_events_and_other_forms_are_answered_and_let_lie(vendor: TypeformSandbox) -> None:
    """A refusal would make the vendor send them again for hours."""
    other = received(*signed({"event_id": "e1", "event_type": "form_response_partial", "form_response": {}}))
    elsewhere = received(*vendor.webhook(vendor.responses[CONTACT][0]), forms=[EVENT])

    assert (other.key, other.records) == ("event:e1", [])
    assert elsewhere.records == []


def test_without_a_secret_nothing_is_received(vendor: TypeformSandbox) -> None:
    """There would be nothing to verify it with."""
    with pytest.raises(SetupError, match="secret"):
        received(*vendor.webhook(vendor.responses[CONTACT][0]), secret=None)


@needs_shared
def test_the_recorded_response_and_the_signature_vector_hold() -> None:
    """What a real sender's sample looks like, and a signature computed elsewhere."""
    path = SHARED / "recorded" / "typeform" / "form-response-1.json"
    response = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]
    delivery = received(*signed({"event_id": "e", "event_type": "form_response", "form_response": response}))
    vectors = json.loads((SHARED / "contracts" / "other" / "signature_and_id_vectors.json").read_text())["vectors"]
    vector = next(vector for vector in vectors if vector.get("vendor") == "typeform")

    assert delivery.records[0].id == response["token"]
    assert delivery.records[0].data["answers"][0]["value"] == "Choice 1"
    assert delivery.records[0].data["form_title"] == "test2"
    assert signature(vector["secret"], vector["body"].encode()) == vector["expected"]
    config = TypeformConfig(token=SecretStr("t"), secret=SecretStr(vector["secret"]))
    with Typeform(config) as typeform:
        got = typeform.receive(sent({"typeform-signature": vector["expected"]}, vector["body"].encode()))
    assert (got.key, got.records[0].data["form_id"]) == ("tok1", "abc123")


def test_a_sync_makes_leads_and_the_next_one_changes_nothing(hub: Hub, vendor: TypeformSandbox) -> None:
    """By the shipped mapping; who left no name is held."""
    first, again = sync_source(hub, "forms"), sync_source(hub, "forms", Options(full=True))

    everybody = sum(map(len, vendor.responses.values()))
    assert [report.error for report in (*first, *again)] == [None, None]
    assert (first[0].counts.read, first[0].counts.held) == (everybody, 1)
    assert first[0].counts.created + first[0].counts.merged + first[0].counts.updated >= everybody - 1
    assert (again[0].counts.read, again[0].counts.unchanged + again[0].counts.held) == (everybody, everybody)


def test_received_and_read_responses_share_a_stream_and_lose_nothing(hub: Hub, vendor: TypeformSandbox) -> None:
    """A webhook is a lead without a call to the vendor; the marks of inbox and reading stand side by side."""
    sync_source(hub, "forms")
    row = vendor.submit()[0]
    with Inbox(inbox_path(hub)) as inbox:
        assert not receive(hub, "forms", sent(*vendor.webhook(row)), inbox).duplicate
        assert receive(hub, "forms", sent(*vendor.webhook(row)), inbox).duplicate
        with vendor.counting() as calls:
            drained = drain(hub, "forms", inbox)
        assert (drained[0].counts.created, calls, inbox.waiting()) == (1, [], {})

    unread = vendor.submit()[0]
    synced = sync_source(hub, "forms")

    assert synced[0].counts.created == 1
    assert synced[0].counts.read < 10, "it went on from where it was read to, not from the beginning"
    cursor = synced[0].cursor or {}
    assert cursor["forms"][CONTACT]["mark"] == unread["submitted_at"]
    assert cursor["inbox"] > 0


def test_a_first_read_after_webhooks_begins_at_the_beginning(hub: Hub, vendor: TypeformSandbox) -> None:
    """The inbox's mark in the cursor is no sign that anything was read."""
    row = vendor.submit()[0]
    with Inbox(inbox_path(hub)) as inbox:
        receive(hub, "forms", sent(*vendor.webhook(row)), inbox)
        drain(hub, "forms", inbox)

    since = sync_source(hub, "forms", Options(since=datetime(2026, 8, 20, tzinfo=UTC)))
    assert (since[0].cursor or {})["inbox"] > 0
    everything = sync_source(hub, "forms", Options(full=True))

    assert everything[0].counts.read == sum(map(len, vendor.responses.values())) + 1, "the inbox's one, too"
