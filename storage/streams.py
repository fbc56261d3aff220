"""Streams and their cursors, runs and their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.tables import COUNTS


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream of one source, as far as it was read."""

    id: int
    source: str
    name: str
    connector: str
    kind: str
    cursor: JsonObject | None
    mapping_version: str | None
    synced_at: str | None


@dataclass(slots=True)
class Counts:
    """What became of the records read. `read` is the sum of the others."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    held: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def read(self) -> int:
        """All of them."""
        return self.created + self.updated + self.unchanged + self.merged + self.held + self.skipped + self.failed

    def add(self, outcome: str, by: int = 1) -> None:
        """Count one record's outcome."""
        setattr(self, outcome, getattr(self, outcome) + by)

    def to_json(self) -> dict[str, int]:
        """Give all eight, `read` first."""
        return {name: getattr(self, name) for name in COUNTS}


@dataclass(slots=True)
class RunStreamRow:
    """What one run did to one stream."""

    run_id: int
    stream: StreamRow
    counts: Counts = field(default_factory=Counts)
    remapped: int = 0


def as_json(value: Any) -> Any:
    """Read a JSON column: text from SQLite, a value from PostgreSQL."""
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def json_text(value: Any) -> str | None:
    """Write a JSON column; None stays NULL."""
    return None if value is None else orjson.dumps(value).decode()


_COLUMNS = "id, source, name, connector, kind, cursor, mapping_version, synced_at"


def find_stream(db: Writer, source: str, name: str) -> StreamRow | None:
    """Look a stream up."""
    rows = db.select(f"SELECT {_COLUMNS} FROM stream WHERE source = ? AND name = ?", (source, name))
    return _stream(rows[0]) if rows else None


def streams_of(db: Writer, source: str) -> list[StreamRow]:
    """List the streams of a source that were ever read, in the order in which they first were."""
    return [_stream(r) for r in db.select(f"SELECT {_COLUMNS} FROM stream WHERE source = ? ORDER BY id", (source,))]


def source_names(db: Writer) -> list[str]:
    """Name every source that was ever read, imports among them."""
    return [row[0] for row in db.select("SELECT DISTINCT source FROM stream ORDER BY source", ())]


def ensure_stream(db: Writer, source: str, name: str, connector: str, kind: str) -> StreamRow:
    """Give a stream, made when it is new."""
    if found := find_stream(db, source, name):
        return found
    made = StreamRow(next(db.allocate("stream", 1)), source, name, connector, kind, None, None, None)
    db.insert("stream", ("id", "source", "name", "connector", "kind"), [(made.id, source, name, connector, kind)])
    return made


def _stream(row: Any) -> StreamRow:
    id_, source, name, connector, kind, cursor, version, synced_at = row
    return StreamRow(id_, source, name, connector, kind, as_json(cursor), version, synced_at)


def start_run(db: Writer, kind: str, source: str | None, options: JsonObject, now: str) -> int:
    """Open a run; gives its id."""
    run_id = next(db.allocate("run", 1))
    row = (run_id, kind, source, "running", now, json_text(options))
    db.insert("run", ("id", "kind", "source", "state", "started_at", "options"), [row])
    return run_id


def finish_run(db: Writer, run_id: int, state: str, now: str, error: str | None = None, fix: str | None = None) -> None:
    """Close a run, and what an error left open of its streams."""
    sql = "UPDATE run SET state = ?, finished_at = ?, error = ?, fix = ? WHERE id = ?"
    db.execute(sql, (state, now, error, fix, run_id))
    still_open = "UPDATE run_stream SET state = ?, error = ? WHERE run_id = ? AND state = 'running'"
    db.execute(still_open, (state, error, run_id))


def close_interrupted(db: Writer, source: str, now: str) -> int:
    """Close the runs of a source that a dead process left open, stream by stream; gives how many.

    Call it only under the source's lease: then nobody else can be running them.
    """
    why = "the process ended before the run did"
    db.execute(
        "UPDATE run_stream SET state = 'interrupted', error = ? WHERE state = 'running' "
        "AND run_id IN (SELECT id FROM run WHERE source = ? AND state = 'running')",
        (why, source),
    )
    return db.execute(
        "UPDATE run SET state = 'interrupted', finished_at = ?, error = ? WHERE source = ? AND state = 'running'",
        (now, why, source),
    )


def start_run_stream(db: Writer, run_id: int, stream: StreamRow) -> None:
    """Begin counting what a run does to a stream; a run that comes back to a stream counts on."""
    row = (run_id, stream.id, "running", json_text(stream.cursor))
    db.execute(
        "INSERT INTO run_stream (run_id, stream_id, state, cursor_before) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (run_id, stream_id) DO NOTHING",
        row,
    )


def count_batch(db: Writer, run_id: int, stream_id: int, counts: Counts, remapped: int) -> None:
    """Add a batch's counts to its run's, in the batch's own transaction."""
    names = [name for name in COUNTS if getattr(counts, name)]
    sets = ", ".join(f"{name} = {name} + ?" for name in names)
    sql = (
        f"UPDATE run_stream SET {sets}{', ' if sets else ''}remapped = remapped + ? WHERE run_id = ? AND stream_id = ?"
    )
    db.execute(sql, (*(getattr(counts, n) for n in names), remapped, run_id, stream_id))


def move_cursor(db: Writer, run_id: int, stream_id: int, cursor: Mapping[str, Any]) -> None:
    """Move a stream's cursor, in the transaction that stored what lies before it."""
    text = json_text(cursor)
    db.execute("UPDATE stream SET cursor = ? WHERE id = ?", (text, stream_id))
    db.execute("UPDATE run_stream SET cursor_after = ? WHERE run_id = ? AND stream_id = ?", (text, run_id, stream_id))


def finish_run_stream(
    db: Writer,
    run_id: int,
    stream_id: int,
    state: str,
    calls: int,
    seconds: float,
    error: str | None,
    notices: list[str],
) -> None:
    """Close a stream's part of a run."""
    db.execute(
        "UPDATE run_stream SET state = ?, calls = ?, seconds = ?, error = ?, notices = ? "
        "WHERE run_id = ? AND stream_id = ?",
        (state, calls, seconds, error, json_text(notices), run_id, stream_id),
    )


def read_counts(db: Writer, run_id: int, stream_id: int) -> tuple[Counts, int]:
    """Read a stream's counts in a run, and how many of them were mapped again from what was landed."""
    names = ", ".join(COUNTS[1:])
    rows = db.select(
        f"SELECT {names}, remapped FROM run_stream WHERE run_id = ? AND stream_id = ?", (run_id, stream_id)
    )
    return (Counts(*rows[0][:-1]), rows[0][-1]) if rows else (Counts(), 0)


def set_mapping_version(db: Writer, stream_id: int, version: str) -> None:
    """Note that all that is landed of a stream was mapped by this version."""
    db.execute("UPDATE stream SET mapping_version = ? WHERE id = ?", (version, stream_id))


def set_synced(db: Writer, stream_id: int, now: str) -> None:
    """Note that a stream was read to its end."""
    db.execute("UPDATE stream SET synced_at = ? WHERE id = ?", (now, stream_id))


def awaiting_users(db: Writer) -> frozenset[str]:
    """Name the sources that list their users but whose users were never read: an unknown owner may still come.

    Users come first in every run, so a source that lists them has their stream here before it has others.
    """
    sql = "SELECT source FROM stream WHERE kind = 'users' GROUP BY source HAVING MAX(synced_at) IS NULL"
    return frozenset(row[0] for row in db.select(sql))
