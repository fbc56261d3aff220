"""Tickets of a help desk, as they stand beside people, companies and deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sell_model.activity_figures import CLOSED_TICKETS
from storage.hot import Writer
from storage.looking_through import places_of

COLUMNS = (
    "source", "external_id", "subject", "status", "opened_at", "last_comment_at", "last_comment", "satisfaction",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket beside a record."""

    source: str
    external_id: str | None
    """What people call it at the help desk."""
    subject: str | None
    status: str | None
    opened_at: str | None
    last_comment_at: str | None
    last_comment: str | None
    satisfaction: str | None
    is_open: bool


def tickets_of(db: Writer, kind: str, id_: int, limit: int) -> list[TicketRow]:
    """Fetch the tickets that a record shows, those of whom it looks through to among them: open ones first."""
    found: list[TicketRow] = []
    places = places_of(db, kind, [id_])[id_]
    for type_ in sorted({type_ for type_, _ in places}):
        ids = [place for its, place in places if its == type_]
        rows = db.select_in(
            f"SELECT {', '.join(COLUMNS)} FROM ticket WHERE resource_type = ? AND resource_id IN {{in}}", ids, (type_,)
        )
        found += [_ticket(row) for row in rows]
    found.sort(key=lambda row: (row.last_comment_at or row.opened_at or "", row.external_id or ""), reverse=True)
    return sorted(found, key=lambda row: not row.is_open)[:limit]


def _ticket(row: Sequence[Any]) -> TicketRow:
    told = dict(zip(COLUMNS, row, strict=True))
    return TicketRow(**told, is_open=(told["status"] or "").lower() not in CLOSED_TICKETS)
