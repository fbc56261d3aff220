"""Which operators each kind of field has, and the words they are written with. Source: our reading of Sell's lists."""

from __future__ import annotations

from collections.abc import Sequence

from sell_model.filters.fields import Kind
from sell_model.filters.tree import Operator
from sell_model.filters.words import Word

_EMPTY: tuple[Operator, ...] = ("is empty", "is not empty")
_NUMBERS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "between", *_EMPTY)
_DAYS: tuple[Operator, ...] = ("on", "before", "after", "between", "in", "in last", "in next", "more than", *_EMPTY)
_CHOICES: tuple[Operator, ...] = ("is any of", "is none of", "is", "is not", *_EMPTY)

OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    "text": ("is", "is not", "contains", "does not contain", "starts with", "is any of", "is none of", *_EMPTY),
    "number": _NUMBERS,
    "money": _NUMBERS,
    "days": _NUMBERS,
    "date": _DAYS,
    "datetime": _DAYS,
    "choice": _CHOICES,
    "owner": _CHOICES,
    "tags": ("has any", "has all", "has none", *_EMPTY),
    "bool": ("yes", "no"),
}

NEGATED: dict[Operator, Operator] = {
    "is not": "is", "is none of": "is any of", "does not contain": "contains", "!=": "=",
    "has none": "has any", "is not empty": "is empty", "no": "yes",
}  # fmt: skip
"""Operators that hold exactly where another one does not."""

_TOLD = {
    "in": "today, yesterday, tomorrow, this|last|next week|month|quarter|year",
    "in last": "in last N days",
    "in next": "in next N days",
    "more than": "more than N days ago",
    "between": "between X and Y",
    "is any of": "is any of (…)",
    "is none of": "is none of (…)",
    "has any": "has any (…)",
    "has all": "has all (…)",
    "has none": "has none (…)",
}

_WRITTEN: tuple[tuple[str, Operator], ...] = (
    ("is any of", "is any of"), ("is none of", "is none of"), ("is not empty", "is not empty"),
    ("is empty", "is empty"), ("is not", "is not"), ("is", "is"), ("contains", "contains"),
    ("does not contain", "does not contain"), ("starts with", "starts with"), ("between", "between"),
    ("has any of", "has any"), ("has all of", "has all"), ("has none of", "has none"), ("has any", "has any"),
    ("has all", "has all"), ("has none", "has none"), ("has", "has any"), ("on", "on"), ("before", "before"),
    ("after", "after"), ("in last", "in last"), ("in next", "in next"), ("more than", "more than"), ("in", "in"),
    ("=", "="), ("!=", "!="), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">"),
)  # fmt: skip
_PHRASES = [(tuple(written.split()), operator) for written, operator in _WRITTEN]
_PERIOD_WORDS = ("today", "yesterday", "tomorrow", "this", "last", "next")
_AFTER_IS = frozenset({*_PERIOD_WORDS, "on", "before", "after", "between", "in", "more"})
_ALIKE: dict[Kind, dict[str, Operator]] = {
    "number": {"is": "=", "is not": "!="},
    "text": {"=": "is", "!=": "is not"},
    "date": {"is": "on", "=": "on"},
    "tags": {
        "is any of": "has any", "is none of": "has none", "is": "has any", "is not": "has none",
        "=": "has any", "!=": "has none", "contains": "has any", "does not contain": "has none",
    },
}  # fmt: skip
"""What is written for one kind of field and means the operator of another."""
_LIKE: dict[Kind, Kind] = {
    "money": "number", "days": "number", "choice": "text", "owner": "text", "datetime": "date"
}  # fmt: skip
_TRUTH = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}
_OPPOSITE = {"yes": "no", "no": "yes"}


def operator_of(kind: Kind, words: Sequence[Word]) -> tuple[str, Sequence[Word]]:
    """Read the operator that words begin with, and give the words after it; "" when there is none.

    It may be one that the kind does not have.
    """
    if kind in {"date", "datetime"} and len(words) > 1 and words[0].says("is") and words[1].says(*_AFTER_IS):
        words = words[1:]
    if words and words[0].says(*_PERIOD_WORDS):
        return "in", words
    if kind == "bool":
        return _truth(words)
    for phrase, operator in _PHRASES:
        if len(words) >= len(phrase) and all(w.says(p) for w, p in zip(words, phrase, strict=False)):
            return _ALIKE.get(_LIKE.get(kind, kind), {}).get(operator, operator), words[len(phrase) :]
    return "", words


def _truth(words: Sequence[Word]) -> tuple[str, Sequence[Word]]:
    """Read `yes`, `is yes`, `is not yes`, `= true`, `!= no`."""
    rest, is_denied = words, False
    while rest and rest[0].says("is", "=", "not", "!="):
        is_denied ^= rest[0].says("not", "!=")
        rest = rest[1:]
    said = _TRUTH.get(rest[0].text.lower()) if rest else None
    if said is None:
        return (words[0].text if words else ""), words[1:]
    return _OPPOSITE[said] if is_denied else said, rest[1:]


def told(kind: Kind) -> str:
    """Name the operators of a kind, as one writes them."""
    return ", ".join(_TOLD.get(operator, operator) for operator in OPERATORS[kind])
