"""Whether a filter holds of a record, as its JSON shows it. The database answers the same for stored records.

What is empty (missing, null, or a text without characters) equals nothing, is neither more nor less than
anything, holds no text and no tag: every comparison with it is false. Its opposite is then true: `is not`,
`!=`, `is none of`, `does not contain`, `has none`, `no` and `not (…)` hold of what is empty, always exactly
where the comparison that they deny does not.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sell_model.errors import SetupError
from sell_model.filters.days import Context, Days, Period, days_of
from sell_model.filters.letters import Place, pattern
from sell_model.filters.operators import NEGATED
from sell_model.filters.reading import NOTHING, Record, read_field
from sell_model.filters.tree import Amount, And, Comparison, Filter, Myself, Not, Operator
from sell_model.money import to_minor

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
_PLACES: dict[str, Place] = {"is": "whole", "is any of": "whole", "contains": "anywhere", "starts with": "start"}


def holds(tree: Filter | None, record: Record, context: Context) -> bool:
    """Tell whether a filter holds of a record; None, no filter, always does.

    Raises:
        SetupError: it speaks of `me`, and nobody knows who that is.
    """
    if tree is None:
        return True
    if isinstance(tree, Not):
        return not holds(tree.part, record, context)
    if isinstance(tree, Comparison):
        return _passes(tree, record, context)
    each = (holds(part, record, context) for part in tree.parts)
    return all(each) if isinstance(tree, And) else any(each)


def failing(tree: Filter | None, record: Record, context: Context) -> list[str]:
    """Give, as text, those of the parts joined by `and` that do not hold of a record."""
    parts = () if tree is None else tree.parts if isinstance(tree, And) else (tree,)
    return [str(part) for part in parts if not holds(part, record, context)]


def affirmed(comparison: Comparison) -> tuple[Operator, bool]:
    """Give a comparison's operator without its `not`, and whether it was denied."""
    base = NEGATED.get(comparison.operator)
    return (base, True) if base else (comparison.operator, False)


def days_meant(comparison: Comparison, context: Context) -> Days:
    """Give the days that a comparison of a date, a time or its age means; it holds of what lies in them."""
    today = context.today
    if comparison.field.kind == "days":
        return _aged(affirmed(comparison)[0], [n for n in comparison.values if isinstance(n, int)], today)
    if comparison.operator in {"in last", "in next", "more than"}:
        reach = timedelta(next(n for n in comparison.values if isinstance(n, int)))
        match comparison.operator:
            case "in last":
                return Days(today - reach, today + timedelta(1))
            case "in next":
                return Days(today, today + reach + timedelta(1))
        return Days(None, today - reach)
    spans = [_span(value, today) for value in comparison.values if isinstance(value, (date, Period))]
    match comparison.operator:
        case "before":
            return Days(None, spans[0].first)
        case "after":
            return Days(spans[0].end, None)
    return Days(spans[0].first, spans[-1].end)


def _span(value: date | Period, today: date) -> Days:
    return days_of(value, today) if isinstance(value, Period) else Days(value, value + timedelta(1))


def _aged(operator_: Operator, counts: list[int], today: date) -> Days:
    """An age of n days is that of what happened on the day n days before today."""
    days = [today - timedelta(n) for n in counts]
    after = [day + timedelta(1) for day in days]
    match operator_:
        case ">":
            return Days(None, days[0])
        case ">=":
            return Days(None, after[0])
        case "<":
            return Days(after[0], None)
        case "<=":
            return Days(days[0], None)
    return Days(days[-1], after[0])


def owners_meant(comparison: Comparison, context: Context) -> frozenset[str]:
    """Give the addresses that a comparison of the owner means.

    Raises:
        SetupError: it speaks of `me`, and nobody knows who that is.
    """
    meant: set[str] = set()
    for value in comparison.values:
        if not isinstance(value, Myself):
            meant.add(str(value))
        elif context.user is None:
            raise SetupError(
                f"the filter speaks of {value!s}, and no user of the hub is known to look at it",
                fix="say who: --by EMAIL, or the variable SELLHUB_USER",
            )
        else:
            meant |= {context.user, *(context.team if value.with_team else ())}
    return frozenset(meant)


def _passes(comparison: Comparison, record: Record, context: Context) -> bool:
    base, is_denied = affirmed(comparison)
    value = read_field(comparison.field, record)
    if base == "is empty":
        found = value in NOTHING
    elif value in NOTHING:
        found = False
    else:
        found = _TESTS[comparison.field.kind](base, comparison, value, context)
    return found is not is_denied


def _text(base: Operator, comparison: Comparison, value: Any, _context: Context) -> bool:
    return any(pattern(str(wanted), _PLACES[base]).match(str(value)) for wanted in comparison.values)


def _number(base: Operator, comparison: Comparison, value: Any, _context: Context) -> bool:
    return _compared(base, value, [n for n in comparison.values if isinstance(n, Decimal)])


def _money(base: Operator, comparison: Comparison, value: Any, _context: Context) -> bool:
    amount, currency = value
    wanted = [each for each in comparison.values if isinstance(each, Amount)]
    if any(each.currency != currency for each in wanted):
        return False
    return _compared(base, to_minor(amount, currency), [to_minor(str(each.amount), currency) for each in wanted])


def _compared(base: Operator, value: Any, wanted: Sequence[Any]) -> bool:
    if base == "between":
        return bool(wanted[0] <= value <= wanted[1])
    return _COMPARED[base](value, wanted[0])


def _moment(_base: Operator, comparison: Comparison, value: Any, context: Context) -> bool:
    days = days_meant(comparison, context)
    return _within(value, *context.moments(days))


def _day(_base: Operator, comparison: Comparison, value: Any, context: Context) -> bool:
    days = days_meant(comparison, context)
    return _within(value, *days.texts)


def _within(value: str, first: str | None, end: str | None) -> bool:
    return (first is None or value >= first) and (end is None or value < end)


def _choice(_base: Operator, comparison: Comparison, value: Any, _context: Context) -> bool:
    return value in comparison.values


def _owner(_base: Operator, comparison: Comparison, value: Any, context: Context) -> bool:
    return value in owners_meant(comparison, context)


def _tags(base: Operator, comparison: Comparison, value: Any, _context: Context) -> bool:
    return (all if base == "has all" else any)(wanted in value for wanted in comparison.values)


def _truth(_base: Operator, _test: Comparison, value: Any, _context: Context) -> bool:
    return value is True


_TESTS: dict[str, Callable[[Operator, Comparison, Any, Context], bool]] = {
    "text": _text, "number": _number, "money": _money, "days": _moment, "date": _day, "datetime": _moment,
    "choice": _choice, "owner": _owner, "tags": _tags, "bool": _truth,
}  # fmt: skip
