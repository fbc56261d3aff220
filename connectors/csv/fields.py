"""What the columns of a CSV file hold, by the look of their first cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from connectors.connector import SourceField
from connectors.csv.dates import is_date

FieldType: TypeAlias = Literal["string", "number", "boolean", "date", "datetime", "enum"]

_NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,14}|[1-9]\d{0,2}(,\d{3})+)([.,]\d+)?")
_DIGITS_THAT_ARE_TEXT = re.compile(r"phone|mobile|fax|number|zip|post|code|电话|手机|邮编|(^|\W)(tel|id)($|\W)", re.I)
_BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"0", "1"}, {"y", "n"}, {"是", "否"})
_MOST_CHOICES = 20
_LONGEST_CHOICE = 60


def field_path(header: str) -> str:
    r"""Write a column as mappings name it: plain where it is an identifier, in double quotes otherwise.

    >>> field_path("Email"), field_path('Say "hi"')
    ('Email', '"Say \\"hi\\""')
    """
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", header):
        return header
    escaped = header.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def describe_column(header: str, cells: Iterable[str]) -> SourceField:
    """Describe a column by some of its cells; the type is a proposal, every cell comes as text."""
    filled = [text for cell in cells if (text := cell.strip())]
    kind = _type_of(header, filled)
    return SourceField(
        path=field_path(header),
        type=kind,
        label=header,
        choices=tuple(dict.fromkeys(filled)) if kind == "enum" else (),
        example=filled[0][:200] if filled else "",
    )


def _type_of(header: str, filled: Sequence[str]) -> FieldType:
    distinct = set(filled)
    if not distinct:
        return "string"
    if len(distinct) == 2 and {text.casefold() for text in distinct} in _BOOLEANS:
        return "boolean"
    if all(map(is_date, distinct)):
        return "datetime" if any(":" in text for text in distinct) else "date"
    if all(map(_NUMBER.fullmatch, distinct)):
        return "string" if _DIGITS_THAT_ARE_TEXT.search(header) else "number"
    few = len(distinct) <= _MOST_CHOICES and len(distinct) * 3 <= len(filled)
    return "enum" if few and max(map(len, distinct)) <= _LONGEST_CHOICE else "string"
