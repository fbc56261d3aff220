"""Our requests and the stand-in's answers against the vendor's own description and recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError
from connectors.zendesk_support.connector import ZendeskSupport, ZendeskSupportConfig
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


def connect(vendor: ZendeskSupportSandbox) -> ZendeskSupport:
    """A connector pointed at the stand-in."""
    return ZendeskSupport(ZendeskSupportConfig.model_validate(vendor.settings()))


def recorded(name: str) -> dict[str, Any]:
    """The body of one recorded answer."""
    body: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())["response"]["body"]
    return body


def test_every_request_goes_to_a_path_that_the_vendor_describes(vendor: ZendeskSupportSandbox) -> None:
    """Paths only: some parameters are missing in the description that we have."""
    described = {path for file in CONTRACTS.glob("*.json") for path in json.loads(file.read_text())["paths"]}
    vendor.side_loads = False
    with connect(vendor) as zendesk:
        zendesk.check()
        zendesk.discover("tickets")
        zendesk.discover("users")
        list(zendesk.pull("tickets", None))

    assert {call.path for call in vendor.calls} <= described


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
