"""Reading a list that others change meanwhile, by page numbers, and losing nothing.

The API pages by number, 100 at most, and tells no total. Whoever deletes or edits a record that was read
moves all that follow: the next page would begin behind some that nobody has read. So each page is asked for
with a size by which it begins *before* the end of what was read. It must show something that was read: that is
the proof that nothing lies between. Where it does not, we step back until it does. It costs about a call in ten.
The list ends where a page is short, or names no next page though others did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.sell.api import Listing

Fetch = Callable[[int, int], Listing]
"""Gets page number and page size."""

Order = Callable[[JsonObject], float]
"""Tells a row's place in the list's order: it grows along the list, and may be the same for many."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was read."""

    position: int = 0
    """Rows of the list that lie behind us, when last looked."""
    key: float | None = None
    """The last row's place in the order; None: nothing was read."""
    ids: frozenset[int] = field(default_factory=frozenset)
    """Rows read that have this place in the order."""


def window(covered: int, largest: int) -> tuple[int, int]:
    """Choose size and number of the page that begins before `covered` and ends as far behind it as may be."""
    if covered <= 0:
        return largest, 1
    sizes = [(size * ((covered - 1) // size + 1), size) for size in range(1, largest + 1)]
    end, size = max(sizes)
    return size, end // size


def walk(
    fetch: Fetch, order: Order, place: Place, largest: int, what: str
) -> Iterator[tuple[list[JsonObject], Place, bool]]:
    """Yield rows that were not read, the place behind them, and whether the list ends there.

    Raises:
        TransientError: the list is not in the order that was asked for, or does not obey page numbers.
    """
    back, was_empty, before, links, is_capped = 0, False, None, False, False
    while True:
        size, page = window(place.position - back, largest)
        listing = fetch(page, size)
        if listing.more and 0 < len(listing.rows) < size and not is_capped:  # the host's pages hold no more
            largest, is_capped = min(largest, len(listing.rows)), True
            if page > 1:
                continue
            size = largest
        rows = [row for row in listing.rows if isinstance(row.get("id"), int)]
        _prove_order(rows, order, what)
        if rows and rows == before:
            raise TransientError(f"Zendesk Sell: {what} come again under another page number; a read cannot end")
        before, links = rows, links or listing.more
        start = size * (page - 1)
        if start > 0 and not _joined(rows, order, place):
            back, was_empty = back + largest, was_empty or not listing.rows
            continue
        fresh = [row for row in rows if _is_new(row, order, place)]
        ends = not listing.more and (links or len(listing.rows) < size)
        is_last = ends or not listing.rows or (was_empty and not fresh)
        place, back, was_empty = _behind(place, fresh, order, size * page), 0, was_empty and not fresh
        yield fresh, place, is_last
        if is_last:
            return


def _joined(rows: list[JsonObject], order: Order, place: Place) -> bool:
    return any(row["id"] in place.ids or (place.key is not None and order(row) < place.key) for row in rows)


def _is_new(row: JsonObject, order: Order, place: Place) -> bool:
    if place.key is None or order(row) > place.key:
        return True
    return order(row) == place.key and row["id"] not in place.ids


def _behind(place: Place, fresh: list[JsonObject], order: Order, position: int) -> Place:
    if not fresh:
        return replace(place, position=position)
    key = order(fresh[-1])
    ids = frozenset(row["id"] for row in fresh if order(row) == key)
    return Place(position, key, ids | place.ids if key == place.key else ids)


def _prove_order(rows: list[JsonObject], order: Order, what: str) -> None:
    keys = [order(row) for row in rows]
    if any(a > b for a, b in pairwise(keys)):
        raise TransientError(
            f"Zendesk Sell: {what} do not come in the order that was asked for, so that a read cannot be proved",
            fix="it is tried again at the next run; ask the vendor if it goes on",
        )
