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

    def stored(self) -> Cursor:
        """Give the JSON to store."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exported:
    """One page, each state of a chat once."""

    rows: list[JsonObject]
    behind: Mark


def export(get: Get, mark: Mark, limit: int) -> Iterator[Exported]:
    """Yield pages from a mark to the end.

    Raises:
        TransientError: a page is not what it says, or the export does not go on.
    """
    last: frozenset[str] = frozenset()
    while True:
        answer = get({"start_time": mark.time, **({"start_id": mark.id} if mark.id else {})})
        rows = _rows(answer)
        before, mark = mark, _behind(mark, answer, rows)
        yield Exported([row for row in rows if version(row) not in last], mark)
        met = frozenset(map(version, rows))
        if not rows or (len(rows) < limit and not answer.get("next_page")):
            return
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
