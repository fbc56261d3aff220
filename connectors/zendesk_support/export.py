"""The incremental cursor export: everything once, then what changed, deletions included.

Source of facts: Support API, Incremental Exports. Order and selection go by `generated_timestamp`, so
nothing is filtered by `updated_at`; the last minute is left out by the vendor; `end_of_stream` is the
proof that a read is complete, however many rows a page has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.connector import Cursor, JsonObject
from connectors.errors import SetupError, TransientError
from connectors.zendesk_support.api import RefusedCallError

BEGINNING = 1
"""Unix seconds; 0 is taken for "not set" in places."""
SETTLED = 90
"""Seconds before now that a start must lie back at least: the vendor asks for 60."""
STALLS = 3
"""Empty pages with an unmoved cursor that are borne before the read counts as short."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an export stands: the stream's cursor, taken apart.

    Attributes:
        cursor: the vendor's own, to go on from; None: start at `start`.
        start: Unix seconds to start at, also when the vendor no longer knows the cursor: the last
            `generated_timestamp` read.
    """

    cursor: str | None = None
    start: int = BEGINNING

    @classmethod
    def of(cls, cursor: Cursor | None) -> Mark:
        """Read a stored cursor, which may bear more than the mark; None, and what is none of ours, is the beginning."""
        if cursor is None or not isinstance(cursor.get("start"), int):
            return cls()
        return cls(cursor.get("cursor"), cursor["start"])

    def stored(self) -> Cursor:
        """Give the JSON to store."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exported:
    """One page of an export."""

    rows: list[JsonObject]
    answer: JsonObject
    """All of it: side-loaded records lie beside the rows."""
    behind: Mark
    notices: tuple[str, ...] = ()


Get = Callable[[Mapping[str, Any]], JsonObject]


def export(get: Get, key: str, mark: Mark, now: float) -> Iterator[Exported]:
    """Yield pages from a mark to the end of the stream.

    Args:
        get: asks the export's endpoint.
        key: where the rows lie in its answer: `tickets`, `users`.
        now: Unix seconds.

    Raises:
        TransientError: the export stalls before its end.
    """
    stalls, last = 0, frozenset[str]()
    while True:
        answer, notices = _ask(get, mark, now)
        rows = _rows(answer, key)
        before, mark = mark, _behind(mark, answer, rows)
        fresh = [row for row in _latest(rows) if version(row) not in last]
        yield Exported(fresh, answer, mark, notices)
        if answer.get("end_of_stream"):
            return
        stalls = stalls + 1 if mark.cursor == before.cursor else 0
        if stalls >= STALLS or mark.cursor is None:
            raise TransientError(f"Zendesk Support: the export of {key} stalls before its end")
        last = frozenset(version(row) for row in rows)


def _ask(get: Get, mark: Mark, now: float) -> tuple[JsonObject, tuple[str, ...]]:
    """Ask by cursor; by time where there is none, or where it is refused."""
    start = {"start_time": max(BEGINNING, min(mark.start, int(now) - SETTLED))}
    if mark.cursor is None:
        return get(start), ()
    try:
        return get({"cursor": mark.cursor}), ()
    except RefusedCallError:
        notice = f"the vendor refused the stored cursor; read again from {start['start_time']} (Unix seconds)"
        return get(start), (notice,)


def _rows(answer: JsonObject, key: str) -> list[JsonObject]:
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise TransientError(f"Zendesk Support: an export without `{key}`")
    return rows


def _behind(mark: Mark, answer: JsonObject, rows: list[JsonObject]) -> Mark:
    cursor = answer.get("after_cursor") or _cursor_of(answer.get("after_url")) or mark.cursor
    return replace(mark, cursor=cursor, start=max([mark.start, *map(_generated, rows)]))


def _cursor_of(url: str | None) -> str | None:
    return next(iter(parse_qs(urlsplit(url or "").query).get("cursor", [])), None)


def _generated(row: JsonObject) -> int:
    """When a row was last generated, Unix seconds; users have only `updated_at`."""
    if isinstance(stamp := row.get("generated_timestamp"), int):
        return stamp
    updated = row.get("updated_at")
    return int(datetime.fromisoformat(updated).timestamp()) if updated else BEGINNING


def _latest(rows: list[JsonObject]) -> list[JsonObject]:
    """Each record once, as it came last: one that changes during the export comes again."""
    latest: dict[Any, JsonObject] = {}
    for row in rows:
        latest.pop(row["id"], None)
        latest[row["id"]] = row
    return list(latest.values())


def version(row: JsonObject) -> str:
    """Name one state of one record, to drop what is repeated where pages meet."""
    return f"{row['id']}@{row.get('generated_timestamp')}@{row.get('updated_at')}"


def start_at(since: datetime) -> Mark:
    """The mark that reads what changed from a time on."""
    if since.tzinfo is None:
        raise SetupError("Zendesk Support: a time without time zone", fix="write it like 2026-11-01T00:00Z")
    return Mark(start=int(since.timestamp()))
