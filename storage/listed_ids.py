"""The ids that a source lists, and those that it lists no more, in a temporary file of SQLite's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence


class ListedIds:
    """The ids of a listing, and those that it lacks, in a file that goes with it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a temporary database of SQLite's own
        self._db.execute("PRAGMA journal_mode = OFF")
        for table in ("seen", "missing"):
            self._db.execute(f"CREATE TABLE {table} (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, ids: Iterable[str]) -> None:
        """Note what is listed."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(id_,) for id_ in ids])
        self._db.execute("COMMIT")

    def note_missing(self, ids: Sequence[str]) -> None:
        """Note those that were not listed; a thousand at most."""
        marks = ", ".join("?" * len(ids))
        there = {row[0] for row in self._db.execute(f"SELECT id FROM seen WHERE id IN ({marks})", ids)}
        lacking = [(id_,) for id_ in ids if id_ not in there]
        self._db.executemany("INSERT OR IGNORE INTO missing VALUES (?)", lacking)

    @property
    def missing(self) -> int:
        """How many are missing."""
        count: int = self._db.execute("SELECT COUNT(*) FROM missing").fetchone()[0]
        return count

    def portions_missing(self, count: int) -> Iterator[list[str]]:
        """Give those that are missing, in portions."""
        last = ""
        while rows := self._db.execute(
            "SELECT id FROM missing WHERE id > ? ORDER BY id LIMIT ?", (last, count)
        ).fetchall():
            yield [row[0] for row in rows]
            last = rows[-1][0]

    def forget(self) -> None:
        """Begin anew: the next listing is another one's."""
        for table in ("seen", "missing"):
            self._db.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Let the file go."""
        self._db.close()
