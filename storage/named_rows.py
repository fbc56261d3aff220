"""Canonical rows with what they point to by name as well as by id, as people and destinations read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from storage import canonical
from storage.canonical import CanonicalRow
from storage.hot import Writer

_USER = ('SELECT id, COALESCE(name, email), email FROM "user" WHERE id IN {in}', ("owner", "owner_email"))
_STAGE = (
    "SELECT s.id, s.name, p.id, p.name FROM stage s JOIN pipeline p ON p.id = s.pipeline_id WHERE s.id IN {in}",
    ("stage", "pipeline_id", "pipeline"),
)


def _by_name(table: str, *names: str) -> tuple[str, tuple[str, ...]]:
    return f"SELECT id, name FROM {table} WHERE id IN {{in}}", names


_POINTS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "lead": {
        "owner_id": _USER,
        "source_id": _by_name("source", "source"),
        "unqualified_reason_id": _by_name("unqualified_reason", "unqualified_reason"),
    },
    "contact": {
        "owner_id": _USER,
        "contact_id": _by_name("contact", "company"),
        "parent_organization_id": _by_name("contact", "parent_organization"),
    },
    "deal": {
        "owner_id": _USER,
        "stage_id": _STAGE,
        "contact_id": _by_name("contact", "contact"),
        "organization_id": _by_name("contact", "organization"),
        "source_id": _by_name("source", "source"),
        "loss_reason_id": _by_name("loss_reason", "loss_reason"),
        "unqualified_reason_id": _by_name("unqualified_reason", "unqualified_reason"),
    },
}
"""Record type → column that points elsewhere → the query for what it points to, and what its columns are called."""


def named_rows(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, CanonicalRow]:
    """Fetch leads, contacts or deals by id, each reference with its name beside it."""
    rows = canonical.load(db, kind, ids)
    for column, (sql, names) in _POINTS[kind].items():
        wanted = {row[column] for row in rows.values()} - {None}
        found = {each[0]: each[1:] for each in db.select_in(sql, wanted)}
        for row in rows.values():
            row.update(_named(names, found, row[column]))
    return rows


def _named(names: tuple[str, ...], found: Mapping[int, Any], id_: int | None) -> CanonicalRow:
    values = found.get(id_) if id_ is not None else None
    return dict(zip(names, values or (None,) * len(names), strict=True))
