"""What stands in the way of deleting a contact."""

from __future__ import annotations

from dataclasses import dataclass

from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class DealWith:
    """A deal that is not deleted, with a contact."""

    id: int
    name: str | None
    is_beside: bool
    """The contact stands beside it only: neither its primary contact nor its company."""


def deals_with(db: Writer, contact_id: int, limit: int) -> list[DealWith]:
    """List the deals in sight of a contact, by id: as primary contact, as company, or beside."""
    sql = (
        "SELECT d.id, d.name, MIN(w.beside) FROM ("
        "SELECT id AS deal_id, 0 AS beside FROM deal WHERE contact_id = ? "
        "UNION ALL SELECT id, 0 FROM deal WHERE organization_id = ? "
        "UNION ALL SELECT deal_id, 1 FROM association WHERE contact_id = ?) w "
        "JOIN deal d ON d.id = w.deal_id WHERE d.deleted_at IS NULL GROUP BY d.id, d.name ORDER BY d.id LIMIT ?"
    )
    rows = db.select(sql, (contact_id, contact_id, contact_id, limit))
    return [DealWith(row[0], row[1], bool(row[2])) for row in rows]
