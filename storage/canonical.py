"""Canonical rows: read as dicts, written in bulk, with JSON and truth values in Python's terms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa

from sell_model.types import JsonObject
from storage import facets
from storage.hot import Writer
from storage.streams import as_json
from storage.tables import CANONICAL, Json

CanonicalRow: TypeAlias = JsonObject
"""A row of a canonical table, keyed by column; JSON columns hold values."""

KEPT = ("created_at", "updated_at", "version")
COLUMNS: dict[str, tuple[str, ...]] = {
    kind: tuple(str(c.name) for c in table.columns if c.name not in {"id", *KEPT}) for kind, table in CANONICAL.items()
}
"""What the hub computes of each record; beside it stand the id, our times and the version."""

_JSON = {kind: frozenset(c.name for c in t.columns if c.type is Json) for kind, t in CANONICAL.items()}
_INDEXED = {k: frozenset(c.name for index in t.indexes for c in index.columns) for k, t in CANONICAL.items()}
_BOOL = {kind: frozenset(c.name for c in t.columns if isinstance(c.type, sa.Boolean)) for kind, t in CANONICAL.items()}


def load(db: Writer, kind: str, ids: Iterable[int], *, lock: bool = False) -> dict[int, CanonicalRow]:
    """Fetch records by id.

    Args:
        lock: on PostgreSQL, let nobody else change them until the transaction ends; they are locked
            by rising id, so that two transactions never wait for each other.
    """
    tail = " ORDER BY id FOR UPDATE" if lock and not db.is_sqlite else ""
    return load_where(db, kind, f"id IN {{in}}{tail}", ids)


def load_where(db: Writer, kind: str, where: str, values: Iterable[Any]) -> dict[int, CanonicalRow]:
    """Fetch records whose column is one of many values; `where` is SQL like `person_id IN {in}`."""
    names = ("id", *COLUMNS[kind], *KEPT)
    rows = db.select_in(f'SELECT {", ".join(names)} FROM "{kind}" WHERE {where}', values)
    return {row[0]: _read(kind, names, row) for row in rows}


def _read(kind: str, names: Sequence[str], row: Sequence[Any]) -> CanonicalRow:
    record = dict(zip(names, row, strict=True))
    for name in _JSON[kind]:
        record[name] = as_json(record[name])
    for name in _BOOL[kind]:
        if record[name] is not None:
            record[name] = bool(record[name])
    return record


def insert(db: Writer, kind: str, rows: Sequence[CanonicalRow], now: str) -> None:
    """Add new records; each row has its id."""
    columns = COLUMNS[kind]
    values = [(row["id"], *_written(kind, columns, row), now, now, 1) for row in rows]
    db.insert(kind, ("id", *columns, *KEPT), values)
    if kind in facets.FACETED:
        facets.put(db, kind, rows, new=True)


def update(
    db: Writer,
    kind: str,
    rows: Sequence[CanonicalRow],
    now: str,
    changed: Mapping[int, Collection[str]] | None = None,
) -> None:
    """Write changed records; each row has its id and its new version.

    Args:
        changed: record id → the columns that differ from what is stored; left out, any may. SQLite writes an index
            anew where a column of it is named, be the value the same: of those only the ones that differ are named.
    """
    for columns, some in _by_columns(kind, rows, changed).items():
        values = [(*_written(kind, columns, row), now, row["version"], row["id"]) for row in some]
        db.update(kind, (*columns, "updated_at", "version"), ("id",), values)
    if kind in facets.FACETED and rows:
        facets.put(db, kind, rows, new=False)


def _by_columns(
    kind: str, rows: Iterable[CanonicalRow], changed: Mapping[int, Collection[str]] | None
) -> dict[tuple[str, ...], list[CanonicalRow]]:
    """Part rows by the columns that are to be written: all but those of an index that stay as they are."""
    parts: dict[tuple[str, ...], list[CanonicalRow]] = {}
    if changed is None:
        return {COLUMNS[kind]: list(rows)}
    indexed = _INDEXED[kind]
    by_moved: dict[frozenset[str], tuple[str, ...]] = {}
    for row in rows:
        moved = indexed.intersection(changed[row["id"]])
        columns = by_moved.get(moved)
        if columns is None:
            columns = by_moved[moved] = tuple(c for c in COLUMNS[kind] if c not in indexed or c in moved)
        parts.setdefault(columns, []).append(row)
    return parts


def _written(kind: str, columns: tuple[str, ...], row: CanonicalRow) -> list[Any]:
    get, json_columns = row.get, _JSON[kind]
    values = [get(name) for name in columns]
    for place in _json_places(columns, json_columns):
        if values[place] is not None:
            values[place] = orjson.dumps(values[place]).decode()
    return values


@lru_cache(maxsize=256)
def _json_places(columns: tuple[str, ...], json_columns: frozenset[str]) -> list[int]:
    return [place for place, name in enumerate(columns) if name in json_columns]


def load_with_survivors(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, CanonicalRow]:
    """Fetch records and, of those that were merged into others, what they were merged into, to the end; locked."""
    rows: dict[int, CanonicalRow] = {}
    missing = set(ids)
    while missing:
        rows |= load(db, kind, missing, lock=True)
        missing = {row["merged_into"] for row in rows.values() if row["merged_into"] is not None} - rows.keys()
    return rows


def survivor(db: Writer, kind: str, id_: int) -> int:
    """Follow a record that was merged into others to the one that is in sight."""
    while (rows := db.select(f'SELECT merged_into FROM "{kind}" WHERE id = ?', (id_,))) and rows[0][0] is not None:
        id_ = rows[0][0]
    return id_
