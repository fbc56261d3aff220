"""Connector and stand-in held against what HubSpot describes and has really answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from starlette.responses import HTMLResponse, JSONResponse, Response

from connectors.errors import SetupError
from connectors.hubspot.objects import OBJECT_KINDS
from sandbox.hubspot.answers import record_json
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.vendor import Call
from tests.connectors.test_hubspot import by_id, connect, generous, read

SHARED = Path(__file__).resolve().parents[3] / "shared"
CONTRACTS, RECORDED = SHARED / "contracts" / "hubspot", SHARED / "recorded" / "hubspot"
needs_contracts = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the vendor's descriptions are not here")
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def description(name: str) -> dict[str, Any]:
    read_: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text())
    return read_


def validator(name: str, schema: str) -> Draft202012Validator:
    """Make the check for one schema of a description."""
    resource = DRAFT202012.create_resource(description(name))
    ref = {"$ref": f"urn:{name}#/components/schemas/{schema}"}
    return Draft202012Validator(ref, registry=Registry().with_resource(f"urn:{name}", resource))


def played(name: str) -> Response:
    """Answer as HubSpot did when it was recorded."""
    answer = json.loads((RECORDED / f"{name}.json").read_text())["response"]
    headers = {k: v for k, v in answer["headers"].items() if k.lower().startswith("x-hubspot")}
    if isinstance(answer["body"], str):
        return HTMLResponse(answer["body"], answer["status"], headers)
    return JSONResponse(answer["body"], answer["status"], headers)


@needs_contracts
def test_what_we_send_is_what_hubspot_describes(vendor: HubSpotSandbox) -> None:
    """Bodies fit their schemas; `sorts` is the one place where guide and description differ."""
    source = connect(vendor)
    source.check()
    for stream in OBJECT_KINDS:
        read(source, stream, source.cursor_since(stream, datetime(2026, 1, 1, tzinfo=UTC)))
        read(connect(vendor, url_limit=0), stream)
    schemas = {
        "search": "PublicObjectSearchRequest",
        "read": "BatchReadInputSimplePublicObjectId",
        "associations": "BatchInputPublicFetchAssociationsBatchRequest",
    }
    checked = set()
    for path, body in vendor.bodies:
        _, _, _, part, kind, *_, last = path.split("/")
        described = "crm-associations-v4" if part == "associations" else _description_of(kind)
        validator(described, schemas["associations" if part == "associations" else last]).validate(
            {k: v for k, v in body.items() if k != "sorts"}
        )
        checked.add((part, kind, last))

    wanted = {("objects", kind, last) for kind in OBJECT_KINDS for last in ("search", "read")}
    related = {("associations", kind.name, "read") for kind in OBJECT_KINDS.values() if kind.relates_to}
    assert checked == wanted | related
    assert not [call for call in vendor.calls if call.method == "GET" and _unknown(call)]


def _description_of(kind: str) -> str:
    """The file that describes a type; e-mails are described by the one for all objects only."""
    return f"crm-{kind}" if (CONTRACTS / f"crm-{kind}.json").is_file() else "crm-objects"


def _unknown(call: Call) -> set[str]:
    """Name the query parameters of a call that HubSpot does not describe."""
    names = {
        "objects": {"limit", "after", "properties", "associations", "archived"},
        "properties": {"archived"},
        "owners": {"limit", "after", "archived"},
    }
    part = call.path.split("/")[3]
    return set(parse_qs(call.query)) - names.get(part, set())


@needs_contracts
def test_the_stand_in_answers_as_hubspot_describes(vendor: HubSpotSandbox) -> None:
    """A stand-in is only as good as its doubts."""
    portal = vendor.portal
    for kind, records in portal.records.items():
        names = [row["name"] for row in portal.properties[kind]]
        check = validator("crm-objects", "SimplePublicObject")
        for record in records.values():
            written = record_json(portal, kind, record, names)
            filled = {k: v for k, v in written["properties"].items() if v is not None}
            check.validate(written | {"properties": filled})
    for owner in portal.owners:
        validator("crm-owners", "PublicOwner").validate(owner)
    for pipeline in [*portal.pipelines, *portal.lead_pipelines]:
        validator("crm-pipelines", "Pipeline").validate(pipeline)


@needs_recorded
def test_recorded_pages_are_read(vendor: HubSpotSandbox) -> None:
    """What HubSpot really answered, headers included, becomes source records."""
    vendor.faults.add(lambda _: played("contact-properties-1"), at="/crm/v3/properties/contacts")
    vendor.faults.add(lambda _: played("contacts-list-two-properties-1"), at="/crm/v3/objects/contacts")
    vendor.faults.add(lambda _: JSONResponse({"results": []}), at="/crm/v3/objects/contacts")
    vendor.faults.add(lambda _: JSONResponse({"total": 1, "results": []}), at="/search")

    records, _ = read(connect(vendor))

    assert by_id(records)["51854903509"]["properties"]["firstname"] == "Maria"
    assert vendor.calls[2].query.endswith("after=51854903510") or "after=51854903510" in vendor.calls[2].query


@needs_recorded
def test_recorded_search_answers_are_read(vendor: HubSpotSandbox) -> None:
    """Search answers carry `total` and the daily pair of headers only."""
    source = connect(vendor)
    since = source.cursor_since("contacts", datetime(2026, 1, 1, tzinfo=UTC))
    vendor.faults.add(lambda _: played("contacts-search-eq-1"), at="/search", times=2)

    records, _ = read(source, cursor=since)

    assert len(records) == 1


@needs_recorded
def test_recorded_properties_are_discovered(vendor: HubSpotSandbox) -> None:
    """Types and choices as the account really lists them."""
    vendor.faults.add(lambda _: played("contact-properties-1"), at="/crm/v3/properties/contacts")

    fields = {field.path: field for field in connect(vendor).discover("contacts")}

    assert fields["properties.address"].label == "Street Address"
    assert not fields["properties.address"].custom


@needs_recorded
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing-scopes-403-1", "crm.objects.contacts.read"),
        ("properties-no-scope-403-1", "companies-read"),
    ],
)
def test_recorded_refusals_name_the_scope(vendor: HubSpotSandbox, name: str, says: str) -> None:
    """HubSpot says it in two ways; both reach the person."""
    vendor.faults.add(lambda _: played(name))

    with pytest.raises(SetupError, match="HTTP 403") as caught:
        connect(vendor).discover("contacts")

    assert says in caught.value.fix


@needs_recorded
def test_a_recorded_404_is_a_page_and_still_an_error(vendor: HubSpotSandbox) -> None:
    """The body is not always JSON."""
    vendor.faults.add(lambda _: played("get-after-delete-is-html-404-1"))

    with pytest.raises(SetupError, match="HTTP 404 at GET /crm/v3/pipelines/deals"):
        read(connect(vendor), "pipelines")
