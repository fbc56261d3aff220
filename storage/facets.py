"""Facets: values of records that lists find by, one row each, because a JSON column has no index.

They hold the tags of leads, contacts and deals, and those custom fields whose type has values to choose, to
count or to date by. A facet says what the record's row says: it is written with the row, by `storage.canonical`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from sell_model.custom_fields import CUSTOM
from sell_model.filters.reading import PRECISE, kept_number
from sell_model.types import JsonObject
from storage.hot import Writer
from storage.streams import as_json

FACETED = frozenset({"lead", "contact", "deal"})
TAGS = "tags"
TYPES = ("list", "multi_select_list", "bool", "date", "datetime", "number")
"""The types of custom fields that have facets; texts have none."""
TRUE = "yes"
"""What a ticked checkbox's facet says; an unticked one has none."""
COLUMNS = ("record_type", "field", "value", "record_id")

_PORTION = 1_000
_SPAN = 10**30
Value: TypeAlias = tuple[str, str]
"""A field, `tags` or `custom_fields.NAME`, and one value of it."""


def sortable(number: Decimal) -> str:
    """Write a number so that text order is number order: 0 or 1 for the sign, 20 digits, 10 decimals.

    >>> sortable(Decimal("-2")) < sortable(Decimal("-1.5")) < sortable(Decimal("0")) < sortable(Decimal("10"))
    True
    """
    units = int(number.scaleb(10, PRECISE))
    return f"{int(units >= 0)}{units % _SPAN:030d}"  # what is below zero counts up from the smallest


def put(db: Writer, kind: str, rows: Sequence[JsonObject], *, new: bool) -> None:
    """Bring facets in line with rows that are being written; each row has its id.

    Args:
        new: nothing can be there of these records yet.
    """
    types = _types(db, kind) if any(row["custom_fields"] for row in rows) else {}
    if new:
        come = [(kind, TAGS, tag, row["id"]) for row in rows if row["tags"] for tag in dict.fromkeys(row["tags"])]
        if types:
            come += [(kind, *value, row["id"]) for row in rows for value in dict.fromkeys(_custom(row, types))]
        db.insert("facet", COLUMNS, come)
        return
    wanted = {row["id"]: set(values_of(row, types)) for row in rows}
    there = _standing(db, kind, wanted)
    none: set[Value] = set()
    db.delete("facet", COLUMNS, [(kind, *v, id_) for id_, values in there.items() for v in values - wanted[id_]])
    come = [(kind, *v, id_) for id_, values in wanted.items() for v in values - there.get(id_, none)]
    db.insert("facet", COLUMNS, come)


def values_of(row: JsonObject, types: Mapping[str, str]) -> Iterator[Value]:
    """Give the facets that a row has.

    Args:
        types: the types of the custom fields that have facets, by name.
    """
    for tag in row["tags"] or ():
        yield TAGS, tag
    yield from _custom(row, types)


def _custom(row: JsonObject, types: Mapping[str, str]) -> Iterator[Value]:
    for name, value in (row["custom_fields"] or {}).items():
        if name in types:
            for text in _texts(types[name], value):
                yield f"{CUSTOM}{name}", text


def _texts(type_: str, value: Any) -> Iterator[str]:
    match type_:
        case "number":
            if (number := kept_number(value)) is not None:
                yield sortable(number)
        case "bool":
            if value is True:
                yield TRUE
        case "multi_select_list":
            yield from (each for each in value if each) if isinstance(value, list) else ()
        case _:
            if isinstance(value, str) and value:
                yield value


def refile(db: Writer, kind: str, ids: Iterable[int]) -> None:
    """Write the facets anew of records that stand as they are: for when a custom field's definition changed."""
    sql = f'SELECT id, tags, custom_fields FROM "{kind}" WHERE id IN {{in}}'
    put(db, kind, [_row(row) for row in db.select_in(sql, ids)], new=False)


def fill(db: Writer) -> None:
    """Write the facets of all records of a database that has none yet."""
    for kind in sorted(FACETED):
        after = 0
        sql = f'SELECT id, tags, custom_fields FROM "{kind}" WHERE id > ? ORDER BY id LIMIT {_PORTION}'
        while rows := db.select(sql, (after,)):
            put(db, kind, [_row(row) for row in rows], new=True)
            after = rows[-1][0]


def differing(db: Writer, kind: str) -> Iterator[int]:
    """Go through all records of a type; give the ids of those whose facets are not what their rows say."""
    after, types = 0, _types(db, kind)
    sql = f'SELECT id, tags, custom_fields FROM "{kind}" WHERE id > ? ORDER BY id LIMIT {_PORTION}'
    while rows := [_row(row) for row in db.select(sql, (after,))]:
        there = _standing(db, kind, [row["id"] for row in rows])
        yield from (row["id"] for row in rows if set(values_of(row, types)) != there.get(row["id"], set()))
        after = rows[-1]["id"]


def _row(row: Sequence[Any]) -> JsonObject:
    return {"id": row[0], "tags": as_json(row[1]), "custom_fields": as_json(row[2])}


def _types(db: Writer, kind: str) -> dict[str, str]:
    marks = ", ".join("?" * len(TYPES))
    sql = f"SELECT name, type FROM custom_field WHERE record_type = ? AND removed_at IS NULL AND type IN ({marks})"
    return dict(db.select(sql, (kind, *TYPES)))


def _standing(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, set[Value]]:
    sql = "SELECT record_id, field, value FROM facet WHERE record_type = ? AND record_id IN {in}"
    found: dict[int, set[Value]] = {}
    for id_, field, value in db.select_in(sql, ids, (kind,)):
        found.setdefault(id_, set()).add((field, value))
    return found
