"""A HubSpot, a Salesforce and a spreadsheet that say just what a test tells them to, in a page or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.errors import TransientError
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.settings import SourcePart
from hub.sync import sync_source

Script = Mapping[str, Sequence[SourceRecord]]
"""Stream → the records it gives next."""

KINDS = {
    "owners": "users",
    "pipelines": "pipelines",
    "companies": "companies",
    "contacts": "people",
    "lead": "people",
    "Contact": "people",
    "deals": "deals",
    "Opportunity": "deals",
    "OpportunityContactRole": "relations",
}


class Scripted(Connector[ConnectorConfig]):
    """Yields what it is told, one page a stream; a stream that is told to break raises instead."""

    name, title, Config = "hubspot", "Scripted", ConnectorConfig

    def __init__(self, script: Script, broken: Sequence[str] = ()) -> None:
        super().__init__(ConnectorConfig())
        self.script = script
        self.broken = broken

    def streams(self) -> Sequence[Stream]:
        return [Stream(name, KINDS[name]) for name in (*self.script, *self.broken)]  # type: ignore[arg-type]

    def check(self) -> list[Check]:
        return []

    def discover(self, stream: str) -> list[SourceField]:
        return []

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        if stream in self.broken:
            raise TransientError("the source broke off")
        yield Page(list(self.script[stream]), {"n": (cursor or {"n": 0})["n"] + 1})


def run(
    hub: Hub,
    script: Script,
    *,
    source: str = "crm",
    connector: str = "hubspot",
    broken: Sequence[str] = (),
    options: Options | None = None,
    **part: Any,
) -> dict[str, StreamReport]:
    """Sync a scripted source; gives its reports by stream."""
    settings = {"pool": "Inbound", "connector": connector, **part}
    with_source = hub.with_source(source, SourcePart(**settings))
    reports = sync_source(with_source, source, options or Options(), Scripted(script, broken))
    return {report.stream: report for report in reports}


def contact(key: str, first: str = "", last: str = "", email: str = "", **more: Any) -> SourceRecord:
    """A HubSpot contact; `companies` are the ids of its companies, the first one primary."""
    companies = more.pop("companies", ())
    properties = {"firstname": first, "lastname": last, "email": email, "lifecyclestage": "lead", **more}
    data: dict[str, Any] = {"id": key, "properties": {k: v for k, v in properties.items() if v != ""}}
    if companies:
        data["associations"] = {"companies": [{"id": c, "primary": n == 0} for n, c in enumerate(companies)]}
    return SourceRecord(key, data)


def customer(key: str, first: str = "", last: str = "", email: str = "", **more: Any) -> SourceRecord:
    """A HubSpot contact who is a customer."""
    return contact(key, first, last, email, lifecyclestage="customer", **more)


def company(key: str, name: str, **more: Any) -> SourceRecord:
    """A HubSpot company."""
    return SourceRecord(key, {"id": key, "properties": {"name": name, **more}})


def deal(key: str, name: str, contacts: Sequence[str] = (), companies: Sequence[str] = (), **more: Any) -> SourceRecord:
    """A HubSpot deal beside contacts and companies."""
    beside = {
        "contacts": [{"id": c, "primary": n == 0} for n, c in enumerate(contacts)],
        "companies": [{"id": c, "primary": n == 0} for n, c in enumerate(companies)],
    }
    return SourceRecord(key, {"id": key, "properties": {"dealname": name, **more}, "associations": beside})


def owner(key: str, email: str) -> SourceRecord:
    """A HubSpot owner."""
    return SourceRecord(
        key, {"id": key, "email": email, "firstName": "O", "lastName": email.partition("@")[0], "archived": False}
    )


def gone(key: str, event: str = "deleted", into: str | None = None) -> SourceRecord:
    """A record that its source has no more."""
    return SourceRecord(key, {}, None, event, into)  # type: ignore[arg-type]


def rows(hub: Hub, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def fed_by(hub: Hub, source_id: str, source: str = "crm", stream: str = "contacts") -> list[tuple[str, int]]:
    """What a source record feeds: record type and id."""
    return rows(
        hub,
        "SELECT l.record_type, l.record_id FROM link l JOIN source_record r ON r.id = l.source_record_id "
        "JOIN stream s ON s.id = r.stream_id WHERE r.source_id = ? AND s.source = ? AND s.name = ? ORDER BY 1, 2",
        source_id,
        source,
        stream,
    )
