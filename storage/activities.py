"""Activities as people page through them, and the story of one record, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sell_model.activities import ACTIVITIES, ActivityKind
from sell_model.activity_figures import STAGE_CHANGE
from sell_model.types import JsonObject
from storage import canonical, stories
from storage.activity_figures import CALL_DEALS
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.looking_through import Place, places_of

OUTCOMES = {"call": "call_outcome", "visit": "visit_outcome"}
"""What has outcomes, and the table of their names."""

_ORDER: dict[ActivityKind, str] = {kind: rule.done_at or "created_at" for kind, rule in ACTIVITIES.items()}
"""By what each kind is listed."""


def add(db: Writer, kind: ActivityKind, row: CanonicalRow, now: str) -> int:
    """Add an activity; gives its id."""
    id_ = next(db.allocate(kind, 1))
    canonical.insert(db, kind, [{**row, "id": id_}], now)
    if kind == "call":
        facets = [(*CALL_DEALS, str(deal), id_) for deal in row["associated_deal_ids"] or ()]
        db.insert("facet", ("record_type", "field", "value", "record_id"), facets)
    return id_


def remove(db: Writer, kind: ActivityKind, id_: int) -> None:
    """Remove an activity."""
    db.delete(kind, ("id",), [(id_,)])
    if kind == "call":
        db.delete("facet", ("record_type", "field", "record_id"), [(*CALL_DEALS, id_)])


def find(db: Writer, kind: ActivityKind, ids: Iterable[int]) -> dict[int, CanonicalRow]:
    """Fetch activities by id; who did it, who is to do it and the outcome also by name.

    `source` names the source record that brought it, `crm.notes:5`; None: people added it.
    """
    rows = canonical.load(db, kind, ids)
    told = stories.named_feeds(db, kind, rows)
    users = {row[column] for row in rows.values() for column in ("user_id", "owner_id") if row.get(column)}
    names = {u[0]: (u[1], u[2]) for u in db.select_in('SELECT id, name, email FROM "user" WHERE id IN {in}', users)}
    for row in rows.values():
        name, email = names.get(row["user_id"], (None, None))
        row["user"] = name or email or row["added_by"]
        row["source"] = told.get(row["id"])
        if kind == "task":
            row["owner"], row["owner_email"] = names.get(row["owner_id"], (None, None))
    if kind in OUTCOMES:
        wanted = {row["outcome_id"] for row in rows.values()} - {None}
        outcomes = dict(db.select_in(f"SELECT id, name FROM {OUTCOMES[kind]} WHERE id IN {{in}}", wanted))
        for row in rows.values():
            row["outcome"] = outcomes.get(row["outcome_id"])
    return rows


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which activities of one kind a list is to show; None: all.

    Attributes:
        record: of this lead, contact or deal, and of those it looks through to.
        after: the last id of the page before.
        owner_id: of tasks: who is to do them.
        is_open: of tasks: whether they are still to be done.
    """

    record: Place | None = None
    after: int | None = None
    owner_id: int | None = None
    is_open: bool | None = None


def page(db: Writer, kind: ActivityKind, narrowed: Narrowed, limit: int) -> list[CanonicalRow]:
    """List activities of one kind, newest first; calls by when they were made, tasks by when they were added."""
    order = _ORDER[kind]
    clauses, values = _clauses(db, kind, narrowed)
    where, tail = " AND ".join(clauses), f"ORDER BY {order} DESC, id DESC LIMIT {limit:d}"
    if narrowed.record is None:
        found = db.select(f'SELECT {order}, id FROM "{kind}" WHERE {where} {tail}', values)
    else:
        found = []
        for type_, ids in _by_type(db, narrowed.record).items():
            sql = (
                f'SELECT {order}, id FROM "{kind}" WHERE {where} AND resource_type = ? AND resource_id IN {{in}} {tail}'
            )
            found += db.select_in(sql, ids, (*values, type_))
        if kind == "call" and narrowed.record[0] == "deal":
            found += _calls_beside(db, narrowed.record[1], where, values, limit)
    chosen = [row[1] for row in sorted({tuple(row) for row in found}, reverse=True)[:limit]]
    rows = find(db, kind, chosen)
    return [rows[id_] for id_ in chosen]


def _clauses(db: Writer, kind: ActivityKind, narrowed: Narrowed) -> tuple[list[str], list[Any]]:
    clauses: list[str] = ["1 = 1"]
    values: list[Any] = []
    if narrowed.after is not None:
        order = _ORDER[kind]
        last = db.select(f'SELECT {order} FROM "{kind}" WHERE id = ?', (narrowed.after,))
        clauses.append(f"({order}, id) < (?, ?)")
        values += [last[0][0] if last else "", narrowed.after]
    if narrowed.owner_id is not None:
        clauses.append("owner_id = ?")
        values.append(narrowed.owner_id)
    if narrowed.is_open is not None:
        clauses.append("NOT completed" if narrowed.is_open else "completed")
    return clauses, values


def _calls_beside(db: Writer, deal_id: int, where: str, values: Sequence[Any], limit: int) -> list[Any]:
    sql = (
        'SELECT made_at, id FROM "call" WHERE id IN '
        "(SELECT record_id FROM facet WHERE record_type = ? AND field = ? AND value = ?) "
        f"AND {where} ORDER BY made_at DESC, id DESC LIMIT {limit:d}"
    )
    return db.select(sql, (*CALL_DEALS, str(deal_id), *values))


def _by_type(db: Writer, record: Place) -> dict[str, list[int]]:
    """The places that a record shows, by type."""
    found: dict[str, list[int]] = {}
    for kind, id_ in places_of(db, record[0], [record[1]])[record[1]]:
        found.setdefault(kind, []).append(id_)
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a record's story."""

    type: str
    """`note`, `task`, `call`, `visit`, `email` or `stage_change`."""
    id: int
    at: str
    """When it was done; of a task: when it was done, else added."""
    resource_type: str
    resource_id: int
    """Where it stands: the record itself, or one that it looks through to."""
    user: str | None
    text: str | None
    outcome: str | None
    details: JsonObject
    """What only its kind has: a call's number, a task's due date."""


After = tuple[str, str, int]
"""The line after which a page begins: its `at`, `type` and `id`."""

_TEXT = {kind: f"a.{rule.text}" for kind, rule in ACTIVITIES.items()}
_MOMENT = {
    kind: f"a.{rule.done_at}" if rule.done_at else "COALESCE(a.completed_at, a.created_at)"
    for kind, rule in ACTIVITIES.items()
}
_DETAILS: dict[ActivityKind, tuple[str, ...]] = {
    "note": ("is_important",),
    "task": ("due_date", "completed"),
    "call": ("phone_number", "duration", "incoming", "missed"),
    "visit": (),
    "email": ("incoming",),
}
_TRUTHS = frozenset({"is_important", "completed", "incoming", "missed"})


def story(db: Writer, kind: str, id_: int, limit: int, after: After | None = None) -> list[Told]:
    """Tell what happened around a record, newest first, looking through to those that became part of it."""
    places = _by_type(db, (kind, id_))
    found: list[Told] = []
    for activity in ACTIVITIES:
        for type_, ids in places.items():
            found += _lines(db, activity, "a.resource_type = ? AND a.resource_id IN {in}", (type_,), ids, limit, after)
    if kind == "deal":
        beside = "a.id IN (SELECT record_id FROM facet WHERE record_type = ? AND field = ? AND value IN {in})"
        found += _lines(db, "call", beside, CALL_DEALS, [str(id_)], limit, after)
        found += _moves(db, id_, limit, after)
    distinct = {(line.at, line.type, line.id): line for line in found}
    return [distinct[key] for key in sorted(distinct, reverse=True)[:limit]]


def _lines(
    db: Writer,
    kind: ActivityKind,
    where: str,
    before: Sequence[Any],
    ids: Iterable[Any],
    limit: int,
    after: After | None,
) -> list[Told]:
    moment, details = _MOMENT[kind], _DETAILS[kind]
    condition, values = _older(moment, kind, after)
    outcome = f"(SELECT o.name FROM {OUTCOMES[kind]} o WHERE o.id = a.outcome_id)" if kind in OUTCOMES else "NULL"
    more = "".join(f", a.{name}" for name in details)
    sql = (
        f"SELECT a.id, {moment}, a.resource_type, a.resource_id, COALESCE(u.name, u.email, a.added_by), "
        f'{_TEXT[kind]}, {outcome}{more} FROM "{kind}" a LEFT JOIN "user" u ON u.id = a.user_id '
        f"WHERE {condition} AND {where} ORDER BY {moment} DESC, a.id DESC LIMIT {limit:d}"
    )
    return [
        Told(kind, row[0], row[1], row[2], row[3], row[4], row[5], row[6], _details(details, row[7:]))
        for row in db.select_in(sql, ids, (*values, *before))
    ]


def _details(names: Sequence[str], values: Sequence[Any]) -> JsonObject:
    return {name: bool(v) if name in _TRUTHS else v for name, v in zip(names, values, strict=True)}


def _moves(db: Writer, deal_id: int, limit: int, after: After | None) -> list[Told]:
    condition, values = _older("a.changed_at", STAGE_CHANGE, after)
    sql = (
        "SELECT a.id, a.changed_at, a.deal_id, a.changed_by, f.name, t.name "
        "FROM stage_change a LEFT JOIN stage f ON f.id = a.from_stage_id LEFT JOIN stage t ON t.id = a.to_stage_id "
        f"WHERE {condition} AND a.from_stage_id IS NOT NULL AND a.deal_id = ? "
        f"ORDER BY a.changed_at DESC, a.id DESC LIMIT {limit:d}"
    )
    return [
        Told(STAGE_CHANGE, row[0], row[1], "deal", row[2], row[3], f"{row[4] or '?'} → {row[5] or '?'}", None, {})
        for row in db.select(sql, (*values, deal_id))
    ]


def _older(moment: str, kind: str, after: After | None) -> tuple[str, list[Any]]:
    """Give the condition for what comes after a line of the story, and its values."""
    if after is None:
        return "1 = 1", []
    at, its_kind, its_id = after
    if kind == its_kind:
        return f"({moment}, a.id) < (?, ?)", [at, its_id]
    return f"{moment} {'<=' if kind < its_kind else '<'} ?", [at]


def moment_of(db: Writer, kind: str, id_: int) -> str | None:
    """Tell when an activity was done, or a deal moved; None: there is none of that id."""
    if kind == STAGE_CHANGE:
        rows = db.select("SELECT changed_at FROM stage_change WHERE id = ?", (id_,))
    elif kind in ACTIVITIES:
        moment: str = _MOMENT[kind]
        rows = db.select(f'SELECT {moment} FROM "{kind}" a WHERE a.id = ?', (id_,))
    else:
        rows = []
    return rows[0][0] if rows else None
