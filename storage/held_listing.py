"""The held inbox: by cause, one by one, and the payloads behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sell_model.draft import Reason
from sell_model.types import JsonObject
from storage.hot import Writer
from storage.landing import LandedRow
from storage.streams import as_json

_FROM = (
    "FROM held h JOIN source_record r ON r.id = h.source_record_id JOIN stream s ON s.id = r.stream_id "
    "WHERE h.released_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Records held for the same cause."""

    source: str
    stream: str
    code: str
    field: str
    count: int
    oldest: str
    example_id: int
    example: Reason
    example_source_id: str


def causes(db: Writer, source: str | None = None, code: str | None = None, limit: int = 100) -> list[Cause]:
    """Group what is held by cause, largest first."""
    narrowed, values = _narrowed(source, code)
    rows = db.select(
        f"SELECT s.source, s.name, h.code, h.field, COUNT(*), MIN(h.held_at), MIN(h.id) {_FROM}{narrowed} "
        "GROUP BY s.source, s.name, h.code, h.field ORDER BY COUNT(*) DESC, s.source, s.name, h.code, h.field LIMIT ?",
        (*values, limit),
    )
    examples = {row.id: row for row in _by_ids(db, [row[6] for row in rows])}
    return [Cause(*[*row, examples[row[6]].reasons[0], examples[row[6]].source_id]) for row in rows]


def _narrowed(source: str | None, code: str | None) -> tuple[str, tuple[str, ...]]:
    clauses = [(" AND s.source = ?", source), (" AND h.code = ?", code)]
    return "".join(sql for sql, value in clauses if value), tuple(value for _, value in clauses if value)


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One source record that one mapping cannot take."""

    id: int
    source_record_id: int
    source: str
    stream: str
    source_id: str
    mapping: str
    reasons: tuple[Reason, ...]
    run_id: int | None
    held_at: str

    @property
    def name(self) -> str:
        """As people name a source record: `source.stream:id`."""
        return f"{self.source}.{self.stream}:{self.source_id}"


_HELD = "SELECT h.id, h.source_record_id, s.source, s.name, r.source_id, h.mapping, h.reasons, h.run_id, h.held_at "


def _held(row: Any) -> HeldRow:
    return HeldRow(*[*row[:6], tuple(Reason.from_json(reason) for reason in as_json(row[6])), *row[7:]])


def held_rows(
    db: Writer, source: str | None = None, code: str | None = None, after: int = 0, limit: int = 100
) -> list[HeldRow]:
    """List what is held one by one, oldest first, from after an id on."""
    narrowed, values = _narrowed(source, code)
    sql = f"{_HELD}{_FROM} AND h.id > ?{narrowed} ORDER BY h.id LIMIT ?"
    return [_held(row) for row in db.select(sql, (after, *values, limit))]


def _by_ids(db: Writer, ids: Sequence[int]) -> list[HeldRow]:
    return [_held(row) for row in db.select_in(f"{_HELD}{_FROM} AND h.id IN {{in}}", ids)]


def held_by_id(db: Writer, held_id: int) -> HeldRow | None:
    """Find what is held by the number that the list shows; None: there is none, or it was released."""
    return next(iter(_by_ids(db, [held_id])), None)


def held_by_name(db: Writer, source: str, stream: str, source_id: str) -> list[HeldRow]:
    """Find what is held of a source record: one row per mapping that cannot take it."""
    sql = f"{_HELD}{_FROM} AND s.source = ? AND s.name = ? AND r.source_id = ? ORDER BY h.id LIMIT 100"
    return [_held(row) for row in db.select(sql, (source, stream, source_id))]


def raw_of(db: Writer, source_record_id: int) -> str:
    """Fetch the payload that was landed of a source record."""
    raw: str = db.select("SELECT raw FROM source_record WHERE id = ?", (source_record_id,))[0][0]
    return raw


def held_sources(db: Writer) -> list[str]:
    """Name the sources of which anything is held; at most 500."""
    return [row[0] for row in db.select(f"SELECT DISTINCT s.source {_FROM} ORDER BY s.source LIMIT 500")]


@dataclass(frozen=True, slots=True)
class HeldStream:
    """A stream of which records are held."""

    id: int
    name: str
    connector: str
    kind: str
    mapping: str
    """One of the mappings that hold them."""
    remembered: JsonObject
    """The options of the run that read it last: an import's mapping and pool are among them."""


def held_streams(db: Writer, source: str) -> list[HeldStream]:
    """List a source's streams of which anything is held; at most 500."""
    rows = db.select(
        "SELECT s.id, s.name, s.connector, s.kind, MIN(h.mapping), (SELECT o.options FROM run o "
        "JOIN run_stream os ON os.run_id = o.id WHERE os.stream_id = s.id AND o.kind IN ('import', 'sync') "
        f"ORDER BY o.id DESC LIMIT 1) {_FROM} AND s.source = ? "
        "GROUP BY s.id, s.name, s.connector, s.kind ORDER BY s.id LIMIT 500",
        (source,),
    )
    return [HeldStream(*[*row[:5], as_json(row[5]) or {}]) for row in rows]


def held_payloads(db: Writer, stream_id: int, only: Sequence[int] | None, after: int, limit: int) -> list[LandedRow]:
    """Fetch the payloads of a stream's held records, by source record id from after one on.

    Args:
        only: source record ids; None: all.
    """
    sql = f"SELECT DISTINCT r.id, r.source_id, r.raw, r.changed_at {_FROM} AND s.id = ? AND r.id > ?"
    if only is None:
        rows = db.select(f"{sql} ORDER BY r.id LIMIT ?", (stream_id, after, limit))
    else:
        rows = sorted(db.select_in(f"{sql} AND r.id IN {{in}}", only, (stream_id, after)))[:limit]
    return [LandedRow(*row) for row in rows]
