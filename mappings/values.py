"""What counts as a value: blank text is nothing, text is kept in NFC, scalars can be read as text."""

from __future__ import annotations

import unicodedata
from typing import Any

from mappings.errors import StepError


def present(value: Any) -> Any:
    """Give a value, or None where it counts as absent: null, blank text, an empty list or object.

    Text that is not ASCII comes back in NFC, so that the same name is the same text.

    >>> present("  "), present([]), present(0), present("Zoe\\u0308")
    (None, None, 0, 'Zoë')

    Raises:
        StepError: the text holds what no database keeps: a NUL character, half a surrogate pair.
    """
    if type(value) is str:
        if not value or value.isspace():
            return None
        if "\0" in value:
            raise StepError("holds a NUL character (\\x00), which is no text", code="not_text")
        return value if value.isascii() else _composed(value)
    if type(value) is list:
        return [item for item in map(present, value) if item is not None] or None
    return value if value != {} else None


def _composed(value: str) -> str:
    text = unicodedata.normalize("NFC", value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StepError("holds half of a surrogate pair, which is no character", code="not_text") from error
    return text


def as_text(value: Any) -> str:
    """Read a JSON scalar as text, as JSON writes it: `true`, `12`, `1.5`.

    Raises:
        StepError: a list or an object.
    """
    if type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    kind = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "nothing"
    raise StepError(f"{kind} stands where text is expected", fix="point the path at one value inside it")


def shown(value: Any) -> str:
    """Give a value as a reason shows it: text of at most 200 characters that any database keeps.

    >>> shown(None), shown({"a": 1})
    ('', "{'a': 1}")
    """
    try:
        text = "" if value is None else value if isinstance(value, str) else str(value)
    except RecursionError:
        text = "(nested too deeply to show)"
    return text[:200].replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
