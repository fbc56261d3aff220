"""The figures of records, kept in step with their activities in whichever transaction touches those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sell_model.activities import ACTIVITIES
from sell_model.activity_figures import (
    CLOSED_TICKETS,
    STAGE_CHANGE,
    Figures,
    OpenTask,
    Span,
    figures_of,
    open_task,
)
from storage.hot import Writer
from storage.looking_through import Place, places_of, showing

KEY = ("record_type", "record_id")
COLUMNS = (
    "first_activity_at",
    "last_activity_at",
    "last_activity_type",
    "last_communication_at",
    "last_communication_type",
    "next_task_at",
    "next_task_id",
    "open_tickets",
)
CALL_DEALS = ("call", "associated_deal_ids")
"""Record type and field of the facets by which a deal finds the calls beside it."""

_CHUNK = 500
"""Records whose figures are computed at a time."""


def refresh(db: Writer, records: Iterable[Place]) -> None:
    """Compute the figures anew of these records and of all that look through to them.

    To be called by whoever adds, changes or removes an activity, moves a deal, converts, merges, undoes,
    or lets somebody work for another company (then with both companies).
    """
    those = set(records)
    concerned = sorted(showing(db, those)) if those else []
    for start in range(0, len(concerned), _CHUNK):
        part = concerned[start : start + _CHUNK]
        _hold(db, part)
        _bring_in_line(db, computed(db, part))


def follow(db: Writer, records: Iterable[Place]) -> None:
    """Refresh those of these records that have figures: what looks through to them may be another now."""
    refresh(db, shown_by(db, records))


def shown_by(db: Writer, records: Iterable[Place]) -> set[Place]:
    """Tell who shows the activities of those of these records that have any."""
    having = [place for place, figures in standing(db, records).items() if figures != Figures()]
    return showing(db, having) if having else set()


def any_figures(db: Writer) -> bool:
    """Whether any record has figures: a hub that only loads has none."""
    return bool(db.select("SELECT 1 FROM figure LIMIT 1"))


def _hold(db: Writer, records: Sequence[Place]) -> None:
    """On PostgreSQL, let nobody else compute the figures of these records until the transaction ends."""
    if db.is_sqlite:
        return
    db.upsert("figure", KEY, KEY, records)
    for kind, ids in _by_kind(records).items():
        sql = "SELECT 1 FROM figure WHERE record_type = ? AND record_id IN {in} ORDER BY record_id FOR UPDATE"
        db.select_in(sql, ids, (kind,))


def _bring_in_line(db: Writer, wanted: Mapping[Place, Figures]) -> None:
    there = standing(db, wanted)
    empty = [place for place, figures in wanted.items() if figures == Figures() and place in there]
    db.delete("figure", KEY, empty)
    changed = [
        (*place, *_row(figures))
        for place, figures in wanted.items()
        if figures != Figures() and figures != there.get(place)
    ]
    db.upsert("figure", (*KEY, *COLUMNS), KEY, changed)


def _row(figures: Figures) -> tuple[Any, ...]:
    last, communication, task = figures.last, figures.last_communication, figures.next_task
    return (
        figures.first,
        *(last or (None, None)),
        *(communication or (None, None)),
        (task[1] or None) if task else None,
        task[2] if task else None,
        figures.open_tickets,
    )


def standing(db: Writer, records: Iterable[Place]) -> dict[Place, Figures]:
    """Read the figures that are kept of records."""
    found: dict[Place, Figures] = {}
    for kind, ids in _by_kind(records).items():
        sql = f"SELECT record_id, {', '.join(COLUMNS)} FROM figure WHERE record_type = ? AND record_id IN {{in}}"
        for id_, *row in db.select_in(sql, ids, (kind,)):
            found[kind, id_] = _read(row)
    return found


def _read(row: Sequence[Any]) -> Figures:
    first, last, last_kind, communication, communication_kind, task_at, task_id, tickets = row
    return Figures(
        first,
        (last, last_kind) if last else None,
        (communication, communication_kind) if communication else None,
        open_task(task_id, task_at) if task_id is not None else None,
        tickets,
    )


def computed(db: Writer, records: Iterable[Place]) -> dict[Place, Figures]:
    """Compute figures from the activities, without looking at what is kept."""
    shown: dict[Place, set[Place]] = {}
    for kind, ids in _by_kind(records).items():
        shown |= {(kind, id_): places for id_, places in places_of(db, kind, ids).items()}
    there = _at_places(db, {place for places in shown.values() for place in places})
    return {record: _joined(there[place] for place in places if place in there) for record, places in shown.items()}


def _joined(parts: Iterable[Figures]) -> Figures:
    whole = Figures()
    for part in parts:
        whole = whole.joined(part)
    return whole


def _at_places(db: Writer, places: Iterable[Place]) -> dict[Place, Figures]:
    """Compute the figures of what stands at each of these places itself."""
    spans: dict[Place, list[Span]] = {}
    tasks: dict[Place, list[OpenTask]] = {}
    tickets: dict[Place, int] = {}
    for kind, ids in _by_kind(places).items():
        for id_, span in _spans(db, kind, ids):
            spans.setdefault((kind, id_), []).append(span)
        sql = "SELECT resource_id, id, due_date FROM task WHERE resource_type = ? AND NOT completed AND resource_id "
        for id_, task_id, due_date in db.select_in(sql + "IN {in}", ids, (kind,)):
            tasks.setdefault((kind, id_), []).append(open_task(task_id, due_date))
        tickets |= {(kind, id_): count for id_, count in _open_tickets(db, kind, ids)}
    found = spans.keys() | tasks.keys() | tickets.keys()
    return {p: figures_of(spans.get(p, ()), tasks.get(p, ()), tickets.get(p, 0)) for p in found}


def _open_tickets(db: Writer, kind: str, ids: set[int]) -> list[tuple[int, int]]:
    closed = ", ".join("?" * len(CLOSED_TICKETS))
    sql = (
        "SELECT resource_id, COUNT(*) FROM ticket WHERE resource_type = ? "
        f"AND COALESCE(LOWER(status), '') NOT IN ({closed}) AND resource_id IN {{in}} GROUP BY resource_id"
    )
    return db.select_in(sql, ids, (kind, *CLOSED_TICKETS))


_TASK = (
    "MIN(CASE WHEN completed_at < created_at THEN completed_at ELSE created_at END)",
    "MAX(CASE WHEN completed_at > created_at THEN completed_at ELSE created_at END)",
)


def _spans(db: Writer, kind: str, ids: set[int]) -> Iterator[tuple[int, Span]]:
    """Give the span of each kind of activity at records of one type."""
    for activity, rule in ACTIVITIES.items():
        first, last = (f"MIN({rule.done_at})", f"MAX({rule.done_at})") if rule.done_at else _TASK
        sql = (
            f'SELECT resource_id, {first}, {last} FROM "{activity}" '
            "WHERE resource_type = ? AND resource_id IN {in} GROUP BY resource_id"
        )
        yield from ((row[0], Span(activity, row[1], row[2])) for row in db.select_in(sql, ids, (kind,)))
    if kind == "deal":
        yield from _of_deals(db, ids)


def _of_deals(db: Writer, ids: set[int]) -> Iterator[tuple[int, Span]]:
    """What counts for deals alone: where they moved, and the calls that stand beside them."""
    moved = (
        "SELECT deal_id, MIN(changed_at), MAX(changed_at) FROM stage_change "
        "WHERE from_stage_id IS NOT NULL AND deal_id IN {in} GROUP BY deal_id"
    )
    yield from ((row[0], Span(STAGE_CHANGE, row[1], row[2])) for row in db.select_in(moved, ids))
    beside = (
        'SELECT f.value, MIN(c.made_at), MAX(c.made_at) FROM facet f JOIN "call" c ON c.id = f.record_id '
        "WHERE f.record_type = ? AND f.field = ? AND f.value IN {in} GROUP BY f.value"
    )
    rows = db.select_in(beside, [str(id_) for id_ in ids], CALL_DEALS)
    yield from ((int(row[0]), Span("call", row[1], row[2])) for row in rows)


def _by_kind(records: Iterable[Place]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, id_ in records:
        found.setdefault(kind, set()).add(id_)
    return found
