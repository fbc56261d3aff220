"""Shares that add up and dates that keep their day, as arithmetic."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.instalments import MOST_PARTS, Every, dates, part_name, split


@given(st.integers(2, MOST_PARTS), st.integers(0, 10**17))
def test_shares_are_exactly_the_whole_and_all_but_the_last_are_equal(parts: int, more: int) -> None:
    """What does not divide goes on the last, and is less than one unit a part."""
    total = parts + more
    shares = split(total, parts)

    assert sum(shares) == total
    assert len(shares) == parts
    assert len(set(shares[:-1])) == 1
    assert 0 <= shares[-1] - shares[0] < parts
    assert min(shares) >= 1


@pytest.mark.parametrize(
    ("total", "parts", "why"),
    [(100, 1, "from 2 to"), (100, 0, "from 2 to"), (100, -3, "from 2 to"), (10**9, 1001, "1,000"), (23, 24, "only 23")],
)
def test_what_cannot_be_shared_out_is_refused_with_why(total: int, parts: int, why: str) -> None:
    """A part of nothing is no instalment."""
    with pytest.raises(ValueError, match=why):
        split(total, parts)


@pytest.mark.parametrize(
    ("first", "every", "expected"),
    [
        ("2027-01-31", "month", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ("2027-11-30", "quarter", ["2027-11-30", "2028-02-29", "2028-05-30", "2028-08-30"]),
        ("2024-02-29", "year", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        ("2026-12-28", "week", ["2026-12-28", "2027-01-04", "2027-01-11", "2027-01-18"]),
    ],
)
def test_dates_keep_the_first_ones_day_as_far_as_a_month_has_it(first: str, every: Every, expected: list[str]) -> None:
    """A short month shortens its own date alone."""
    assert [str(day) for day in dates(date.fromisoformat(first), every, 4)] == expected


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(["month", "quarter", "year"]), st.integers(2, 60))
def test_every_month_has_its_date_once_in_order(first: date, every: Every, parts: int) -> None:
    """No month is skipped, whatever day the first one has."""
    found = dates(first, every, parts)
    step = {"month": 1, "quarter": 3, "year": 12}[every]
    months = [day.year * 12 + day.month for day in found]

    assert found[0] == first
    assert [later - earlier for earlier, later in pairwise(months)] == [step] * (parts - 1)
    assert all(day.day == min(first.day, monthrange(day.year, day.month)[1]) for day in found)


@pytest.mark.parametrize("every", ["week", "month", "quarter", "year"])
def test_the_calendar_ends(every: Every) -> None:
    """Databases and people know four digits."""
    with pytest.raises(ValueError, match="9999"):
        dates(date(9999, 12, 30), every, 3)


def test_a_long_name_is_cut_so_that_its_number_stays_whole() -> None:
    """Sell's names have a length."""
    assert part_name("x" * 255, 2, 24, 255) == "x" * 248 + " (2/24)"
    assert part_name("Acme 张", 24, 24, 255) == "Acme 张 (24/24)"
