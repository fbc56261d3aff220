"""References between records: who a source's id stands for, and what still waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sell_model.matching.keys import key_of
from sell_model.matching.normal_forms import email_key
from storage.canonical import survivor
from storage.hot import Writer
from storage.persons import find_persons


@dataclass(frozen=True, slots=True)
class PendingRef:
    """A reference to something that is not here yet."""

    source: str
    lookup: str
    value: str
    source_record_id: int
    mapping: str
    field: str
    stream: str | None = None
    """The source's stream that the id belongs to, where the mapping says so."""


_LOOKUPS = {"contact": ("contact", "people"), "company": ("contact", "companies"), "deal": ("deal", "deals")}
"""Lookup → the table it finds, and the kind of stream that its ids belong to."""


def find_linked(
    db: Writer, source: str, lookup: str, source_ids: Iterable[str], stream: str | None = None
) -> dict[str, int]:
    """Map a source's ids of contacts, companies or deals to ours; merged ones to the survivor.

    Args:
        stream: the source's stream that the ids belong to; None: any of the kind that brings such.
    """
    kind, stream_kind = _LOOKUPS[lookup]
    wanted = set(source_ids)
    merged = "NULL" if kind == "deal" else "t.merged_into"
    sql = (
        f"SELECT r.source_id, t.id, {merged} FROM stream s "
        "JOIN source_record r ON r.stream_id = s.id "
        "JOIN link l ON l.source_record_id = r.id AND l.record_type = ? "
        f'JOIN "{kind}" t ON t.id = l.record_id '
        f"WHERE s.source = ? AND s.{'kind' if stream is None else 'name'} = ? AND l.identity AND r.source_id IN {{in}}"
    )
    found = {
        value: survivor(db, kind, into) if into is not None else id_
        for value, id_, into in db.select_in(sql, wanted, (kind, source, stream or stream_kind))
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


def waiting_of(db: Writer, source_record_ids: Iterable[int]) -> dict[int, list[list[str | None]]]:
    """Fetch what source records wait for: source, lookup, value, mapping, field, stream."""
    sql = (
        "SELECT source_record_id, source, lookup, value, mapping, field, stream FROM pending_ref "
        "WHERE source_record_id IN {in}"
    )
    found: dict[int, list[list[str | None]]] = {}
    for id_, *row in db.select_in(sql, source_record_ids):
        found.setdefault(id_, []).append(row)
    return found


def replace_pending(db: Writer, renewed: Iterable[tuple[int, str]], refs: Sequence[PendingRef]) -> None:
    """Write what waits now for source records and mappings; what waited before for them is dropped."""
    db.delete("pending_ref", ("source_record_id", "mapping"), list(renewed))
    rows = [(r.source, r.lookup, r.value, r.source_record_id, r.mapping, r.field, r.stream) for r in refs]
    db.insert("pending_ref", ("source", "lookup", "value", "source_record_id", "mapping", "field", "stream"), rows)


def arrived(db: Writer, source: str, source_record_ids: Iterable[int]) -> list[int]:
    """Of source records that wait, give those for which all that they lack for standing has come.

    A relation needs the deal and the contact it joins, a deal or an activity any of what it names.
    """
    sql = "SELECT source_record_id, lookup, stream, value FROM pending_ref WHERE source_record_id IN {in}"
    waits: dict[int, list[_Waited]] = {}
    for id_, *ref in db.select_in(sql, source_record_ids):
        waits.setdefault(id_, []).append(_Waited(*ref))
    here = _here(db, source, {ref for refs in waits.values() for ref in refs})
    return sorted(
        id_
        for id_, refs in waits.items()
        if any(ref in here for ref in refs) and (not _joins(refs) or all(r in here for r in refs if r.lookup == "deal"))
    )


class _Waited(NamedTuple):
    """What is waited for: of which sort, of which stream, by which value."""

    lookup: str
    stream: str | None
    value: str


def _joins(refs: Iterable[_Waited]) -> bool:
    """Whether it is a relation that waits: of a deal and a contact it can do without neither."""
    return any(ref.lookup == "contact" for ref in refs)


def _here(db: Writer, source: str, refs: Iterable[_Waited]) -> set[_Waited]:
    """Give those of what is waited for that have come."""
    wanted: dict[tuple[str, str | None], set[str]] = {}
    for ref in refs:
        wanted.setdefault((ref.lookup, ref.stream), set()).add(ref.value)
    found: set[_Waited] = set()
    for (lookup, stream), values in wanted.items():
        if lookup in _LOOKUPS:
            found |= {_Waited(lookup, stream, v) for v in find_linked(db, source, lookup, values, stream)}
        elif lookup == "person":
            found |= {_Waited(lookup, stream, v) for v in find_persons(db, source, stream, values)}
    return found


def persons_who_came(db: Writer, source: str) -> list[int]:
    """Find the source records that wait, in silence or beside what is known, for a person who is here now.

    Costs by how many persons are waited for, not by how many records wait for them.
    """
    sql = "SELECT DISTINCT lookup, stream, value FROM pending_ref WHERE source = ? AND lookup = 'person'"
    came = _here(db, source, (_Waited(*row) for row in db.select(sql, (source,))))
    by_stream: dict[str | None, list[str]] = {}
    for ref in came:
        by_stream.setdefault(ref.stream, []).append(ref.value)
    found: set[int] = set()
    for stream, values in by_stream.items():
        which, bound = ("IS NULL", ()) if stream is None else ("= ?", (stream,))
        rows = db.select_in(
            "SELECT p.source_record_id FROM pending_ref p JOIN source_record r ON r.id = p.source_record_id "
            f"WHERE p.source = ? AND p.lookup = 'person' AND p.stream {which} "
            "AND p.value IN {in}",
            values,
            (source, *bound),
        )
        found |= {row[0] for row in rows}
    return sorted(found)
