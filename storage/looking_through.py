"""Whose activities a record shows beside its own: of who was merged into it, of the leads that it was, of employees.

An activity keeps the record at which it was made. A contact looks through to the leads that were
converted to it, any record to those merged into it, a company to the people who work for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from storage.canonical import CanonicalRow
from storage.hot import Writer

Place: TypeAlias = tuple[str, int]
"""A lead, contact or deal: its type and its id."""


def places_of(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, set[Place]]:
    """Tell for each record where the activities stand that it shows: at itself, and at those it looks through to."""
    wanted = set(ids)
    if kind == "deal":
        return {id_: {("deal", id_)} for id_ in wanted}
    if kind == "lead":
        return {id_: {("lead", each) for each in those} for id_, those in _absorbed(db, "lead", wanted).items()}
    return _of_contacts(db, wanted)


def _of_contacts(db: Writer, ids: set[int]) -> dict[int, set[Place]]:
    own = _absorbed(db, "contact", ids)
    employees = _employees(db, {each for those in own.values() for each in those})
    theirs = _absorbed(db, "contact", {one for those in employees.values() for one in those})
    seen = {
        id_: those | {one for each in those for employee in employees.get(each, ()) for one in theirs[employee]}
        for id_, those in own.items()
    }
    were = _converted_to(db, {each for those in seen.values() for each in those})
    leads = _absorbed(db, "lead", {lead for those in were.values() for lead in those})
    return {
        id_: {("contact", each) for each in those}
        | {("lead", one) for each in those for lead in were.get(each, ()) for one in leads[lead]}
        for id_, those in seen.items()
    }


def _absorbed(db: Writer, kind: str, ids: set[int]) -> dict[int, set[int]]:
    """Give each record with all that were merged into it, however many times over."""
    found = {id_: {id_} for id_ in ids}
    holders: dict[int, set[int]] = {id_: {id_} for id_ in ids}
    frontier = set(ids)
    while frontier:
        rows = db.select_in(f'SELECT id, merged_into FROM "{kind}" WHERE merged_into IN {{in}}', frontier)
        frontier = set()
        for id_, into in rows:
            gaining = holders[into] - holders.get(id_, set())
            if gaining:
                holders.setdefault(id_, set()).update(gaining)
                frontier.add(id_)
                for holder in gaining:
                    found[holder].add(id_)
    return found


def _employees(db: Writer, ids: set[int]) -> dict[int, set[int]]:
    sql = "SELECT contact_id, id FROM contact WHERE merged_into IS NULL AND deleted_at IS NULL AND contact_id IN {in}"
    return _gathered(db.select_in(sql, ids))


def _converted_to(db: Writer, ids: set[int]) -> dict[int, set[int]]:
    """Give the leads that were converted to contacts, as the person or as the company, by contact."""
    sql = "SELECT {0}, lead_id FROM conversion WHERE undone_at IS NULL AND {0} IN {{in}}"
    rows = [row for column in ("individual_id", "organization_id") for row in db.select_in(sql.format(column), ids)]
    return _gathered(rows)


def _gathered(rows: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for holder, one in rows:
        found.setdefault(holder, set()).add(one)
    return found


def showing(db: Writer, records: Iterable[Place]) -> set[Place]:
    """Tell which records show the activities of these: they themselves, and all that look through to them."""
    by_kind: dict[str, set[int]] = {"lead": set(), "contact": set(), "deal": set()}
    for kind, id_ in records:
        by_kind[kind].add(id_)
    leads = _survivors(db, "lead", by_kind["lead"])
    columns = ("individual_id", "organization_id")
    sql = f"SELECT {', '.join(columns)} FROM conversion WHERE undone_at IS NULL AND lead_id IN {{in}}"
    heirs = {id_ for row in db.select_in(sql, leads) for id_ in row if id_ is not None}
    people = _survivors(db, "contact", by_kind["contact"] | heirs)
    firms = db.select_in("SELECT contact_id FROM contact WHERE contact_id IS NOT NULL AND id IN {in}", people)
    contacts = people | _survivors(db, "contact", {row[0] for row in firms})
    seen: Mapping[str, set[int]] = {"lead": leads, "contact": contacts, "deal": by_kind["deal"]}
    return {(kind, id_) for kind, ids in seen.items() for id_ in ids}


def _survivors(db: Writer, kind: str, ids: set[int]) -> set[int]:
    """Give records with what they were merged into, to the end."""
    found = set(ids)
    frontier = found
    while frontier:
        sql = f'SELECT merged_into FROM "{kind}" WHERE merged_into IS NOT NULL AND id IN {{in}}'
        frontier = {row[0] for row in db.select_in(sql, frontier)} - found
        found |= frontier
    return found


def turned(kind: str, before: CanonicalRow, after: CanonicalRow) -> set[Place]:
    """Give a person or company that others see through other eyes now, and those others, before and after."""
    found: set[Place] = set()
    for column, seen_by in (("contact_id", "contact"), ("merged_into", kind), ("deleted_at", kind)):
        if kind in {"lead", "contact"} and before.get(column) != after.get(column):
            found.add((kind, before["id"]))
            found |= {(seen_by, id_) for id_ in (before.get(column), after.get(column)) if isinstance(id_, int)}
    return found
