"""Smart lists as people saved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sell_model.filters.fields import RecordKind
from storage.hot import Writer
from storage.streams import as_json, json_text

MOST = 3_000
"""Sell allows 1,000 lists of a record type."""

_COLUMNS = "id, record_type, name, description, filter, columns, sort, shared, owner"


@dataclass(frozen=True, slots=True)
class SmartListRow:
    """A saved list."""

    id: int
    record_type: RecordKind
    name: str
    description: str | None
    filter: str | None
    """Its text; None: all records."""
    columns: tuple[str, ...]
    sort: str | None
    shared: bool
    owner: str | None
    """Who saved it."""

    def is_seen_by(self, who: str) -> bool:
        """Whether somebody may look at it: it is shared, or their own."""
        return self.shared or self.is_of(who)

    def is_of(self, who: str) -> bool:
        """Whether it is somebody's own."""
        return (self.owner or "").lower() == who.lower()


def smart_lists(db: Writer) -> list[SmartListRow]:
    """List all, by record type and name."""
    return [
        _row(row) for row in db.select(f"SELECT {_COLUMNS} FROM smart_list ORDER BY record_type, name LIMIT {MOST}")
    ]


def called(db: Writer, name: str, record_type: str | None = None) -> list[SmartListRow]:
    """Find the lists of a name, whatever its case."""
    return [
        row for row in smart_lists(db) if row.name.lower() == name.lower() and record_type in {None, row.record_type}
    ]


def _row(row: Sequence[object]) -> SmartListRow:
    id_, kind, name, description, text, columns, sort, shared, owner = row
    return SmartListRow(
        int(str(id_)),
        cast(RecordKind, kind),
        str(name),
        None if description is None else str(description),
        None if text is None else str(text),
        tuple(as_json(columns) or ()),
        None if sort is None else str(sort),
        bool(shared),
        None if owner is None else str(owner),
    )


def count(db: Writer, record_type: str) -> int:
    """Count the lists of a record type."""
    number: int = db.select("SELECT COUNT(*) FROM smart_list WHERE record_type = ?", (record_type,))[0][0]
    return number


def add(db: Writer, row: SmartListRow, now: str) -> None:
    """Keep a new list; its id is given here."""
    columns = ("id", *_KEPT, "created_at", "updated_at")
    db.insert("smart_list", columns, [(next(db.allocate("smart_list", 1)), *_values(row), now, now)])


def replace(db: Writer, row: SmartListRow, now: str) -> None:
    """Keep a list anew."""
    db.update("smart_list", (*_KEPT, "updated_at"), ("id",), [(*_values(row), now, row.id)])


def remove(db: Writer, id_: int) -> None:
    """Drop a list."""
    db.delete("smart_list", ("id",), [(id_,)])


_KEPT = ("record_type", "name", "description", "filter", "columns", "sort", "shared", "owner")


def _values(row: SmartListRow) -> tuple[object, ...]:
    columns = json_text(list(row.columns))
    return (row.record_type, row.name, row.description, row.filter, columns, row.sort, row.shared, row.owner)
