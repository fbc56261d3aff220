"""Activities written in bulk, as sources bring them: their rows, and the facets by which deals find their calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storage import canonical, landing
from storage.activity_figures import CALL_DEALS
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.looking_through import Place

KINDS = ("note", "task", "call", "visit", "email", "ticket")
"""The tables of what is kept beside a lead, contact or deal."""

REMOVED = "removed"
"""Role of a link whose activity people removed: it holds until the source's record goes."""


def insert(db: Writer, kind: str, rows: Sequence[CanonicalRow], now: str) -> None:
    """Add activities; each row has its id, and a task the time at which its source added it, as `created_at`."""
    canonical.insert(db, kind, rows, now)
    _date(db, kind, rows)
    _put_facets(db, kind, rows)


def update(db: Writer, kind: str, rows: Sequence[CanonicalRow], now: str) -> None:
    """Write changed activities; each row has its id and its new version."""
    canonical.update(db, kind, rows, now)
    _date(db, kind, rows)
    _drop_facets(db, kind, [row["id"] for row in rows])
    _put_facets(db, kind, rows)


def put_back(db: Writer, kind: str, rows: Sequence[CanonicalRow], now: str) -> None:
    """Add activities that were removed, at the version at which they were."""
    insert(db, kind, rows, now)
    canonical.update(db, kind, rows, now)


def remove(db: Writer, kind: str, ids: Sequence[int]) -> None:
    """Remove activities."""
    db.delete(kind, ("id",), [(id_,) for id_ in ids])
    _drop_facets(db, kind, ids)


def _date(db: Writer, kind: str, rows: Sequence[CanonicalRow]) -> None:
    """A task has no time of its own but that at which it was added: figures and lists go by it."""
    if kind == "task":
        dated = [(row["created_at"], row["id"]) for row in rows if row.get("created_at")]
        db.update("task", ("created_at",), ("id",), dated)


def _put_facets(db: Writer, kind: str, rows: Sequence[CanonicalRow]) -> None:
    if kind == "call":
        facets = [(*CALL_DEALS, str(deal), row["id"]) for row in rows for deal in row["associated_deal_ids"] or ()]
        db.insert("facet", ("record_type", "field", "value", "record_id"), facets)


def _drop_facets(db: Writer, kind: str, ids: Sequence[int]) -> None:
    if kind == "call":
        db.delete("facet", ("record_type", "field", "record_id"), [(*CALL_DEALS, id_) for id_ in ids])


def places_of_rows(rows: Iterable[CanonicalRow]) -> set[Place]:
    """Give the records that activities concern: where they stand, and the deals that calls stand beside."""
    found: set[Place] = set()
    for row in rows:
        if row["resource_id"] is not None:
            found.add((row["resource_type"], row["resource_id"]))
        found |= {("deal", id_) for id_ in row.get("associated_deal_ids") or ()}
    return found


def hold_places(db: Writer, places: Iterable[Place]) -> set[Place]:
    """Give those of these records that are there; on PostgreSQL nobody removes them until the transaction ends."""
    by_kind: dict[str, set[int]] = {}
    for kind, id_ in places:
        by_kind.setdefault(kind, set()).add(id_)
    tail = "" if db.is_sqlite else " ORDER BY id FOR KEY SHARE"
    return {
        (kind, row[0])
        for kind in sorted(by_kind)
        for row in db.select_in(f"SELECT id FROM {kind} WHERE id IN {{in}}{tail}", by_kind[kind])
    }


def links_at(db: Writer, records: Iterable[Place]) -> list[landing.LinkRow]:
    """Fetch the links of all activities from sources that stand at these records themselves."""
    by_kind: dict[str, set[int]] = {}
    for kind, id_ in records:
        by_kind.setdefault(kind, set()).add(id_)
    found: list[landing.LinkRow] = []
    for activity in KINDS:
        ids: set[int] = set()
        for kind, those in by_kind.items():
            sql = f'SELECT id FROM "{activity}" WHERE resource_type = ? AND resource_id IN {{in}}'
            ids |= {row[0] for row in db.select_in(sql, those, (kind,))}
        found += landing.links_to(db, activity, ids)
    return found


def heirs(db: Writer, places: Iterable[Place]) -> dict[Place, set[Place]]:
    """Tell what became of records: what they were merged into, the contacts that leads were converted to, to the end.

    An activity that stands at a record is seen at all of these, so it need not move to them.
    """
    found: dict[Place, set[Place]] = {place: set() for place in places}
    frontier = {place: {place} for place in found}
    while frontier:
        following: dict[Place, set[Place]] = {}
        for place, onto in _steps(db, frontier):
            new = {origin for origin in frontier[place] if onto not in found[origin]}
            for origin in new:
                found[origin].add(onto)
            if new:
                following.setdefault(onto, set()).update(new)
        frontier = following
    return found


def _steps(db: Writer, places: Iterable[Place]) -> list[tuple[Place, Place]]:
    by_kind: dict[str, set[int]] = {"lead": set(), "contact": set()}
    for kind, id_ in places:
        by_kind.setdefault(kind, set()).add(id_)
    steps: list[tuple[Place, Place]] = []
    for kind in ("lead", "contact"):
        sql = f"SELECT id, merged_into FROM {kind} WHERE merged_into IS NOT NULL AND id IN {{in}}"
        steps += [((kind, id_), (kind, into)) for id_, into in db.select_in(sql, by_kind[kind])]
    sql = "SELECT lead_id, individual_id, organization_id FROM conversion WHERE undone_at IS NULL AND lead_id IN {in}"
    for lead_id, *contacts in db.select_in(sql, by_kind["lead"]):
        steps += [(("lead", lead_id), ("contact", id_)) for id_ in contacts if id_ is not None]
    return steps


def tickets_called(db: Writer, source: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Map a source's ticket numbers to the tickets that bear them."""
    sql = "SELECT external_id, id FROM ticket WHERE source = ? AND external_id IN {in}"
    return dict(db.select_in(sql, external_ids, (source,)))


def keep_removed(db: Writer, kind: str, id_: int) -> None:
    """Note on the link of an activity that people removed it, so that its source does not bring it back."""
    sql = "UPDATE link SET role = ?, identity = ? WHERE record_type = ? AND record_id = ?"
    db.execute(sql, (REMOVED, False, kind, id_))
