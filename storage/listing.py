"""Lists of leads, contacts and deals as people page through them: newest first, by keyset, from the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from sell_model.types import JsonObject, utc_text
from storage.hot import Writer
from storage.streams import as_json

ViewRow: TypeAlias = JsonObject
"""A row of a documented view, keyed by column: times as ISO 8601 UTC text, JSON columns as values."""

NOBODY = "none"
"""As an owner: those without one."""

_VIEWS = {"lead": "v_leads", "contact": "v_contacts", "deal": "v_deals"}
_JSON = ("address", "tags", "custom_fields")
_BOOL = ("is_organization", "hot")
_STATUS = {
    "lead": "lower(v.status) = lower(:status)",
    "contact": "lower(:status) IN (lower(v.customer_status), lower(v.prospect_status))",
    "deal": "lower(:status) IN (lower(v.stage), lower(v.stage_category))",
}
_SEARCHED = {
    "lead": ("first_name", "last_name", "organization_name", "email", "phone", "mobile"),
    "contact": ("name", "email", "phone", "mobile", "company"),
    "deal": ("name", "contact", "organization"),
}
_FED_BY = (
    "EXISTS (SELECT 1 FROM link l JOIN source_record r ON r.id = l.source_record_id "
    "JOIN stream s ON s.id = r.stream_id WHERE l.record_type = :kind AND l.record_id = v.id AND s.source = :source)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records a list is to show; None: all.

    Attributes:
        status: a lead's status, a contact's customer or prospect status, a deal's stage or its category.
        owner: e-mail address or name, whatever its case; `none`: those without an owner.
        source: fed by that source of hub.toml, or of an import.
        search: part of a name, company, address or phone.
        after: the last id of the page before.
    """

    status: str | None = None
    owner: str | None = None
    source: str | None = None
    search: str | None = None
    after: int | None = None


def list_records(db: Writer, kind: str, wanted: Wanted, limit: int) -> list[ViewRow]:
    """Fetch one page of a view, newest id first."""
    clauses, values = _narrowed(kind, wanted)
    where = f"WHERE {' AND '.join(clauses)} " if clauses else ""
    sql = f"SELECT v.* FROM {_VIEWS[kind]} v {where}ORDER BY v.id DESC LIMIT :limit"
    rows = db.connection.execute(sa.text(sql), {**values, "limit": limit}).mappings()
    return [_row(dict(row)) for row in rows]


def _narrowed(kind: str, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    clauses: list[str] = []
    values: dict[str, Any] = {}
    if wanted.after is not None:
        clauses.append("v.id < :after")
        values["after"] = wanted.after
    if wanted.status is not None:
        clauses.append(_STATUS[kind])
        values["status"] = wanted.status
    if wanted.owner == NOBODY:
        clauses.append("v.owner_id IS NULL")
    elif wanted.owner is not None:
        clauses.append("lower(:owner) IN (lower(v.owner_email), lower(v.owner))")
        values["owner"] = wanted.owner
    if wanted.source is not None:
        clauses.append(_FED_BY)
        values |= {"kind": kind, "source": wanted.source}
    if wanted.search is not None:
        found = " OR ".join(f"lower(v.{column}) LIKE lower(:search) ESCAPE '!'" for column in _SEARCHED[kind])
        clauses.append(f"({found})")
        values["search"] = _anywhere(wanted.search)
    return clauses, values


def _anywhere(text: str) -> str:
    """Make a LIKE pattern that finds a text anywhere, its own wildcards taken as they are."""
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"%{text}%"


def _row(row: ViewRow) -> ViewRow:
    for name, value in row.items():
        if name in _JSON:
            row[name] = as_json(value)
        elif name in _BOOL and value is not None:
            row[name] = bool(value)
        elif isinstance(value, datetime):
            row[name] = utc_text(value)
    return row
