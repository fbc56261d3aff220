"""Zendesk Sell: who works there, pipelines, companies, people, deals, activities. Source: Core API v2, Sync API."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from connectors.connector import (
    Check,
    Connector,
    Cursor,
    JsonObject,
    Page,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, SetupError
from connectors.sell import conversions
from connectors.sell.activities import ACTIVITIES, read_activities, with_places
from connectors.sell.api import FIX_RIGHTS, Listing, RefusedCallError, SellApi, api_root
from connectors.sell.check import checks
from connectors.sell.deal_contacts import DealContacts
from connectors.sell.fields import CUSTOM, custom_fields, own_fields
from connectors.sell.names import USERS, Names
from connectors.sell.reading import Read, read_list, read_whole
from connectors.sell.settings import SellConfig, pace_of
from connectors.sell.sync import Queued, SyncQueue

__all__ = ["Sell", "SellConfig"]

STREAMS = (
    Stream("users", "users"),
    Stream("pipelines", "pipelines"),
    Stream("companies", "companies"),
    Stream("contacts", "people"),
    Stream("leads", "people"),
    Stream("deals", "deals"),
    *(Stream(name, "activities") for name in ACTIVITIES),
)
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "users": ("/users", {}),
    "companies": ("/contacts", {"is_organization": "true"}),
    "contacts": ("/contacts", {"is_organization": "false"}),
    "leads": ("/leads", {}),
    "deals": ("/deals", {"includes": "associated_contacts"}),
    **{name: (path, {}) for name, path in ACTIVITIES.items()},
}
"""Stream → its path and what is asked of it."""
BY_SYNC = ("companies", "contacts", "leads", "deals", *ACTIVITIES)
MOST_IDS = 100


class Sell(Connector[SellConfig]):
    """Reads a Zendesk Sell account, by lists or (`sync_api`) by the Sync API.

    Companies and people are one list of the vendor's and two streams here, since people point to companies.
    Sources, reasons, outcomes and authors come by name inside what bears their ids. By list deletions are not told:
    the vendor has no sign of them; by the Sync API they come as `deleted`. A lead that was converted comes with the
    conversion and the contact inside (`connectors.sell.conversions`).

    Args:
        clock: seconds since 1970, UTC; for tests.
    """

    name: ClassVar[str] = "sell"
    title: ClassVar[str] = "Zendesk Sell"
    Config = SellConfig

    def __init__(self, config: SellConfig, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._clock = clock
        pace = pace_of(config.calls_per_second, config.quota_share)
        token = config.token.get_secret_value()
        self._api = SellApi(api_root(config.base_url), token, self._count, pace, config.ca_bundle)
        self._names = Names(self._api)
        self._deal_contacts = DealContacts(self._api)
        self._told: list[str] = []
        self._without_contacts = False
        """Whether the host refuses to put a deal's associated contacts beside it."""
        self._queues: dict[str, SyncQueue] = {}
        self._new_device = str(uuid.uuid4())
        self._device_of: dict[str, str] = {}
        self._by_queue = partial(conversions.by_queue, self._api, config.page_size, clock)
        self._unstored: dict[str, deque[tuple[Cursor, list[str]]]] = {}
        """Stream → cursors not stored yet as far as we know, and the keys to acknowledge once they are."""

    def streams(self) -> Sequence[Stream]:
        return STREAMS

    def check(self) -> list[Check]:
        return checks(
            self._api,
            [(name, *LISTS.get(name, ("/pipelines", {}))) for name in self._known_names()],
            sync=self.config.sync_api,
        )

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        custom = (row for rows in self._api.every(CUSTOM[stream]) for row in rows) if stream in CUSTOM else ()
        return [*own_fields(stream), *custom_fields(stream, custom)]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything, or what changed since the cursor.

        Users and pipelines are small and read whole each time. Lists are read so that what is deleted or
        edited meanwhile hides nobody (`connectors.sell.walk`); the Sync API is drained to its 204.

        Raises:
            TransientError: the vendor's list is not in order, or its queue stalls.
        """
        self._known(stream)
        if stream == "pipelines":
            return self._pipelines()
        if stream == "leads" and self.config.conversions and not self.config.sync_api:
            return self._leads(cursor)
        if stream in BY_SYNC and self.config.sync_api:
            return self._by_sync(stream, cursor)
        return self._by_list(stream, cursor)

    def stored(self, stream: str, cursor: Cursor) -> None:
        """Acknowledge to the Sync API what lies before a cursor that was stored."""
        waiting = self._unstored.get(stream)
        if not waiting or all(cursor != each for each, _ in waiting):
            return
        while waiting:
            behind, keys = waiting.popleft()
            self._queues[behind["device"]].stored(keys)
            if behind == cursor:
                return

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        if since.tzinfo is None:
            raise SetupError("Zendesk Sell: a time without time zone", fix="write it like 2026-11-01T00:00Z")
        if stream in BY_SYNC and self.config.sync_api:
            return super().cursor_since(stream, since)
        later = since.astimezone(UTC) + timedelta(seconds=self.config.overlap)
        return {"mark": later.isoformat().replace("+00:00", "Z")}

    def close(self) -> None:
        for queue in self._queues.values():
            queue.close()
        self._api.close()

    def _by_list(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        get, size = self._getter(stream), self.config.page_size
        if stream == "users":
            reads = read_whole(get, cursor, largest=size, what=stream)
        else:
            read = read_activities if stream in ACTIVITIES else read_list
            known = cursor if stream in ACTIVITIES or "mark" in (cursor or {}) else None
            reads = read(get, known, largest=size, overlap=self.config.overlap, now=round(self._clock()), what=stream)
        pages = (self._page(stream, read) for read in reads)
        return _unless_absent(stream, pages) if stream in ACTIVITIES and cursor is None else pages

    def _leads(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield leads, and those that were converted since the last read, which leave the list of leads.

        A first read notes where the conversions stand before it begins: what is converted meanwhile comes next time.
        """
        last = (cursor or {}).get("conversion")
        known, notices = conversions.marked(self._api, last)
        behind: Cursor = {}
        for page in self._by_list("leads", cursor):
            behind = {**(page.cursor or {}), **({} if known is None else {"conversion": known})}
            yield Page(page.records, behind, (*page.notices, *notices))
            notices = ()
        if last is not None:
            yield from self._converted(int(last), behind)

    def _converted(self, last: int, behind: Cursor) -> Iterator[Page]:
        newest = last
        for rows in conversions.since(self._api, last, self.config.page_size):
            newest = max([newest, *(row["id"] for row in rows)])
            yield Page(conversions.told(self._api, rows), None)
        yield Page([], {**behind, "conversion": newest})

    def _page(self, stream: str, read: Read) -> Page:
        return Page(self._records(stream, read.rows), read.cursor, self._notices())

    def _notices(self) -> tuple[str, ...]:
        """Tell once what was left out, and what could not be named."""
        told, self._told = tuple(self._told), []
        return (*told, *self._names.notices())

    def _pipelines(self) -> Iterator[Page]:
        """Yield the pipelines, each with its stages inside; deals name their stage alone."""
        stages: dict[Any, list[JsonObject]] = {}
        for stage in (row for rows in self._api.every("/stages") for row in rows):
            stages.setdefault(stage.get("pipeline_id"), []).append(stage)
        for rows in self._api.every("/pipelines"):
            whole = [row | {"stages": sorted(stages.get(row.get("id"), []), key=_position)} for row in rows]
            yield Page([_record(row) for row in whole], None)
        yield Page([], {"read": "all"})

    def _by_sync(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what waits in the device's queue; what is not stored is not acknowledged, and comes again."""
        device = str((cursor or {}).get("device") or self._new_device)
        number = int((cursor or {}).get("page") or 0)
        queue = self._queue(stream, device)
        follows = stream == "leads" and self.config.conversions
        converted, notices = self._by_queue((cursor or {}).get("conversion")) if follows else (None, ())
        waiting = self._unstored[stream] = deque()
        behind: Cursor = {"device": device, "page": number, **({"conversion": converted.last} if converted else {})}
        for items in queue.read(stream):
            number += 1
            records = self._queued(stream, items, converted)
            behind = {"device": device, "page": number, **({"conversion": converted.last} if converted else {})}
            waiting.append((behind, [item.ack_key for item in items]))
            yield Page(records, behind, (*self._notices(), *notices))
            notices = ()
        yield Page([], behind, notices)

    def _queue(self, stream: str, device: str) -> SyncQueue:
        """Give a device's queue; what it or another holds for a stream that is read by another is confirmed."""
        self._device_of[stream] = device
        for other, queue in self._queues.items():
            if other != device:
                queue.leave(stream)
        if device not in self._queues:
            elsewhere = {each for each, its in self._device_of.items() if its != device}
            self._queues[device] = SyncQueue(self._api, device, elsewhere)
        return self._queues[device]

    def _queued(self, stream: str, items: list[Queued], converted: conversions.ByQueue | None) -> list[SourceRecord]:
        gone = [
            SourceRecord(str(i.data["id"]), i.data, event="deleted") for i in items if i.is_deleted and i.data.get("id")
        ]
        gone = converted.of(gone) if converted else gone
        rows = [item.data for item in items if not item.is_deleted]
        return [*self._records(stream, self._whole_deals(rows) if stream == "deals" else rows), *gone]

    def _whole_deals(self, rows: list[JsonObject]) -> list[JsonObject]:
        """Read deals by id, with the contacts beside them, which the queue leaves out."""
        get, ids = self._getter("deals"), [str(row["id"]) for row in rows]
        whole: dict[Any, JsonObject] = {}
        for at in range(0, len(ids), MOST_IDS):
            asked = {"ids": ",".join(ids[at : at + MOST_IDS]), "per_page": MOST_IDS}
            whole |= {row.get("id"): row for row in get(asked).rows}
        return [whole.get(row["id"], row) for row in rows]

    def _getter(self, stream: str) -> Callable[[Mapping[str, Any]], Listing]:
        path, asked = LISTS[stream]

        def get(params: Mapping[str, Any]) -> Listing:
            try:
                return self._api.listing(
                    path, {**params, **({} if stream == "deals" and self._without_contacts else asked)}
                )
            except SetupError as error:
                if stream == "deals" and isinstance(error, RefusedCallError) and not self._without_contacts:
                    listing = self._api.listing(path, params)
                    self._without_contacts = True
                    self._told.append(f"{error}: deals come without their associated contacts, but for the primary one")
                    return listing
                if stream in ACTIVITIES and type(error) is SetupError:  # the plan may not have it
                    raise SetupError(str(error), fix=f"{error.fix}; or leave {stream} out of `streams`") from error
                raise

        return get

    def _records(self, stream: str, rows: list[JsonObject]) -> list[SourceRecord]:
        if stream == "deals":
            rows = self._deal_contacts.beside(rows)
        elif stream in {"companies", "contacts"}:
            self._deal_contacts.learn(rows)
        elif stream == "users":
            self._names.learn(USERS, rows)
        elif stream in ACTIVITIES:
            rows = with_places(rows, self._deal_contacts)
        return [_record(row) for row in self._names.beside(stream, rows)]

    def _count(self) -> None:
        self.calls += 1

    def _known_names(self) -> list[str]:
        return [stream.name for stream in STREAMS]

    def _known(self, stream: str) -> None:
        if stream not in self._known_names():
            raise SetupError(f"Zendesk Sell has no stream {stream!r}", fix=f"streams: {', '.join(self._known_names())}")


def _unless_absent(stream: str, pages: Iterator[Page]) -> Iterator[Page]:
    """Give a first read's pages; of what the plan or the token does not have, a notice and no cursor."""
    begun = False
    try:
        for page in pages:
            begun = True
            yield page
    except CredentialsError:
        raise
    except SetupError as error:
        if begun:
            raise
        yield Page([], None, (f"{stream} are not read: {error}; {FIX_RIGHTS}; or leave {stream} out of `streams`",))


def _record(row: JsonObject) -> SourceRecord:
    return SourceRecord(str(row["id"]), row, row.get("updated_at"))


def _position(stage: JsonObject) -> tuple[int, int]:
    position, id_ = stage.get("position"), stage.get("id")
    return (position if isinstance(position, int) else 0, id_ if isinstance(id_, int) else 0)
