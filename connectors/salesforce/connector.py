"""Salesforce: users, accounts, contacts, leads, opportunities, their roles and stages, what people did, campaigns.

Source of facts: REST API and Bulk API 2.0 guides, v62.0. Small reads go by REST, large ones by Bulk;
later reads take what changed by `SystemModstamp`, soft deletions and merges along with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.salesforce.beside import FIELDS, beside_of
from connectors.salesforce.check import checks
from connectors.salesforce.client import OrgClient
from connectors.salesforce.columns import first_page
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused, told_to_people
from connectors.salesforce.object import SObject
from connectors.salesforce.passing import passed
from connectors.salesforce.place import Place
from connectors.salesforce.reading import Reading
from connectors.salesforce.soql import among
from connectors.salesforce.streams import STREAMS, WANTED, known
from connectors.salesforce.values import stamp

AT_ONCE = 200
"""Ids of one query: with its fields it goes into a URL mostly."""


class Salesforce(Connector[SalesforceConfig]):
    """One org.

    Args:
        clock: seconds since 1970, UTC; for tests.
    """

    name: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    Config: ClassVar[type[ConnectorConfig]] = SalesforceConfig

    def __init__(self, config: SalesforceConfig, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._clock = clock
        self._client = OrgClient(config, self._count_call)

    def _count_call(self) -> None:
        self.calls += 1

    def close(self) -> None:
        self._client.close()

    def streams(self) -> tuple[Stream, ...]:
        return STREAMS

    def check(self) -> list[Check]:
        return checks(self._client, self.config)

    def discover(self, stream: str) -> list[SourceField]:
        with told_to_people():
            sobject = self._described(known(stream), datetime.now(UTC))
        beyond = [SourceField(path, "string", path.replace(".", " ")) for path in sobject.beyond]
        return [*(column.as_source_field() for column in sobject.columns), *beyond, *FIELDS.get(stream, ())]

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        at = stamp(since)
        looked_at = at if known(stream) == "Event" else None
        return Place(since=at, read_at=at, looked_at=looked_at).cursor()

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        place, now = Place.of(cursor), datetime.fromtimestamp(self._clock(), UTC)
        with told_to_people():
            if not WANTED[known(stream)].needed and place.read_at is None:
                yield from _unless_hidden(stream, place, self._read(stream, place, now))
            else:
                yield from self._read(stream, place, now)

    def fetch(self, stream: str, ids: Sequence[str]) -> list[SourceRecord]:
        found: list[SourceRecord] = []
        with told_to_people():
            sobject = self._described(known(stream), datetime.fromtimestamp(self._clock(), UTC))
            for start in range(0, len(ids), AT_ONCE):
                where = among(ids[start : start + AT_ONCE])
                sobject, page = first_page(self._client, sobject, where, deleted_too=sobject.soft_deletes)
                found += map(sobject.record, page.rows)
                while page.more:
                    page = self._client.more(page.more)
                    found += map(sobject.record, page.rows)
        return [record for record in found if record.event != "deleted"]

    def _events(self, sobject: SObject, place: Place, now: datetime) -> Iterator[Page]:
        """Read what changed of events; then, from the second read on, those that began meanwhile."""
        looked_before = place.looked_at is not None
        place = place.but(looked_at=place.looked_at or stamp(now))
        pages = Reading(self._client, self.config, sobject, place, now).pages()
        page = next(pages)
        for following in pages:
            yield page
            page = following
        if not looked_before or page.cursor is None:
            yield page
            return
        yield replace(page, cursor=None)
        yield from passed(self._client, sobject, page.cursor, now)

    def _read(self, stream: str, place: Place, now: datetime) -> Iterator[Page]:
        sobject = self._described(stream, now)
        if stream == "Event":
            yield from self._events(sobject, place, now)
        else:
            yield from Reading(self._client, self.config, sobject, place, now).pages()

    def _described(self, stream: str, now: datetime) -> SObject:
        sobject = self._client.describe(stream)
        beyond = [path for path in WANTED[stream].beyond if f"{path.partition('.')[0]}Id" in sobject.names]
        return replace(sobject, beyond=tuple(beyond), beside=beside_of(stream, now))


def _unless_hidden(stream: str, place: Place, pages: Iterator[Page]) -> Iterator[Page]:
    """Give a read's pages; of an object that was never seen and cannot be, which the org can be read without, a notice.

    Some objects show in `describe` and refuse the query.
    """
    begun = False
    try:
        for page in pages:
            begun = True
            yield page
    except Refused as refused:
        if begun or not refused.hidden:
            raise
        yield Page([], place.cursor(), (f"{stream} is not visible to this user: nothing is read.",))
