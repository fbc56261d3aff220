"""Runs as people look at them: the list, one run's streams, what it held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sell_model.draft import Reason
from sell_model.types import JsonObject
from storage.hot import Writer
from storage.streams import Counts, as_json
from storage.tables import COUNTS

_COUNTED = COUNTS[1:]
_RUN = (
    "SELECT id, kind, source, state, started_at, finished_at, error, fix, options, undoes_run_id, undone_by_run_id "
    "FROM run"
)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with the sums of its streams."""

    id: int
    kind: str
    source: str | None
    state: str
    started_at: str
    finished_at: str | None
    error: str | None
    fix: str | None
    options: JsonObject
    undoes_run_id: int | None
    undone_by_run_id: int | None
    counts: Counts


def list_runs(db: Writer, source: str | None = None, before: int | None = None, limit: int = 20) -> list[RunLine]:
    """List runs, latest first."""
    clauses = [(sql, value) for sql, value in (("source = ?", source), ("id < ?", before)) if value is not None]
    where = f" WHERE {' AND '.join(sql for sql, _ in clauses)}" if clauses else ""
    values = [value for _, value in clauses]
    return _with_sums(db, db.select(f"{_RUN}{where} ORDER BY id DESC LIMIT ?", (*values, limit)))


def find_run(db: Writer, run_id: int) -> RunLine | None:
    """Find a run."""
    return next(iter(_with_sums(db, db.select(f"{_RUN} WHERE id = ?", (run_id,)))), None)


def _with_sums(db: Writer, rows: Iterable[Any]) -> list[RunLine]:
    runs = list(rows)
    sums = ", ".join(f"SUM({name})" for name in _COUNTED)
    sql = f"SELECT run_id, {sums} FROM run_stream WHERE run_id IN {{in}} GROUP BY run_id"
    counts = {row[0]: Counts(*map(int, row[1:])) for row in db.select_in(sql, [run[0] for run in runs])}
    return [RunLine(*[*run[:8], as_json(run[8]) or {}, *run[9:], counts.get(run[0], Counts())]) for run in runs]


@dataclass(frozen=True, slots=True)
class RunStreamLine:
    """What one run did to one stream."""

    source: str
    stream: str
    state: str
    counts: Counts
    remapped: int
    calls: int
    seconds: float
    notices: list[str]
    error: str | None
    cursor_before: JsonObject | None
    cursor_after: JsonObject | None


def run_streams(db: Writer, run_id: int) -> list[RunStreamLine]:
    """List what a run did, stream by stream; at most 500."""
    names = ", ".join(f"rs.{name}" for name in _COUNTED)
    rows = db.select(
        f"SELECT s.source, s.name, rs.state, rs.remapped, rs.calls, rs.seconds, rs.notices, rs.error, "
        f"rs.cursor_before, rs.cursor_after, {names} FROM run_stream rs JOIN stream s ON s.id = rs.stream_id "
        "WHERE rs.run_id = ? ORDER BY s.id LIMIT 500",
        (run_id,),
    )
    return [_stream_line(row) for row in rows]


def _stream_line(row: Any) -> RunStreamLine:
    source, stream, state, remapped, calls, seconds, notices, error, before, after, *counts = row
    return RunStreamLine(
        source,
        stream,
        state,
        Counts(*counts),
        remapped,
        calls,
        seconds,
        as_json(notices) or [],
        error,
        as_json(before),
        as_json(after),
    )


@dataclass(frozen=True, slots=True)
class HeldInRun:
    """What a run held, by cause."""

    stream: str
    code: str
    field: str
    count: int
    still: int
    """How many of them are held today."""
    example: Reason


def held_in_run(db: Writer, run_id: int) -> list[HeldInRun]:
    """Group what a run held by cause, largest first; at most 100."""
    rows = db.select(
        "SELECT s.name, h.code, h.field, COUNT(*), COUNT(*) - COUNT(h.released_at), MIN(h.id) FROM held h "
        "JOIN source_record r ON r.id = h.source_record_id JOIN stream s ON s.id = r.stream_id WHERE h.run_id = ? "
        "GROUP BY s.name, h.code, h.field ORDER BY COUNT(*) DESC, s.name, h.code, h.field LIMIT 100",
        (run_id,),
    )
    texts = dict(db.select_in("SELECT id, reasons FROM held WHERE id IN {in}", [row[5] for row in rows]))
    return [HeldInRun(*[*row[:5], Reason.from_json(as_json(texts[row[5]])[0])]) for row in rows]
