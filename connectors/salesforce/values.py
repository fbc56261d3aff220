"""Values in one form, whether REST sent them as JSON or Bulk as CSV text.

Bulk has no null, no booleans, other times and sometimes other line ends; without this a record would
look changed because it was read another way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

Convert: TypeAlias = Callable[[Any], Any]

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def id18(text: str) -> str:
    """Give the 18-character form of an id: old exports have 15, whose case matters."""
    if len(text) != 15 or not text.isalnum():
        return text
    chunks = (text[start : start + 5] for start in (0, 5, 10))
    bits = (sum(1 << i for i, c in enumerate(chunk) if c.isupper()) for chunk in chunks)
    return text + "".join(_SUFFIX[b] for b in bits)


def stamp(moment: datetime) -> str:
    """Write a moment as REST does, `2026-01-02T03:04:05.000+0000`; such texts sort by time."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def moment(text: str) -> datetime:
    """Read any ISO 8601 time; without a zone it is UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def converter(kind: str) -> Convert:
    """Give the function that brings values of a describe type to one form."""
    return _CONVERTERS.get(kind, _text)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "").replace("\r\n", "\n") or None


def _id(value: Any) -> Any:
    return id18(value) or None if isinstance(value, str) else value


def _boolean(value: Any) -> Any:
    return {"true": True, "false": False, "": None}.get(value.lower(), value) if isinstance(value, str) else value


def _number(value: Any) -> Any:
    """Float always: REST writes 23.0 for a double, and Bulk may write 23."""
    if value is None or value == "" or isinstance(value, bool):
        return None if value == "" else value
    try:
        return float(value) + 0.0  # without a minus before zero
    except ValueError:  # a masked value stays what it is
        return value


def _whole(value: Any) -> Any:
    number = _number(value)
    if isinstance(value, int) or not isinstance(number, float):
        return value if isinstance(value, int) else number
    return int(number) if number.is_integer() else number


def _time(value: Any) -> Any:
    if not isinstance(value, str) or value.endswith(".000+0000"):
        return value
    try:
        return stamp(moment(value)) if value else None
    except ValueError:
        return value


_CONVERTERS: dict[str, Convert] = {
    "id": _id,
    "reference": _id,
    "boolean": _boolean,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _whole,
    "long": _whole,
    "datetime": _time,
}
