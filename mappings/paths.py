"""The language of paths, and how a path becomes a function.

properties.email                 keys, one inside the other
First Name                       a key may hold spaces
"No. of seats".total             quotes keep a dot, a bracket or a quote in a key
items[0].id                      the place in a list, from 0; [-1] is the last
tags[*].name                     that of every element: a list
custom_fields[id=27642].value    the first element whose `id`, read as text, is 27642
@                                the record, or the element inside `each`, itself
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from mappings.errors import StepError
from mappings.values import as_text
from sell_model.draft import JsonObject

Reader: TypeAlias = Callable[[JsonObject], Any]
"""Reads one value of a record; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Every:
    """`[*]`: each element of a list."""


@dataclass(frozen=True, slots=True)
class Select:
    """`[key=value]`: the first element whose key reads as that text."""

    key: str
    value: str


Part: TypeAlias = str | int | Every | Select
Path: TypeAlias = tuple[Part, ...]
"""A parsed path; empty for `@`."""


class Bare(dict[str, Any]):
    """An element of an `each` list that is no object: it has no keys, only itself (`@`)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class PathError(ValueError):
    """Not a path; `place` is the character at which it stops to be one, from 0."""

    def __init__(self, text: str, place: int) -> None:
        super().__init__(text)
        self.place = place


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_KEY = re.compile(rf'{_QUOTED}|[^."\[\]]+')
_BRACKET = re.compile(rf'\[\s*(?:(\*)|(-?\d+)|({_QUOTED}|[^."\[\]=]+)=({_QUOTED}|[^"\[\]]*))\s*\]')


def parse_path(text: str) -> Path:
    """Read a path.

    >>> parse_path('custom_fields[id=27642].value')
    ('custom_fields', Select(key='id', value='27642'), 'value')

    Raises:
        PathError: not a path.
    """
    if text.strip() == "@":
        return ()
    parts: list[Part] = []
    place = 0
    while place < len(text) or not parts:
        part, place = _bracket(text, place) if text[place : place + 1] == "[" else _key(text, place, parts)
        parts.append(part)
    return tuple(parts)


def _key(text: str, place: int, before: list[Part]) -> tuple[str, int]:
    if before:
        if text[place] != ".":
            raise PathError("a dot is missing between two keys", place)
        place += 1
    found = _KEY.match(text, place)
    if not found or not found[0].strip():
        raise PathError("a key is missing", place)
    return _unquoted(found[0], place), found.end()


def _bracket(text: str, place: int) -> tuple[Part, int]:
    found = _BRACKET.match(text, place)
    if not found:
        raise PathError("a bracket holds a place [0], a star [*] or a choice [key=value]", place)
    every, index, key, value = found.groups()
    if every:
        return Every(), found.end()
    if index is not None:
        return int(index), found.end()
    return Select(_unquoted(key, place), _unquoted(value, place)), found.end()


def _unquoted(text: str, place: int) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise PathError("the quoted key is not readable", place) from error


def gives_list(path: Path) -> bool:
    """Tell whether a path gives a list because it says `[*]`."""
    return any(isinstance(part, Every) for part in path)


def path_reader(path: Path) -> Reader:
    """Make the function that reads a path. It never raises: what is not there is None."""
    match path:
        case ():
            return _itself
        case (str() as key,):
            return lambda record: record.get(key)
        case (str() as outer, str() as inner):
            return _two_keys(outer, inner)
    steps = [_stepper(part) for part in path]

    def read(record: JsonObject) -> Any:
        value: Any = record
        for place, step in enumerate(steps):
            if step is None:
                return _each(value, path[place + 1 :])
            value = step(value)
            if value is None:
                return None
        return value

    return read


def _itself(record: JsonObject) -> Any:
    return record.value if type(record) is Bare else record


def _two_keys(outer: str, inner: str) -> Reader:
    def read(record: JsonObject) -> Any:
        inside = record.get(outer)
        return inside.get(inner) if type(inside) is dict else None

    return read


def _stepper(part: Part) -> Callable[[Any], Any] | None:
    if isinstance(part, str):
        return lambda value: value.get(part) if isinstance(value, dict) else None
    if isinstance(part, int):
        return lambda value: value[part] if isinstance(value, list) and -len(value) <= part < len(value) else None
    if isinstance(part, Select):
        return lambda value: _selected(value, part)
    return None


def _selected(value: Any, wanted: Select) -> Any:
    if not isinstance(value, list):
        return None
    for element in value:
        if isinstance(element, dict) and wanted.key in element and _reads(element[wanted.key], wanted.value):
            return element
    return None


def _reads(value: Any, wanted: str) -> bool:
    try:
        return as_text(value) == wanted
    except StepError:
        return False


def _each(value: Any, rest: Path) -> Any:
    if not isinstance(value, list):
        return None
    if not rest:
        return value
    read = path_reader(rest)
    found = [read(element) for element in value if isinstance(element, dict) or not isinstance(rest[0], str)]
    return [item for item in found if item is not None]
