"""Our requests and the stand-in's answers against the vendor's own description and recorded answers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft4Validator
from starlette.responses import JSONResponse, Response

from connectors.connector import Request
from connectors.errors import CredentialsError, RefusedRequest, SetupError
from connectors.mailchimp.connector import Mailchimp
from connectors.mailchimp.hook import expect_signed
from connectors.mailchimp.settings import MailchimpConfig
from sandbox.mailchimp import NEWSLETTER, MailchimpSandbox, subscriber_hash

SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDED = SHARED / "recorded" / "mailchimp"
CONTRACT = SHARED / "contracts" / "mailchimp" / "marketing-audiences.json"
VECTORS = SHARED / "contracts" / "other" / "signature_and_id_vectors.json"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the folder of contracts is not here")


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
    """A connector pointed at the stand-in."""
    return Mailchimp(MailchimpConfig(**vendor.settings(), **settings))


def contract() -> dict[str, Any]:
    """The vendor's description of the API."""
    description: dict[str, Any] = json.loads(CONTRACT.read_text())
    return description


def recorded(name: str) -> dict[str, Any]:
    """One recorded answer: status, headers, body."""
    answer: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())["response"]
    return answer


def template(path: str) -> str:
    """The description's name for a path."""
    path = path.removeprefix("/3.0").replace(NEWSLETTER, "{list_id}") or "/"
    for kind, name in (("interest-categories", "interest_category_id"), ("segments", "segment_id")):
        path = re.sub(rf"/{kind}/[^/]+", f"/{kind}/{{{name}}}", path)
    return re.sub(r"/\{list_id\}/members/[^/]+$", "/{list_id}/members/{subscriber_hash}", path)


def test_every_request_is_one_that_the_vendor_describes(vendor: MailchimpSandbox) -> None:
    """Paths, and query parameters with their closed value sets."""
    paths = contract()["paths"]
    with connect(vendor, audience=NEWSLETTER, page_size=20) as mailchimp:
        mailchimp.check()
        mailchimp.discover("members")
        pages = list(mailchimp.pull("members", None))
        mailchimp.fetch("members", [pages[0].records[0].id, f"{NEWSLETTER}:0123456789"])
        list(mailchimp.pull("segments", None))
    with connect(vendor, audience=NEWSLETTER, sweep_every=0) as mailchimp:
        list(mailchimp.pull("members", pages[-1].cursor))

    assert {template(call.path) for call in vendor.calls} >= {
        "/lists/{list_id}/segments/{segment_id}/members",
        "/lists/{list_id}/members/{subscriber_hash}",
    }
    for call in vendor.calls:
        known = {p["name"]: p for p in paths[template(call.path)]["get"].get("parameters", [])}
        for name, value in parse_qsl(call.query):
            assert value in known[name].get("enum", [value])


def test_the_stand_ins_members_are_as_the_vendor_describes_them(vendor: MailchimpSandbox) -> None:
    """A stand-in is only as good as its doubts."""
    path = contract()["paths"]["/lists/{list_id}/members"]["get"]
    schema = path["responses"]["200"]["schema"]
    resolvable = {**schema, "definitions": contract().get("definitions", {})}

    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in Draft4Validator(resolvable).iter_errors(
            {"members": vendor.members[NEWSLETTER], "list_id": NEWSLETTER, "total_items": 51}
        )
    ]

    assert errors == []


@pytest.mark.parametrize("name", ["members-1", "members-page-1-1", "members-with-interests-1"])
def test_recorded_members_are_read(vendor: MailchimpSandbox, name: str) -> None:
    """Real answers of 2016: no contact ids, empty times of signup."""
    body = recorded(name)["body"]
    body["total_items"] = len(body["members"])
    vendor.faults.add(lambda _: JSONResponse(body), at="/members")

    with connect(vendor, audience="e73f5910ca") as mailchimp:
        page = next(iter(mailchimp.pull("members", None)))

    ids = [f"e73f5910ca:{row['unique_email_id']}" for row in body["members"]]
    assert [record.id for record in page.records] == ids
    assert [record.data["email_address"] for record in page.records] == [
        row["email_address"] for row in body["members"]
    ]


@pytest.mark.parametrize(
    ("name", "error"),
    [("api-key-invalid-401-1", CredentialsError), ("root-redirects-to-http-301-1", SetupError)],
)
def test_recorded_refusals_are_told_apart(vendor: MailchimpSandbox, name: str, error: type[SetupError]) -> None:
    """A wrong key, and the redirect to plain http that must not be followed."""
    answer = recorded(name)
    body = answer["body"] if isinstance(answer["body"], str) else json.dumps(answer["body"])
    headers = {key: answer["headers"][key] for key in ("Content-Type", "Location") if key in answer["headers"]}
    vendor.faults.add(lambda _: Response(body, answer["status"], headers))

    with connect(vendor) as mailchimp, pytest.raises(error) as caught:
        list(mailchimp.pull("members", None))

    assert type(caught.value) is error


def test_the_stand_in_hashes_addresses_as_the_vendor_does() -> None:
    """MD5 of the address in lower case, whatever its capitals."""
    vectors = json.loads(VECTORS.read_text())["vectors"]
    vector = next(v for v in vectors if v.get("kind") == "subscriber hash")

    assert subscriber_hash(vector["email"]) == vector["expected"]
    assert len(vector["expected"]) == hashlib.md5(b"", usedforsecurity=False).digest_size * 2


def test_a_signed_webhook_fits_the_vector() -> None:
    """If the vendor signs, then so; the vector is one reading of its page."""
    vectors = json.loads(VECTORS.read_text())["vectors"]
    vector = next(v for v in vectors if v["vendor"] == "mailchimp" and "header" in v)
    then = datetime.fromtimestamp(int(vector["expected"][2:12]), UTC)
    headers = {vector["header"].lower(): vector["expected"]}
    request = Request("POST", "https://hub.example/hooks/news", headers, vector["body"].encode(), then)

    expect_signed(request, vector["secret"])

    with pytest.raises(RefusedRequest):
        expect_signed(replace(request, body=request.body + b"x"), vector["secret"])
    with pytest.raises(RefusedRequest, match="away from now"):
        expect_signed(replace(request, received_at=then + timedelta(minutes=6)), vector["secret"])
