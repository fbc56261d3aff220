"""Whether activities stand at something, and whether figures say what the activities say."""

from __future__ import annotations

from collections.abc import Iterator

from sell_model.activities import ACTIVITIES
from sell_model.activity_figures import Figures
from storage.activity_figures import computed, standing
from storage.checks import SHOWN, Breach
from storage.hot import Writer
from storage.looking_through import Place, showing

_PORTION = 500


def activities_at_nothing(db: Writer) -> list[Breach]:
    """Find activities that stand at a record which is not there."""
    found: list[Breach] = []
    prefixes: dict[str, str] = {kind: rule.prefix for kind, rule in ACTIVITIES.items()}
    for kind, prefix in {**prefixes, "ticket": "ticket"}.items():
        missing = " AND ".join(
            f"NOT (a.resource_type = '{record}' AND EXISTS (SELECT 1 FROM {record} r WHERE r.id = a.resource_id))"
            for record in ("lead", "contact", "deal")
        )
        where = f'FROM "{kind}" a WHERE (a.resource_id IS NOT NULL OR a.resource_type IS NOT NULL) AND {missing}'
        count = db.select(f"SELECT COUNT(*) {where}")[0][0]
        if count:
            rows = db.select(f"SELECT a.id {where} ORDER BY a.id LIMIT {SHOWN}")
            ids = tuple(f"{prefix}-{row[0]}" for row in rows)
            found.append(Breach(f"{kind}s stand at records that are not there", ids, count))
    return found


def figures_that_differ(db: Writer) -> list[Breach]:
    """Find records whose figures are not what their activities say."""
    differing: set[Place] = set()
    for places in _portions(db):
        concerned = showing(db, places)
        kept, right = standing(db, concerned), computed(db, concerned)
        differing |= {place for place in concerned if kept.get(place, Figures()) != right[place]}
    ids = tuple(f"{kind[0].upper()}-{id_}" for kind, id_ in sorted(differing)[:SHOWN])
    text = "figures are not what the activities say"
    return [Breach(text, ids, len(differing))] if differing else []


def _portions(db: Writer) -> Iterator[list[Place]]:
    """Give all records that have activities or figures, a portion at a time; some more than once."""
    for record in ("lead", "contact", "deal"):
        for kind in (*ACTIVITIES, "ticket"):
            yield from _walk(db, record, f"\"{kind}\" WHERE resource_type = '{record}'", "resource_id")
        yield from _walk(db, record, f"figure WHERE record_type = '{record}'", "record_id")
    yield from _walk(db, "deal", "stage_change WHERE from_stage_id IS NOT NULL", "deal_id")


def _walk(db: Writer, record: str, rows_of: str, column: str) -> Iterator[list[Place]]:
    sql = f"SELECT DISTINCT {column} FROM {rows_of} AND {column} > ? ORDER BY {column} LIMIT {_PORTION}"
    after = 0
    while rows := db.select(sql, (after,)):
        yield [(record, row[0]) for row in rows]
        after = rows[-1][0]
