"""Where values of leads, contacts and deals stand in the database, for conditions on them.

`t` is the record's own row. A source gives, for a test of a value, the condition that the record has a value
which passes; and, where an index finds them, the query for the ids of all records of which this is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from storage.list_clauses import IN_SIGHT, Clause, ValueTest


class Source(Protocol):
    """Where a field's values stand."""

    def having(self, test: ValueTest) -> Clause:
        """Give the condition on `t` that it has a value which passes."""

    def ids(self, test: ValueTest) -> Clause | None:
        """Give the query for the ids of records which have a value that passes; None: no index finds them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the record's own row, or an expression over it."""

    kind: str
    sql: str
    index: str = ""
    """The index that begins with it, where there is one."""

    def having(self, test: ValueTest) -> Clause:
        return test(self.sql)

    def ids(self, test: ValueTest) -> Clause | None:
        if not self.index:
            return None
        sight = IN_SIGHT[self.kind]
        return test(self.sql).within(f"SELECT t.id FROM {self.kind} t INDEXED BY {self.index} WHERE {{}} AND {sight}")


@dataclass(frozen=True, slots=True)
class Either:
    """The value of one column, or where it is NULL that of another; one index begins with both."""

    kind: str
    first: str
    second: str
    index: str

    def having(self, test: ValueTest) -> Clause:
        one, other = test(self.first), test(self.second)
        sql = f"(({one.sql}) OR ({self.first} IS NULL AND {other.sql}))"
        return Clause(sql, (*one.values, *other.values))

    def ids(self, test: ValueTest) -> Clause | None:
        start = f"SELECT t.id FROM {self.kind} t INDEXED BY {self.index} WHERE {IN_SIGHT[self.kind]} AND "
        one, other = test(self.first), test(self.second)
        sql = f"{start}{one.sql} UNION ALL {start}{self.first} IS NULL AND {other.sql}"
        return Clause(sql, (*one.values, *other.values))


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a column points to, in a small table or two."""

    kind: str
    column: str
    tables: str
    id: str
    shown: str
    index: str = ""

    def having(self, test: ValueTest) -> Clause:
        return test(self.shown).within(f"t.{self.column} IN (SELECT {self.id} FROM {self.tables} WHERE {{}})")

    def ids(self, test: ValueTest) -> Clause | None:
        if not self.index:
            return None
        start = f"SELECT t.id FROM {self.kind} t INDEXED BY {self.index} WHERE {IN_SIGHT[self.kind]} AND "
        return self.having(test).within(f"{start}{{}}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the record's figures."""

    kind: str
    column: str
    index: str = ""

    def having(self, test: ValueTest) -> Clause:
        return test(f"f.{self.column}").within(
            f"EXISTS (SELECT 1 FROM figure f WHERE f.record_type = '{self.kind}' AND f.record_id = t.id AND {{}})"
        )

    def ids(self, test: ValueTest) -> Clause | None:
        if not self.index:
            return None
        where = f"f.record_type = '{self.kind}' AND {{}}"
        return test(f"f.{self.column}").within(
            f"SELECT f.record_id AS id FROM figure f INDEXED BY {self.index} WHERE {where}"
        )


@dataclass(frozen=True, slots=True)
class Facet:
    """A tag, or a value of a custom field that has facets."""

    kind: str
    field: str

    def having(self, test: ValueTest) -> Clause:
        where = f"f.record_type = '{self.kind}' AND f.field = ? AND f.record_id = t.id"
        return test("f.value").within(f"EXISTS (SELECT 1 FROM facet f WHERE {where} AND {{}})", (self.field,))

    def ids(self, test: ValueTest) -> Clause | None:
        where = f"f.record_type = '{self.kind}' AND f.field = ?"
        return test("f.value").within(f"SELECT f.record_id AS id FROM facet f WHERE {where} AND {{}}", (self.field,))


@dataclass(frozen=True, slots=True)
class OpenTickets:
    """How many tickets are open; a record without figures has none."""

    kind: str

    @property
    def sql(self) -> str:
        """The number."""
        where = f"f.record_type = '{self.kind}' AND f.record_id = t.id"
        return f"COALESCE((SELECT f.open_tickets FROM figure f WHERE {where}), 0)"

    def having(self, test: ValueTest) -> Clause:
        return test(self.sql)

    def ids(self, test: ValueTest) -> Clause | None:
        """Find those that have figures: to be asked only where none open does not pass."""
        return Figure(self.kind, "open_tickets", "ix_figure_open_tickets").ids(test)


@dataclass(frozen=True, slots=True)
class FedBy:
    """The sources that feed it."""

    kind: str

    def having(self, test: ValueTest) -> Clause:
        return test("s.source").within(
            "EXISTS (SELECT 1 FROM link k JOIN source_record r ON r.id = k.source_record_id "
            f"JOIN stream s ON s.id = r.stream_id WHERE k.record_type = '{self.kind}' AND k.record_id = t.id AND {{}})"
        )

    def ids(self, test: ValueTest) -> Clause | None:
        return test("s.source").within(
            "SELECT k.record_id AS id FROM stream s CROSS JOIN source_record r ON r.stream_id = s.id "
            f"CROSS JOIN link k ON k.source_record_id = r.id WHERE k.record_type = '{self.kind}' AND {{}}"
        )


@dataclass(frozen=True, slots=True)
class LastPool:
    """The pool of the last turn that gave the record its owner."""

    kind: str

    def having(self, test: ValueTest) -> Clause:
        last = (
            f"SELECT a.pool_id FROM assignment a WHERE a.record_type = '{self.kind}' AND a.record_id = t.id "
            "AND a.given_back_at IS NULL ORDER BY a.id DESC LIMIT 1"
        )
        return test("p.name").within(f"EXISTS (SELECT 1 FROM pool p WHERE p.id = ({last}) AND {{}})")

    def ids(self, test: ValueTest) -> Clause | None:
        return test("p.name").within(
            "SELECT a.record_id AS id FROM assignment a "
            f"WHERE a.pool_id IN (SELECT p.id FROM pool p WHERE p.record_type = '{self.kind}' AND {{}}) "
            f"AND a.record_type = '{self.kind}' AND a.given_back_at IS NULL"
        )
