"""What a list read does: everything once by id, then what changed, newest first.

A cursor bears between reads `mark`: the newest `updated_at` that there was when the last read began, by the
vendor's clock; `seen`: when we first saw that mark, by ours; and `floor`: up to where nothing can come late any
more. A read goes back to the mark and `overlap` beyond it, but not below the floor; once the overlap has passed
since the mark was seen, the mark is the floor. During a read a cursor also bears where the list stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.connector import Cursor, JsonObject
from connectors.sell.api import Listing
from connectors.sell.walk import Place, walk

List = Callable[[Mapping[str, Any]], Listing]
"""Gets a page of one list, by its parameters."""

BY_ID = {"sort_by": "id"}
NEWEST_FIRST = {"sort_by": "updated_at:desc"}
DAY = 86_400.0
OLDEST = 1e15
"""The place of rows without a time in a list that goes from the newest to the oldest."""


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of one page, and the cursor behind them."""

    rows: list[JsonObject]
    cursor: Cursor


def read_list(
    get: List, cursor: Cursor | None, *, largest: int, overlap: float, now: float, what: str
) -> Iterator[Read]:
    """Yield all, or what changed since the cursor; a read that was cut short is gone on with.

    Args:
        get: asks the list.
        overlap: seconds that a change may come to light late.
        now: seconds since 1970, our clock; only used to tell how long ago something was.

    Raises:
        TransientError: the list is not in order.
    """
    read = None
    if cursor is None or cursor.get("step") == "list":
        for read in _everything(get, cursor or {"seen": now}, largest, what, marks=True):
            yield read
        if cursor is None:
            return
    elif cursor.get("step") == "changes":
        for read in _changes(get, cursor, largest, overlap, what):
            yield read
    settled = read.cursor if read is not None else cursor
    yield from _changes(get, {**settled, "began": now}, largest, overlap, what)


def read_whole(get: List, cursor: Cursor | None, *, largest: int, what: str) -> Iterator[Read]:
    """Yield all of a small list, each time; a read that was cut short is gone on with."""
    going_on = cursor if cursor is not None and cursor.get("step") == "list" else {}
    for read in _everything(get, going_on, largest, what, marks=False):
        yield read if "step" in read.cursor else Read(read.rows, {"read": "all"})


def _everything(get: List, cursor: Cursor, largest: int, what: str, *, marks: bool) -> Iterator[Read]:
    """Read by id. The mark is asked for at the beginning, unless one page has all there is."""
    kept: Cursor = {name: cursor[name] for name in ("mark", "seen") if name in cursor}
    for rows, behind, is_last in walk(_pages(get, BY_ID), _id, _place(cursor), largest, what):
        if marks and "mark" not in kept:
            newest_rows = rows if is_last else get({**NEWEST_FIRST, "page": 1, "per_page": largest}).rows
            kept["mark"] = newest(newest_rows, kept["seen"])
        yield Read(rows, kept if is_last else {**kept, **_stored("list", behind)})


def _changes(get: List, cursor: Cursor, largest: int, overlap: float, what: str) -> Iterator[Read]:
    """Read from the newest back to the mark. What changes meanwhile is newer than `top`: the next read's."""
    span, top = Span.of(cursor, overlap), cursor.get("top")
    kept: Cursor = {name: cursor[name] for name in ("mark", "seen", "floor", "began") if name in cursor}
    for rows, behind, is_last in walk(_pages(get, NEWEST_FIRST), _age, _place(cursor), largest, what):
        top = top or newest(rows, span.began) or span.mark
        wanted = [row for row in rows if span.has(row)]
        if is_last or len(wanted) < len(rows):
            yield Read(wanted, span.closed(top))
            return
        yield Read(wanted, {**kept, "top": top, **_stored("changes", behind)})


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a read of changes covers."""

    mark: str | None
    floor: str | None
    seen: float | None
    began: float
    overlap: float

    @classmethod
    def of(cls, cursor: Cursor, overlap: float) -> Span:
        """Read it off a cursor."""
        return cls(cursor.get("mark"), cursor.get("floor"), cursor.get("seen"), cursor["began"], overlap)

    def has(self, row: JsonObject) -> bool:
        """Whether a row changed in it; one without a time did only where there was no mark yet."""
        if self.mark is None:
            return True
        if not row.get("updated_at"):
            return False
        changed = time_of(row["updated_at"])
        above = self.floor is None or changed > time_of(self.floor)
        return above and changed >= time_of(self.mark) - timedelta(seconds=self.overlap)

    def closed(self, top: str | None) -> Cursor:
        """Give the cursor that stands when all of it was read."""
        is_settled = self.mark is not None and self.seen is not None and self.began - self.seen >= self.overlap
        floor = self.mark if is_settled else self.floor
        is_same = top is None or (self.mark is not None and time_of(top) <= time_of(self.mark))
        seen = self.seen if is_same and self.seen is not None else self.began
        cursor: Cursor = {"mark": self.mark if is_same else top, "seen": seen}
        return cursor | ({"floor": floor} if floor else {})


def _pages(get: List, order: Mapping[str, str]) -> Callable[[int, int], Listing]:
    return lambda page, size: get({**order, "page": page, "per_page": size})


def _stored(step: str, place: Place) -> Cursor:
    """Of a crowd of one time one id is kept: when the read is gone on with, the others may come again."""
    return {"step": step, "at": place.position, "key": place.key, "id": min(place.ids, default=None)}


def _place(cursor: Cursor) -> Place:
    if "at" not in cursor:
        return Place()
    last = cursor.get("id")
    return Place(cursor["at"], cursor.get("key"), frozenset() if last is None else frozenset({last}))


def _id(row: JsonObject) -> int:
    return int(row["id"])


def _age(row: JsonObject) -> float:
    """Seconds before the beginning of time: it grows from the newest to the oldest; without a time it is oldest."""
    changed = row.get("updated_at")
    return -time_of(changed).timestamp() if changed else OLDEST


def newest(rows: list[JsonObject], now: float) -> str | None:
    """The latest time of change among rows, but for such as lie ahead of all clocks: a mark there would hide all."""
    times = [str(row["updated_at"]) for row in rows if row.get("updated_at")]
    return max((each for each in times if time_of(each).timestamp() < now + DAY), key=time_of, default=None)


def time_of(text: str) -> datetime:
    """Read a time as the vendor writes it; without a zone it is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
