"""Running a list: its page, its count, its ids.

PostgreSQL plans by its statistics. SQLite has none here, so we plan for it: each part of the filter that an index
finds is counted up to a limit first; the rarest then leads, if it is rare, and all else is asked of what it found.
Where nothing is rare, records are walked through in the order of the list until the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.list_clauses import Clause
from storage.list_sorts import Branch, Place, Sort, branches
from storage.list_sql import Asked
from storage.streams import json_text


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which numbers on a list is run otherwise.

    Attributes:
        rare: up to so many records, those that one part of the filter finds are looked up and sorted.
        sorted: up to so many, their ids are brought into order first, so that they are looked up side by side.
        looked_at: up to so many, they are what a count goes through, as they are found.
        capped: a count that no index serves stops here.
    """

    rare: int = 20_000
    sorted: int = 50_000
    looked_at: int = 200_000
    capped: int = 10_001


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Lead:
    """The part of a filter that finds the fewest records."""

    ids: Clause
    """The query for their ids, among which all wanted ones are; an id may come twice."""
    found: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list being run in one transaction."""

    db: Writer
    asked: Asked
    bounds: Bounds
    lead: Lead | None
    """None: no index finds few of them."""

    @property
    def is_led(self) -> bool:
        """Whether all wanted records are among few."""
        return self.lead is not None and self.lead.found <= self.bounds.rare

    def page(self, sort: Sort, after: Place | None, limit: int) -> list[Place]:
        """Give the places of up to `limit` records in order, behind a place; the last of each is the id.

        Raises:
            SetupError: nothing can be sorted by that field.
        """
        parts, is_descending = branches(self.asked.kind, sort, is_sqlite=self.asked.is_sqlite)
        found: list[Place] = []
        for number in sorted({part.number for part in parts if after is None or part.number >= after[0]}):
            behind = after[1:] if after is not None and after[0] == number else None
            same = [part for part in parts if part.number == number]
            rows = [row for part in same for row in self._branch(part, sort, behind, limit - len(found), is_descending)]
            if len(same) > 1:
                rows.sort(key=lambda row: row[1:], reverse=is_descending)
            found += rows[: limit - len(found)]
            if len(found) == limit:
                break
        return found

    def _branch(
        self, part: Branch, sort: Sort, behind: Sequence[Any] | None, limit: int, is_descending: bool
    ) -> list[Place]:
        where = [self.asked.condition, part.where]
        if self.lead is not None and self.is_led:
            where.append(self.lead.ids.within("t.id IN ({})"))
        elif part.value:
            where += self.asked.asks_of(sort.field, part.value)
        keys = ", ".join(key.sql for key in part.keys)
        bound = tuple(value for key in part.keys for value in key.values)
        if behind is not None:
            marks = ", ".join("?" * len(part.keys))
            past = "<" if is_descending else ">"
            # The first key alone, too: an index is entered by it where SQLite would not see that it can.
            where.append(part.keys[0].within(f"{{}} {past}= ?", after=behind[:1]))
            where.append(Clause(f"({keys}) {past} ({marks})", (*bound, *behind)))
        way = "DESC" if is_descending else "ASC"
        order = ", ".join(f"{key.sql} {way}" for key in part.keys)
        tables = part.looked_up if self.is_led else part.walked
        sql = (
            f"SELECT {keys} FROM {tables} WHERE {' AND '.join(clause.sql for clause in where)} ORDER BY {order} LIMIT ?"
        )
        values = (*bound, *(value for clause in where for value in clause.values), *bound, limit)
        return [(part.number, *row) for row in self.db.select(sql, values)]

    def count(self) -> tuple[int, bool]:
        """Count the wanted records; tells whether the count is exact, or was stopped."""
        if self.asked.is_sqlite and not self.is_led and (by_index := self.asked.counts_by_index()) is not None:
            return self._number(by_index), True
        limit = self.bounds.rare + 1 if self.is_led else self.bounds.capped
        if self.lead is None or self.lead.found <= self.bounds.sorted:
            number = self._number(self._wanted("SELECT 1", limit=limit))
        else:
            condition, ids = self.asked.condition, self.lead.ids
            sql = (
                f"SELECT DISTINCT t.id FROM ({ids.sql}) found CROSS JOIN {self.asked.kind} t ON t.id = found.id "
                f"WHERE {condition.sql} LIMIT ?"
            )
            number = self._number(Clause(sql, (*ids.values, *condition.values, limit)))
        return (number, True) if self.is_led or number < self.bounds.capped else (self.bounds.capped - 1, False)

    def ids(self, after: int, limit: int) -> list[int]:
        """Give the ids of wanted records that are above `after`, rising."""
        where = self._wanted("SELECT t.id", tail=" AND t.id > ? ORDER BY t.id", bound=(after,), limit=limit)
        return [row[0] for row in self.db.select(where.sql, where.values)]

    def _wanted(self, start: str, *, limit: int, tail: str = "", bound: tuple[Any, ...] = ()) -> Clause:
        hint = " NOT INDEXED" if self.asked.is_sqlite else ""
        condition = self.asked.condition
        is_few = self.lead is not None and self.lead.found <= self.bounds.sorted
        leading = self.lead.ids.within(" AND t.id IN ({})") if self.lead is not None and is_few else Clause("")
        sql = f"{start} FROM {self.asked.kind} t{hint} WHERE {condition.sql}{leading.sql}{tail} LIMIT ?"
        return Clause(sql, (*condition.values, *leading.values, *bound, limit))

    def _number(self, rows: Clause) -> int:
        number: int = self.db.select(f"SELECT COUNT(*) FROM ({rows.sql}) AS wanted", rows.values)[0][0]
        return number


def listing(db: Writer, asked: Asked, bounds: Bounds = BOUNDS) -> Listing:
    """Make ready to run a list."""
    return Listing(db, asked, bounds, _leading(db, asked, bounds) if asked.is_sqlite else None)


def _leading(db: Writer, asked: Asked, bounds: Bounds) -> Lead | None:
    """Find the part of a filter that finds the fewest records, if they are few enough to go through.

    Parts that take a look through a whole index are tried only where no other is rare; what they find is kept.
    """
    parts = [(part, ids) for part in asked.must_hold() if (ids := asked.ids(part)) is not None]
    best: Lead | None = None
    for ids in [ids for part, ids in parts if asked.is_quick(part)]:
        sql = f"SELECT COUNT(*) FROM (SELECT 1 FROM ({ids.sql}) LIMIT {bounds.looked_at + 1})"
        found = db.select(sql, ids.values)[0][0]
        if found <= bounds.looked_at and (best is None or found < best.found):
            best = Lead(ids, found)
    for ids in [ids for part, ids in parts if not asked.is_quick(part)]:
        if best is not None and best.found <= bounds.rare:
            break
        rows = db.select(f"SELECT id FROM ({ids.sql}) LIMIT {bounds.rare + 1}", ids.values)
        if len(rows) <= bounds.rare:
            known = json_text([row[0] for row in rows])
            best = Lead(Clause("SELECT value AS id FROM json_each(?)", (known,)), len(rows))
    return best
