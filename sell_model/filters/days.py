"""Days as filters speak of them: dates, today, this week, the last 30 days; always whole days of one time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from sell_model.types import utc_text

Unit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
FARTHEST = 36_500
"""How many days back or ahead a filter may reach."""

_NAMED = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_TURNS = {-1: "last", 0: "this", 1: "next"}


@dataclass(frozen=True, slots=True)
class Days:
    """A run of days from a first one on, up to but not including an end; None: without bound."""

    first: date | None
    end: date | None

    @property
    def texts(self) -> tuple[str | None, str | None]:
        """The two as dates are stored."""
        return (
            None if self.first is None else self.first.isoformat(),
            None if self.end is None else self.end.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What a filter's relative words mean just now."""

    now: datetime
    """Aware."""
    timezone: str = "UTC"
    """Whose days they are: an IANA name."""
    user: str | None = None
    """Who `me` is: an e-mail address."""
    team: frozenset[str] = frozenset()
    """Who `my team` are: addresses, one's own among them."""

    @property
    def today(self) -> date:
        """The present day in the time zone."""
        return self.now.astimezone(_zone(self.timezone)).date()

    def start_of(self, day: date) -> str:
        """Give the moment when a day begins in the time zone, as ISO 8601 UTC text."""
        return utc_text(datetime.combine(day, time(), _zone(self.timezone)))

    def moments(self, days: Days) -> tuple[str | None, str | None]:
        """Give the moments between which days lie in the time zone."""
        return (
            None if days.first is None else self.start_of(days.first),
            None if days.end is None else self.start_of(days.end),
        )

    def day_of(self, moment: str) -> date:
        """Give the day, in the time zone, of a moment written as ISO 8601 text."""
        return datetime.fromisoformat(moment).astimezone(_zone(self.timezone)).date()


@lru_cache(maxsize=100)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days that moves with the calendar: `this week`, `last month`, `today`.

    Weeks begin on Monday, quarters in January, April, July, October.
    """

    unit: Unit
    shift: int
    """-1, 0 or 1: the one before, this one, the one after."""

    def __str__(self) -> str:
        return _NAMED[self.shift] if self.unit == "day" else f"{_TURNS[self.shift]} {self.unit}"


def days_of(period: Period, today: date) -> Days:
    """Give the days of a period.

    >>> days_of(Period("quarter", -1), date(2026, 2, 3))
    Days(first=datetime.date(2025, 10, 1), end=datetime.date(2026, 1, 1))
    """
    first = _STARTS[period.unit](today, period.shift)
    return Days(first, _STARTS[period.unit](today, period.shift + 1))


def _start_of_months(today: date, length: int, shift: int) -> date:
    months = today.year * 12 + (today.month - 1) // length * length + shift * length
    return date(months // 12, months % 12 + 1, 1)


_STARTS: dict[Unit, Callable[[date, int], date]] = {
    "day": lambda today, shift: today + timedelta(shift),
    "week": lambda today, shift: today + timedelta(7 * shift - today.weekday()),
    "month": lambda today, shift: _start_of_months(today, 1, shift),
    "quarter": lambda today, shift: _start_of_months(today, 3, shift),
    "year": lambda today, shift: date(today.year + shift, 1, 1),
}
