"""Receiving: a request that proves itself becomes a delivery in the inbox, once; a sync takes it from there.

The inbox stores, and answers for, a delivery at once. It comes into the hub's database by the path of any
other record: `hub/sync.py` reads `inbox_pages`, and the stream's cursor, moved in the transaction that
stored the records, says up to which delivery that was done. Kill the hub anywhere: nothing is lost or taken twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from connectors.connector import Connector, Cursor, Delivery, Page, Request, SourceRecord
from connectors.errors import RefusedRequest
from hub import tokens
from hub.connecting import configured, connector_class
from hub.connecting import receives as receives
from hub.opening import Hub
from sell_model.types import JsonObject, read_time
from storage.inbox import Inbox, RefusedRow

FILE_NAME = "inbox.db"
INBOX = "inbox"
"""In a stream's cursor: the last delivery that was taken in."""

HOOKS = "hooks"
"""The door of senders that are not told what becomes of it."""

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
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
    id: int = field(default=0, compare=False)
    """Where it stands in the inbox."""


def inbox_path(hub: Hub) -> Path:
    """Where the inbox lies: in the hub's home, whatever its database is."""
    return hub.home / FILE_NAME


def receiving_sources(hub: Hub) -> dict[str, str]:
    """Name the sources of hub.toml that take requests, each with its door."""
    classes = {name: connector_class(part.connector) for name, part in hub.settings.sources.items()}
    return {name: connector.door for name, connector in classes.items() if receives(connector)}


def receive(hub: Hub, source: str, request: Request, inbox: Inbox | None = None) -> Accepted:
    """Verify a request and store what it carries; a delivery that is there already is left as it is.

    Args:
        inbox: a server's open one; without it the inbox is opened for this request.

    Raises:
        RefusedRequest: 404 nothing is received under this name; 401, 403 a token of the hub that does not
            hold here; else as the source's connector says.
        SetupError: the source is not set up, or the inbox cannot be written.
        TransientError: the inbox stayed locked.
    """
    with receiver(hub, source) as connector, _opened(hub, inbox) as box, counted(box, source, request):
        delivery = connector.receive(with_token(hub, source, request))
        return keep(box, source, delivery, request)


def handshake(hub: Hub, source: str, request: Request) -> str:
    """Answer the question by which a sender makes sure that the address is ours; nothing is stored.

    Raises:
        RefusedRequest: 404 nothing is received under this name; else as the source's connector says.
        SetupError: the source is not set up.
    """
    with receiver(hub, source) as connector:
        return connector.handshake(request)


@contextmanager
def receiver(hub: Hub, source: str, door: str = HOOKS, **own: Any) -> Iterator[Connector[Any]]:
    """Make the connector of a source that takes requests by a door.

    Args:
        own: settings that the hub gives where hub.toml says nothing.

    Raises:
        RefusedRequest: 404, nothing is received under this name.
        SetupError: the source is not set up.
    """
    if source not in hub.settings.sources:
        raise _unknown()
    part = hub.settings.sources[source]
    connector = _class_of(part.connector)
    if not receives(connector) or connector.door != door:
        raise _unknown()
    settings = {**own, **part.connector_settings}
    with connector(configured(hub, connector.Config, f"sources.{source}", settings)) as opened:
        yield opened


@cache
def _class_of(name: str) -> type[Connector[Any]]:
    """Load a connector once: looking through what is installed takes longer than all else here."""
    return connector_class(name)


def with_token(hub: Hub, source: str, request: Request) -> Request:
    """Check the hub's own token that a request bears, if it bears one.

    Raises:
        RefusedRequest: 401 it is none that holds, or it is another source's; 403 it may not write.
    """
    text = tokens.token_in(request.headers)
    if text is None:
        return request
    token = tokens.find_token(hub, text)
    if token is None or token.source != source:
        raise RefusedRequest("the token does not hold here: unknown, revoked, or another source's", status=UNAUTHORIZED)
    if tokens.WRITE not in token.scopes:
        raise RefusedRequest("the token may not write", status=FORBIDDEN)
    return replace(request, token=token.name)


@contextmanager
def counted(inbox: Inbox, source: str, request: Request) -> Iterator[None]:
    """Count what is refused within."""
    try:
        yield
    except RefusedRequest as refused:
        inbox.count_refused(source, str(refused), refused.status, request.received_at)
        raise


def keep(inbox: Inbox, source: str, delivery: Delivery, request: Request) -> Accepted:
    """Store a verified delivery.

    Raises:
        RefusedRequest: 400, no sync could ever store it.
    """
    if not _is_plain(delivery.key):
        raise RefusedRequest("the delivery's id is too long, or holds more than text", status=BAD_REQUEST)
    records = [_as_json(record) for record in delivery.records]
    kept = inbox.keep(source, delivery.stream, delivery.key, records, request.received_at)
    return Accepted(delivery.key, len(records), not kept.is_new, kept.id)


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
