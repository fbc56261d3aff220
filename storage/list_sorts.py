"""How a list is sorted in SQL: by one field, empty ones last, equal ones by id; each page goes on behind a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sell_model.errors import SetupError
from sell_model.filters.fields import Field
from sell_model.money import CURRENCIES, exponent
from storage.list_clauses import Clause
from storage.list_fields import source_of
from storage.list_sources import Column, Either, Facet, Figure, Lookup, OpenTickets
from storage.list_text_sources import AddressPart, CustomText, FullName

Place: TypeAlias = tuple[Any, ...]
"""Where a record stands in a sorted list: the branch, then the values of its keys, the id last."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a sorted list: its records come behind those of lower branches, among those of its own number.

    Attributes:
        walked: what is read from in the order of the keys, where an index has it; `t` is the record.
        looked_up: what is read from where ids are known already.
        keys: what is sorted by; the last is the id.
        value: the SQL of the field's value, where what the filter asks of it bounds the walk.
    """

    number: int
    walked: str
    looked_up: str
    where: Clause
    keys: tuple[Clause, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """A field to sort by, and the direction."""

    field: Field
    is_descending: bool

    def __str__(self) -> str:
        return f"{self.field.written}:{'desc' if self.is_descending else 'asc'}"


ID = Clause("t.id")


def branches(kind: str, sort: Sort, *, is_sqlite: bool) -> tuple[list[Branch], bool]:
    """Give the parts of a sorted list, and whether they run downwards.

    Raises:
        SetupError: the field has several values, so that nothing can be sorted by it.
    """
    field, down = sort.field, sort.is_descending
    if field.over:  # the older, the more days
        down = not down
    plain = _plain(kind, is_sqlite=is_sqlite)
    if field.name == "id":
        return [Branch(0, plain, plain, Clause("1 = 1"), (ID,))], down
    source = source_of(kind, field, is_sqlite=is_sqlite)
    made = _BRANCHES.get(type(source))
    if made is None or field.kind == "tags":
        raise SetupError(f"a list cannot be sorted by {field.written}", fix="sort by a field that has one value")
    return made(kind, field, source, is_sqlite), down


def _plain(kind: str, *, is_sqlite: bool) -> str:
    return f"{kind} t NOT INDEXED" if is_sqlite else f"{kind} t"


def _by_index(kind: str, index: str, *, is_sqlite: bool) -> str:
    return f"{kind} t INDEXED BY {index}" if is_sqlite and index else _plain(kind, is_sqlite=is_sqlite)


def _folded(field: Field, value: Clause, *, is_sqlite: bool) -> Clause:
    if field.kind not in {"text", "choice", "owner"}:
        return value
    return value.within("{} COLLATE NOCASE" if is_sqlite else 'lower({} COLLATE "C")')


def _by_value(kind: str, field: Field, value: Clause, walked: str, is_sqlite: bool) -> list[Branch]:
    """Sort by any value of the record's own; without an index that is a look at all of them."""
    plain = _plain(kind, is_sqlite=is_sqlite)
    bounded = value.sql if walked != plain else ""
    key = _folded(field, value, is_sqlite=is_sqlite)
    return [
        Branch(0, walked, plain, value.within("{} IS NOT NULL"), (key, ID), bounded),
        Branch(1, plain, plain, value.within("{} IS NULL"), (ID,)),
    ]


def _of_column(kind: str, field: Field, source: Any, is_sqlite: bool) -> list[Branch]:
    if field.kind == "money":
        value = _scaled(source.sql)
    elif field.kind == "bool":
        value = Clause(f"CASE WHEN {source.sql} THEN 1 ELSE 0 END")
    else:
        value = Clause(source.sql)
    in_order = getattr(source, "index", "") if field.name in {"last_name", "estimated_close_date"} else ""
    return _by_value(kind, field, value, _by_index(kind, in_order, is_sqlite=is_sqlite), is_sqlite)


def _scaled(sql: str) -> Clause:
    """Bring amounts to thousandths: they are sorted by their figures, whatever the currency."""
    by_decimals: dict[int, list[str]] = {}
    for code in sorted(CURRENCIES):
        by_decimals.setdefault(exponent(code), []).append(f"'{code}'")
    cases = ""
    for decimals, codes in sorted(by_decimals.items()):
        factor = f"* {10 ** (3 - decimals)}" if decimals <= 3 else f"/ {10 ** (decimals - 3)}"
        cases += f"WHEN t.currency IN ({', '.join(codes)}) THEN {sql} {factor} " if decimals != 2 else ""
    return Clause(f"(CASE {cases}ELSE {sql} * 10 END)")


def _of_custom_text(kind: str, field: Field, source: CustomText, is_sqlite: bool) -> list[Branch]:
    return _by_value(kind, field, source.value, _plain(kind, is_sqlite=is_sqlite), is_sqlite)


def _of_lookup(kind: str, field: Field, source: Lookup, is_sqlite: bool) -> list[Branch]:
    shown = "x.pipeline_id * 1000 + x.position" if field.name == "stage" else source.shown
    value = f"(SELECT {shown} FROM {source.tables} WHERE {source.id} = t.{source.column})"
    kept = Field(field.name, "number") if field.name == "stage" else field
    return _by_value(kind, kept, Clause(value), _plain(kind, is_sqlite=is_sqlite), is_sqlite)


def _of_either(kind: str, _field: Field, source: Either, is_sqlite: bool) -> list[Branch]:
    """Two parts that are one list: by the first time, and by the second where there is no first."""
    plain, walked = _plain(kind, is_sqlite=is_sqlite), _by_index(kind, source.index, is_sqlite=is_sqlite)
    first, second = Clause(source.first), Clause(source.second)
    return [
        Branch(0, walked, plain, Clause(f"{source.first} IS NOT NULL"), (first, second, ID), source.first),
        Branch(0, walked, plain, Clause(f"{source.first} IS NULL"), (second, second, ID), source.second),
    ]


def _of_figure(kind: str, field: Field, source: Figure, is_sqlite: bool) -> list[Branch]:
    plain, column = _plain(kind, is_sqlite=is_sqlite), f"f.{source.column}"
    hint = f" INDEXED BY {source.index}" if is_sqlite and source.index else ""
    join = "CROSS JOIN" if is_sqlite else "JOIN"
    on = f"ON f.record_type = '{kind}' AND f.record_id = t.id"
    walked = f"figure f{hint} {join} {kind} t {on}"
    looked_up = f"{plain} {join} figure f {on}"
    there = Clause(f"f.record_type = '{kind}' AND {column} IS NOT NULL")
    same = f"f.record_type = '{kind}' AND f.record_id = t.id"
    without = f"NOT EXISTS (SELECT 1 FROM figure f WHERE {same} AND {column} IS NOT NULL)"
    return [
        Branch(0, walked, looked_up, there, (_folded(field, Clause(column), is_sqlite=is_sqlite), ID), column),
        Branch(1, plain, plain, Clause(without), (ID,)),
    ]


def _of_tickets(kind: str, _field: Field, _source: OpenTickets, is_sqlite: bool) -> list[Branch]:
    """Two parts that are one list: those that have figures, and those that have none and so no ticket."""
    plain, join = _plain(kind, is_sqlite=is_sqlite), "CROSS JOIN" if is_sqlite else "JOIN"
    hint = " INDEXED BY ix_figure_open_tickets" if is_sqlite else ""
    same = f"f.record_type = '{kind}' AND f.record_id = t.id"
    walked, looked_up = f"figure f{hint} {join} {kind} t ON {same}", f"{plain} {join} figure f ON {same}"
    without = Clause(f"NOT EXISTS (SELECT 1 FROM figure f WHERE {same})")
    return [
        Branch(
            0, walked, looked_up, Clause(f"f.record_type = '{kind}'"), (Clause("f.open_tickets"), ID), "f.open_tickets"
        ),
        Branch(0, plain, plain, without, (Clause("0 + 0"), ID), "0 + 0"),
    ]


def _of_facet(kind: str, _field: Field, source: Facet, is_sqlite: bool) -> list[Branch]:
    plain, join = _plain(kind, is_sqlite=is_sqlite), "CROSS JOIN" if is_sqlite else "JOIN"
    on = "ON f.record_id = t.id"
    there = Clause(f"f.record_type = '{kind}' AND f.field = ?", (source.field,))
    without = (
        f"NOT EXISTS (SELECT 1 FROM facet f WHERE f.record_type = '{kind}' AND f.field = ? AND f.record_id = t.id)"
    )
    walked, looked_up = f"facet f {join} {kind} t {on}", f"{plain} {join} facet f {on}"
    return [
        Branch(0, walked, looked_up, there, (Clause("f.value"), ID), "f.value"),
        Branch(1, plain, plain, Clause(without, (source.field,)), (ID,)),
    ]


_BRANCHES: dict[type, Callable[[str, Field, Any, bool], list[Branch]]] = {
    Column: _of_column,
    OpenTickets: _of_tickets,
    AddressPart: _of_column,
    FullName: _of_column,
    CustomText: _of_custom_text,
    Lookup: _of_lookup,
    Either: _of_either,
    Figure: _of_figure,
    Facet: _of_facet,
}
