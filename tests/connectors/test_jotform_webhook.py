"""Jotform's webhooks, the recorded one, and what a hub makes of read and received submissions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.connector import Delivery, Request
from connectors.errors import RefusedRequest, SetupError, TransientError
from connectors.jotform.connector import Jotform, JotformConfig
from connectors.jotform.delivery import submission_id
from hub.draining import drain
from hub.intake import inbox_path, receive
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.sync import sync_source
from sandbox.jotform import QUOTE, VISIT, JotformSandbox, multipart
from sandbox.vendor import html
from storage.inbox import Inbox
from tests.conftest import SHARED, needs_shared


@pytest.fixture(scope="module")
def running() -> Iterator[JotformSandbox]:
    """One server for all tests here."""
    with JotformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: JotformSandbox) -> JotformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


@pytest.fixture
def hub(vendor: JotformSandbox, tmp_path: Path) -> Iterator[Hub]:
    """A hub with the stand-in as its source `forms`, and two salespeople."""
    settings = {"connector": "jotform", "pool": "Inbound", **vendor.settings()}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    pool = '[[pools]]\nname = "Inbound"\nmembers = ["ann@example.com", "bo@example.com"]'
    (tmp_path / "hub.toml").write_text(f"[sources.forms]\n{lines}\n\n{pool}\n", encoding="utf-8")
    with open_hub(tmp_path) as opened:
        yield opened


def sent(vendor: JotformSandbox, headers: dict[str, str], body: bytes, secret: str | None = None) -> Request:
    query = urlencode({"secret": vendor.secret if secret is None else secret})
    return Request("POST", f"https://hub.example.com/hooks/forms?{query}", headers, body, datetime.now(UTC))


def received(vendor: JotformSandbox, request: Request, **settings: Any) -> Delivery:
    with Jotform(JotformConfig.model_validate({**vendor.settings(), **settings})) as jotform:
        return jotform.receive(request)


def test_a_received_submission_is_the_record_that_is_read(vendor: JotformSandbox) -> None:
    """It is fetched by its id, in one call: what the delivery says beside it is not trusted."""
    row = vendor.submissions[QUOTE][0]
    with vendor.counting() as calls:
        delivery = received(vendor, sent(vendor, *vendor.webhook({**row, "answers": {}})))
    with Jotform(JotformConfig.model_validate(vendor.settings())) as jotform:
        records = {record.id: record for page in jotform.pull("submissions", None) for record in page.records}

    assert delivery.key == f"{row['id']}@{row['created_at']}"
    assert delivery.records == [records[row["id"]]]
    assert [call.path for call in calls] == [f"/submission/{row['id']}"]


def test_an_edit_is_another_delivery(vendor: JotformSandbox) -> None:
    """The same submission sent again after an edit is no repetition."""
    row = vendor.submissions[QUOTE][0]
    first = received(vendor, sent(vendor, *vendor.webhook(row)))
    vendor.edit(row, company="Acme")

    assert received(vendor, sent(vendor, *vendor.webhook(row))).key != first.key


@pytest.mark.parametrize("secret", ["", "another", "é"])
def test_an_address_without_the_secret_is_refused_before_anything_is_asked(vendor: JotformSandbox, secret: str) -> None:
    """Else a stranger could use up the day's calls."""
    with vendor.counting() as calls, pytest.raises(RefusedRequest) as caught:
        received(vendor, sent(vendor, *vendor.webhook(vendor.submissions[QUOTE][0]), secret=secret))

    assert (caught.value.status, calls) == (401, [])
    assert vendor.secret not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b""),
        ({"content-type": "application/json"}, b"{}"),
        ({"content-type": "multipart/form-data"}, b"--x\r\n"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"\xff\x00"),
        ({"content-type": "multipart/form-data; boundary=x\x07"}, b"--x--"),
        multipart({"formID": "1"}),
        multipart({"submissionID": "../user"}),
        multipart({"submissionID": "１２"[:0]}),
    ],
)
def test_a_body_without_a_submission_is_not_readable(
    vendor: JotformSandbox, headers: dict[str, str], body: bytes
) -> None:
    """400; an id that is none never becomes part of an address."""
    with vendor.counting() as calls, pytest.raises(RefusedRequest) as caught:
        received(vendor, sent(vendor, headers, body))

    assert (caught.value.status, calls) == (400, [])


def test_a_plain_form_is_read_too(vendor: JotformSandbox) -> None:
    """Proxies and tests send it so."""
    row = vendor.submissions[QUOTE][0]
    body = urlencode({"submissionID": row["id"]}).encode()

    got = received(vendor, sent(vendor, {"content-type": "application/x-www-form-urlencoded"}, body))

    assert got.records[0].id == row["id"]


def test_a_submission_that_the_vendor_does_not_know_is_refused(vendor: JotformSandbox) -> None:
    """Forged: whoever knows the address makes up ids."""
    with pytest.raises(RefusedRequest) as caught:
        received(vendor, sent(vendor, *multipart({"submissionID": "123"})))

    assert caught.value.status == 401


def test_another_form_is_answered_and_let_lie(vendor: JotformSandbox) -> None:
    """The account's webhooks are for all forms; the setting chooses."""
    delivery = received(vendor, sent(vendor, *vendor.webhook(vendor.submissions[QUOTE][0])), forms=[VISIT])

    assert delivery.records == []


def test_a_vendor_that_does_not_answer_now_is_no_refusal(vendor: JotformSandbox) -> None:
    """The sender is asked to come again; and the next read brings it in any case."""
    vendor.faults.add(html(200), at="/submission/", times=5)

    with pytest.raises(TransientError):
        received(vendor, sent(vendor, *vendor.webhook(vendor.submissions[QUOTE][0])))


def test_without_a_secret_nothing_is_received(vendor: JotformSandbox) -> None:
    """There would be nothing to know the sender by."""
    with pytest.raises(SetupError, match="secret"):
        received(vendor, sent(vendor, *vendor.webhook(vendor.submissions[QUOTE][0])), secret=None)


@needs_shared
def test_the_recorded_delivery_names_its_submission(vendor: JotformSandbox) -> None:
    """All of its fields in several parts, as the vendor sends them; its id has 19 digits."""
    path = SHARED / "recorded" / "jotform" / "webhook-fields-1.json"
    fields = json.loads(path.read_text(encoding="utf-8"))["request"]["fields"]

    request = sent(vendor, *multipart(fields))

    assert submission_id(request) == fields["submissionID"] == "4791133489169827307"
    assert received(vendor, request).records[0].id == fields["submissionID"]


def test_a_sync_makes_leads_and_the_next_one_changes_nothing(hub: Hub, vendor: JotformSandbox) -> None:
    """By the shipped mapping; who left no name is held, who was deleted is none."""
    first, again = sync_source(hub, "forms"), sync_source(hub, "forms", Options(full=True))

    everybody = sum(map(len, vendor.submissions.values()))
    assert [report.error for report in (*first, *again)] == [None, None]
    assert (first[0].counts.read, first[0].counts.held) == (everybody, 1)
    assert first[0].counts.created + first[0].counts.merged + first[0].counts.updated >= everybody - 2
    assert (again[0].counts.created, again[0].counts.updated, again[0].counts.merged) == (0, 0, 0)


def test_received_and_read_submissions_are_one_record(hub: Hub, vendor: JotformSandbox) -> None:
    """A webhook is a lead at once; the read that follows finds it unchanged, and takes an edit."""
    sync_source(hub, "forms")
    row = vendor.submit()[0]
    with Inbox(inbox_path(hub)) as inbox:
        receive(hub, "forms", sent(vendor, *vendor.webhook(row)), inbox)
        assert receive(hub, "forms", sent(vendor, *vendor.webhook(row)), inbox).duplicate
        with vendor.counting() as calls:
            assert (drain(hub, "forms", inbox)[0].counts.created, calls) == (1, [])

    second = sync_source(hub, "forms")[0].counts

    assert (second.read, second.unchanged, second.created) == (1, 1, 0)
