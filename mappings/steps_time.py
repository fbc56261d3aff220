"""Steps for days and moments. Moments are ISO 8601 UTC text, days are YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mappings.errors import StepError
from mappings.steps import step
from mappings.values import as_text
from sell_model.types import utc_text

Order = Literal["ymd", "dmy", "mdy", "unsaid"]
Unit = Literal["s", "ms"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T,]+(.*))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?\.?[Mm]?\.?")


@lru_cache(64)
def zone_of(name: str) -> tzinfo:
    """Give a time zone by its IANA name.

    Raises:
        StepError: there is none of that name.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StepError(f"no time zone is called {name!r}", fix="take a name like Europe/Berlin") from error


def _from_epoch(value: Any, unit: Unit) -> datetime:
    try:
        count = int(as_text(value).strip())
        return _EPOCH + (timedelta(milliseconds=count) if unit == "ms" else timedelta(seconds=count))
    except (ValueError, OverflowError) as error:
        raise StepError(f"not a count of {unit} since 1970") from error


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _read(value: Any, order: Order, form: str | None, unit: Unit | None) -> datetime:
    """Read a moment, aware or not as it stands there."""
    if unit is not None:
        return _from_epoch(value, unit)
    text = as_text(value).strip()
    if form is not None:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 -- the zone is the step's option
        except ValueError as error:
            raise StepError(f"not of the form {form}") from error
    if text.isdigit() and len(text) != 8:
        raise StepError("a bare number is no time", fix="if it counts from 1970, say {unit: s} or {unit: ms}")
    return _iso(text) or _by_order(text, order)


def _by_order(text: str, order: Order) -> datetime:
    found = _NUMBERS.fullmatch(text)
    if not found:
        raise StepError(
            "not a date or time we can read",
            fix='name its form: {format: "%d %B %Y"}, or its order: {order: dmy}',
        )
    first, second, third = (int(number) for number in found.groups()[:3])
    year, month, day = _ordered((found[1], found[3]), (first, second, third), order)
    hour, minute, seconds = _clock(found[4])
    try:
        return datetime(year, month, day, hour, minute, seconds)  # noqa: DTZ001 -- the zone is the step's option
    except ValueError as error:
        raise StepError(f"no such day or time: {error}") from error


def _ordered(ends: tuple[str, str], numbers: tuple[int, int, int], order: Order) -> tuple[int, int, int]:
    first, second, third = numbers
    if len(ends[0]) == 4:
        return first, second, third
    if len(ends[1]) != 4:
        raise StepError(
            "a year of four digits is expected", fix='name the form, {format: "%d/%m/%y"}', code="ambiguous"
        )
    if order == "dmy" or (order == "unsaid" and first > 12):
        return third, second, first
    if order == "mdy" or (order == "unsaid" and (second > 12 or first == second)):
        return third, first, second
    raise StepError("which is the day and which the month?", fix="say {order: dmy} or {order: mdy}", code="ambiguous")


def _clock(text: str | None) -> tuple[int, int, int]:
    if not text or not text.strip():
        return 0, 0, 0
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise StepError("the time of day is not readable", fix="name the form by {format: …}")
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4] in "Pp" else 0)
    return hour, int(found[2]), int(found[3] or 0)


def _in_zone(moment: datetime, zone: str) -> datetime:
    """Give an aware moment; one without a zone stands in `zone`."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone_of(zone))


@step("datetime", takes="any", gives="time", main="zone", hub={"zone": "timezone"})
def moment(
    value: Any,
    *,
    zone: str = "UTC",
    order: Order = "unsaid",
    format: str | None = None,  # noqa: A002 -- the word that people know from elsewhere
    unit: Unit | None = None,
) -> str:
    """Read a moment. One without its own zone stands in `zone`; the hub's when not stated.

    ISO 8601 is read as it is; `order: dmy` or `mdy` reads 3/4/2026 10:30; `format` takes any other form,
    as Python's strptime; `unit: s` or `ms` reads a count since 1970.

    >>> moment("2026-01-02 03:04", zone="Europe/Berlin"), moment(1767323105, unit="s")
    ('2026-01-02T02:04:00.000000Z', '2026-01-02T03:05:05.000000Z')
    >>> moment("3/4/2026 1:30 PM", order="mdy", zone="UTC")
    '2026-03-04T13:30:00.000000Z'
    """
    try:
        return utc_text(_in_zone(_read(value, order, format, unit), zone))
    except OverflowError as error:
        raise StepError("out of the range of times") from error


@step("date", takes="any", gives="date", main="order", hub={"zone": "timezone"}, loss="the time of day is not kept")
def day(
    value: Any,
    *,
    order: Order = "unsaid",
    format: str | None = None,  # noqa: A002 -- the word that people know from elsewhere
    unit: Unit | None = None,
    zone: str = "UTC",
) -> str:
    """Read a day. Of a moment that says its zone, it is the day in `zone`; the hub's when not stated.

    3/4/2026 is refused unless `order` says which is the month; 31/12/2026 can be read in one way only.

    >>> day("2026-01-02"), day("31/12/2026"), day("3/4/2026", order="dmy")
    ('2026-01-02', '2026-12-31', '2026-04-03')
    >>> day("2026-01-01T23:30:00Z", zone="Europe/Berlin"), day("2 Jan 2026", format="%d %b %Y")
    ('2026-01-02', '2026-01-02')
    """
    found = _read(value, order, format, unit)
    if found.tzinfo is None:
        return found.date().isoformat()
    try:
        return found.astimezone(zone_of(zone)).date().isoformat()
    except OverflowError as error:
        raise StepError("out of the range of times") from error


def known_zone(name: str) -> bool:
    """Tell whether a time zone has that name."""
    try:
        return zone_of(name) is not None
    except StepError:
        return False
