"""Reads one form's submissions by their ids, so that what is deleted or made meanwhile moves nobody.

The API pages by offset and tells no total. A submission deleted between two pages would hide another, so
each page is asked for by `id:gt`, offset 0. It ends with an empty page: that is the proof, for a page may
hold fewer rows than were asked for. Ids grow, so what is new lies behind the last id. From time to time a
look by `created_at` and by `updated_at` finds what was edited, and proves that ids did grow; both are
compared with the vendor's own earlier times, whose zone we need not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from connectors.connector import JsonObject
from connectors.errors import TransientError

PAGE = 1_000
"""Submissions; the API's own limit."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of one form stands.

    Attributes:
        by: what tells which submissions are meant, beside their ids.
        floor: created or edited after this, in the vendor's own words; None: all.
        after: the last id that was read.
        seen: the latest time of an edit or of a creation that was met.
    """

    by: Literal["id", "created_at", "updated_at"]
    floor: str | None = None
    after: str | None = None
    seen: str | None = None

    def asked(self, size: int) -> dict[str, str | int]:
        """The query of the next page."""
        conditions = {f"{self.by}:gt": self.floor, **({"id:gt": self.after} if self.after else {})}
        wanted = {name: value for name, value in conditions.items() if value}
        query: dict[str, str | int] = {"limit": size, "offset": 0, "orderby": "id", "direction": "ASC"}
        return {**query, "filter": json.dumps(wanted)} if wanted else query


Ask = Callable[[dict[str, str | int]], list[JsonObject]]


def walk(ask: Ask, place: Place, size: int) -> Iterator[tuple[list[JsonObject], Place, bool]]:
    """Yield submissions, each page with the place behind it, and whether the walk ends there.

    Raises:
        TransientError: the vendor does not list by id, or not from an id on.
    """
    before: set[str] = set()
    while True:
        rows = ask(place.asked(size))
        ids = [str(row.get("id") or "") for row in rows]
        _prove(ids, before, place)
        if not rows:
            yield [], place, True
            return
        times = [row.get(name) for row in rows for name in ("created_at", "updated_at")]
        place = replace(place, after=ids[-1], seen=latest(place.seen, *times))
        before = set(ids)
        yield rows, place, False


def latest(*times: object) -> str | None:
    """The latest of the vendor's times; they stand in one zone and are written in one width."""
    return max((time for time in times if isinstance(time, str) and time), default=None)


def _prove(ids: Sequence[str], before: set[str], place: Place) -> None:
    """Ids grow, as numbers or as text; none comes again, and none stands before where we are."""
    known = before | {place.after}
    numbers = [int(id_) if id_.isascii() and id_.isdigit() else 0 for id_ in ids]
    if all(ids) and not known & set(ids) and (_rises(numbers) or _rises(ids)):
        return
    raise TransientError(
        "Jotform: submissions do not come in the order of their ids, so that a read cannot be proved",
        fix="it is tried again at the next run; ask the vendor if it goes on",
    )


def _rises(values: Sequence[int] | Sequence[str]) -> bool:
    return all(a < b for a, b in pairwise(values))  # type: ignore[operator]  # one or the other
