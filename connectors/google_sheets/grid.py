"""A sheet as the API tells of it: its size, and how a part of it is asked for. Source of facts: Sheets API v4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import SetupError, TransientError


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a spreadsheet."""

    title: str
    rows: int
    columns: int
    zone: str
    """IANA name of the spreadsheet's time zone."""


def sheet_of(answer: JsonObject, wanted: str | None) -> Sheet:
    """Find the sheet in the answer to `spreadsheets.get`: by its title, or the first grid that is shown.

    Raises:
        SetupError: there is none of that title, or none with cells.
        TransientError: the answer lists no sheets, or does not tell their size.
    """
    listed = answer.get("sheets")
    if not isinstance(listed, list):
        raise TransientError("Google Sheets: an answer without `sheets`")
    found = [each["properties"] for each in listed if isinstance(each.get("properties"), dict)]
    grids = [each for each in found if "gridProperties" in each and each.get("sheetType", "GRID") == "GRID"]
    titles = ", ".join(str(each.get("title")) for each in grids)
    if wanted is None:
        chosen = next((each for each in grids if not each.get("hidden")), None)
    else:
        chosen = next((each for each in grids if str(each.get("title")).strip() == wanted.strip()), None)
    if chosen is None:
        raise SetupError(
            f"Google Sheets: no sheet {wanted!r}" if wanted else "Google Sheets: no sheet with cells",
            fix=f"its sheets: {titles}" if titles else "read another spreadsheet",
        )
    size = chosen["gridProperties"]
    rows, columns = size.get("rowCount"), size.get("columnCount")
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise TransientError("Google Sheets: an answer without the sheet's size")
    zone = str((answer.get("properties") or {}).get("timeZone") or "UTC")
    return Sheet(str(chosen["title"]), rows, columns, zone)


def letters(column: int) -> str:
    """Name a column as A1 notation does, from 1.

    >>> letters(1), letters(26), letters(27), letters(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def a1(sheet: Sheet, first: int, last: int) -> str:
    """Write the range of whole rows from `first` to `last`, both included.

    >>> a1(Sheet("Ann's leads", 10, 3, "UTC"), 2, 4)
    "'Ann''s leads'!A2:C4"
    """
    title = sheet.title.replace("'", "''")
    return f"'{title}'!A{first}:{letters(max(1, sheet.columns))}{last}"


def ranges_of(answer: JsonObject, asked: Sequence[str]) -> list[list[list[Any]]]:
    """Give the rows of each range asked for; an empty range has no `values`.

    Raises:
        TransientError: the answer does not hold what was asked for.
    """
    found = answer.get("valueRanges")
    if not isinstance(found, list) or len(found) != len(asked):
        raise TransientError("Google Sheets: an answer without the ranges asked for")
    rows = [each.get("values", []) if isinstance(each, dict) else None for each in found]
    if not all(isinstance(each, list) and all(isinstance(row, list) for row in each) for each in rows):
        raise TransientError("Google Sheets: an answer whose ranges hold no rows")
    return [list(each or []) for each in rows]
