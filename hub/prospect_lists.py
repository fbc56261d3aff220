"""Prospect lists as people look at them: all with their figures, one with who is on it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import prospects
from storage.hot import Writer
from storage.prospects import READY, STATES, ListRow, ProspectRow

SOURCE = "prospects"
"""The source under which imported prospects are kept."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with its figures."""

    row: ListRow
    counts: dict[str, int]
    imported: int
    credits: int

    def to_json(self) -> JsonObject:
        """Give the object that `prospect list --json` prints."""
        told = {"name": self.row.name, "origin": self.row.origin, "where": self.row.filter}
        figures = {state: self.counts.get(state, 0) for state in STATES}
        made = {"created_by": self.row.created_by, "created_at": self.row.created_at}
        return {**told, **figures, "imported": self.imported, "credits": self.credits, **made}


def find_list(db: Writer, name: str) -> ListRow:
    """Find a list by name.

    Raises:
        SetupError: there is none, with the nearest name.
    """
    if found := prospects.find_list(db, name.strip()):
        return found
    names = [row.name for row in prospects.lists(db)]
    near = difflib.get_close_matches(name, names, 1)
    raise SetupError(
        f"there is no prospect list {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        fix="see them: sellhub prospect list; make one: sellhub prospect search NAME --where FILTER",
    )


def stream_of(row: ListRow) -> str:
    """Name the stream under which a list's prospects are imported."""
    return f"list_{row.id}"


def all_lists(hub: Hub) -> list[Listed]:
    """List the lists, by name."""
    with hub.store.read() as db:
        counts, spent = prospects.counts(db), prospects.spent(db)
        return [_listed(db, row, counts.get(row.id, {}), spent.get(row.id, 0)) for row in prospects.lists(db)]


def _listed(db: Writer, row: ListRow, counts: dict[str, int], paid: int) -> Listed:
    ready = prospects.on_list(db, row.id, (READY,), counts.get(READY, 0))
    imported = prospects.fed_by(db, SOURCE, stream_of(row), [each.outside_id for each in ready])
    return Listed(row, counts, len(imported), paid)


def show(
    hub: Hub, name: str, states: Sequence[str] = STATES, limit: int = 50, after: int = 0
) -> tuple[Listed, list[tuple[ProspectRow, tuple[str, int] | None]]]:
    """Give a list, and who is on it with the lead or contact that they became.

    Raises:
        SetupError: there is no such list.
    """
    with hub.store.read() as db:
        row = find_list(db, name)
        listed = _listed(db, row, prospects.counts(db).get(row.id, {}), prospects.spent(db).get(row.id, 0))
        people = prospects.on_list(db, row.id, states, limit, after)
        made = prospects.fed_by(db, SOURCE, stream_of(row), [each.outside_id for each in people])
    return listed, [(each, made.get(each.outside_id)) for each in people]


def remove(hub: Hub, name: str, *, dry_run: bool = False) -> Listed:
    """Drop a list; leads that it made stay.

    Raises:
        SetupError: there is none, or contact data was paid for that no lead has yet.
    """
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        row = find_list(db, name)
        listed = _listed(db, row, prospects.counts(db).get(row.id, {}), prospects.spent(db).get(row.id, 0))
        unused = listed.credits and listed.counts.get(READY, 0) > listed.imported
        if unused or listed.counts.get("buying"):
            raise SetupError(
                f"{row.name!r} has contact data that was paid for and is no lead's yet",
                fix=f"import it first: sellhub prospect import {row.name!r}",
            )
        prospects.remove_list(db, row.id)
        return listed
