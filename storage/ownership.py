"""Where a record's owner came from before the ledger knew it."""

from __future__ import annotations

from storage.hot import Writer

_MADE = {"contact": ("individual_id", "organization_id"), "deal": ("deal_id",)}


def converted_from(db: Writer, kind: str, record_id: int) -> int | None:
    """Give the lead whose conversion made a contact or a deal; None: it was made otherwise."""
    for column in _MADE.get(kind, ()):
        sql = f"SELECT lead_id FROM conversion WHERE {column} = ? AND undone_at IS NULL ORDER BY id LIMIT 1"
        if rows := db.select(sql, (record_id,)):
            lead_id: int = rows[0][0]
            return lead_id
    return None
