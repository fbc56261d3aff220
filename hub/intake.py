"""Receiving: a request that proves itself becomes a delivery in the inbox, once; a sync takes it from there.

The inbox stores, and answers for, a delivery at once. It comes into the hub's database by the path of any
other record: `hub/sync.py` reads `inbox_pages`, and the stream's cursor, moved in the transaction that
stored the records, says up to which delivery that was done. Kill the hub anywhere: nothing is lost or taken twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connectors.connector import Connector, Cursor, Delivery, Page, Request, SourceRecord
from connectors.errors import RefusedRequest
from hub.connecting import connector_class, open_connector
from hub.opening import Hub
from sell_model.types import JsonObject, read_time
from storage.inbox import Inbox, RefusedRow

FILE_NAME = "inbox.db"
INBOX = "inbox"
"""In a stream's cursor: the last delivery that was taken in."""

BAD_REQUEST, NOT_FOUND = 400, 404
LONGEST_ID = 255
DEEPEST = 100
"""Levels of a payload; what is nested deeper is no form, and would stop whoever reads it later."""

_AT_ONCE = 500
"""Deliveries read from the inbox at a time."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that the hub answers for from now on."""

    key: str
    records: int
    duplicate: bool
    """It came before: nothing was stored this time."""


def inbox_path(hub: Hub) -> Path:
    """Where the inbox lies: in the hub's home, whatever its database is."""
    return hub.home / FILE_NAME


def receives(connector: type[Connector[Any]]) -> bool:
    """Whether requests can be sent to this kind of source."""
    return connector.receive is not Connector.receive


def receiving_sources(hub: Hub) -> list[str]:
    """Name the sources of hub.toml that take requests."""
    return [name for name, part in hub.settings.sources.items() if receives(connector_class(part.connector))]


def receive(hub: Hub, source: str, request: Request, inbox: Inbox | None = None) -> Accepted:
    """Verify a request and store what it carries; a delivery that is there already is left as it is.

    Args:
        inbox: a server's open one; without it the inbox is opened for this request.

    Raises:
        RefusedRequest: 404 nothing is received under this name; else as the source's connector says.
        SetupError: the source is not set up, or the inbox cannot be written.
        TransientError: the inbox stayed locked.
    """
    if source not in hub.settings.sources:
        raise _unknown()
    with open_connector(hub, source) as connector:
        if not receives(type(connector)):
            raise _unknown()
        with _opened(hub, inbox) as box:
            return _taken(box, connector, source, request)


def handshake(hub: Hub, source: str, request: Request) -> str:
    """Answer the question by which a sender makes sure that the address is ours; nothing is stored.

    Raises:
        RefusedRequest: 404 nothing is received under this name; else as the source's connector says.
        SetupError: the source is not set up.
    """
    if source not in hub.settings.sources:
        raise _unknown()
    with open_connector(hub, source) as connector:
        if not receives(type(connector)):
            raise _unknown()
        return connector.handshake(request)


def _taken(inbox: Inbox, connector: Connector[Any], source: str, request: Request) -> Accepted:
    try:
        delivery = connector.receive(request)
        records = [_as_json(record) for record in delivery.records]
        is_new = inbox.keep(source, delivery.stream, _checked_key(delivery), records, request.received_at)
    except RefusedRequest as refused:
        inbox.count_refused(source, str(refused), refused.status, request.received_at)
        raise
    return Accepted(delivery.key, len(records), not is_new)


def refuse(hub: Hub, source: str, reason: str, status: int, inbox: Inbox) -> None:
    """Count a request that was refused before its connector saw it; unknown sources are not counted."""
    if source in hub.settings.sources:
        inbox.count_refused(source, reason, status, hub.clock())


def refusals(hub: Hub) -> list[RefusedRow]:
    """List how often requests were refused, by source and reason, the latest first."""
    if not inbox_path(hub).exists():
        return []
    with Inbox(inbox_path(hub)) as inbox:
        return inbox.refused()


def inbox_pages(hub: Hub, source: str, stream: str, cursor: Cursor | None) -> Iterator[Page]:
    """Yield what waits in the inbox behind a stream's cursor, a page for each delivery; other marks stay in it."""
    path = inbox_path(hub)
    if not path.exists():
        return
    last: int = (cursor or {}).get(INBOX, 0)
    with Inbox(path) as inbox:
        while rows := inbox.after(source, stream, last, _AT_ONCE):
            for row in rows:
                records = [SourceRecord(**record) for record in row.records]
                yield Page(records, {**(cursor or {}), INBOX: row.id})
            last = rows[-1].id


def received_and_read(
    hub: Hub, source: str, stream: str, cursor: Cursor | None, pull: Callable[[Cursor | None], Iterator[Page]]
) -> Iterator[Page]:
    """Yield what waits in the inbox, then what a connector reads; one cursor bears the marks of both.

    The inbox comes first: what was sent was true then, what is read is true now.
    """
    mark = {INBOX: cursor[INBOX]} if cursor and INBOX in cursor else {}
    for page in inbox_pages(hub, source, stream, cursor):
        mark = {INBOX: page.cursor[INBOX]} if page.cursor else mark
        yield page
    theirs = {name: value for name, value in (cursor or {}).items() if name != INBOX}
    for page in pull(theirs or None):
        yield page if page.cursor is None else replace(page, cursor={**page.cursor, **mark})


@contextmanager
def _opened(hub: Hub, inbox: Inbox | None) -> Iterator[Inbox]:
    if inbox is not None:
        yield inbox
        return
    with Inbox(inbox_path(hub)) as own:
        yield own


def _unknown() -> RefusedRequest:
    return RefusedRequest("nothing is received under this name", status=NOT_FOUND)


def _checked_key(delivery: Delivery) -> str:
    if not _is_plain(delivery.key):
        raise RefusedRequest("the delivery's id is too long, or holds more than text", status=BAD_REQUEST)
    return delivery.key


def _as_json(record: SourceRecord) -> JsonObject:
    """Write a record for the inbox.

    Refused is what no sync could ever store: it would stand in the way of all that comes after it.
    """
    if not _is_plain(record.id):
        raise RefusedRequest("a record's id is too long, or holds more than text", status=BAD_REQUEST)
    if _is_deep(record.data):
        raise RefusedRequest(f"a record is nested deeper than {DEEPEST} levels", status=BAD_REQUEST)
    return {
        "id": record.id,
        "data": record.data,
        "changed_at": _time(record.changed_at),
        "event": record.event,
        "merged_into": record.merged_into,
    }


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _time(text: str | None) -> str | None:
    """Read a sender's time of change; one that is no time counts as not given, for the lead matters more."""
    try:
        return read_time(text) if text else None
    except (ValueError, OverflowError):
        return None
