"""What a comparison asks of one value, in SQL: exactly what `sell_model.filters.holds` asks of it in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial

from sell_model.filters import Context
from sell_model.filters.holding import affirmed, days_meant, owners_meant
from sell_model.filters.letters import Place, forms
from sell_model.filters.reading import kept_number
from sell_model.filters.tree import Amount, Comparison, Operator
from sell_model.money import to_minor
from storage.facets import TRUE, sortable
from storage.list_clauses import Clause, ValueTest, escaped

LARGEST = 2**62
"""Whole numbers in columns are far smaller; a larger one in a filter is taken down to it."""

_PLACES: dict[str, Place] = {"contains": "anywhere", "starts with": "start"}
_GLOB_SPECIAL = frozenset("*?[")


def value_test(comparison: Comparison, context: Context, *, is_sqlite: bool) -> ValueTest:
    """Make the test of a comparison without its `not`; `is empty` asks here whether there is something."""
    operator, _ = affirmed(comparison)
    if operator == "is empty":
        has_text = comparison.field.kind in {"text", "choice", "owner"}
        return ValueTest(_filled if has_text else _there)
    if comparison.field.kind == "text":
        texts = tuple(str(value) for value in comparison.values)
        return ValueTest(partial(_text, texts, _PLACES.get(operator, "whole"), is_sqlite), texts)
    return ValueTest(_of_kind(operator, comparison, context))


def _of_kind(operator: Operator, comparison: Comparison, context: Context) -> Callable[[str], Clause]:
    values = comparison.values
    match comparison.field.kind:
        case "choice" | "tags":
            return partial(_any_of, [str(v) for v in values])
        case "owner":
            return partial(_any_of, sorted(owners_meant(comparison, context)))
        case "bool":
            return _ticked if comparison.field.custom else _true
        case "date":
            return partial(_between, days_meant(comparison, context).texts)
        case "datetime" | "days":
            return partial(_between, context.moments(days_meant(comparison, context)))
        case "money":
            return partial(_amount, operator, [v for v in values if isinstance(v, Amount)])
    numbers = [v for v in values if isinstance(v, Decimal)]
    return partial(_custom_number if comparison.field.custom else _whole_number, operator, numbers)


def is_plain(text: str) -> bool:
    """Whether a text is ASCII, whose letters each database folds by itself."""
    return text.isascii()


def _filled(sql: str) -> Clause:
    return Clause(f"{sql} <> ''")


def _there(sql: str) -> Clause:
    return Clause(f"{sql} IS NOT NULL")


def _ticked(sql: str) -> Clause:
    return Clause(f"{sql} = '{TRUE}'")


def _true(sql: str) -> Clause:
    return Clause(f"({sql}) IS TRUE")


def _any_of(values: Sequence[str], sql: str) -> Clause:
    return Clause(f"{sql} IN ({', '.join('?' * len(values))})", tuple(values))


def _between(bounds: tuple[str | None, str | None], sql: str) -> Clause:
    first, end = bounds
    parts = ([f"{sql} >= ?"] if first is not None else []) + ([f"{sql} < ?"] if end is not None else [])
    return Clause(f"({' AND '.join(parts)})", tuple(bound for bound in bounds if bound is not None))


def _amount(operator: Operator, amounts: Sequence[Amount], sql: str) -> Clause:
    currency = amounts[0].currency
    if any(each.currency != currency for each in amounts):
        return Clause("1 = 0")
    minor = [to_minor(f"{each.amount:f}", currency) for each in amounts]
    return Clause(f"(t.currency = ? AND {_compared(operator, sql)})", (currency, *minor))


def _compared(operator: Operator, sql: str) -> str:
    return f"{sql} BETWEEN ? AND ?" if operator == "between" else f"{sql} {operator} ?"


def _custom_number(operator: Operator, numbers: Sequence[Decimal], sql: str) -> Clause:
    kept = [kept_number(number) for number in numbers]
    return Clause(_compared(operator, sql), tuple(sortable(number) for number in kept if number is not None))


def _whole_number(operator: Operator, numbers: Sequence[Decimal], sql: str) -> Clause:
    """Compare a column of whole numbers; 2.5 is more than 2 and less than 3."""
    if operator == "=" and numbers[0] != numbers[0].to_integral_value():
        return Clause("1 = 0")
    if operator == "between":
        return Clause(f"{sql} BETWEEN ? AND ?", (_whole(numbers[0], ROUND_CEILING), _whole(numbers[1], ROUND_FLOOR)))
    rounding = ROUND_FLOOR if operator in {">", "<="} else ROUND_CEILING
    return Clause(f"{sql} {operator} ?", (_whole(numbers[0], rounding),))


def _whole(number: Decimal, rounding: str) -> int:
    return max(-LARGEST, min(LARGEST, int(number.to_integral_value(rounding))))


def _text(texts: Sequence[str], place: Place, is_sqlite: bool, sql: str) -> Clause:
    each = [(_sqlite_text if is_sqlite else _postgresql_text)(text, place, sql) for text in texts]
    return Clause(f"({' OR '.join(one.sql for one in each)})", tuple(v for one in each for v in one.values))


def _sqlite_text(text: str, place: Place, sql: str) -> Clause:
    """Compare as SQLite does for ASCII letters by itself; with others by a pattern of all forms of each letter."""
    if not is_plain(text):
        glob = "".join(_glob(letter) for letter in text)
        return Clause(
            f"{sql} GLOB ?", (f"{'*' if place == 'anywhere' else ''}{glob}{'' if place == 'whole' else '*'}",)
        )
    if place == "whole":
        return Clause(f"{sql} = ? COLLATE NOCASE", (text,))
    if place == "anywhere":
        return Clause(f"{sql} LIKE ? ESCAPE '!'", (f"%{escaped(text)}%",))
    lower = text.lower()
    end = lower[:-1] + chr(ord(lower[-1]) + 1)  # the bounds let an index find it
    bounds = f"{sql} >= ? COLLATE NOCASE AND {sql} < ? COLLATE NOCASE"
    return Clause(f"({bounds} AND {sql} LIKE ? ESCAPE '!')", (lower, end, f"{escaped(text)}%"))


def _glob(letter: str) -> str:
    both = forms(letter)
    return f"[{both}]" if len(both) > 1 or letter in _GLOB_SPECIAL else letter


def _postgresql_text(text: str, place: Place, sql: str) -> Clause:
    if not is_plain(text):
        start, end = ("" if place == "anywhere" else "^"), ("$" if place == "whole" else "")
        return Clause(f"{sql} ~ ?", (f"{start}{''.join(map(_bracket, text))}{end}",))
    folded, lower = f'lower({sql} COLLATE "C")', text.lower()
    if place == "whole":
        return Clause(f"{folded} = ?", (lower,))
    return Clause(f"{folded} LIKE ? ESCAPE '!'", (f"{'%' if place == 'anywhere' else ''}{escaped(lower)}%",))


def _bracket(letter: str) -> str:
    both = forms(letter)
    if len(both) > 1:
        return f"[{both}]"
    return letter if letter.isalnum() or not letter.isascii() else f"\\u{ord(letter):04x}"
