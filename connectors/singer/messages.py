"""Singer's messages: a line of JSON each. Source of facts: the Singer specification, singer-python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from connectors.connector import JsonObject
from connectors.errors import SetupError

BROKEN = "run the tap by hand and look at what it prints: only Singer's messages belong on standard output"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a stream's next records look like, and which fields name one."""

    stream: str
    keys: tuple[str, ...]
    bookmarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record; with a version where deletions are told by `ActivateVersion`."""

    stream: str
    data: JsonObject
    version: int | None


@dataclass(frozen=True, slots=True)
class State:
    """From here the tap can go on, once all records before it are stored."""

    value: JsonObject


@dataclass(frozen=True, slots=True)
class ActivateVersion:
    """All records of this version have come: those of older versions are no more."""

    stream: str
    version: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a kind that we do not know."""

    kind: str


Message: TypeAlias = Schema | Record | State | ActivateVersion | Unknown


def read_message(line: bytes, number: int) -> Message | None:
    """Read one line; None when it is blank.

    Raises:
        SetupError: it is no message. The line is not quoted: it may hold anything.
    """
    if not line.strip():
        return None
    try:
        content = json.loads(line, parse_float=_exact, parse_constant=lambda _: None)
        return _message(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SetupError(f"Singer: line {number} of the tap's output is no message of Singer's", fix=BROKEN) from None


def _message(content: JsonObject) -> Message:
    kind = content["type"]
    if kind == "RECORD":
        return Record(_text(content["stream"]), _object(content["record"]), _version(content.get("version")))
    if kind == "STATE":
        return State(_object(content["value"]))
    if kind == "SCHEMA":
        keys, bookmarks = content.get("key_properties") or (), content.get("bookmark_properties") or ()
        return Schema(_text(content["stream"]), _texts(keys), _texts(bookmarks))
    if kind == "ACTIVATE_VERSION":
        return ActivateVersion(_text(content["stream"]), int(content["version"]))
    if kind == "BATCH":
        raise SetupError("Singer: the tap writes its records to files (BATCH)", fix="take batch_config out of `config`")
    return Unknown(_text(kind))


def id_of(data: JsonObject, keys: tuple[str, ...]) -> str:
    """Name a record by its key fields; empty where one of them has no value."""
    values = [data.get(key) for key in keys]
    if any(value is None or value == "" for value in values):
        return ""
    parts = [value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in values]
    return parts[0] if len(parts) == 1 else ":".join(p.replace("\\", "\\\\").replace(":", "\\:") for p in parts)


def moment_of(value: Any) -> str | None:
    """Read a bookmark's value as a time of change; None where it is something else. No zone means UTC."""
    if not isinstance(value, str) or len(value) < len("2026-01-02"):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _exact(text: str) -> float | str:
    """A number as float where that is exact, else as it was written: money must not lose its cents."""
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def _object(value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _version(value: Any) -> int | None:
    return None if value is None else int(value)
