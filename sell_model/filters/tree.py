"""A filter as a tree: comparisons joined by and, or, not. It writes itself back as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from sell_model.filters.days import Period
from sell_model.filters.fields import CUSTOM, Field

Operator: TypeAlias = Literal[
    "is", "is not", "is any of", "is none of", "contains", "does not contain", "starts with",
    "is empty", "is not empty", "=", "!=", "<", "<=", ">", ">=", "between",
    "on", "before", "after", "in", "in last", "in next", "more than",
    "has any", "has all", "has none", "yes", "no",
]  # fmt: skip
"""`in` is a period (`this week`); `in last`, `in next`, `more than` (ago) take a number of days."""


@dataclass(frozen=True, slots=True)
class Myself:
    """`me`, or `my team`: whoever looks at the list."""

    with_team: bool

    def __str__(self) -> str:
        return "my team" if self.with_team else "me"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


Value: TypeAlias = str | Decimal | int | Amount | date | Period | Myself

KEYWORDS = frozenset(
    "and or not is any none of empty contains does contain starts with between on before after in last next more "
    "than ago has all yes no me my today yesterday tomorrow this true false".split()
)
_PLAIN = re.compile(r"[^\W_](?:[\w.@+/-]*\w)?")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: a field, an operator, what it is compared with."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()

    def __str__(self) -> str:
        return f"{self.field.written} {self._compared()}"

    def _compared(self) -> str:
        written = [_written(value) for value in self.values]
        match self.operator:
            case "in":
                return written[0]
            case "in last" | "in next":
                return f"{self.operator} {written[0]} days"
            case "more than":
                return f"more than {written[0]} days ago"
            case "between":
                return f"between {written[0]} and {written[1]}"
            case "is any of" | "is none of" | "has any" | "has all" | "has none":
                return f"{self.operator} ({', '.join(written)})"
        return " ".join([self.operator, *written])


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, (Comparison, Not)) else f"not ({self.part})"


Filter: TypeAlias = Comparison | And | Or | Not
"""`str` of it is its text, which reads back as the same tree."""


def _written(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in KEYWORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def comparisons(tree: Filter) -> Iterator[Comparison]:
    """Give all comparisons of a filter, from left to right."""
    if isinstance(tree, Comparison):
        yield tree
    elif isinstance(tree, Not):
        yield from comparisons(tree.part)
    else:
        for part in tree.parts:
            yield from comparisons(part)


def conditions(tree: Filter | None) -> tuple[Filter, ...]:
    """Give the parts that must all hold: to say which one does not."""
    if tree is None:
        return ()
    return tree.parts if isinstance(tree, And) else (tree,)


def with_comparisons(tree: Filter, change: Callable[[Comparison], Comparison]) -> Filter:
    """Give the same filter with each comparison changed."""
    if isinstance(tree, Comparison):
        return change(tree)
    if isinstance(tree, Not):
        return Not(with_comparisons(tree.part, change))
    return replace(tree, parts=tuple(with_comparisons(part, change) for part in tree.parts))


def with_custom_field_renamed(tree: Filter, old: str, new: str) -> Filter:
    """Give the same filter where a custom field is called otherwise."""

    def change(test: Comparison) -> Comparison:
        if test.field.custom != old:
            return test
        part = f".{test.field.part}" if test.field.part else ""
        return replace(test, field=replace(test.field, name=f"{CUSTOM}{new}{part}", custom=new))

    return with_comparisons(tree, change)


def with_value_renamed(tree: Filter, field: str, old: str, new: str) -> Filter:
    """Give the same filter where a choice of a field is called otherwise; `field` as in `Field.name`."""

    def change(test: Comparison) -> Comparison:
        if test.field.name != field:
            return test
        return replace(test, values=tuple(dict.fromkeys(new if value == old else value for value in test.values)))

    return with_comparisons(tree, change)
