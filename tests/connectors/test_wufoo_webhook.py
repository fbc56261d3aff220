"""Wufoo's webhooks, and what a hub makes of read and received entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.connector import Delivery, Request
from connectors.errors import RefusedRequest, SetupError
from connectors.wufoo.connector import Wufoo, WufooConfig
from hub.draining import drain
from hub.intake import inbox_path, receive
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.sync import sync_source
from sandbox.wufoo import DEMO, FAIR, WufooSandbox
from storage.inbox import Inbox


@pytest.fixture(scope="module")
def running() -> Iterator[WufooSandbox]:
    """One server for all tests here."""
    with WufooSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: WufooSandbox) -> WufooSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def hub(vendor: WufooSandbox, tmp_path: Path) -> Iterator[Hub]:
    """A hub with the stand-in as its source `forms`, and two salespeople."""
    settings = {"connector": "wufoo", "calls_per_second": 1000000, "pool": "Inbound", **vendor.settings()}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    pool = '[[pools]]\nname = "Inbound"\nmembers = ["ann@example.com", "bo@example.com"]'
    (tmp_path / "hub.toml").write_text(f"[sources.forms]\n{lines}\n\n{pool}\n", encoding="utf-8")
    with open_hub(tmp_path) as opened:
        yield opened


def sent(body: bytes) -> Request:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", "https://hub.example.com/hooks/forms", headers, body, datetime.now(UTC))


def received(vendor: WufooSandbox, body: bytes, **settings: Any) -> Delivery:
    with Wufoo(WufooConfig.model_validate({**vendor.settings(), **settings})) as wufoo:
        return wufoo.receive(sent(body))


def test_a_received_entry_is_the_record_that_is_read(vendor: WufooSandbox) -> None:
    """Without a call to the vendor; whichever way it came it does not look changed."""
    row = vendor.entries[DEMO][0]
    with vendor.counting() as calls:
        delivery = received(vendor, vendor.webhook(row))
    with Wufoo(WufooConfig.model_validate({**vendor.settings(), "calls_per_second": 1e6})) as wufoo:
        records = {record.id: record for page in wufoo.pull("entries", None) for record in page.records}

    assert calls == []
    assert delivery.key == f"{DEMO}:{row['EntryId']}"
    assert delivery.records == [records[delivery.key]]


@pytest.mark.parametrize("secret", ["", "another", "é"])
def test_a_delivery_without_the_handshake_key_is_refused(vendor: WufooSandbox, secret: str) -> None:
    """401; the key is not quoted."""
    with pytest.raises(RefusedRequest) as caught:
        received(vendor, vendor.webhook(vendor.entries[DEMO][0], secret=secret))

    assert caught.value.status == 401
    assert vendor.secret not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"EntryId": ""},
        {"EntryId": "1; x"},
        {"EntryId": "²"},
        {"FormStructure": "{"},
        {"FieldStructure": "[]"},
        {"FieldStructure": '{"Fields": 1}'},
    ],
)
def test_an_entry_that_cannot_be_read_is_not_readable(vendor: WufooSandbox, change: dict[str, str]) -> None:
    """400, with what to tick at the vendor."""
    whole = {
        "HandshakeKey": vendor.secret,
        "EntryId": "1",
        "FormStructure": '{"Hash": "f"}',
        "FieldStructure": '{"Fields": []}',
    }
    with pytest.raises(RefusedRequest, match="Include Field and Form Structures") as caught:
        received(vendor, urlencode(whole | change).encode())

    assert caught.value.status == 400
    assert received(vendor, urlencode(whole).encode()).key == "f:1"


def test_a_delivery_that_is_not_described_is_not_readable(vendor: WufooSandbox) -> None:
    """It does not say which form it is of."""
    with pytest.raises(RefusedRequest):
        received(vendor, vendor.webhook(vendor.entries[DEMO][0], described=False))


def test_another_form_is_answered_and_let_lie(vendor: WufooSandbox) -> None:
    """The setting chooses."""
    assert received(vendor, vendor.webhook(vendor.entries[DEMO][0]), forms=[FAIR]).records == []


def test_without_a_secret_nothing_is_received(vendor: WufooSandbox) -> None:
    """There would be nothing to know the sender by."""
    with pytest.raises(SetupError, match="secret"):
        received(vendor, vendor.webhook(vendor.entries[DEMO][0]), secret=None)


def test_a_sync_makes_leads_and_the_next_one_changes_nothing(hub: Hub, vendor: WufooSandbox) -> None:
    """By the shipped mapping; who left no name is held."""
    first, again = sync_source(hub, "forms"), sync_source(hub, "forms", Options(full=True))

    everybody = sum(map(len, vendor.entries.values()))
    assert [report.error for report in (*first, *again)] == [None, None]
    assert (first[0].counts.read, first[0].counts.held) == (everybody, 1)
    assert first[0].counts.created + first[0].counts.merged + first[0].counts.updated >= everybody - 1
    assert again[0].counts.unchanged + again[0].counts.held == everybody


def test_received_and_read_entries_are_one_record(hub: Hub, vendor: WufooSandbox) -> None:
    """A webhook is a lead at once; the read that follows finds it unchanged."""
    sync_source(hub, "forms")
    row = vendor.submit()[0]
    with Inbox(inbox_path(hub)) as inbox:
        receive(hub, "forms", sent(vendor.webhook(row)), inbox)
        assert receive(hub, "forms", sent(vendor.webhook(row)), inbox).duplicate
        with vendor.counting() as calls:
            assert (drain(hub, "forms", inbox)[0].counts.created, calls) == (1, [])

    second = sync_source(hub, "forms")[0].counts

    assert (second.read, second.unchanged, second.created) == (1, 1, 0)
