"""Deals that were cloned of others: the instalments that one contract was split into."""

from __future__ import annotations

from dataclasses import dataclass

from sell_model.instalments import MOST_PARTS
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class PartRow:
    """One instalment; the first is the deal that was split."""

    id: int
    part: int
    name: str
    value_minor: int
    currency: str
    estimated_close_date: str | None


def parts_of(db: Writer, deal_id: int) -> list[PartRow]:
    """List the instalments of the deal that was split, itself the first, in order; deleted ones are left out."""
    rows = db.select(
        "SELECT id, part, name, value_minor, currency, estimated_close_date FROM deal "
        "WHERE (id = ? OR cloned_from_id = ?) AND part IS NOT NULL AND deleted_at IS NULL ORDER BY part, id LIMIT ?",
        (deal_id, deal_id, MOST_PARTS),
    )
    return [PartRow(*row) for row in rows]


def deals_of_contact(db: Writer, contact_id: int) -> int:
    """Count the deals whose primary contact this is."""
    sql = "SELECT COUNT(*) FROM deal WHERE contact_id = ? AND deleted_at IS NULL"
    count: int = db.select(sql, (contact_id,))[0][0]
    return count
