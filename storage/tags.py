"""Tags as records bear them, by their facets."""

from __future__ import annotations

from storage.facets import TAGS
from storage.hot import Writer

_STANDING = {
    "lead": "AND t.merged_into IS NULL AND COALESCE(t.gone_at_source, '') <> 'converted'",
    "contact": "AND t.merged_into IS NULL",
    "deal": "",
}


def tags_used(db: Writer, kind: str, limit: int) -> list[tuple[str, int]]:
    """List the tags of records in sight with how many records bear each, the most used first."""
    rows = db.select(
        f'SELECT f.value, COUNT(*) FROM facet f JOIN "{kind}" t ON t.id = f.record_id '
        f"WHERE f.record_type = ? AND f.field = ? AND t.deleted_at IS NULL {_STANDING[kind]} "
        "GROUP BY f.value ORDER BY COUNT(*) DESC, f.value LIMIT ?",
        (kind, TAGS, limit),
    )
    return [(row[0], row[1]) for row in rows]


def tagged(db: Writer, kind: str, tag: str, after: int, limit: int) -> list[int]:
    """List records that bear a tag, deleted ones too, by rising id from after one of them on."""
    rows = db.select(
        f'SELECT f.record_id FROM facet f JOIN "{kind}" t ON t.id = f.record_id '
        f"WHERE f.record_type = ? AND f.field = ? AND f.value = ? AND f.record_id > ? {_STANDING[kind]} "
        "ORDER BY f.record_id LIMIT ?",
        (kind, TAGS, tag, after, limit),
    )
    return [row[0] for row in rows]
