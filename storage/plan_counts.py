"""How much there is of what Sell's plans bound."""

from __future__ import annotations

from collections.abc import Iterable

from storage.hot import Writer

_IN_SIGHT = {
    "lead": "lead WHERE merged_into IS NULL AND deleted_at IS NULL AND COALESCE(gone_at_source, '') <> 'converted'",
    "contact": "contact WHERE merged_into IS NULL AND deleted_at IS NULL",
    "deal": "deal WHERE deleted_at IS NULL",
    "pipeline": "pipeline",
    "pool": "pool",
    "user": '"user"',
}
_LARGEST = {
    "deals of a contact": (
        "SELECT contact_id, COUNT(*) FROM deal WHERE deleted_at IS NULL AND contact_id IS NOT NULL GROUP BY contact_id"
    ),
    "stages": "SELECT pipeline_id, COUNT(*) FROM stage WHERE removed_at IS NULL GROUP BY pipeline_id",
    "custom fields": "SELECT record_type, COUNT(*) FROM custom_field WHERE removed_at IS NULL GROUP BY record_type",
    "smart lists": "SELECT record_type, COUNT(*) FROM smart_list GROUP BY record_type",
    "tags": (
        "SELECT record_type, COUNT(*) FROM (SELECT DISTINCT record_type, value FROM facet WHERE field = 'tags') t "
        "GROUP BY record_type"
    ),
}


def count(db: Writer, what: str) -> int:
    """Count the records of a table that are in sight, as lists show them."""
    counted: int = db.select(f"SELECT COUNT(*) FROM {_IN_SIGHT[what]}")[0][0]
    return counted


def largest(db: Writer, limit: str) -> int:
    """Count the largest of the groups that a limit bounds: the contact with the most deals, the type with the most
    tags; 0: there is none.
    """
    rows = db.select(f"SELECT MAX(n) FROM ({_LARGEST[limit].replace('COUNT(*)', 'COUNT(*) AS n')}) counted")
    return rows[0][0] or 0


def most_choices(db: Writer) -> int:
    """Count the choices of the drop-down that has the most."""
    length = "json_array_length" if db.is_sqlite else "jsonb_array_length"
    rows = db.select(f"SELECT MAX({length}(choices)) FROM custom_field WHERE removed_at IS NULL")
    return rows[0][0] or 0


def deals_of(db: Writer, contact_ids: Iterable[int]) -> dict[int, int]:
    """Count the deals of contacts."""
    sql = "SELECT contact_id, COUNT(*) FROM deal WHERE deleted_at IS NULL AND contact_id IN {in} GROUP BY contact_id"
    return dict(db.select_in(sql, contact_ids))


def stages_of(db: Writer, stage_ids: Iterable[int]) -> int:
    """Count the stages of the pipeline that has the most, of those in which these stages are."""
    pipelines = {row[0] for row in db.select_in("SELECT pipeline_id FROM stage WHERE id IN {in}", stage_ids)}
    sql = (
        "SELECT pipeline_id, COUNT(*) FROM stage WHERE removed_at IS NULL AND pipeline_id IN {in} GROUP BY pipeline_id"
    )
    return max((row[1] for row in db.select_in(sql, pipelines)), default=0)


def tags(db: Writer, record_type: str) -> set[str]:
    """List the tags that records of a type have."""
    sql = "SELECT DISTINCT value FROM facet WHERE record_type = ? AND field = 'tags'"
    return {row[0] for row in db.select(sql, (record_type,))}


def hierarchy_of(db: Writer, contact_ids: Iterable[int], most: int) -> int:
    """Count the companies of the largest hierarchy in which these are; beyond `most`, only that it is more."""
    return max((_below(db, root, most) for root in _roots(db, contact_ids)), default=0)


def _roots(db: Writer, contact_ids: Iterable[int]) -> set[int]:
    """Climb to the companies at the top; a circle has none, and any of its companies stands for it."""
    roots: set[int] = set()
    seen: set[int] = set()
    climbing = set(contact_ids)
    while climbing:
        sql = "SELECT id, parent_organization_id FROM contact WHERE id IN {in}"
        rows = db.select_in(sql, climbing)
        roots |= {id_ for id_, parent in rows if parent is None or parent in seen}
        seen |= climbing
        climbing = {parent for _, parent in rows if parent is not None} - seen
    return roots


def _below(db: Writer, root: int, most: int) -> int:
    found = {root}
    latest = {root}
    while latest and len(found) <= most:
        sql = "SELECT id FROM contact WHERE merged_into IS NULL AND parent_organization_id IN {in}"
        latest = {row[0] for row in db.select_in(sql, latest)} - found
        found |= latest
    return len(found)


def largest_hierarchy(db: Writer, most: int) -> int:
    """Count the companies of the largest hierarchy, from those at the tops that have others below them; at most
    the first thousand tops are looked at.
    """
    tops = db.select(
        "SELECT DISTINCT p.id FROM contact c JOIN contact p ON p.id = c.parent_organization_id "
        "WHERE p.parent_organization_id IS NULL AND c.merged_into IS NULL ORDER BY p.id LIMIT 1000"
    )
    return max((_below(db, row[0], most) for row in tops), default=0)
