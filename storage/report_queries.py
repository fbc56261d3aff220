"""What reports of deals read: which deals are meant, how they went, how long they stayed, what is their basis.

All is grouped in the database. Sums of minor units come in two halves, since two million deals of 10^15
each would not fit into 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sell_model.funnel import Rung
from storage.hot import Writer

Outcome: TypeAlias = Literal["open", "won", "lost", "unqualified"]

_HALF = 1_000_000
_BITS = 62
"""Rungs in one mask; a longer ladder has several."""

LISTED = 20
"""How many ids of deals that are left out a report names."""

THERE = "d.deleted_at IS NULL AND COALESCE(d.gone_at_source, '') NOT IN ('deleted', 'archived', 'merged')"
"""Deals that are still deals: not deleted by hand, nor deleted, archived or merged at their source."""

OUTCOME = (
    "CASE t.category WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' WHEN 'unqualified' THEN 'unqualified' "
    "ELSE 'open' END"
)
_LIKELIHOOD = (
    "CASE t.category WHEN 'won' THEN 100 WHEN 'lost' THEN 0 WHEN 'unqualified' THEN 0 "
    "ELSE COALESCE(d.customized_win_likelihood, t.likelihood, 0) END"
)
FIRST_PART = "(d.part IS NULL OR d.part = 1)"
_COUNTED_ONCE = (
    f"CASE WHEN {FIRST_PART} THEN 1 WHEN d.part = (SELECT MIN(e.part) FROM deal e "
    "WHERE (e.id = d.cloned_from_id OR e.cloned_from_id = d.cloned_from_id) AND e.deleted_at IS NULL) THEN 1 ELSE 0 END"
)
"""Of the instalments of one deal the first that is not deleted."""


@dataclass(frozen=True, slots=True)
class DealChoice:
    """Which deals a report is about.

    Attributes:
        pipeline_id: None: of all pipelines.
        by: the period is of when deals were added, or of when they were closed.
        since: UTC text, the first moment of the period; None: from the beginning.
        before: UTC text, the first moment after it; None: to the end.
        owner_id: 0: those without an owner; None: of everybody.
        source_id: Sell's deal source; None: of all.
    """

    pipeline_id: int | None = None
    by: Literal["added", "closed"] = "added"
    since: str | None = None
    before: str | None = None
    owner_id: int | None = None
    source_id: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Give the condition on `deal d JOIN stage t`, and the values to bind for it."""
        clauses, values = [THERE], []
        moment = "COALESCE(d.added_at, d.created_at)"
        if self.by == "closed":
            clauses.append("t.category IN ('won', 'lost', 'unqualified')")
            moment = "d.last_stage_change_at"
        for clause, value in (
            ("t.pipeline_id = ?", self.pipeline_id),
            (f"{moment} >= ?", self.since),
            (f"{moment} < ?", self.before),
            ("d.owner_id = ?", self.owner_id or None),
            ("d.source_id = ?", self.source_id),
        ):
            if value is not None:
                clauses.append(clause)
                values.append(value)
        if self.owner_id == 0:
            clauses.append("d.owner_id IS NULL")
        return " AND ".join(clauses), values


@dataclass(frozen=True, slots=True)
class Went:
    """Deals that went the same way: where they stood, where they ended, what they are worth."""

    places: frozenset[int]
    """Places on the ladder where they stood, the present one too."""
    outcome: Outcome
    currency: str | None
    value_basis: str | None
    deals: int
    contracts: int
    """As `deals`, the instalments of one deal counted once."""
    minor: int
    weighted: int
    """The sum of value times likelihood, in hundredths of minor units."""


def ladder(db: Writer, pipeline_id: int) -> tuple[list[Rung], dict[int, int]]:
    """Give a pipeline's open stages in order, and the place of each stage that ever stood for one of them.

    A removed stage that was merged into another one shares its place.
    """
    rows = db.select(
        "SELECT id, name, removed_at, merged_into FROM stage WHERE pipeline_id = ? "
        "AND category NOT IN ('won', 'lost', 'unqualified') ORDER BY position, id",
        (pipeline_id,),
    )
    into = {row[0]: row[3] for row in rows if row[3] is not None}
    rungs = [Rung(row[0], row[1], row[2] is None) for row in rows if row[0] not in into]
    places = {rung.stage_id: place for place, rung in enumerate(rungs)}
    for gone, survivor in into.items():
        while survivor in into:
            survivor = into[survivor]  # noqa: PLW2901 (follow the chain of merges)
        if survivor in places:
            places[gone] = places[survivor]
    return rungs, places


def ways(db: Writer, chosen: DealChoice, places: dict[int, int]) -> list[Went]:
    """Group deals by the rungs they stood on, their outcome, currency and value basis.

    Args:
        places: stage id → place on the ladder.
    """
    rungs, bound = _rungs(places)
    where, values = chosen.where()
    chunks = range(max(places.values(), default=0) // _BITS + 1)
    masks = ", ".join(f"SUM(CASE WHEN chunk = {chunk} THEN bit ELSE 0 END) AS m{chunk}" for chunk in chunks)
    names = ", ".join(f"COALESCE(w.m{chunk}, 0)" for chunk in chunks)
    sql = (
        f"WITH rung(stage_id, place, chunk, bit) AS (VALUES {rungs}), "
        f"chosen AS (SELECT d.id, d.stage_id, d.currency, d.value_basis, d.value_minor, {OUTCOME} AS outcome, "
        f"{_LIKELIHOOD} AS likelihood, {_COUNTED_ONCE} AS first_part "
        f"FROM deal d JOIN stage t ON t.id = d.stage_id WHERE {where}), "
        f"walk AS (SELECT deal_id, {masks} FROM (SELECT DISTINCT h.deal_id, r.chunk, r.bit FROM chosen c "
        "JOIN stage_change h ON h.deal_id = c.id JOIN rung r ON r.stage_id = h.to_stage_id) AS stood GROUP BY deal_id) "
        f"SELECT {names}, c.stage_id, c.outcome, c.currency, c.value_basis, COUNT(*), SUM(c.first_part), "
        f"SUM(c.value_minor / {_HALF}), SUM(c.value_minor % {_HALF}), "
        f"SUM(c.value_minor / {_HALF} * c.likelihood), SUM(c.value_minor % {_HALF} * c.likelihood) "
        "FROM chosen c LEFT JOIN walk w ON w.deal_id = c.id "
        f"GROUP BY {names}, c.stage_id, c.outcome, c.currency, c.value_basis"
    )
    return [_went(row, len(chunks), places) for row in db.select(sql, (*bound, *values))]


def _rungs(places: dict[int, int]) -> tuple[str, list[int]]:
    rows = [(id_, place, place // _BITS, 1 << place % _BITS) for id_, place in places.items()] or [(0, 0, 0, 0)]
    return ", ".join(["(?, ?, ?, ?)"] * len(rows)), [value for row in rows for value in row]


def _went(row: Any, chunks: int, places: dict[int, int]) -> Went:
    stood = {chunk * _BITS + bit for chunk in range(chunks) for bit in range(_BITS) if int(row[chunk]) >> bit & 1}
    stage_id, outcome, currency, basis, deals, contracts, *halves = row[chunks:]
    if stage_id in places:
        stood.add(places[stage_id])
    whole, rest, weighted, weighted_rest = (int(half or 0) for half in halves)
    minor, weight = whole * _HALF + rest, weighted * _HALF + weighted_rest
    return Went(frozenset(stood), outcome, currency, basis, deals, int(contracts), minor, weight)


def median_days(db: Writer, chosen: DealChoice, places: dict[int, int], now: str) -> dict[int, float]:
    """Give the median time that deals spent in each place of the ladder, in days.

    Several stays of a deal in one place are added up. A stay that still goes on counts up to now.
    Instalments after the first stood nowhere by themselves.
    """
    rungs, bound = _rungs(places)
    where, values = chosen.where()
    spent = f"{seconds(db, 'COALESCE(until, ?)')} - {seconds(db, 'since')}"
    sql = (
        f"WITH rung(stage_id, place, chunk, bit) AS (VALUES {rungs}), "
        "stay AS (SELECT h.deal_id, h.to_stage_id AS stage_id, d.stage_id AS present, h.changed_at AS since, "
        "LEAD(h.changed_at) OVER (PARTITION BY h.deal_id ORDER BY h.changed_at, h.id) AS until "
        "FROM deal d JOIN stage t ON t.id = d.stage_id JOIN stage_change h ON h.deal_id = d.id "
        f"WHERE {FIRST_PART} AND {where}), "
        "spent AS (SELECT stay.deal_id, r.place, "
        f"SUM(CASE WHEN COALESCE(until, ?) > since THEN {spent} ELSE 0 END) AS s "
        "FROM stay JOIN rung r ON r.stage_id = stay.stage_id "
        "WHERE until IS NOT NULL OR stay.stage_id = stay.present GROUP BY stay.deal_id, r.place), "
        "ranked AS (SELECT place, s, ROW_NUMBER() OVER (PARTITION BY place ORDER BY s) AS n, "
        "COUNT(*) OVER (PARTITION BY place) AS total FROM spent) "
        "SELECT place, AVG(s) FROM ranked WHERE n IN ((total + 1) / 2, (total + 2) / 2) GROUP BY place"
    )
    rows = db.select(sql, (*bound, *values, now, now))
    return {place: round(float(average) / 86_400, 2) for place, average in rows}


def seconds(db: Writer, moment: str) -> str:
    """Give the SQL that reads a stored time as seconds on a common clock."""
    if db.is_sqlite:
        return f"julianday({moment}) * 86400.0"
    return f"EXTRACT(EPOCH FROM CAST({moment} AS timestamptz))"


def of_basis(db: Writer, chosen: DealChoice, value_basis: str) -> list[int]:
    """List deals whose values have a basis, by id; at most LISTED."""
    where, values = chosen.where()
    sql = (
        "SELECT d.id FROM deal d JOIN stage t ON t.id = d.stage_id "
        f"WHERE {where} AND d.value_basis = ? ORDER BY d.id LIMIT ?"
    )
    return [row[0] for row in db.select(sql, (*values, value_basis, LISTED))]


@dataclass(frozen=True, slots=True)
class Tenure:
    """Won deals of one basis and currency that run for the same number of months."""

    value_basis: str | None
    currency: str
    months: str | None
    """As the custom field says it; None: it says nothing."""
    deals: int
    minor: int


def tenures(db: Writer, chosen: DealChoice, months_field: str) -> list[Tenure]:
    """Group won deals that have a value by basis, currency and what a custom field says of their months."""
    where, values = chosen.where()
    months = "json_extract(d.custom_fields, ?)" if db.is_sqlite else "d.custom_fields ->> ?"
    path = f'$."{months_field}"' if db.is_sqlite else months_field
    sql = (
        "SELECT value_basis, currency, months, COUNT(*), "
        f"SUM(value_minor / {_HALF}), SUM(value_minor % {_HALF}) FROM ("
        f"SELECT d.value_basis, d.currency, CAST({months} AS TEXT) AS months, d.value_minor "
        f"FROM deal d JOIN stage t ON t.id = d.stage_id WHERE {where} AND t.category = 'won' "
        "AND d.value_minor IS NOT NULL) AS won GROUP BY value_basis, currency, months ORDER BY 1, 2, 3"
    )
    rows = db.select(sql, (path, *values))
    return [Tenure(basis, currency, months, deals, joined(sums)) for basis, currency, months, deals, *sums in rows]


def halves(column: str, condition: str = "1 = 1") -> str:
    """Give the SQL of a sum of minor units over rows that meet a condition, in two columns."""
    chosen = f"CASE WHEN {condition} THEN {column} ELSE 0 END"
    return f"SUM({chosen} / {_HALF}), SUM({chosen} % {_HALF})"


def joined(halves_: Sequence[Any]) -> int:
    """Join the two columns that `halves` gave."""
    return int(halves_[0] or 0) * _HALF + int(halves_[1] or 0)
