"""Deliveries to the hub: the real ones come in, all others are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.connector import Delivery, Request
from connectors.errors import RefusedRequest
from connectors.signatures import keys_of, sign
from connectors.webhook import Webhook, WebhookConfig
from sandbox.webform import signed, submissions

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
TOKEN = "a-token-for-those-who-cannot-sign"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def connect(**settings: Any) -> Webhook:
    """A connector with a signing secret, unless told otherwise."""
    return Webhook(WebhookConfig(**(settings or {"secret": SECRET})))


def request(headers: dict[str, str], body: bytes, received_at: datetime = NOW) -> Request:
    """A request as it came in."""
    return Request("POST", "https://hub.example.com/hooks/site", headers, body, received_at)


def sent(content: Any, *, secret: str = SECRET, kind: str = "application/json", at: datetime = NOW) -> Request:
    """A request with any content, rightly signed."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    timestamp = str(int(at.timestamp()))
    headers = {"content-type": kind, "webhook-id": "msg_1", "webhook-timestamp": timestamp}
    headers["webhook-signature"] = sign(keys_of(secret)[0], "msg_1", timestamp, body)
    return request(headers, body)


def receive(content: Any, **settings: Any) -> Delivery:
    """What a rightly signed delivery gives."""
    return connect(secret=SECRET, **settings).receive(sent(content))


@pytest.mark.parametrize("secret", [SECRET, "any text will do"])
def test_the_websites_submissions_come_in(secret: str) -> None:
    """Signed by the stand-in's own code, not by ours."""
    for submission in submissions():
        delivery = connect(secret=secret).receive(request(*signed(secret, submission, NOW)))

        assert delivery.key == f"msg_{submission['id']}"
        assert delivery.stream == "submissions"
        assert [(r.id, r.data, r.changed_at) for r in delivery.records] == [
            (submission["id"], submission, submission["submitted_at"])
        ]


def test_a_forged_body_is_refused() -> None:
    """Whoever changes what was signed cannot sign it."""
    headers, body = signed(SECRET, submissions()[0], NOW)

    with pytest.raises(RefusedRequest) as caught:
        connect().receive(request(headers, body.replace(b"sub-1000", b"sub-1001")))

    assert caught.value.status == 401


def test_another_secret_is_refused() -> None:
    """Neither the error nor the settings show ours."""
    with pytest.raises(RefusedRequest) as caught:
        connect().receive(sent({"id": 1}, secret="whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw=="))

    assert caught.value.status == 401
    assert SECRET not in f"{caught.value!r}{connect().config!r}"


@pytest.mark.parametrize("off", [timedelta(seconds=-301), timedelta(seconds=301), timedelta(days=-400)])
def test_a_replayed_delivery_is_refused(off: timedelta) -> None:
    """Correctly signed, but old, or from a clock that is far ahead."""
    with pytest.raises(RefusedRequest, match="300 s") as caught:
        connect().receive(sent({"id": 1}, at=NOW + off))

    assert caught.value.status == 401


def test_the_tolerance_is_a_setting() -> None:
    """Some senders queue for longer."""
    delivery = connect(secret=SECRET, tolerance=3600).receive(sent({"id": 1}, at=NOW - timedelta(minutes=50)))

    assert [record.id for record in delivery.records] == ["1"]


def test_a_retry_is_the_same_delivery() -> None:
    """Signed anew at another time, under the same id."""
    first = connect().receive(sent({"name": "Ann"}))
    again = connect().receive(sent({"name": "Ann"}, at=NOW + timedelta(seconds=60)))

    assert first.key == again.key
    assert [record.id for record in first.records] == [record.id for record in again.records]


def test_keys_rotate_on_either_side() -> None:
    """A sender signs with both its keys; a receiver takes both its secrets."""
    new = "whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw=="
    by_new = sent({"id": 1}, secret=new)
    both = dict(by_new.headers)
    both["webhook-signature"] += " " + sent({"id": 1}).headers["webhook-signature"]

    assert connect().receive(request(both, by_new.body)).key == "msg_1"
    assert connect(secret=f"{SECRET} {new}").receive(by_new).key == "msg_1"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(missing: str) -> None:
    """What a sender's developer needs to know."""
    headers, body = signed(SECRET, submissions()[0], NOW)
    headers.pop(missing)

    with pytest.raises(RefusedRequest, match=missing) as caught:
        connect().receive(request(headers, body))

    assert caught.value.status == 401


def test_an_array_is_several_records() -> None:
    """Without ids they are told apart by their place in the delivery."""
    assert [record.id for record in receive([{"id": "a"}, {}, {"id": ""}, {"id": 7}]).records] == [
        "a",
        "msg_1:1",
        "msg_1:2",
        "7",
    ]


def test_an_envelope_is_taken_off() -> None:
    """`type` and `timestamp` say what happened and when; `data` is the record."""
    event = {"type": "lead.created", "timestamp": "2026-11-02T11:59:00Z", "data": {"id": 5, "email": "a@example.com"}}

    record = receive(event).records[0]

    assert (record.id, record.data, record.event) == ("5", event["data"], "live")
    assert record.changed_at == "2026-11-02T11:59:00Z"


def test_a_deletion_is_told_by_its_type() -> None:
    """It must not come in as a new lead."""
    assert [r.event for r in receive({"type": "lead.deleted", "data": {"id": 5}}).records] == ["deleted"]


def test_a_field_called_type_does_not_make_an_envelope() -> None:
    """Forms have such fields; only `data` with an object or array inside makes one."""
    form = {"id": 1, "type": "contact", "data": "yes"}

    assert receive(form).records[0].data == form


def test_the_field_that_names_a_record_is_a_setting() -> None:
    """A dotted path."""
    delivery = receive({"id": "x", "entry": {"number": 12}}, id_field="entry.number")

    assert [record.id for record in delivery.records] == ["12"]


def test_the_stream_bears_the_name_that_the_settings_give() -> None:
    """Mappings are found by it."""
    webhook = connect(secret=SECRET, stream="enquiries")

    assert [(stream.name, stream.kind) for stream in webhook.streams()] == [("enquiries", "people")]
    assert webhook.receive(sent({})).stream == "enquiries"


def test_a_form_is_read() -> None:
    """As an HTML form posts itself: blank fields are kept, repeated ones are an array."""
    body = b"name=Jos%C3%A9+%E4%BC%9F&interest=Trial&interest=Demo&phone="

    delivery = connect().receive(sent(body, kind="application/x-www-form-urlencoded; charset=utf-8"))

    assert delivery.records[0].data == {"name": "José 伟", "interest": ["Trial", "Demo"], "phone": ""}


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"{", b"null", b"7", b'"text"', b'[{"id":1},2]', b'{"id":NaN}', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "text", "cut", "null", "number", "string", "mixed", "NaN", "bytes", "deep"],
)
def test_a_body_that_holds_no_records_is_refused(body: bytes) -> None:
    """Rightly signed, but nothing we can read: 400, and nothing of it is quoted."""
    with pytest.raises(RefusedRequest) as caught:
        connect().receive(sent(body))

    assert caught.value.status == 400
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"a=%FF", b"&".join([b"a=1"] * 1001)], ids=["empty", "no UTF-8", "too many"])
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    """Also one with more fields than any form has."""
    with pytest.raises(RefusedRequest) as caught:
        connect().receive(sent(body, kind="application/x-www-form-urlencoded"))

    assert caught.value.status == 400


@pytest.mark.parametrize("header", [{"x-webhook-token": TOKEN}, {"authorization": f"Bearer {TOKEN}"}])
def test_a_token_serves_senders_that_cannot_sign(header: dict[str, str]) -> None:
    """The same body is the same delivery; another is another."""
    webhook = connect(token=TOKEN)

    first, again, other = (webhook.receive(request(header, body)) for body in (b"{}", b"{}", b'{"a":1}'))

    assert first.key == again.key != other.key
    assert first.records[0].id == first.key


@pytest.mark.parametrize("header", [{}, {"x-webhook-token": "wrong"}, {"authorization": f"Basic {TOKEN}"}])
def test_a_wrong_token_is_refused(header: dict[str, str]) -> None:
    """And not shown."""
    with pytest.raises(RefusedRequest) as caught:
        connect(token=TOKEN).receive(request(header, b"{}"))

    assert caught.value.status == 401
    assert TOKEN not in f"{caught.value!r}{connect(token=TOKEN).config!r}"


def test_a_signature_is_not_passed_over_for_a_token() -> None:
    """With both set, a bad signature is refused even beside nothing else."""
    forged = sent({"id": 1}, secret="whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw==")
    webhook = connect(secret=SECRET, token=TOKEN)

    with pytest.raises(RefusedRequest, match="signature"):
        webhook.receive(forged)
    assert webhook.receive(request({"x-webhook-token": TOKEN}, b"{}")).records


def test_without_a_secret_only_a_token_of_the_hub_opens() -> None:
    """Who bears neither is refused, however well it signs; the hub has checked its own token before."""
    webhook = Webhook(WebhookConfig())

    with pytest.raises(RefusedRequest, match="token of this hub"):
        webhook.receive(sent({"id": 1}))
    borne = replace(request({}, b'{"id": 1}'), token="zapier")
    assert [record.id for record in webhook.receive(borne).records] == ["1"]
    assert [check.ok for check in webhook.check()] == [True]


def test_a_sender_with_a_token_may_name_its_delivery() -> None:
    """A retry whose body differs by a time of sending is the same delivery all the same."""
    first = request({"x-webhook-token": TOKEN, "idempotency-key": "order-7"}, b'{"id": 1, "sent": 1}')
    again = request({"x-webhook-token": TOKEN, "idempotency-key": "order-7"}, b'{"id": 1, "sent": 2}')
    webhook = connect(token=TOKEN)

    assert webhook.receive(first).key == webhook.receive(again).key == "order-7"


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/html", "application/xml", "image/png"])
def test_a_body_of_another_type_is_refused(kind: str) -> None:
    """By 415, which says what is wrong; its bytes are not guessed at."""
    with pytest.raises(RefusedRequest) as caught:
        connect(token=TOKEN).receive(request({"x-webhook-token": TOKEN, "content-type": kind}, b"{}"))

    assert caught.value.status == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/cloudevents+json", "text/plain", ""])
def test_json_under_its_usual_names_is_read(kind: str) -> None:
    """Many tools send JSON as plain text, or do not say what it is."""
    sent_so = request({"x-webhook-token": TOKEN, "content-type": kind}, b'{"id": 5}')

    assert connect(token=TOKEN).receive(sent_so).records[0].id == "5"


def test_check_tells_how_deliveries_are_verified() -> None:
    """Or that the secret cannot be one, without showing it."""
    broken = connect(secret="whsec_broken!").check()[0]

    assert connect(secret=SECRET, token=TOKEN).check()[0].text.endswith("signature or token")
    assert not broken.ok
    assert "broken!" not in broken.text


def test_nothing_is_pulled() -> None:
    """Records come by the inbox; a sync of this source finds them there."""
    webhook = connect()

    assert list(webhook.pull("submissions", None)) == []
    assert webhook.discover("submissions") == []
    assert webhook.calls == 0


def test_a_misspelt_setting_does_not_print_the_secret() -> None:
    """A validation error quotes its input elsewhere."""
    with pytest.raises(ValidationError) as caught:
        WebhookConfig.model_validate({"secert": SECRET})

    assert SECRET not in str(caught.value)
