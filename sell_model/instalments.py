"""Splitting one deal into dated instalments: shares that add up to the whole, dates that keep their day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, TypeAlias

Every: TypeAlias = Literal["week", "month", "quarter", "year"]
"""How far apart instalments lie."""

MOST_PARTS = 1_000
"""More instalments than this are a mistake: eighty years of months."""

_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}


def split(total: int, parts: int) -> list[int]:
    """Split an amount of minor units into equal shares; what does not divide goes on the last.

    >>> split(10_000, 3)
    [3333, 3333, 3334]

    Raises:
        ValueError: fewer than two parts, more than MOST_PARTS, or a share would be nothing.
    """
    if not 2 <= parts <= MOST_PARTS:
        raise ValueError(f"{parts} parts: there can be from 2 to {MOST_PARTS:,}")
    if total < parts:
        raise ValueError(f"{parts} parts: the value has only {total} smallest units of its currency to share out")
    share = total // parts
    return [*[share] * (parts - 1), total - share * (parts - 1)]


def dates(first: date, every: Every, parts: int) -> list[date]:
    """Give the dates of instalments; each month keeps the first one's day as far as it has one.

    >>> [str(d) for d in dates(date(2027, 1, 31), "month", 3)]
    ['2027-01-31', '2027-02-28', '2027-03-31']

    Raises:
        ValueError: the last would lie beyond the year 9999.
    """
    try:
        if every == "week":
            return [first + timedelta(weeks=number) for number in range(parts)]
        return [_months_on(first, number * _MONTHS[every]) for number in range(parts)]
    except (OverflowError, ValueError) as error:
        raise ValueError(
            f"{parts} parts, one every {every} from {first}: the last lies beyond the year 9999"
        ) from error


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > 9999:
        raise ValueError("beyond the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def part_name(name: str, part: int, parts: int, longest: int) -> str:
    """Name an instalment after its deal, cut so that the number stays whole.

    >>> part_name("Rollout", 2, 24, 255)
    'Rollout (2/24)'
    """
    tail = f" ({part}/{parts})"
    return name[: longest - len(tail)].rstrip() + tail
