"""Leads that others send in Sell's own shape. Facts: Zendesk Sell Core API v2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar
from uuid import uuid4

from pydantic import Field

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import RefusedRequest
from connectors.leads_api.lead import ADDRESS_PARTS, TEXTS, RefusedLead, faults_of, read_data

KEYS = ("idempotency-key", "x-request-id")
"""Headers by which a sender may name a request, so that a retry is known as one."""
LONGEST_KEY = 255
STREAM = "leads"


class LeadsApiConfig(ConnectorConfig):
    """Settings of a leads API source; who may send is said by tokens of the hub."""

    lead_sources: Mapping[str, str] = Field(
        {}, description="Names of lead sources by the ids that senders use: the ids of the Sell that they fed before"
    )
    ids_of: str | None = Field(None, description="A source of the hub whose ids of users senders use in owner_id")
    calls_per_second: float = Field(20, gt=0, description="Calls a second that one token may make on and on")


class LeadsApi(Connector[LeadsApiConfig]):
    """Takes `POST /v2/leads` and `/v2/leads/upsert`, as Sell does, by a token of the hub.

    A lead that is sent is a record of its own, named by the sender's `Idempotency-Key` or `X-Request-Id`, else
    by chance; one that is changed later by this API keeps its record.
    """

    name: ClassVar[str] = "leads_api"
    title: ClassVar[str] = "Leads API"
    Config = LeadsApiConfig
    door: ClassVar[str] = "v2"
    custom_fields_at: ClassVar[str | None] = "custom_fields"

    def streams(self) -> Sequence[Stream]:
        return [Stream(STREAM, "people")]

    def check(self) -> list[Check]:
        """Say how senders come in; there is nobody to call."""
        return [Check("tokens", True, "senders need a token of the hub: sellhub token list")]

    def discover(self, stream: str) -> list[SourceField]:
        """List what senders may set; custom fields are the hub's own."""
        texts = [SourceField(name, "string", name.replace("_", " ").capitalize()) for name in TEXTS]
        address = [SourceField(f"address.{part}", "string", f"Address {part}") for part in ADDRESS_PARTS]
        named = [SourceField(name, "string") for name in ("owner_email", "source_name")]
        return [*texts, *address, *named, SourceField("tags", "array", "Tags")]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield nothing: records come by the hub's inbox, which its sync drains."""
        return iter(())

    def receive(self, request: Request) -> Delivery:
        """Read a new lead.

        Raises:
            RefusedRequest: 401 it bears no token of the hub.
            RefusedLead: 400, 415, 422: no lead, with every reason.
        """
        if request.token is None:
            raise RefusedRequest("leads API: no token of this hub")
        data = read_data(request.headers.get("content-type", ""), request.body)
        if faults := faults_of(data, is_new=True):
            raise RefusedLead(*faults)
        return self.delivery(data, named(request))

    def delivery(self, data: JsonObject, key: str, record: str | None = None) -> Delivery:
        """Make the delivery of a lead.

        Args:
            record: the id of its record, where it has one; else the delivery's key is.
        """
        return Delivery(key, STREAM, [SourceRecord(record or key, data)])


def named(request: Request) -> str:
    """Name a request: as its sender does, apart from what other tokens sent; else as nothing was ever named."""
    given = next((value for name in KEYS if (value := request.headers.get(name))), None)
    if given is None:
        return uuid4().hex
    if len(given) > LONGEST_KEY:
        raise RefusedRequest(f"leads API: a request's name is longer than {LONGEST_KEY} characters", status=400)
    return "key-" + sha256(f"{request.token} {request.method} {_path(request)} {given}".encode()).hexdigest()[:40]


def _path(request: Request) -> str:
    return request.url.partition("://")[2].partition("/")[2]


def merged(before: Mapping[str, Any], patch: Mapping[str, Any]) -> JsonObject:
    """Give a lead with what a change says: fields that it names, custom ones one by one; tags as a whole."""
    custom = {**(before.get("custom_fields") or {}), **(patch.get("custom_fields") or {})}
    return {**before, **patch, **({"custom_fields": custom} if custom else {})}
