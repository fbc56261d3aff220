"""What a record's story is told from: the source records that feed it, what it waits for, whom it absorbed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.hot import Writer
from storage.streams import as_json

MOST = 500
"""More source records than this are not listed for one record."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source record that feeds a record by one mapping."""

    source_record_id: int
    source: str
    stream: str
    source_id: str
    mapping: str
    identity: bool
    rank: int
    good_drafts: str | None
    mapping_version: str | None
    changed_at: str | None
    landed_at: str
    deleted_at: str | None
    outcome: str | None
    run_id: int | None

    @property
    def name(self) -> str:
        """As people name a source record: `source.stream:id`."""
        return f"{self.source}.{self.stream}:{self.source_id}"


def feeds(db: Writer, record_type: str, record_id: int) -> list[Feed]:
    """List what feeds a record, in the order in which it first came; at most 500."""
    rows = db.select(
        "SELECT r.id, s.source, s.name, r.source_id, l.mapping, l.identity, l.rank, r.good_drafts, r.mapping_version, "
        "r.changed_at, r.landed_at, r.deleted_at, r.outcome, r.run_id FROM link l "
        "JOIN source_record r ON r.id = l.source_record_id JOIN stream s ON s.id = r.stream_id "
        "WHERE l.record_type = ? AND l.record_id = ? ORDER BY r.id, l.mapping LIMIT ?",
        (record_type, record_id, MOST),
    )
    return [Feed(*[*row[:5], bool(row[5]), *row[6:]]) for row in rows]


def named_feeds(db: Writer, record_type: str, record_ids: Iterable[int]) -> dict[int, str]:
    """Name the source record that feeds each of these records: `source.stream:id`; the first of several."""
    sql = (
        "SELECT l.record_id, s.source, s.name, r.source_id FROM link l "
        "JOIN source_record r ON r.id = l.source_record_id JOIN stream s ON s.id = r.stream_id "
        "WHERE l.record_type = ? AND l.record_id IN {in} ORDER BY r.id DESC"
    )
    return {row[0]: f"{row[1]}.{row[2]}:{row[3]}" for row in db.select_in(sql, record_ids, (record_type,))}


@dataclass(frozen=True, slots=True)
class Awaited:
    """Something that a record's source names and that is not here yet."""

    source: str
    lookup: str
    value: str
    field: str


def awaited(db: Writer, source_record_ids: Iterable[int]) -> list[Awaited]:
    """List what these source records wait for."""
    sql = "SELECT source, lookup, value, field FROM pending_ref WHERE source_record_id IN {in} ORDER BY id"
    return [Awaited(*row) for row in db.select_in(sql, source_record_ids)]


def absorbed(db: Writer, record_type: str, record_id: int) -> list[int]:
    """List the leads or contacts that were merged into this one; at most 500."""
    sql = f'SELECT id FROM "{record_type}" WHERE merged_into = ? ORDER BY id LIMIT ?'
    return [row[0] for row in db.select(sql, (record_id, MOST))]


def moved(db: Writer, source_record_ids: Iterable[int]) -> dict[int, int]:
    """Tell which of these source records came over from another record when their source merged the two."""
    sql = "SELECT record_id, data FROM journal WHERE kind = 'link' AND op = 'moved' AND record_id IN {in} ORDER BY id"
    return {row[0]: as_json(row[1])[1] for row in db.select_in(sql, source_record_ids)}


def of_identity(db: Writer, column: str, identity_id: int) -> list[tuple[str, int]]:
    """List the living leads and contacts of a person or a company (`person_id`, `company_id`); at most 100."""
    tables = ("lead", "contact") if column == "person_id" else ("contact",)
    found: list[tuple[str, int]] = []
    for table in tables:
        in_sight = "merged_into IS NULL AND deleted_at IS NULL"
        sql = f"SELECT id FROM {table} WHERE {column} = ? AND {in_sight} ORDER BY id LIMIT 50"
        found += [(table, row[0]) for row in db.select(sql, (identity_id,))]
    return found


@dataclass(frozen=True, slots=True)
class Beside:
    """A contact beside a deal."""

    contact_id: int
    name: str | None
    role: str | None
    is_primary: bool


def beside(db: Writer, deal_id: int) -> list[Beside]:
    """List the contacts beside a deal, the primary one first; at most 500."""
    rows = db.select(
        "SELECT a.contact_id, c.name, a.role, a.is_primary FROM association a "
        "LEFT JOIN contact c ON c.id = a.contact_id WHERE a.deal_id = ? "
        "ORDER BY a.is_primary DESC, a.contact_id LIMIT ?",
        (deal_id, MOST),
    )
    return [Beside(*[*row[:3], bool(row[3])]) for row in rows]


def versions(db: Writer, mapping: str) -> list[tuple[str, str]]:
    """List the versions of a mapping that came into force, latest first: version, since when; at most 500."""
    sql = "SELECT version, activated_at FROM mapping_version WHERE name = ? ORDER BY id DESC LIMIT ?"
    return [(row[0], row[1]) for row in db.select(sql, (mapping, MOST))]
