"""Whether the facets say what the records' rows say: lists find by them."""

from __future__ import annotations

from storage.checks import SHOWN, Breach
from storage.facets import FACETED, differing
from storage.hot import Writer


def facets_that_differ(db: Writer) -> list[Breach]:
    """Find records that are not filed as they stand, and facets of records that are not there."""
    found = []
    for kind in sorted(FACETED):
        letter = kind[0].upper()
        ids = [f"{letter}-{id_}" for id_ in differing(db, kind)]
        if ids:
            found.append(Breach(f"{kind}s whose facets are not what their rows say", tuple(ids[:SHOWN]), len(ids)))
        sql = (
            "SELECT DISTINCT record_id FROM facet WHERE record_type = ? "
            f'AND NOT EXISTS (SELECT 1 FROM "{kind}" t WHERE t.id = facet.record_id) ORDER BY record_id'
        )
        lost = [f"{letter}-{row[0]}" for row in db.select(sql, (kind,))]
        if lost:
            found.append(Breach(f"facets of {kind}s that are not there", tuple(lost[:SHOWN]), len(lost)))
    return found
