"""A hub in figures: records, people, owners."""

from __future__ import annotations

from storage.hot import Writer


def records_and_people(db: Writer) -> tuple[int, int]:
    """Count the live source records that stand for people, and the people they came to."""
    sql = (
        "SELECT COUNT(*), COUNT(DISTINCT person) FROM ("
        "SELECT COALESCE(l.person_id, c.person_id) AS person FROM link k "
        "JOIN source_record r ON r.id = k.source_record_id "
        "LEFT JOIN lead l ON k.record_type = 'lead' AND l.id = k.record_id "
        "LEFT JOIN contact c ON k.record_type = 'contact' AND c.id = k.record_id "
        "WHERE k.identity AND r.deleted_at IS NULL) AS known WHERE person IS NOT NULL"
    )
    records, people = db.select(sql)[0]
    return records, people


def leads_by_owner(db: Writer, limit: int = 100) -> dict[str, int]:
    """Count open leads by their owner's address, most first."""
    sql = (
        "SELECT owner_email, COUNT(*) FROM v_leads WHERE owner_email IS NOT NULL "
        "GROUP BY owner_email ORDER BY COUNT(*) DESC, owner_email LIMIT ?"
    )
    return dict(db.select(sql, (limit,)))


def lead_of_most_systems(db: Writer) -> int | None:
    """Find the lead that the most systems feed, of those that a pool dealt out first; None: there are no leads."""
    sql = (
        "SELECT l.id FROM v_leads l JOIN v_source_links k ON k.record_type = 'lead' AND k.record_id = l.id "
        "LEFT JOIN assignment a ON a.record_type = 'lead' AND a.record_id = l.id AND a.given_back_at IS NULL "
        "GROUP BY l.id ORDER BY COUNT(a.id) = 0, COUNT(DISTINCT k.source) DESC, l.id LIMIT 1"
    )
    rows = db.select(sql)
    return rows[0][0] if rows else None
