"""Mailchimp's webhooks: known by the secret in their address, believed in nothing but whom they name."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import Request
from connectors.errors import RefusedRequest, SetupError, TransientError
from connectors.mailchimp.connector import Mailchimp
from connectors.mailchimp.settings import MailchimpConfig
from sandbox.mailchimp import EVENTS, NEWSLETTER, MailchimpSandbox
from sandbox.vendor import status

NOW = datetime.now(UTC)
OURS = "https://hub.example.com/hooks/news?secret=s3cret"


@pytest.fixture(scope="module")
def running() -> Iterator[MailchimpSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with MailchimpSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: MailchimpSandbox) -> MailchimpSandbox:
    """A running stand-in with its seeded audiences."""
    running.reset()
    return running


def connect(vendor: MailchimpSandbox, **settings: Any) -> Mailchimp:
    """A connector that receives."""
    return Mailchimp(MailchimpConfig(**{"secret": "s3cret", **vendor.settings(), **settings}))


def posted(body: bytes, url: str = OURS, **headers: str) -> Request:
    """A request as it came in."""
    return Request("POST", url, {"content-type": "application/x-www-form-urlencoded", **headers}, body, NOW)


@pytest.mark.parametrize("what", ["subscribe", "unsubscribe", "profile", "cleaned"])
def test_a_delivery_gives_the_member_as_a_read_would(vendor: MailchimpSandbox, what: str) -> None:
    """It is fetched: so a forged form tells nothing, and the record looks as if it had been pulled."""
    member = vendor.members[NEWSLETTER][0]
    with connect(vendor, audience=NEWSLETTER) as mailchimp:
        pulled = {r.id: r for page in mailchimp.pull("members", None) for r in page.records}
        delivery = mailchimp.receive(posted(vendor.told(what, member)))

    record = delivery.records[0]
    assert record == pulled[f"{NEWSLETTER}:{member['contact_id']}"]
    assert delivery.stream == "members"


def test_a_changed_address_is_the_same_record(vendor: MailchimpSandbox) -> None:
    """`upemail` names the old and the new address; the hash follows, the contact id does not."""
    member = vendor.members[NEWSLETTER][0]
    old = member["email_address"]
    vendor.change_address(member, "Someone.Else@example.com")
    body = vendor.told("upemail", member, old_email=old, new_email="Someone.Else@example.com", new_id="abc")

    with connect(vendor) as mailchimp:
        delivery = mailchimp.receive(posted(body))

    assert [r.id for r in delivery.records] == [f"{NEWSLETTER}:{member['contact_id']}"]
    assert delivery.records[0].data["email_address"] == "Someone.Else@example.com"


def test_the_same_delivery_again_has_the_same_key(vendor: MailchimpSandbox) -> None:
    """The vendor tries for over an hour; another event of the same person is another delivery."""
    member = vendor.members[NEWSLETTER][0]
    with connect(vendor) as mailchimp:
        keys = [
            mailchimp.receive(posted(vendor.told(what, member, at=NOW))).key
            for what in ("profile", "profile", "unsubscribe")
        ]

    assert keys[0] == keys[1] != keys[2]


def test_an_archived_member_comes_as_archived(vendor: MailchimpSandbox) -> None:
    """`unsubscribe` with action delete is told when somebody is put away."""
    member = vendor.members[NEWSLETTER][0]
    vendor.archive(member)
    with connect(vendor) as mailchimp:
        delivery = mailchimp.receive(posted(vendor.told("unsubscribe", member, action="delete")))

    assert [r.event for r in delivery.records] == ["archived"]


def test_one_deleted_for_good_gives_no_record(vendor: MailchimpSandbox) -> None:
    """There is nothing to fetch; the next sweep finds out who it was."""
    member = vendor.members[NEWSLETTER][0]
    vendor.delete_for_good(member)
    with connect(vendor) as mailchimp:
        assert mailchimp.receive(posted(vendor.told("unsubscribe", member))).records == []


def test_another_audience_and_a_mailing_are_accepted_and_left_out(vendor: MailchimpSandbox) -> None:
    """Refused deliveries are sent again for an hour."""
    member, mailing = vendor.members[EVENTS][0], b"type=campaign&fired_at=x&data[list_id]=a4598b5a35&data[id]=1"
    with vendor.counting() as calls, connect(vendor, audience=NEWSLETTER) as mailchimp:
        assert mailchimp.receive(posted(vendor.told("profile", member))).records == []
        assert mailchimp.receive(posted(mailing)).records == []

    assert calls == []


@pytest.mark.parametrize("url", ["https://hub.example.com/hooks/news", OURS + "x", OURS.replace("s3", "S3")])
def test_who_does_not_know_the_secret_is_refused_before_any_call(vendor: MailchimpSandbox, url: str) -> None:
    """The vendor's forms bear no signature that could be relied on."""
    body = vendor.told("profile", vendor.members[NEWSLETTER][0])
    with vendor.counting() as calls, connect(vendor) as mailchimp, pytest.raises(RefusedRequest) as caught:
        mailchimp.receive(posted(body, url))

    assert (caught.value.status, calls) == (401, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"type=profile",
        b"type=profile&data[list_id]=../x&data[email]=a@b.c",
        b"type=profile&data[list_id]=a4598b5a35&data[email]=nobody",
        b"\xff=\xfe",
    ],
)
def test_what_is_no_form_of_theirs_is_refused(vendor: MailchimpSandbox, body: bytes) -> None:
    """It says what is missing, and quotes nothing."""
    with connect(vendor) as mailchimp, pytest.raises(RefusedRequest) as caught:
        mailchimp.receive(posted(body))

    assert caught.value.status == 400
    assert "nobody" not in str(caught.value)


def test_with_a_signing_secret_the_signature_must_fit(vendor: MailchimpSandbox) -> None:
    """Whether the vendor signs is contested: who was given a secret has it checked."""
    body = vendor.told("profile", vendor.members[NEWSLETTER][0])
    time = str(int(NOW.timestamp()))
    signed = hmac.digest(b"sign", f"{time}.".encode() + body, sha256).hex()

    with connect(vendor, signing_secret="sign") as mailchimp:
        delivery = mailchimp.receive(posted(body, **{"x-mailchimp-signature": f"t={time},v1={signed}"}))
        with pytest.raises(RefusedRequest):
            mailchimp.receive(posted(body))

    assert len(delivery.records) == 1


def test_the_address_is_answered_for(vendor: MailchimpSandbox) -> None:
    """The vendor sends a GET before it takes an address; nobody else gets an answer."""
    with connect(vendor) as mailchimp:
        assert mailchimp.handshake(Request("GET", OURS, {}, b"", NOW)) == "ok"
        with pytest.raises(RefusedRequest):
            mailchimp.handshake(Request("GET", OURS.replace("s3", "x"), {}, b"", NOW))


def test_without_a_secret_nothing_is_received(vendor: MailchimpSandbox) -> None:
    """Else anybody could make the hub ask."""
    with connect(vendor, secret=None) as mailchimp, pytest.raises(SetupError, match="no secret is set"):
        mailchimp.receive(posted(b"type=profile"))


def test_a_vendor_that_does_not_answer_now_is_asked_again(vendor: MailchimpSandbox) -> None:
    """The delivery is not taken: the vendor sends it once more."""
    vendor.faults.add(status(503, retry_after=3600), at="/members/")
    body = vendor.told("profile", vendor.members[NEWSLETTER][0])
    with connect(vendor) as mailchimp, pytest.raises(TransientError):
        mailchimp.receive(posted(body))


def test_the_secrets_are_not_shown() -> None:
    """Neither in the settings nor in their errors."""
    config = MailchimpConfig(token=SecretStr("k-us1"), secret=SecretStr("s3cret"), signing_secret=SecretStr("sign3"))

    assert "s3cret" not in repr(config)
    assert "sign3" not in repr(config)
