"""Pieces of SQL that lists are put together of, every value bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Values: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of SQL with what is bound to its question marks."""

    sql: str
    values: Values = ()

    def within(self, template: str, before: Sequence[Any] = (), after: Sequence[Any] = ()) -> Clause:
        """Put it in the place of `{}` in a template, which binds `before` ahead of it, and `after` behind it."""
        return Clause(template.replace("{}", self.sql), (*before, *self.values, *after))


@dataclass(frozen=True, slots=True)
class ValueTest:
    """What is asked of a value.

    Attributes:
        make: makes, from the SQL of a value, the condition that it passes; of NULL it is never true.
        needles: texts one of which is in every value that passes, whatever the case of its ASCII letters;
            none: nothing is known.
    """

    make: Callable[[str], Clause]
    needles: tuple[str, ...] = ()

    def __call__(self, sql: str) -> Clause:
        return self.make(sql)


IN_SIGHT = {
    "lead": "t.merged_into IS NULL AND t.deleted_at IS NULL AND COALESCE(t.gone_at_source, '') <> 'converted'",
    "contact": "t.merged_into IS NULL AND t.deleted_at IS NULL",
    "deal": "t.deleted_at IS NULL",
}
"""What all lists leave out: merged, deleted and converted records."""


def escaped(text: str) -> str:
    """Make a LIKE pattern of a text, its own wildcards taken as they are."""
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return text
