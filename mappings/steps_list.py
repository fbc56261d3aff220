"""Steps between one value and several."""

from __future__ import annotations

from typing import Any

from mappings.steps import step
from mappings.values import as_text, present


@step("first_present", takes="list", gives="any")
def first_present(value: list[Any]) -> Any:
    """Take the first of several values that is there. Several sources do so by themselves.

    >>> first_present([None, " ", "+14155552671"])
    '+14155552671'
    """
    return next((item for item in map(present, value) if item is not None), None)


@step("join", takes="list", main="by")
def join(value: list[Any], *, by: str = " ") -> str:
    """Write several values as one text; those that are not there are left out.

    >>> join(["Ann", None, "Li"]), join(["1 Main St", "Floor 2"], by=", ")
    ('Ann Li', '1 Main St, Floor 2')
    """
    return by.join(as_text(item).strip() for item in map(present, value) if item is not None)


@step("split", gives="list", main="by")
def split(value: str, *, by: str | list[str] = ";") -> list[str]:
    """Take a text apart at a mark, or at each of several; blanks around the pieces are dropped.

    >>> split("red; blue"), split("a, b|c", by=[",", "|"])
    (['red', 'blue'], ['a', 'b', 'c'])
    """
    marks = [by] if isinstance(by, str) else by
    for mark in marks[1:]:
        value = value.replace(mark, marks[0])
    pieces = value.split(marks[0]) if marks and marks[0] else [value]
    return [piece.strip() for piece in pieces if piece.strip()]
