"""Whose tickets are open around a contact."""

from __future__ import annotations

from dataclasses import dataclass

from storage.hot import Writer

NAMED = 10


@dataclass(frozen=True, slots=True)
class Troubled:
    """A contact with open tickets."""

    contact_id: int
    name: str | None
    open_tickets: int


def with_open_tickets(db: Writer, contact_id: int) -> list[Troubled]:
    """List who has open tickets: the contact, its company, and everybody who works there; most first, at most NAMED."""
    rows = db.select(
        "SELECT c.id, c.name, f.open_tickets FROM contact c "
        "JOIN figure f ON f.record_type = 'contact' AND f.record_id = c.id "
        "WHERE f.open_tickets > 0 AND c.merged_into IS NULL AND c.deleted_at IS NULL AND (c.id = ? "
        "OR c.id = (SELECT m.contact_id FROM contact m WHERE m.id = ?) OR c.contact_id = ? "
        "OR c.contact_id = (SELECT m.contact_id FROM contact m WHERE m.id = ?)) "
        "ORDER BY f.open_tickets DESC, c.id LIMIT ?",
        (contact_id, contact_id, contact_id, contact_id, NAMED),
    )
    return [Troubled(*row) for row in rows]
