"""From rows of cells to records: the columns' names, an id for each row, dates written out.

Trailing cells that are empty are not in an answer; here they are empty text, so that a row is the same
record however many were left out.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from connectors.connector import JsonObject, SourceRecord
from connectors.csv.dialect import PROBLEM, REST
from connectors.csv.identity import NameRow, namer
from connectors.errors import SetupError
from connectors.google_sheets.dates import moment_of
from connectors.google_sheets.grid import letters

FAULTS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "Loading..."})
"""What a cell holds whose formula gives no value."""


def text_of(cell: Any) -> str:
    """Write a cell as text, by which a row is named: a whole number without a fraction.

    >>> text_of(7.0), text_of(True), text_of(None)
    ('7', 'TRUE', '')
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a sheet's columns; one without a name is called `Column F`, and kept where it has cells."""

    names: tuple[str, ...]
    nameless: frozenset[int] = frozenset()


def header_of(row: Sequence[Any], number: int, width: int) -> Header:
    """Read the row that names the columns.

    Args:
        number: of that row, for messages.
        width: columns that the sheet has.

    Raises:
        SetupError: it is blank, or two columns have one name, or a name is the hub's own.
    """
    names = [unicodedata.normalize("NFC", text_of(cell)).strip() for cell in row]
    names += [""] * (width - len(names))
    nameless = frozenset(at for at, name in enumerate(names) if not name)
    names = [name or f"Column {letters(at + 1)}" for at, name in enumerate(names)]
    faults = [f"{count} columns are called {name!r}" for name, count in Counter(names).items() if count > 1]
    faults += [f"{name!r} is a name that the hub keeps for itself" for name in names if name in {PROBLEM, REST}]
    if len(nameless) == len(names):
        faults.append("it is blank")
    if faults:
        raise SetupError(
            f"Google Sheets: row {number}, which names the columns: {'; '.join(faults)}",
            fix="give every column a name of its own there, or set header_row to the row that does",
        )
    return Header(tuple(names), nameless)


@dataclass(slots=True)
class Records:
    """Makes the records of one reading of a sheet; it counts, so each reading needs its own.

    Attributes:
        dates: which of the columns hold dates.
        faulty: cells whose formula gave no value, by column.
    """

    header: Header
    id_column: str | None
    zone: tzinfo
    dates: frozenset[str] = frozenset()
    faulty: dict[str, int] = field(default_factory=dict)
    _name: NameRow = field(init=False)

    def __post_init__(self) -> None:
        self._name = namer(self.header.names, self.id_column)

    def of(self, rows: Sequence[Sequence[Any]]) -> Iterator[SourceRecord]:
        """Give the record of each row; blank rows give none."""
        for row in rows:
            cells = self._cells(row)
            if record_id := self._name(_without_end([text_of(cell) for cell in cells])):
                yield SourceRecord(record_id, self._data(cells))

    def _cells(self, row: Sequence[Any]) -> list[Any]:
        names = self.header.names
        cells = ["" if cell is None else cell for cell in row[: len(names)]]
        for at, cell in enumerate(cells):
            if isinstance(cell, str) and cell in FAULTS:
                cells[at] = ""
                self.faulty[names[at]] = self.faulty.get(names[at], 0) + 1
        return cells + [""] * (len(names) - len(cells))

    def _data(self, cells: list[Any]) -> JsonObject:
        data: JsonObject = {}
        for at, (name, cell) in enumerate(zip(self.header.names, cells, strict=True)):
            if at in self.header.nameless and cell == "":
                continue
            data[name] = moment_of(cell, self.zone) if name in self.dates and is_number(cell) else cell
        return data

    def said(self) -> tuple[str, ...]:
        """Tell of cells that count as empty."""
        if not self.faulty:
            return ()
        shown = ", ".join(f"{column} ({count})" for column, count in sorted(self.faulty.items())[:5])
        return (f"cells whose formula gives no value count as empty: {shown}",)


def is_number(cell: Any) -> bool:
    """Whether a cell holds a number; a check box does not."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _without_end(texts: list[str]) -> list[str]:
    """Drop empty cells at the end: a column added to the sheet must not give every row another name."""
    while texts and not texts[-1]:
        texts.pop()
    return texts
