"""Where a mail's text is among its parts. Source of facts: RFC 3501 §7.4.2 (BODYSTRUCTURE), RFC 2046."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from connectors.imap.answers import Value

DEEPEST = 20
"""Levels of parts that are looked into."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """The part that a person reads."""

    section: str
    """As FETCH asks for it: `1`, `1.2`."""
    is_html: bool
    charset: str
    encoding: str
    """Content-Transfer-Encoding, in small letters."""


def text_part(structure: Value) -> TextPart | None:
    """Find a mail's text: plain before HTML, the first part before the last; no attachment. None: there is none."""
    found = list(_texts(structure, "", 0))
    return next((part for part in found if not part.is_html), found[0] if found else None)


def _texts(structure: Value, at: str, depth: int) -> Iterator[TextPart]:
    if not isinstance(structure, list) or not structure or depth > DEEPEST:
        return
    if isinstance(structure[0], list):
        yield from _of_many(structure, at, depth)
        return
    kind, subtype = _word(structure, 0), _word(structure, 1)
    if kind != "text" or subtype not in {"plain", "html"} or _is_attached(structure):
        return
    charset = _pairs(structure[2] if len(structure) > 2 else None).get("charset", "")
    yield TextPart(at or "1", subtype == "html", charset, _word(structure, 5))


def _of_many(structure: list[Value], at: str, depth: int) -> Iterator[TextPart]:
    """Look into a multipart: all of an alternative, else the first part that has a text."""
    parts = list(takewhile(lambda each: isinstance(each, list), structure))  # what follows the subtype are parameters
    subtype = _word(structure, len(parts))
    for number, part in enumerate(parts, 1):
        found = list(_texts(part, f"{at}.{number}" if at else str(number), depth + 1))
        yield from found
        if found and subtype != "alternative":
            return


def _is_attached(structure: list[Value]) -> bool:
    """Whether a text is a file that hangs on: its disposition says so, or a name among its parameters."""
    for each in structure[8:]:
        if isinstance(each, list) and _word(each, 0) == "attachment":
            return True
    return "name" in _pairs(structure[2] if len(structure) > 2 else None)


def _word(structure: list[Value], place: int) -> str:
    value = structure[place] if place < len(structure) else None
    return value.decode("ascii", "replace").lower() if isinstance(value, bytes) else ""


def _pairs(value: Value) -> dict[str, str]:
    """Read parameters: name, value, name, value."""
    if not isinstance(value, list):
        return {}
    texts = [each.decode("ascii", "replace") if isinstance(each, bytes) else "" for each in value]
    return {name.lower(): text for name, text in zip(texts[::2], texts[1::2], strict=False)}
