"""In which order day, month and year stand in a column of dates: told by its values, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

DateOrder: TypeAlias = Literal["ymd", "dmy", "mdy", "unclear"]

_DATE = re.compile(r"\s*(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T\s].*)?", re.DOTALL)


def date_order(values: Iterable[str]) -> DateOrder:
    """Tell the order from the values that look like numeric dates; others are passed over.

    A year of four digits in front is `ymd`. With the year behind, one value whose first number is above 12
    proves `dmy`, one whose second is, `mdy`. `unclear`: no date at all, none that proves it (`03/04/2024`),
    or values that prove opposite things. Mixed with `ymd`, the values with the year behind decide.

    >>> date_order(["03/04/2024", "13/04/2024"])
    'dmy'
    >>> date_order(["03/04/2024", "04/03/2024"])
    'unclear'
    """
    seen = {_order_of(value) for value in values} - {None}
    behind = seen - {"ymd"}
    if not behind:
        return "ymd" if seen else "unclear"
    proved = behind - {"unclear"}
    if proved == {"dmy"}:
        return "dmy"
    return "mdy" if proved == {"mdy"} else "unclear"


def is_date(value: str) -> bool:
    """Whether a value looks like a numeric date, with or without a time behind it."""
    return _order_of(value) is not None


def _order_of(value: str) -> DateOrder | None:
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    first, second, third = found[1], int(found[3]), found[4]
    if len(first) == 4:
        return "ymd" if 1 <= second <= 12 and 1 <= int(third) <= 31 else None
    return _year_behind(int(first), second) if len(first) <= 2 and len(third) in {2, 4} else None


def _year_behind(first: int, second: int) -> DateOrder | None:
    if not (1 <= first <= 31 and 1 <= second <= 31) or (first > 12 and second > 12):
        return None
    if first > 12:
        return "dmy"
    return "mdy" if second > 12 else "unclear"
