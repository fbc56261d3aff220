"""Our requests and the stand-in's answers against the vendor's own description and recorded answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError
from connectors.zendesk_support.connector import ZendeskSupport, ZendeskSupportConfig
from sandbox.vendor import Fault
from sandbox.zendesk_support import ZendeskSupportSandbox

SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDED = SHARED / "recorded" / "zendesk"
CONTRACTS = SHARED / "contracts" / "zendesk"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the folder of contracts is not here")


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


def connect(vendor: ZendeskSupportSandbox, **settings: Any) -> ZendeskSupport:
    """A connector pointed at the stand-in."""
    return ZendeskSupport(ZendeskSupportConfig.model_validate({**vendor.settings(), **settings}))


def answering(body: dict[str, Any]) -> Fault:
    """Answer once with this body."""
    return lambda _: JSONResponse(body)


def recorded(name: str) -> dict[str, Any]:
    """The body of one recorded answer."""
    body: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())["response"]["body"]
    return body


def test_every_request_goes_to_a_path_that_the_vendor_describes(vendor: ZendeskSupportSandbox) -> None:
    """Paths only: some parameters are missing in the description that we have."""
    described = {path for file in CONTRACTS.glob("*.json") for path in json.loads(file.read_text())["paths"]}
    vendor.side_loads = False
    with connect(vendor, last_comments=True) as zendesk:
        zendesk.check()
        for stream in ("tickets", "users"):
            zendesk.discover(stream)
            zendesk.fetch(stream, [record.id for page in zendesk.pull(stream, None) for record in page.records][:100])

    patterns = [re.compile(re.sub(r"\{[^}]+\}", r"[^/]+", path)) for path in described]
    called = {call.path for call in vendor.calls}
    assert {path for path in called if not any(pattern.fullmatch(path) for pattern in patterns)} == set()
    assert any(path.endswith("/comments") for path in called)


def test_the_stand_ins_export_has_the_described_shape(vendor: ZendeskSupportSandbox) -> None:
    """Names of the envelope's fields."""
    schemas = json.loads((CONTRACTS / "support-incremental.json").read_text())["components"]["schemas"]
    described = schemas["CursorBasedExportIncrementalTicketsResponse"]["properties"]
    auth = (f"{vendor.email}/token", vendor.token)
    url = f"{vendor.base_url}/api/v2/incremental/tickets/cursor"

    answer = requests.get(url, {"start_time": "1"}, auth=auth, timeout=10)

    assert answer.json().keys() <= described.keys()


@pytest.mark.parametrize("name", ["ticket-1", "ticket-custom-field-1"])
def test_recorded_tickets_are_read_with_recorded_users(vendor: ZendeskSupportSandbox, name: str) -> None:
    """Real tickets, and the requester found by id."""
    ticket = recorded(name)["ticket"]
    user = recorded("users-list-1")["users"][1] | {"id": ticket["requester_id"]}
    page = {"tickets": [ticket], "users": [user], "after_cursor": "MXwx", "end_of_stream": True}
    vendor.faults.add(lambda _: JSONResponse(page), at="/incremental")

    with connect(vendor) as zendesk:
        record = next(iter(zendesk.pull("tickets", None))).records[0]

    assert record.id == str(ticket["id"])
    assert record.data["requester"]["email"] == user["email"]
    assert record.data["custom_fields"] == ticket["custom_fields"]


def test_recorded_ticket_fields_are_described(vendor: ZendeskSupportSandbox) -> None:
    """System fields are known; the others are found by their id."""
    body = recorded("ticket-fields-1")
    vendor.faults.add(lambda _: JSONResponse(body), at="/ticket_fields")

    with connect(vendor) as zendesk:
        custom = [field for field in zendesk.discover("tickets") if field.custom]

    assert all(field.path.startswith("custom_fields[id=") for field in custom)
    assert len(custom) < len(body["ticket_fields"])


def test_the_recorded_anonymous_user_is_no_user(vendor: ZendeskSupportSandbox) -> None:
    """A wrong token is answered 200."""
    body = recorded("wrong-token-answers-200-anonymous-1")
    vendor.faults.add(lambda _: JSONResponse(body), at="/users/me")

    with connect(vendor) as zendesk, pytest.raises(CredentialsError):
        zendesk.check()


def test_a_recorded_ticket_is_named_by_recorded_lists(vendor: ZendeskSupportSandbox) -> None:
    """Groups, brands and forms as vendors really list them."""
    ids = {
        "group_id": recorded("groups-1")["groups"][0]["id"],
        "brand_id": recorded("brands-1")["brands"][0]["id"],
        "ticket_form_id": recorded("ticket-forms-1")["ticket_forms"][0]["id"],
    }
    ticket = recorded("ticket-1")["ticket"] | ids
    page = {"tickets": [ticket], "users": [], "after_cursor": "MXwx", "end_of_stream": True}
    vendor.faults.add(lambda _: JSONResponse(page), at="/incremental")
    for name, path in (("groups-1", "/groups"), ("brands-1", "/brands"), ("ticket-forms-1", "/ticket_forms")):
        vendor.faults.add(answering(recorded(name)), at=path)

    with connect(vendor) as zendesk:
        data = next(iter(zendesk.pull("tickets", None))).records[0].data

    assert data["group"] == {"id": ids["group_id"], "name": "Support"}
    assert data["brand"] == {"id": ids["brand_id"], "name": "brand2"}
    assert data["form"]["name"] == recorded("ticket-forms-1")["ticket_forms"][0]["name"]


def test_the_last_of_recorded_comments_is_read(vendor: ZendeskSupportSandbox) -> None:
    """Text, time and author."""
    body = recorded("ticket-comments-1")
    ticket = vendor.add_tickets(1)[0]
    vendor.tickets = {ticket["id"]: ticket}
    vendor.generated["tickets"] = {ticket["id"]: vendor.generated["tickets"][ticket["id"]]}
    vendor.faults.add(lambda _: JSONResponse(body), at="/comments")

    with connect(vendor, last_comments=True) as zendesk:
        said = next(iter(zendesk.pull("tickets", None))).records[0].data["last_comment"]

    last = body["comments"][-1]
    assert said == {"text": last["body"], "created_at": last["created_at"], "author_id": last["author_id"]}
