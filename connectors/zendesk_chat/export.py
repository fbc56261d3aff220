"""The incremental export of chats: everything once, then what changed, by time of update and id.

The vendor's pages contradict each other about units and about the end, so times are handed back as they
came, and the end is where nothing more comes, not where a page is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from connectors.connector import Cursor, JsonObject
from connectors.errors import TransientError
from connectors.zendesk_chat.api import TITLE

MICROSECONDS = 1e14
"""From here on a time is a count of microseconds; seconds reach this in three million years."""

EMPTY_PAGES = 50
"""Pages without a chat that are borne one after another, each with a next one and a later time: one is no end."""

Get = Callable[[dict[str, Any]], JsonObject]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the export: the time of update, in the vendor's own unit, and the last chat of that time."""

    time: float = 0
    id: str | None = None

    @classmethod
    def of(cls, cursor: Cursor | None, overlap: float) -> Mark:
        """Where a new run begins: a little before the last one's end; what is no mark of ours is the beginning."""
        if not cursor or not isinstance(cursor.get("time"), int | float):
            return cls()
        back = overlap * (1_000_000 if cursor["time"] >= MICROSECONDS else 1)
        began = max(0, cursor["time"] - back)
        return cls(int(began) if isinstance(cursor["time"], int) else began)  # 1767323045, never 1767323045.0

    @property
    def seconds(self) -> float:
        """The time in seconds since 1970."""
        return self.time / 1_000_000 if self.time >= MICROSECONDS else self.time

    def stored(self) -> Cursor:
        """Give the JSON to store."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exported:
    """One page, each state of a chat once."""

    rows: list[JsonObject]
    behind: Mark


def export(get: Get, mark: Mark, limit: int, now: float) -> Iterator[Exported]:
    """Yield pages from a mark to the end.

    Args:
        now: seconds since 1970, UTC: behind it nothing is left out by a page without chats.

    Raises:
        TransientError: a page is not what it says, or the export does not go on or comes to no end.
    """
    last: frozenset[str] = frozenset()
    empty = 0
    while True:
        answer = get({"start_time": mark.time, **({"start_id": mark.id} if mark.id else {})})
        rows = _rows(answer)
        before, mark = mark, _behind(mark, answer, rows)
        yield Exported([row for row in rows if version(row) not in last], mark)
        met = frozenset(map(version, rows))
        if not rows and answer.get("next_page") and mark != before and mark.seconds < now:
            if (empty := empty + 1) > EMPTY_PAGES:
                raise TransientError(f"{TITLE}: the export stalls before its end: {EMPTY_PAGES} pages without a chat")
            continue
        if not rows or (len(rows) < limit and not answer.get("next_page")):
            return
        empty = 0
        if mark == before or met == last:
            if len(rows) >= limit:
                raise TransientError(f"{TITLE}: the export does not go on behind {limit} chats of one moment")
            return
        last = met


def _rows(answer: JsonObject) -> list[JsonObject]:
    rows = answer.get("chats")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise TransientError(f"{TITLE}: an export without `chats`")
    if isinstance(answer.get("count"), int) and answer["count"] != len(rows):
        raise TransientError(f"{TITLE}: a page says {answer['count']} chats and holds {len(rows)}")
    return rows


def _behind(mark: Mark, answer: JsonObject, rows: list[JsonObject]) -> Mark:
    time, id_ = answer.get("end_time"), answer.get("end_id")
    if isinstance(time, int | float) and not isinstance(time, bool):
        return Mark(time, str(id_) if id_ else None)
    if rows:
        raise TransientError(f"{TITLE}: a page of chats without `end_time`")
    return mark


def version(row: JsonObject) -> str:
    """Name one state of one chat, to drop what is repeated where pages meet."""
    return f"{row['id']}@{row.get('update_timestamp')}"
