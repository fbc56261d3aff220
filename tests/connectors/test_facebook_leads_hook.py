"""Notices of leads: who sends them, what they name, what is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.errors import CredentialsError, RefusedRequest, SetupError, TransientError
from connectors.facebook_leads.hook import verified
from sandbox.facebook_leads import QUOTE, WEBINAR, FacebookLeadsSandbox
from sandbox.vendor import status
from tests.conftest import SHARED, needs_shared
from tests.connectors.facebook import asked, connect, hooked, posted, read
from tests.intake.door import in_inbox, leads, serving, soon


@pytest.fixture(scope="module")
def running() -> Iterator[FacebookLeadsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with FacebookLeadsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: FacebookLeadsSandbox) -> FacebookLeadsSandbox:
    """A running stand-in with its seeded page."""
    running.reset()
    return running


def test_a_notice_brings_the_leads_just_as_a_read_does(vendor: FacebookLeadsSandbox) -> None:
    """The same payload whichever way it came: else each pull would take it for changed."""
    made = [*vendor.add_leads(2, QUOTE), *vendor.add_leads(1, WEBINAR)]
    by_read = {record.id: record for record in read(vendor)[0]}

    with hooked(vendor) as source, vendor.counting() as calls:
        delivery = source.receive(posted(*vendor.notice(made)))

    assert delivery.stream == "leads"
    assert delivery.records == [by_read[lead["id"]] for lead in made]
    assert len(calls) == 3 + 2


def test_a_delivery_is_named_by_its_lead_whatever_else_differs(vendor: FacebookLeadsSandbox) -> None:
    """Sent again hours later it has another time; the leads are the same, in whatever order."""
    made = vendor.add_leads(2)
    later = json.loads(vendor.notice([made[0]])[1])
    later["entry"][0]["time"] += 3600
    body = json.dumps(later).encode()
    with hooked(vendor) as source:
        one = source.receive(posted(*vendor.notice([made[0]])))
        again = source.receive(posted(vendor.signed(body), body))
        both = source.receive(posted(*vendor.notice(made)))
        turned = source.receive(posted(*vendor.notice(reversed(made))))
        twice = source.receive(posted(*vendor.notice([made[0], made[0]])))

    assert one.key == again.key == twice.key
    assert len(twice.records) == 1
    assert both.key == turned.key != one.key


def test_only_what_bears_the_apps_signature_is_read(vendor: FacebookLeadsSandbox) -> None:
    """Over the raw bytes: the same JSON written otherwise has another signature."""
    headers, body = vendor.notice(vendor.add_leads(1))
    forged: list[tuple[dict[str, str], bytes]] = [
        ({}, body),
        ({"x-hub-signature-256": "sha256="}, body),
        ({"x-hub-signature-256": headers["x-hub-signature-256"].removeprefix("sha256=")}, body),
        ({"x-hub-signature-256": "sha256=ü"}, body),
        (headers, body + b" "),
        (headers, json.dumps(json.loads(body), indent=1).encode()),
    ]
    with hooked(vendor) as source, vendor.counting() as calls:
        for each in forged:
            with pytest.raises(RefusedRequest) as caught:
                source.receive(posted(*each))
            assert caught.value.status == 401

    assert calls == []


@needs_shared
def test_the_signature_is_the_vendors() -> None:
    """A vector computed by the vendor's rule, of a real notice's shape."""
    vectors = json.loads((SHARED / "contracts" / "other" / "signature_and_id_vectors.json").read_text())["vectors"]
    vector = next(each for each in vectors if each["vendor"] == "meta")

    verified(posted({vector["header"].lower(): vector["expected"]}, vector["body"].encode()), vector["secret"])
    with pytest.raises(RefusedRequest):
        verified(posted({vector["header"].lower(): vector["expected"]}, vector["body"].encode()), "another")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"object": "page"}', b'{"entry": {}}', b"[" * 9999, b"\xff"]
)
def test_what_is_no_notice_is_refused_however_well_signed(vendor: FacebookLeadsSandbox, body: bytes) -> None:
    """400; nothing of it is quoted."""
    with hooked(vendor) as source, pytest.raises(RefusedRequest) as caught:
        source.receive(posted(vendor.signed(body), body))

    assert caught.value.status == 400


@pytest.mark.parametrize(
    "entry",
    [
        [],
        [None, 7],
        [{"changes": [{"field": "feed", "value": {"leadgen_id": "1"}}]}],
        [{"changes": [{"field": "leadgen", "value": None}, {"field": "leadgen", "value": {}}, "x"]}],
    ],
)
def test_other_events_are_answered_and_passed_over(vendor: FacebookLeadsSandbox, entry: Any) -> None:
    """A page's app may be told of much else; a refusal would make the vendor send it for 36 hours."""
    body = json.dumps({"object": "page", "entry": entry}).encode()

    with hooked(vendor) as source:
        delivery = source.receive(posted(vendor.signed(body), body))

    assert delivery.records == []
    assert delivery.key.startswith("sha256:")


def test_leads_of_other_pages_and_forms_are_left_out_and_not_asked_for(vendor: FacebookLeadsSandbox) -> None:
    """One app serves many pages, and has one address."""
    made = vendor.add_leads(1, QUOTE)

    with vendor.counting() as calls:
        with hooked(vendor) as source:
            other_page = source.receive(posted(*vendor.notice(made, page="555")))
        with hooked(vendor, forms=[WEBINAR]) as source:
            other_form = source.receive(posted(*vendor.notice(made)))
        with hooked(vendor, forms=[QUOTE]) as source:
            ours = source.receive(posted(*vendor.notice(made)))

    assert (other_page.records, other_form.records) == ([], [])
    assert len(ours.records) == 1
    assert len(calls) == 2


def test_a_lead_that_is_not_there_and_a_test_lead_are_left_out(vendor: FacebookLeadsSandbox) -> None:
    """The vendor's testing tool sends ids that nobody can fetch."""
    made = vendor.add_leads(1)
    test_lead = next(lead for lead in vendor.leads[QUOTE] if "<test lead" in json.dumps(lead))
    nobody = {**made[0], "id": "444444444444"}

    with hooked(vendor) as source:
        delivery = source.receive(posted(*vendor.notice([nobody, test_lead, made[0]])))

    assert [record.id for record in delivery.records] == [made[0]["id"]]


def test_a_lead_that_cannot_be_fetched_now_is_asked_for_again(vendor: FacebookLeadsSandbox) -> None:
    """The delivery fails as a whole, and the vendor sends it for 36 hours."""
    notice = vendor.notice(vendor.add_leads(1))
    vendor.faults.add(status(503, retry_after=0.01), times=9)
    with hooked(vendor) as source, pytest.raises(TransientError):
        source.receive(posted(*notice))

    vendor.reset()
    vendor.expired = True
    with hooked(vendor) as source, pytest.raises(CredentialsError):
        source.receive(posted(*notice))


def test_a_receiver_without_its_secrets_says_which(vendor: FacebookLeadsSandbox) -> None:
    """Nothing unverified is ever taken."""
    with connect(vendor) as source:
        with pytest.raises(SetupError, match="app_secret"):
            source.receive(posted(*vendor.notice([])))
        with pytest.raises(SetupError, match="verify_token"):
            source.handshake(asked(vendor.question()))


def test_the_vendors_question_is_answered_with_its_own_word(vendor: FacebookLeadsSandbox) -> None:
    """Only to who knows ours."""
    with hooked(vendor) as source:
        answer = source.handshake(asked(vendor.question()))
        for query in (vendor.question("wrong"), "", "hub.mode=subscribe&hub.challenge=1", vendor.question("ü")):
            with pytest.raises(RefusedRequest) as caught:
                source.handshake(asked(query))
            assert caught.value.status == 403
        with pytest.raises(RefusedRequest) as by_get:
            source.receive(asked(vendor.question()))

    assert answer == "1158201444"
    assert by_get.value.status == 405


def test_a_served_hub_answers_the_question_and_has_the_lead_a_moment_after_the_notice(
    vendor: FacebookLeadsSandbox, tmp_path: Path
) -> None:
    """The whole way, over HTTP; the notice comes twice, and a pull sees the same lead: it is one."""
    for form in list(vendor.forms):
        vendor.leads[form] = []
    reached = {**vendor.settings(), "app_secret": vendor.app_secret, "verify_token": vendor.verify_token}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in reached.items())
    (tmp_path / "hub.toml").write_text(f'[sources.facebook]\nconnector = "facebook_leads"\n{lines}', encoding="utf-8")
    with serving(tmp_path) as address:
        hook = f"{address}/hooks/facebook"
        question = requests.get(f"{hook}?{vendor.question()}", timeout=10)
        stranger = requests.get(f"{hook}?{vendor.question('wrong')}", timeout=10)
        nowhere = requests.get(f"{address}/hooks/nobody?{vendor.question()}", timeout=10)
        headers, body = vendor.notice(vendor.add_leads(1))
        answers = [requests.post(hook, data=body, headers=headers, timeout=30) for _ in range(2)]
        forged = requests.post(hook, data=body + b" ", headers=headers, timeout=30)
        arrived = soon(lambda: len(leads(tmp_path)) == 1)

    assert (question.status_code, question.text) == (200, "1158201444")
    assert question.headers["content-type"].startswith("text/plain")
    assert [stranger.status_code, nowhere.status_code, forged.status_code] == [403, 404, 401]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert arrived
    assert len(in_inbox(tmp_path)) == 1


def test_a_source_that_cannot_answer_says_to_ask_again(vendor: FacebookLeadsSandbox, tmp_path: Path) -> None:
    """Our fault, not the vendor's; strangers learn nothing of it."""
    (tmp_path / "hub.toml").write_text('[sources.facebook]\nconnector = "facebook_leads"\ntoken = "t"\n')
    with serving(tmp_path) as address:
        answer = requests.get(f"{address}/hooks/facebook?{vendor.question()}", timeout=10)

    assert answer.status_code == 503
    assert "verify_token" not in answer.text
