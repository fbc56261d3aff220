"""Source records: what was landed of each, and what it feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer

COLUMNS = (
    "id", "stream_id", "source_id", "raw", "raw_hash", "good_drafts", "mapping_version", "changed_at",
    "landed_at", "deleted_at", "outcome", "run_id",
)  # fmt: skip
LOOKED_UP = ("source_record", "link", "match_key", "profile", "lead", "contact")
"""The tables in which every batch looks up what it brings."""

CHANGING = COLUMNS[3:]
"""What a later version of a source record may change."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stands of a source record."""

    id: int
    source_id: str
    raw_hash: bytes
    mapping_version: str | None
    deleted_at: str | None
    outcome: str | None
    landed_at: str
    run_id: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What a source record feeds by one mapping."""

    source_record_id: int
    mapping: str
    record_type: str
    record_id: int
    role: str
    identity: bool
    rank: int


@dataclass(frozen=True, slots=True)
class LandedRow:
    """A source record with its payload, to be mapped again."""

    id: int
    source_id: str
    raw: str
    changed_at: str | None
    deleted_at: str | None = None
    """Since when it is gone at its source, where that was asked for."""


_KNOWN = "SELECT id, source_id, raw_hash, mapping_version, deleted_at, outcome, landed_at, run_id FROM source_record"


def known(db: Writer, stream_id: int, source_ids: Iterable[str]) -> dict[str, Known]:
    """Look up which of these source records stand, by the source's id."""
    rows = db.select_in(f"{_KNOWN} WHERE stream_id = ? AND source_id IN {{in}}", source_ids, (stream_id,))
    return {row[1]: Known(row[0], row[1], bytes(row[2]), *row[3:]) for row in rows}


def good_drafts(db: Writer, ids: Iterable[int]) -> dict[int, str]:
    """Fetch the last good drafts, as JSON text keyed by mapping, of those records that have any."""
    rows = db.select_in("SELECT id, good_drafts FROM source_record WHERE id IN {in}", ids)
    return {row[0]: row[1] for row in rows if row[1]}


def links(db: Writer, ids: Iterable[int]) -> list[LinkRow]:
    """Fetch what these source records feed."""
    sql = (
        "SELECT source_record_id, mapping, record_type, record_id, role, identity, rank "
        "FROM link WHERE source_record_id IN {in}"
    )
    return [_link(row) for row in db.select_in(sql, ids)]


def links_to(db: Writer, record_type: str, ids: Iterable[int]) -> list[LinkRow]:
    """Fetch all that feeds these records."""
    sql = (
        "SELECT source_record_id, mapping, record_type, record_id, role, identity, rank "
        "FROM link WHERE record_type = ? AND record_id IN {in}"
    )
    return [_link(row) for row in db.select_in(sql, ids, (record_type,))]


def _link(row: Any) -> LinkRow:
    source_record_id, mapping, record_type, record_id, role, identity, rank = row
    return LinkRow(source_record_id, mapping, record_type, record_id, role, bool(identity), rank)


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A source record's standing draft, for computing what it feeds."""

    id: int
    source: str
    good_drafts: str | None
    changed_at: str | None
    landed_at: str
    deleted_at: str | None = None


def spoken(db: Writer, ids: Iterable[int]) -> dict[int, LiveRow]:
    """Fetch the last good drafts of source records, also of those that are gone at their source."""
    sql = (
        "SELECT r.id, s.source, r.good_drafts, r.changed_at, r.landed_at, r.deleted_at FROM source_record r "
        "JOIN stream s ON s.id = r.stream_id WHERE r.id IN {in}"
    )
    return {row[0]: LiveRow(*row) for row in db.select_in(sql, ids)}


def live(db: Writer, ids: Iterable[int]) -> dict[int, LiveRow]:
    """Fetch the standing drafts of those source records that live at their source."""
    sql = (
        "SELECT r.id, s.source, r.good_drafts, r.changed_at, r.landed_at FROM source_record r "
        "JOIN stream s ON s.id = r.stream_id WHERE r.deleted_at IS NULL AND r.id IN {in}"
    )
    return {row[0]: LiveRow(*row) for row in db.select_in(sql, ids)}


def outdated(db: Writer, stream_id: int, version: str, after: int, limit: int) -> list[LandedRow]:
    """Fetch live source records that were mapped by another version, by id."""
    rows = db.select(
        "SELECT id, source_id, raw, changed_at FROM source_record WHERE stream_id = ? AND id > ? "
        "AND deleted_at IS NULL AND mapping_version <> ? ORDER BY id LIMIT ?",
        (stream_id, after, version, limit),
    )
    return [LandedRow(*row) for row in rows]


def newest(db: Writer, stream_id: int, before: int | None, limit: int) -> list[LandedRow]:
    """Fetch live source records of a stream, the newest first.

    Args:
        before: the id behind which to go on; None: from the newest on.
    """
    where, values = ("", ()) if before is None else (" AND id < ?", (before,))
    rows = db.select(
        "SELECT id, source_id, raw, changed_at FROM source_record WHERE stream_id = ? AND deleted_at IS NULL"
        f"{where} ORDER BY id DESC LIMIT ?",
        (stream_id, *values, limit),
    )
    return [LandedRow(*row) for row in rows]


def living(db: Writer, stream_id: int, begins: str, after: int, limit: int) -> list[tuple[int, str]]:
    """List the live source records of a stream whose source id begins with a text, by id: id, source id."""
    rows = db.select(
        "SELECT id, source_id FROM source_record WHERE stream_id = ? AND id > ? AND deleted_at IS NULL "
        "AND substr(source_id, 1, ?) = ? ORDER BY id LIMIT ?",
        (stream_id, after, len(begins), begins, limit),
    )
    return [(row[0], row[1]) for row in rows]


def held_records(db: Writer, stream_id: int) -> Iterator[LandedRow]:
    """Go through the source records of a stream that are held now, by id."""
    last = 0
    while True:
        rows = db.select(
            "SELECT DISTINCT r.id, r.source_id, r.raw, r.changed_at FROM held h "
            "JOIN source_record r ON r.id = h.source_record_id "
            "WHERE h.released_at IS NULL AND r.stream_id = ? AND r.id > ? ORDER BY r.id LIMIT 500",
            (stream_id, last),
        )
        if not rows:
            return
        yield from (LandedRow(*row) for row in rows)
        last = rows[-1][0]


def standing(db: Writer, ids: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """Fetch source records as they stand, in the order of `CHANGING`."""
    rows = db.select_in(f"SELECT id, {', '.join(CHANGING)} FROM source_record WHERE id IN {{in}}", ids)
    return {row[0]: tuple(row[1:]) for row in rows}


def waiting(db: Writer, stream_id: int) -> list[int]:
    """List the source records of a stream that are held only until something else comes."""
    rows = db.select(
        "SELECT DISTINCT r.id FROM held h JOIN source_record r ON r.id = h.source_record_id "
        "WHERE h.released_at IS NULL AND h.code = 'waiting' AND r.stream_id = ? ORDER BY r.id",
        (stream_id,),
    )
    return [row[0] for row in rows]


def landed(db: Writer, ids: Iterable[int]) -> list[LandedRow]:
    """Fetch source records with their payload."""
    rows = db.select_in("SELECT id, source_id, raw, changed_at, deleted_at FROM source_record WHERE id IN {in}", ids)
    return sorted((LandedRow(*row) for row in rows), key=lambda row: row.id)


def ids_after(db: Writer, after: int, limit: int) -> list[int]:
    """List source records by id, from after one of them on."""
    rows = db.select("SELECT id FROM source_record WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
    return [row[0] for row in rows]


def names(db: Writer, ids: Iterable[int]) -> dict[int, str]:
    """Name source records to people: `source.stream:id`."""
    sql = (
        "SELECT r.id, s.source, s.name, r.source_id FROM source_record r JOIN stream s ON s.id = r.stream_id "
        "WHERE r.id IN {in}"
    )
    return {id_: f"{source}.{stream}:{source_id}" for id_, source, stream, source_id in db.select_in(sql, ids)}


def last_id(db: Writer) -> int:
    """Give the id of the source record that came last; 0 where there is none."""
    return db.select("SELECT MAX(id) FROM source_record")[0][0] or 0


def fed_by_several(db: Writer, record_type: str, after: int, limit: int) -> list[int]:
    """List the records of a type that several source records feed, by id, from after one on."""
    rows = db.select(
        "SELECT record_id FROM link WHERE record_type = ? AND record_id > ? "
        "GROUP BY record_id HAVING COUNT(*) > 1 ORDER BY record_id LIMIT ?",
        (record_type, after, limit),
    )
    return [row[0] for row in rows]
