"""References between records: who a source's id stands for, and what still waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sell_model.matching.keys import key_of
from sell_model.matching.normal_forms import email_key
from storage.canonical import survivor
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
    wanted = set(source_ids)
    merged = "NULL" if kind == "deal" else "t.merged_into"
    sql = (
        f"SELECT r.source_id, t.id, {merged} FROM stream s "
        "JOIN source_record r ON r.stream_id = s.id "
        "JOIN link l ON l.source_record_id = r.id AND l.record_type = ? "
        f'JOIN "{kind}" t ON t.id = l.record_id '
        "WHERE s.source = ? AND s.kind = ? AND l.identity AND r.source_id IN {in}"
    )
    found = {
        value: survivor(db, kind, into) if into is not None else id_
        for value, id_, into in db.select_in(sql, wanted, (kind, source, stream_kind))
    }
    if lookup == "contact":
        found |= _by_email(db, {value for value in wanted if "@" in value and value not in found})
    return found


def _by_email(db: Writer, emails: set[str]) -> dict[str, int]:
    """Map addresses to the contacts that bear them, the one known longest where there are several."""
    keys = {key_of("email", key): email for email in sorted(emails) if (key := email_key(email))}
    sql = (
        "SELECT m.key, MIN(c.id) FROM match_key m JOIN contact c ON c.person_id = m.identity_id "
        "WHERE c.merged_into IS NULL AND m.key IN {in} GROUP BY m.key"
    )
    by_key = dict(db.select_in(sql, keys))
    return {
        email: by_key[key_of("email", key)]
        for email in emails
        if (key := email_key(email)) and key_of("email", key) in by_key
    }


def pointing_at(db: Writer, contacts: Sequence[int]) -> set[tuple[Literal["contact", "deal"], int]]:
    """Find what holds one of these contacts: deals with or beside them, people and companies under them."""
    found: set[tuple[Literal["contact", "deal"], int]] = set()
    for column in ("contact_id", "organization_id"):
        found |= {("deal", row[0]) for row in db.select_in(f"SELECT id FROM deal WHERE {column} IN {{in}}", contacts)}
    beside = db.select_in("SELECT deal_id FROM association WHERE contact_id IN {in}", contacts)
    found |= {("deal", row[0]) for row in beside}
    for column in ("contact_id", "parent_organization_id"):
        sql = f"SELECT id FROM contact WHERE merged_into IS NULL AND {column} IN {{in}}"
        found |= {("contact", row[0]) for row in db.select_in(sql, contacts)}
    return found


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


def waiting_of(db: Writer, source_record_ids: Iterable[int]) -> dict[int, list[list[str]]]:
    """Fetch what source records wait for: source, lookup, value, mapping, field."""
    sql = (
        "SELECT source_record_id, source, lookup, value, mapping, field FROM pending_ref WHERE source_record_id IN {in}"
    )
    found: dict[int, list[list[str]]] = {}
    for id_, *row in db.select_in(sql, source_record_ids):
        found.setdefault(id_, []).append(row)
    return found


def replace_pending(db: Writer, renewed: Iterable[tuple[int, str]], refs: Sequence[PendingRef]) -> None:
    """Write what waits now for source records and mappings; what waited before for them is dropped."""
    db.delete("pending_ref", ("source_record_id", "mapping"), list(renewed))
    rows = [(r.source, r.lookup, r.value, r.source_record_id, r.mapping, r.field) for r in refs]
    db.insert("pending_ref", ("source", "lookup", "value", "source_record_id", "mapping", "field"), rows)


def arrived(db: Writer, source: str, source_record_ids: Iterable[int]) -> list[int]:
    """Of source records that wait, give those for which all that they lack for standing has come.

    A relation needs the deal and the contact it joins, a deal any of what it names.
    """
    sql = "SELECT source_record_id, lookup, value FROM pending_ref WHERE source_record_id IN {in}"
    waits: dict[int, list[tuple[str, str]]] = {}
    for id_, lookup, value in db.select_in(sql, source_record_ids):
        waits.setdefault(id_, []).append((lookup, value))
    here: set[tuple[str, str]] = set()
    for lookup in _LOOKUPS:
        values = {value for refs in waits.values() for kind, value in refs if kind == lookup}
        here |= {(lookup, value) for value in find_linked(db, source, lookup, values)}
    return sorted(
        id_
        for id_, refs in waits.items()
        if any(ref in here for ref in refs) and all(ref in here for ref in refs if ref[0] == "deal")
    )
