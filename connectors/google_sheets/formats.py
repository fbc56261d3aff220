"""Which columns hold dates. A cell with a date comes as a bare number, and only its format tells.

The API gives no formats beside values, but it can be asked to write dates out: the same cell, asked for once
as a number and once written out, is a date where it is a number first and text then. One row a column is
asked for, once; what was learned goes with the cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.errors import SetupError
from connectors.google_sheets.rows import Header, is_number

LATEST = 2_958_466
"""The serial behind 9999-12-31: a larger number is no date."""
MOST_ROWS = 8
"""Rows asked for in one call: each bears the sheet's title, and an address may not be long."""

Rows: TypeAlias = list[list[Any]]
WrittenOut: TypeAlias = Callable[[Sequence[int]], list[Rows]]
"""Gives rows by their numbers in the sheet, dates written out."""


@dataclass(slots=True)
class Formats:
    """Learns which columns hold dates.

    Args:
        written_out: asks the vendor.
        known: by column, whether it holds dates: what was learned before.
    """

    written_out: WrittenOut
    known: dict[str, bool] = field(default_factory=dict)

    @property
    def dates(self) -> frozenset[str]:
        """The columns that hold dates."""
        return frozenset(name for name, is_date in self.known.items() if is_date)

    def learn(self, header: Header, rows: Rows, first: int) -> None:
        """Ask about the columns in which numbers stand that could be dates, and nothing is known yet.

        Args:
            first: number of the first of the rows in the sheet.
        """
        asked = {name: at for name, at in self._unknown(header, rows).items() if name not in self.known}
        places = sorted(set(asked.values()))
        answers: dict[int, Rows] = {}
        for some in (places[at : at + MOST_ROWS] for at in range(0, len(places), MOST_ROWS)):
            answers |= zip(some, self.written_out([first + at for at in some]), strict=True)
        for name, at in asked.items():
            if answers.get(at) and _is_same(rows[at], answers[at][0]):
                column = header.names.index(name)
                told = answers[at][0]
                self.known[name] = isinstance(told[column] if column < len(told) else None, str)

    def _unknown(self, header: Header, rows: Rows) -> dict[str, int]:
        """Give the first row, by place, in which an unknown column holds what could be a date."""
        left = {at: name for at, name in enumerate(header.names) if name not in self.known}
        found: dict[str, int] = {}
        for place, row in enumerate(rows):
            for at in [at for at in left if at < len(row) and is_number(row[at]) and 0 < row[at] < LATEST]:
                found[left.pop(at)] = place
            if not left:
                break
        return found


def _is_same(row: list[Any], told: list[Any]) -> bool:
    """Whether an answer is about the same row: rows may have moved between the two calls."""
    return all(told[at : at + 1] == [cell] for at, cell in enumerate(row) if isinstance(cell, str) and cell)


def set_by_hand(header: Header, columns: Sequence[str]) -> dict[str, bool]:
    """Take the columns named in the settings, whatever capitals, for those that hold dates, and no others.

    Raises:
        SetupError: one is not a column.
    """
    wanted = {name.strip().casefold(): name for name in columns}
    known = {name: name.casefold() in wanted for name in header.names}
    missing = [name for key, name in wanted.items() if key not in {each.casefold() for each in header.names}]
    if missing:
        raise SetupError(
            f"Google Sheets: date_columns names what is no column: {', '.join(missing)}",
            fix=f"the columns: {', '.join(header.names)}",
        )
    return known
