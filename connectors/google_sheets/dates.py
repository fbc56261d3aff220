"""Dates in cells: numbers of days since 1899-12-30 in the spreadsheet's own zone. Source of facts: Sheets v4."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 -- of whichever zone the spreadsheet has
DAY_MS = 86_400_000


def zone_of(name: str) -> tzinfo:
    """Give a spreadsheet's zone; one that is not known here (rare: a custom one) counts as UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def moment_of(serial: float, zone: tzinfo) -> str | float:
    """Write a serial as ISO 8601: a day, a moment with its zone, or a time of day; as it is where it is none.

    >>> moment_of(46024, UTC), moment_of(46024.5, UTC), moment_of(0.25, UTC)
    ('2026-01-02', '2026-01-02T12:00:00+00:00', '06:00:00')
    """
    try:
        at = BEGAN + timedelta(milliseconds=round(serial * DAY_MS))
    except (OverflowError, ValueError):
        return serial
    precision = "milliseconds" if at.microsecond else "seconds"
    if 0 < serial < 1:
        return at.time().isoformat(precision)
    if at.time() == datetime.min.time():
        return at.date().isoformat()
    return at.replace(tzinfo=zone).isoformat(timespec=precision)
