"""Walking a list by page numbers while others change it: nothing is lost, whatever happens between two pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import TransientError
from connectors.sell.api import Listing
from connectors.sell.walk import Place, walk, window

LARGEST = 20


class Rows:
    """A list in the order of ids, by pages."""

    def __init__(self, count: int, *, links: bool) -> None:
        self.ids = list(range(1, count + 1))
        self.links = links
        self.calls = 0

    def fetch(self, page: int, size: int) -> Listing:
        self.calls += 1
        shown = self.ids[size * (page - 1) : size * page]
        return Listing([{"id": id_} for id_ in shown], self.links and len(self.ids) > size * page)


def key(row: dict[str, Any]) -> int:
    return int(row["id"])


@given(
    count=st.integers(0, 400),
    links=st.booleans(),
    deletions=st.lists(st.lists(st.integers(0, 400), max_size=60), max_size=30),
    additions=st.lists(st.integers(0, 5), max_size=30),
)
@settings(max_examples=150, deadline=None)
def test_who_stays_is_read_once_whoever_else_is_deleted_or_added(
    count: int, links: bool, deletions: list[list[int]], additions: list[int]
) -> None:
    """Deleted before the next page or behind it, few or most of them."""
    rows = Rows(count, links=links)
    born = set(rows.ids)
    seen: list[int] = []
    for number, (fresh, _, _) in enumerate(walk(rows.fetch, key, Place(), LARGEST, "rows")):
        seen += [row["id"] for row in fresh]
        gone = set(deletions[number]) if number < len(deletions) else set()
        rows.ids = [id_ for id_ in rows.ids if id_ not in gone]
        if number < len(additions) and number % 2 == 0:
            first = 1_000 + 10 * number
            rows.ids += range(first, first + additions[number])

    assert born & set(rows.ids) <= set(seen)
    assert len(seen) == len(set(seen))


@given(covered=st.integers(1, 200_000))
def test_a_window_begins_before_the_end_of_what_was_read_and_goes_beyond_it(covered: int) -> None:
    """So that it proves itself, and gets on."""
    for largest in (LARGEST, 100):
        size, page = window(covered, largest)
        assert size <= largest
        assert size * (page - 1) < covered < size * page


@pytest.mark.parametrize(("count", "most"), [(1_000, 11), (10_000, 115), (100_000, 1_145)])
def test_the_proof_costs_a_call_in_ten(count: int, most: int) -> None:
    """In seven, when there are many."""
    rows = Rows(count, links=True)

    assert sum(len(fresh) for fresh, _, _ in walk(rows.fetch, key, Place(), 100, "rows")) == count
    assert rows.calls <= most


def test_a_list_out_of_order_is_no_proof() -> None:
    """An id that comes after a greater one."""
    rows = Rows(40, links=True)
    rows.ids.reverse()

    with pytest.raises(TransientError, match="order"):
        list(walk(rows.fetch, key, Place(), LARGEST, "rows"))
