"""The inbox: what was sent to the hub and waits for its sync.

A SQLite file of its own, also beside PostgreSQL, so that no import's transaction holds up a sender.
What was answered with a yes must outlive a power cut, so every delivery is written through to the disk;
those that come at the same time share one such write, which takes a disk longer than all the rest.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from sell_model.types import JsonObject, utc_text
from storage.engine import BUSY_SECONDS, explained
from storage.store import READERS_SECONDS

_SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    key TEXT NOT NULL,
    records TEXT NOT NULL,
    received_at TEXT NOT NULL,
    drained_at TEXT,
    UNIQUE (source, key)
);
CREATE INDEX IF NOT EXISTS ix_delivery_stream ON delivery (source, stream, id);
CREATE INDEX IF NOT EXISTS ix_delivery_waiting ON delivery (source) WHERE drained_at IS NULL;
CREATE INDEX IF NOT EXISTS ix_delivery_drained ON delivery (drained_at) WHERE drained_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS refused (
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    status INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (source, reason)
) WITHOUT ROWID;
"""

# An id is the time of receipt in milliseconds, moved up where it is taken. So ids rise in the order in
# which deliveries were stored, also in a file made anew after the old one was lost: a cursor that lies
# behind the old ids never hides a new delivery.
_KEEP = """
INSERT INTO delivery (id, source, stream, key, records, received_at)
VALUES (max(coalesce((SELECT max(id) FROM delivery), 0) + 1, ?), ?, ?, ?, ?, ?)
ON CONFLICT (source, key) DO NOTHING
RETURNING id
"""
_FOUND = "SELECT id FROM delivery WHERE source = ? AND key = ?"

_COUNT_REFUSED = """
INSERT INTO refused (source, reason, status, count, last_at) VALUES (?, ?, ?, 1, ?)
ON CONFLICT (source, reason) DO UPDATE SET count = count + 1, status = excluded.status, last_at = excluded.last_at
"""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is kept."""

    id: int
    records: list[JsonObject]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """How often a source's requests were refused for one reason. Of the requests nothing is kept."""

    source: str
    reason: str
    status: int
    count: int
    last_at: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a delivery stands."""

    id: int
    is_new: bool
    """Whether it was stored just now; false: it was there, and nothing has changed."""


@dataclass(slots=True)
class _Write:
    """A statement that waits for the next write to the disk, and what came of it."""

    sql: str
    row: tuple[Any, ...]
    is_done: bool = False
    rows: list[Any] = field(default_factory=list)
    error: Exception | None = None


class Inbox:
    """The inbox's file, made when it is not there. Threads may share it.

    Raises (any method):
        SetupError: full disk, no rights.
        TransientError: locked for too long.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Write] = deque()
        self._forgot: datetime | None = None
        with _told():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.executescript(_SETTINGS + _SCHEMA)

    def keep(self, source: str, stream: str, key: str, records: list[JsonObject], received_at: datetime) -> Kept:
        """Store a delivery; one that is there already is left as it is."""
        # Escaped, since a payload may hold half a character, which no UTF-8 file can.
        text = json.dumps(records)
        number = int(received_at.timestamp() * 1000)
        made = self._together(_KEEP, (number, source, stream, key, text, utc_text(received_at)))
        if made:
            return Kept(made[0][0], is_new=True)
        return Kept(self._read(_FOUND, (source, key))[0][0], is_new=False)

    def after(self, source: str, stream: str, last: int, limit: int) -> list[DeliveryRow]:
        """Fetch the deliveries behind an id, in the order in which they were stored."""
        sql = "SELECT id, records FROM delivery WHERE source = ? AND stream = ? AND id > ? ORDER BY id LIMIT ?"
        return [DeliveryRow(row[0], json.loads(row[1])) for row in self._read(sql, (source, stream, last, limit))]

    def waiting(self) -> dict[str, int]:
        """Tell how many deliveries of each source are not noted as drained."""
        return dict(self._read("SELECT source, count(*) FROM delivery WHERE drained_at IS NULL GROUP BY source"))

    def size_waiting(self, source: str) -> tuple[int, int]:
        """Tell how many deliveries of a source are not noted as drained, and of how many characters they are."""
        sql = "SELECT count(*), coalesce(sum(length(records)), 0) FROM delivery WHERE source = ? AND drained_at IS NULL"
        count, size = self._read(sql, (source,))[0]
        return count, size

    def note_drained(self, source: str, stream: str, last: int, now: datetime) -> None:
        """Note that the deliveries up to an id are in the hub's database."""
        sql = "UPDATE delivery SET drained_at = ? WHERE source = ? AND stream = ? AND id <= ? AND drained_at IS NULL"
        self._together(sql, (utc_text(now), source, stream, last))

    def forget_drained(self, before: datetime) -> int:
        """Remove what was drained before a time; gives how many deliveries went. Asked often, it looks once an hour."""
        if self._forgot is not None and before - self._forgot < timedelta(hours=1):
            return 0
        self._forgot = before
        return self._write("DELETE FROM delivery WHERE drained_at < ?", (utc_text(before),))

    def forget_naming(self, probes: Sequence[str], names: Callable[[str], bool]) -> int:
        """Empty the deliveries that name somebody; gives how many. Their keys stay: a repetition is known as one.

        Args:
            probes: texts of which one stands in every such delivery.
            names: whether a text names the person.
        """
        test = " OR ".join("records LIKE ?" for _ in probes) or "0"
        escaped = tuple(f"%{json.dumps(probe)[1:-1]}%" for probe in probes)  # as `keep` writes it
        rows = self._read(f"SELECT id, records FROM delivery WHERE {test}", escaped)
        ids = [row[0] for row in rows if names(json.dumps(json.loads(row[1]), ensure_ascii=False))]
        for id_ in ids:
            self._write("UPDATE delivery SET records = '[]' WHERE id = ?", (id_,))
        return len(ids)

    def compact(self) -> bool:
        """Write the file anew without what was removed; gives whether it is all gone, which readers may put off."""
        self._read("VACUUM")
        self._read(f"PRAGMA busy_timeout = {READERS_SECONDS * 1_000}")
        try:
            return not self._read("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        finally:
            self._read(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")

    def count_refused(self, source: str, reason: str, status: int, now: datetime) -> None:
        """Count a request that was refused."""
        self._together(_COUNT_REFUSED, (source, reason, status, utc_text(now)))

    def refused(self, limit: int = 100) -> list[RefusedRow]:
        """List what was refused, the latest first."""
        sql = "SELECT source, reason, status, count, last_at FROM refused ORDER BY last_at DESC LIMIT ?"
        return [RefusedRow(*row) for row in self._read(sql, (limit,))]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _together(self, sql: str, row: tuple[Any, ...]) -> list[Any]:
        """Run a statement in one transaction with those that other threads wait to run; gives the rows it returns.

        Whoever comes first writes what has gathered, for all of them.
        """
        own = _Write(sql, row)
        self._queue.append(own)
        with self._lock:
            if not own.is_done:
                self._write_queued()
        with _told():
            if own.error is not None:
                raise own.error
        return own.rows

    def _write_queued(self) -> None:
        waiting = [self._queue.popleft() for _ in range(len(self._queue))]
        error = self._written(waiting)
        if error is not None and len(waiting) > 1:  # whose fault it was shows by itself
            for write in waiting:
                write.error, write.is_done = self._written([write]), True
            return
        for write in waiting:
            write.error, write.is_done = error, True

    def _written(self, writes: list[_Write]) -> Exception | None:
        """Run statements in one transaction; gives what went wrong, and then nothing of it is stored."""
        try:
            with self._connection:  # commits, or takes it all back
                self._connection.execute("BEGIN IMMEDIATE")
                for write in writes:
                    write.rows = self._connection.execute(write.sql, write.row).fetchall()
        except Exception as error:  # noqa: BLE001 -- each thread raises its own
            return error
        return None

    def _write(self, sql: str, row: tuple[Any, ...]) -> int:
        with _told(), self._lock, closing(self._connection.execute(sql, row)) as cursor:
            return cursor.rowcount

    def _read(self, sql: str, row: tuple[Any, ...] = ()) -> list[Any]:
        with _told(), self._lock, closing(self._connection.execute(sql, row)) as cursor:
            return cursor.fetchall()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explained(sa.exc.DBAPIError(None, None, error)) from error
