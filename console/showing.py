"""How records and their values are shown to people: times in their zone, values on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

CUT = 200
"""A value is shown up to so many characters."""


def when(text: str | None) -> str:
    """Write a stored time in the reader's own zone, to the second; a dash for none."""
    if not text:
        return "–"
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def value_text(value: Any) -> str:
    """Write any value on one line, long ones cut; control characters cannot reach the terminal."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}: {value_text(each)}" for name, each in value.items() if each not in (None, ""))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(value_text(each) for each in value)
    else:
        text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if len(text) <= CUT else f"{text[:CUT]}…"


def tell_pairs(pairs: Sequence[tuple[str, str]], indent: str = "  ") -> None:
    """Print names with what they are, the names padded to one width."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        print(f"{indent}{name.ljust(width)}  {text}".rstrip())


def quoted(text: str) -> str:
    """Write a word as a shell takes it.

    >>> quoted("Inbound"), quoted("Big deals")
    ('Inbound', "'Big deals'")
    """
    import shlex

    return shlex.quote(text)
