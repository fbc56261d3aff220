"""References between records: who a source's id stands for, and what still waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class PendingRef:
    """A reference to something that is not here yet."""

    source: str
    lookup: str
    value: str
    source_record_id: int
    mapping: str
    field: str


_LOOKUPS = {"contact": ("contact", "people"), "company": ("contact", "companies"), "deal": ("deal", "deals")}
"""Lookup → the table it finds, and the kind of stream that its ids belong to."""


def find_linked(db: Writer, source: str, lookup: str, source_ids: Iterable[str]) -> dict[str, int]:
    """Map a source's ids of contacts, companies or deals to ours; merged ones to the survivor."""
    kind, stream_kind = _LOOKUPS[lookup]
    survivor = "t.id" if kind == "deal" else "COALESCE(t.merged_into, t.id)"
    sql = (
        f"SELECT r.source_id, {survivor} FROM stream s "
        "JOIN source_record r ON r.stream_id = s.id "
        "JOIN link l ON l.source_record_id = r.id AND l.record_type = ? "
        f'JOIN "{kind}" t ON t.id = l.record_id '
        "WHERE s.source = ? AND s.kind = ? AND l.identity AND r.source_id IN {in}"
    )
    return dict(db.select_in(sql, source_ids, (kind, source, stream_kind)))


def any_pending(db: Writer, source: str) -> bool:
    """Whether anything of a source waits."""
    return bool(db.select("SELECT 1 FROM pending_ref WHERE source = ? LIMIT 1", (source,)))


def waiting_for(db: Writer, source: str, lookups: Sequence[str], values: Iterable[str]) -> list[int]:
    """Find the source records that wait for one of these ids."""
    marks = ", ".join("?" * len(lookups))
    sql = (
        "SELECT DISTINCT source_record_id FROM pending_ref "
        f"WHERE source = ? AND lookup IN ({marks}) AND value IN {{in}}"
    )
    return sorted({row[0] for row in db.select_in(sql, values, (source, *lookups))})


def waiting_for_any(db: Writer, source: str, lookup: str) -> list[int]:
    """Find the source records of a source that wait for anything of a kind."""
    sql = "SELECT DISTINCT source_record_id FROM pending_ref WHERE source = ? AND lookup = ? ORDER BY source_record_id"
    return [row[0] for row in db.select(sql, (source, lookup))]


def replace_pending(db: Writer, renewed: Iterable[tuple[int, str]], refs: Sequence[PendingRef]) -> None:
    """Write what waits now for source records and mappings; what waited before for them is dropped."""
    db.delete("pending_ref", ("source_record_id", "mapping"), list(renewed))
    rows = [(r.source, r.lookup, r.value, r.source_record_id, r.mapping, r.field) for r in refs]
    db.insert("pending_ref", ("source", "lookup", "value", "source_record_id", "mapping", "field"), rows)
