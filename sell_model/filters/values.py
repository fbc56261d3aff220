"""The values of comparisons, read as their field's kind demands."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sell_model.filters.days import FARTHEST, Period, Unit
from sell_model.filters.fields import Catalogue, Field
from sell_model.filters.tree import Amount, Myself, Value
from sell_model.filters.words import Word
from sell_model.money import checked_currency, to_minor

LONGEST_TEXT = 1_000
SHOWN = 12
"""How many possible values a message lists."""

_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,10})?")
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,10})?)(?: ([A-Za-z]{3}))?")
_UNITS: dict[str, Unit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
_TURNS = {"last": -1, "this": 0, "next": 1}
_FIRST_YEAR, _LAST_YEAR = 1000, 9998


class BadValue(Exception):  # noqa: N818 - it carries a text to the reader of the filter, who tells it
    """A value that its field cannot be compared with; the text says what would be right."""


def read_value(said: Said, field: Field, catalogue: Catalogue, *, known_only: bool) -> Value:
    """Read one value.

    Args:
        known_only: whether a choice that is not there is a mistake; of filters kept from earlier it is not.

    Raises:
        BadValue: it is none; the text says what is expected.
    """
    match field.kind:
        case "number":
            return _number(said.text)
        case "days":
            return whole_days(said.text)
        case "money":
            return _amount(said.text, catalogue.currency)
        case "date" | "datetime":
            return read_day(said.text)
        case "owner":
            return _owner(said, field, catalogue, known_only=known_only)
        case "choice" | "tags":
            return _choice(_text(said.text), field, known_only=known_only)
    return _text(said.text)


class Said:
    """A value as written: one or several words, or a quoted text."""

    __slots__ = ("is_quoted", "place", "text")

    def __init__(self, words: Sequence[Word], source: str) -> None:
        self.is_quoted = len(words) == 1 and words[0].is_quoted
        self.place = words[0].place
        whole = source[words[0].place - 1 : words[-1].end]
        self.text = words[0].text if self.is_quoted else " ".join(whole.split())


def _text(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        raise BadValue("an empty text: write `is empty`")
    if len(text) > LONGEST_TEXT:
        raise BadValue(f"{len(text):,} characters where {LONGEST_TEXT:,} fit")
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadValue("holds a character that no text can")
    return text


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise BadValue(f"{text!r} is not a number: digits, with a point before up to ten decimals, like 12.5")
    return Decimal(text)


def whole_days(text: str) -> int:
    """Read a number of days.

    Raises:
        BadValue: not a whole number, or too many.
    """
    if not re.fullmatch(r"\d{1,6}", text) or int(text) > FARTHEST:
        raise BadValue(f"{text!r} is not a number of days: a whole number from 0 to {FARTHEST:,}")
    return int(text)


def _amount(text: str, currency: str) -> Amount:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise BadValue(f"{text!r} is not an amount: write it like 1250.50, or 1250.50 EUR")
    code = (found[2] or currency).upper()
    try:
        checked_currency(code)
        to_minor(found[1], code)
    except ValueError as error:
        raise BadValue(str(error)) from error
    return Amount(Decimal(found[1]), code)


def read_day(text: str) -> date | Period:
    """Read a day: a date, or today, yesterday, tomorrow.

    Raises:
        BadValue: neither.
    """
    if (shift := _NAMED.get(text.lower())) is not None:
        return Period("day", shift)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", text) or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise BadValue(f"{text!r} is not a date: write it like 2026-01-31, or today, yesterday, tomorrow")
    return day


def read_period(words: Sequence[Word]) -> Period:
    """Read a period: `today`, `last month`.

    Raises:
        BadValue: none.
    """
    said = [word.text.lower() for word in words]
    if len(said) == 1 and said[0] in _NAMED:
        return Period("day", _NAMED[said[0]])
    if len(said) == 2 and said[0] in _TURNS and said[1] in _UNITS:
        return Period(_UNITS[said[1]], _TURNS[said[0]])
    raise BadValue(
        f"{' '.join(said)!r} is no period: today, yesterday, tomorrow, this|last|next week|month|quarter|year"
    )


def _owner(said: Said, field: Field, catalogue: Catalogue, *, known_only: bool) -> str | Myself:
    text = said.text.lower()
    if not said.is_quoted and text in {"me", "my team"}:
        return Myself(text == "my team")
    people = catalogue.people
    found = {p.email for p in people if p.email.lower() == text} or {p.email for p in people if p.name.lower() == text}
    if len(found) == 1:
        return found.pop()
    if len(found) > 1:
        raise BadValue(f"several users are called {said.text!r}: write one of {', '.join(sorted(found))}")
    if people and known_only:
        raise BadValue(_unknown(said.text, field, [p.email for p in people]))
    return _text(said.text)


def _choice(text: str, field: Field, *, known_only: bool) -> str:
    known = field.choices or ()
    alike = [choice for choice in known if choice.lower() == text.lower()]
    if text in known or not alike:
        if field.is_closed and field.choices is not None and not alike and known_only:
            raise BadValue(_unknown(text, field, known))
        return text
    return alike[0]


def _unknown(text: str, field: Field, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(text, known, 1)
    listed = ", ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
    nearest = f"; nearest: {near[0]}" if near else ""
    return f"{field.written} is never {text!r}{nearest}; there are: {listed or 'none yet'}"
