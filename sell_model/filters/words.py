"""The words of a filter's text, each with its place, and how they are grouped by and, or, not and parentheses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sell_model.filters.tree import And, Filter, Not, Or

LONGEST = 10_000
"""Characters of a filter."""
DEEPEST = 40
MOST_COMPARISONS = 200

_SYMBOLS = {"≠": "!=", "<>": "!=", "≤": "<=", "≥": ">=", "==": "="}
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<mark>[(),]|<=|>=|<>|!=|==|[<>=≠≤≥])
      | (?P<word>(?:[^\s()",<>=!≠≤≥']|(?<=\w)'(?=\w))+(?:(?<=\.)"(?:\\.|[^"\\])*"(?:\.\w+)?)?)
      | (?P<bad>\S)""",
    re.VERBOSE | re.DOTALL,
)
_JOINED = re.compile(r'(?P<before>[^"]*\.)"(?P<name>(?:\\.|[^"\\])*)"(?P<after>(?:\.\w+)?)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a quoted text, or a mark; `place` is its first character's, counted from 1."""

    text: str
    place: int
    end: int
    """Where the text goes on after it, counted from 0."""
    is_quoted: bool = False
    is_mark: bool = False

    def says(self, *words: str) -> bool:
        """Whether it is one of these key words or marks, written without quotes."""
        return not self.is_quoted and self.text.lower() in words


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a filter, and where."""

    place: int
    text: str


class Unreadable(Exception):  # noqa: N818 - it carries a fault to the reader of the filter, who tells it
    """The filter's outline is broken: what follows cannot be read."""

    def __init__(self, place: int, text: str) -> None:
        super().__init__(text)
        self.fault = Fault(place, text)


def words_of(text: str) -> list[Word]:
    """Take a filter's text apart.

    Raises:
        Unreadable: too long, or a character that begins nothing.
    """
    if len(text) > LONGEST:
        raise Unreadable(1, f"{len(text):,} characters; a filter has {LONGEST:,} at most")
    return [_word(found) for found in _TOKEN.finditer(text)]


def _word(found: re.Match[str]) -> Word:
    text, place, end = found[0], found.start() + 1, found.end()
    if found["bad"]:
        what = "this quote is never closed" if text in "\"'" else f"{text!r} begins nothing here"
        raise Unreadable(place, what)
    if found["quoted"]:
        return Word(_unescaped(text[1:-1]), place, end, is_quoted=True)
    if found["mark"]:
        return Word(_SYMBOLS.get(text, text), place, end, is_mark=True)
    if joined := _JOINED.fullmatch(text):
        text = f"{joined['before']}{_unescaped(joined['name'])}{joined['after']}"
    return Word(text, place, end)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Raw:
    """The words of one comparison, not yet looked at."""

    words: tuple[Word, ...]


Outline: TypeAlias = Raw | tuple[str, tuple["Outline", ...]]
"""Comparisons, grouped: `("and", …)`, `("or", …)`, `("not", (one,))`."""


class Outliner:
    """Reads how comparisons are grouped; what a comparison says is not its business."""

    def __init__(self, words: Sequence[Word], length: int) -> None:
        self._words = words
        self._length = length
        self._at = 0
        self._count = 0

    def read(self) -> Outline:
        """Read all of it.

        Raises:
            Unreadable: a parenthesis is missing or too many, a comparison is missing.
        """
        outline = self._joined("or", 0)
        if (word := self._next) is not None:
            raise Unreadable(word.place, f"{word.text!r} closes nothing" if word.says(")") else "and, or is missing")
        return outline

    @property
    def _next(self) -> Word | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _joined(self, by: str, depth: int) -> Outline:
        def part() -> Outline:
            return self._joined("and", depth) if by == "or" else self._one(depth)

        parts = [part()]
        while (word := self._next) is not None and word.says(by) and not word.is_mark:
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else (by, tuple(parts))

    def _one(self, depth: int) -> Outline:
        word = self._next
        if depth > DEEPEST:
            raise Unreadable(word.place if word else self._length, f"nested deeper than {DEEPEST}")
        if word is None or word.says("and", "or", ")", ","):
            raise Unreadable(word.place if word else self._length + 1, "a comparison is missing here")
        if word.says("not"):
            self._at += 1
            return ("not", (self._one(depth + 1),))
        if not word.says("("):
            return self._raw()
        self._at += 1
        inner = self._joined("or", depth + 1)
        closing = self._next
        if closing is None or not closing.says(")"):
            raise Unreadable(word.place, "this parenthesis is never closed")
        self._at += 1
        return inner

    def _raw(self) -> Raw:
        """Take the words up to the next `and`, `or` or closing parenthesis; the `and` of a `between` belongs to it."""
        first, inside, between = self._at, 0, False
        while (word := self._next) is not None:
            if not inside and (word.says(")", "or") or (word.says("and") and not between)):
                break
            inside += word.says("(") - word.says(")")
            between = (between or word.says("between")) and not word.says("and")
            self._at += 1
        if inside:
            raise Unreadable(self._words[first].place, "a parenthesis is never closed")
        self._count += 1
        if self._count > MOST_COMPARISONS:
            raise Unreadable(self._words[first].place, f"more than {MOST_COMPARISONS} comparisons")
        return Raw(tuple(self._words[first : self._at]))


def joined(by: str, parts: Sequence[Filter]) -> Filter:
    """Join parts of a filter, without a group within a like group."""
    if by == "not":
        return Not(parts[0])
    kind = And if by == "and" else Or
    flat: list[Filter] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    return kind(tuple(flat))
