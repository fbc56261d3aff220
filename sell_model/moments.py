"""Times as people write them: `2026-11-20 14:30`, a day alone, `today`, `tomorrow`, in their own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from sell_model.errors import SetupError
from sell_model.types import utc_text

DayAlone: TypeAlias = Literal["begins", "ends"]
"""Which moment of a day is meant where no time of day is said."""

_NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}


def read_moment(text: str, what: str, now: datetime, zone: ZoneInfo, day_alone: DayAlone) -> str:
    """Read a time as ISO 8601 UTC text.

    Args:
        what: the option or field, for the message.
        now: says which day is today.
        zone: of times that do not say theirs, and of days.
        day_alone: a day without a time of day means its first moment, or its last second.

    Raises:
        SetupError: not a time.
    """
    word = text.strip()
    if word.lower() in _NAMED:
        day = now.astimezone(zone).date() + timedelta(days=_NAMED[word.lower()])
        return utc_text(_at(day, zone, day_alone))
    try:
        if len(word) == len("2026-11-20"):
            return utc_text(_at(date.fromisoformat(word), zone, day_alone))
        moment = datetime.fromisoformat(word)
        return utc_text(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except OverflowError as error:
        raise SetupError(
            f"{what} {text!r} lies at the end of the calendar", fix="write a day between 0001-01-02 and 9999-12-30"
        ) from error
    except ValueError as error:
        raise SetupError(
            f"{what} {text!r} is not a time",
            fix="write 2026-11-20, 2026-11-20T14:30, 2026-11-20T14:30Z, today or tomorrow",
        ) from error


def _at(day: date, zone: ZoneInfo, day_alone: DayAlone) -> datetime:
    """Give a day's first moment, or its last second."""
    if day_alone == "begins":
        return datetime.combine(day, time(), zone)
    following = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return following - timedelta(seconds=1)
