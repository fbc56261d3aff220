"""Reads one form's entries by their ids, which grow by one: deletions and newcomers move nobody.

Each page is asked for by "EntryId is greater than", from 0; it ends with an empty page, which is the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from connectors.connector import JsonObject
from connectors.errors import TransientError

PAGE = 100
"""Entries; the API's own limit."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of one form stands.

    Attributes:
        after: the last id that was read.
        by: beside the ids, what tells which entries are meant; None: all.
        floor: created or updated after this, in the vendor's own words.
        seen: the latest time of a creation or an update that was met.
    """

    after: int = 0
    by: Literal["DateCreated", "DateUpdated"] | None = None
    floor: str | None = None
    seen: str | None = None

    def asked(self, size: int) -> dict[str, str | int]:
        """The query of the next page."""
        query: dict[str, str | int] = {"pageStart": 0, "pageSize": size, "sort": "EntryId", "sortDirection": "ASC"}
        conditions = [f"EntryId Is_greater_than {self.after}"] if self.after else []
        conditions += [f"{self.by} Is_after {self.floor}"] if self.by and self.floor else []
        filters = {f"Filter{number}": text for number, text in enumerate(conditions, 1)}
        return {**query, **filters, "match": "AND"} if filters else query


Ask = Callable[[dict[str, str | int]], list[JsonObject]]


def walk(ask: Ask, place: Place, size: int) -> Iterator[tuple[list[JsonObject], Place, bool]]:
    """Yield entries, each page with the place behind it, and whether the walk ends there.

    Raises:
        TransientError: the vendor does not list by id, or not from an id on.
    """
    while rows := ask(place.asked(size)):
        ids = [int(text) if (text := str(row.get("EntryId"))).isdigit() else 0 for row in rows]
        if not all(a < b for a, b in pairwise([place.after, *ids])):
            raise TransientError(
                "Wufoo: entries do not come in the order of their ids, so that a read cannot be proved",
                fix="it is tried again at the next run; ask the vendor if it goes on",
            )
        times = [row.get(name) for row in rows for name in ("DateCreated", "DateUpdated")]
        place = replace(place, after=ids[-1], seen=latest(place.seen, *times))
        yield rows, place, False
    yield [], place, True


def latest(*times: object) -> str | None:
    """The latest of the vendor's times; they stand in one zone and are written in one width."""
    return max((time for time in times if isinstance(time, str) and time), default=None)
