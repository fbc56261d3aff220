"""What reports of sources, speed and owners read; all of it grouped in the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from storage.hot import Writer
from storage.report_queries import OUTCOME, DealChoice, halves, joined

_PORTION = 100_000
"""Leads in memory at a time; PostgreSQL compiles the query anew for each portion, which takes it half a second."""

Key: TypeAlias = Literal["source", "system", "owner"]
"""What figures are grouped by: Sell's field Source, the source of hub.toml that brought a record first, the owner."""

_LEADS_THERE = (
    "l.merged_into IS NULL AND l.deleted_at IS NULL "
    "AND COALESCE(l.gone_at_source, '') NOT IN ('deleted', 'archived', 'merged')"
)
_CONVERTED = "l.gone_at_source = 'converted'"
_UNQUALIFIED = (
    f"NOT COALESCE({_CONVERTED}, FALSE) AND (l.status = 'Unqualified' OR l.unqualified_reason_id IS NOT NULL)"
)

_LEAD_ORIGIN = (
    "COALESCE((SELECT MIN(k.source_record_id) FROM link k WHERE k.record_type = 'lead' AND k.record_id = {lead}), "
    "(SELECT COALESCE(MIN(CASE WHEN k.mapping LIKE '%.lead' THEN k.source_record_id END), MIN(k.source_record_id)) "
    "FROM conversion v JOIN link k ON k.record_type = 'contact' "
    "AND k.record_id = COALESCE(v.individual_id, v.organization_id) "
    "WHERE v.lead_id = {lead} AND v.undone_at IS NULL))"
)
"""The source record that first brought a lead; those of a converted lead lead to its person now."""
_CONVERTED_FROM = (
    "(SELECT MAX(c.lead_id) FROM conversion c WHERE c.undone_at IS NULL "
    "AND c.deal_id = COALESCE(d.cloned_from_id, d.id))"
)
_DEAL_ORIGIN = (
    f"COALESCE({_LEAD_ORIGIN.format(lead=_CONVERTED_FROM)}, "
    "(SELECT MIN(k.source_record_id) FROM link k WHERE k.record_type = 'deal' "
    "AND k.record_id = COALESCE(d.cloned_from_id, d.id)))"
)
_SYSTEM = "(SELECT g.source FROM source_record r JOIN stream g ON g.id = r.stream_id WHERE r.id = {first})"


@dataclass(frozen=True, slots=True)
class LeadChoice:
    """Which leads a report is about: converted ones too, merged and deleted ones not.

    Attributes:
        since: UTC text; added at or after it. None: from the beginning.
        before: UTC text; added before it. None: to the end.
        owner_id: 0: those without an owner; None: of everybody.
        source_id: Sell's lead source; None: of all.
    """

    since: str | None = None
    before: str | None = None
    owner_id: int | None = None
    source_id: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Give the condition on `lead l`, and the values to bind for it."""
        clauses, values = [_LEADS_THERE], []
        for clause, value in (
            ("COALESCE(l.added_at, l.created_at) >= ?", self.since),
            ("COALESCE(l.added_at, l.created_at) < ?", self.before),
            ("l.owner_id = ?", self.owner_id or None),
            ("l.source_id = ?", self.source_id),
        ):
            if value is not None:
                clauses.append(clause)
                values.append(value)
        if self.owner_id == 0:
            clauses.append("l.owner_id IS NULL")
        return " AND ".join(clauses), values


@dataclass(frozen=True, slots=True)
class LeadCounts:
    """Leads of one source, system or owner."""

    key: Any
    """A name, an owner's id, or None: they have none."""
    leads: int
    worked: int
    """Those at which something was done: a note, a call, a task done."""
    converted: int
    unqualified: int


_LEAD_KEYS: dict[Key, str] = {
    "source": "(SELECT s.name FROM source s WHERE s.id = l.source_id)",
    "system": _SYSTEM.format(first=_LEAD_ORIGIN.format(lead="l.id")),
    "owner": "l.owner_id",
}


def leads_by(db: Writer, chosen: LeadChoice, key: Key) -> list[LeadCounts]:
    """Count leads by what became of them."""
    where, values = chosen.where()
    sql = (
        "SELECT grouped, COUNT(*), SUM(worked), SUM(converted), SUM(unqualified) FROM ("
        f"SELECT {_LEAD_KEYS[key]} AS grouped, CASE WHEN f.first_activity_at IS NULL THEN 0 ELSE 1 END AS worked, "
        f"CASE WHEN {_CONVERTED} THEN 1 ELSE 0 END AS converted, "
        f"CASE WHEN {_UNQUALIFIED} THEN 1 ELSE 0 END AS unqualified "
        "FROM lead l LEFT JOIN figure f ON f.record_type = 'lead' AND f.record_id = l.id "
        f"WHERE {where}) AS chosen GROUP BY grouped"
    )
    return [LeadCounts(row[0], *(int(value) for value in row[1:])) for row in db.select(sql, tuple(values))]


@dataclass(frozen=True, slots=True)
class DealSums:
    """Deals of one source, system or owner that ended alike, of one currency and basis."""

    key: Any
    outcome: str
    currency: str | None
    value_basis: str | None
    deals: int
    minor: int


_DEAL_KEYS: dict[Key, str] = {
    "source": "(SELECT s.name FROM source s WHERE s.id = d.source_id)",
    "system": _SYSTEM.format(first=_DEAL_ORIGIN),
    "owner": "d.owner_id",
}


def deals_by(db: Writer, chosen: DealChoice, key: Key) -> list[DealSums]:
    """Count deals and add up their values by outcome. A deal made of a lead belongs to the system that brought it."""
    where, values = chosen.where()
    sql = (
        f"SELECT grouped, outcome, currency, value_basis, COUNT(*), {halves('value_minor')} FROM ("
        f"SELECT {_DEAL_KEYS[key]} AS grouped, {OUTCOME} AS outcome, d.currency, d.value_basis, d.value_minor "
        f"FROM deal d JOIN stage t ON t.id = d.stage_id WHERE {where}) AS chosen "
        "GROUP BY grouped, outcome, currency, value_basis"
    )
    return [
        DealSums(grouped, outcome, currency, basis, deals, joined(sums))
        for grouped, outcome, currency, basis, deals, *sums in db.select(sql, tuple(values))
    ]


@dataclass(frozen=True, slots=True)
class Wait:
    """When one lead was added at its source, and when what followed happened; stored times, None: never."""

    system: str | None
    """The source of hub.toml that brought it first."""
    began: str
    arrival: str | None
    """None also where its source does not say when it was added."""
    owner: str | None
    first_activity: str | None


def waits(db: Writer, chosen: LeadChoice) -> Iterator[Wait]:
    """Go through leads by id, portion by portion.

    A lead had its owner by its first turn that was not given back; if it came with one, when it came.
    """
    where, values = chosen.where()
    sql = (
        f"SELECT l.id, {_LEAD_KEYS['system']}, COALESCE(l.added_at, l.created_at), "
        "CASE WHEN l.added_at IS NOT NULL THEN l.created_at END, "
        "COALESCE((SELECT CASE WHEN a.from_user_id IS NULL THEN a.assigned_at ELSE l.created_at END FROM assignment a "
        "WHERE a.record_type = 'lead' AND a.record_id = l.id AND a.given_back_at IS NULL ORDER BY a.id LIMIT 1), "
        "CASE WHEN l.owner_id IS NOT NULL THEN l.created_at END), "
        # Not a join: PostgreSQL would hash all figures for every portion.
        "(SELECT f.first_activity_at FROM figure f WHERE f.record_type = 'lead' AND f.record_id = l.id) "
        f"FROM lead l WHERE {where} AND l.id > ? ORDER BY l.id LIMIT ?"
    )
    last = 0
    while rows := db.select(sql, (*values, last, _PORTION)):
        yield from (Wait(*row[1:]) for row in rows)
        last = rows[-1][0]


def owner_names(db: Writer) -> dict[int, tuple[str, str | None]]:
    """Map users to their name (else their address) and their address."""
    rows = db.select('SELECT id, COALESCE(name, email), email FROM "user"')
    return {row[0]: (row[1], row[2]) for row in rows}
