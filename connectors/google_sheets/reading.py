"""One reading of a sheet from its first row to its last, window by window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import SourceRecord
from connectors.google_sheets.access import Spreadsheet
from connectors.google_sheets.dates import zone_of
from connectors.google_sheets.formats import Formats, Rows, set_by_hand
from connectors.google_sheets.grid import Sheet
from connectors.google_sheets.rows import Records, header_of
from connectors.google_sheets.settings import GoogleSheetsConfig


@dataclass(slots=True)
class Reading:
    """Gives the sheet's records, in their order.

    Args:
        step: rows in one call.
        learned: by column, whether it holds dates; grows while it is read.

    Attributes:
        moved: the columns changed between two calls; the reading ended there.
        records: None while nothing was found.
    """

    spreadsheet: Spreadsheet
    sheet: Sheet
    config: GoogleSheetsConfig
    step: int
    learned: dict[str, bool]
    moved: bool = False
    records: Records | None = None
    _header: list[Any] = field(default_factory=list)

    @property
    def starts(self) -> range:
        """The first row of each call: one at least, which brings the header."""
        first = self.config.header_row + 1
        return range(first, max(first, self.sheet.rows) + 1, self.step)

    def __iter__(self) -> Iterator[SourceRecord]:
        for start in self.starts:
            last = min(start + self.step - 1, self.sheet.rows)
            header, rows = self.spreadsheet.window(self.sheet, start, last)
            if self.records is None and (header or any(rows)):
                self._begin(header)
            self.moved = header != self._header
            if self.moved:
                return
            yield from self._made(rows, start)

    def _begin(self, header: list[Any]) -> None:
        named = header_of(header, self.config.header_row, self.sheet.columns)
        self._header = header
        self.records = Records(named, self.config.id_column, zone_of(self.sheet.zone))
        if self.config.date_columns is not None:
            self.learned |= set_by_hand(named, self.config.date_columns)

    def _made(self, rows: Rows, first: int) -> Iterator[SourceRecord]:
        if self.records is None:
            return
        formats = Formats(lambda numbers: self.spreadsheet.written_out(self.sheet, numbers), self.learned)
        formats.learn(self.records.header, rows, first)
        self.records.dates = formats.dates
        yield from self.records.of(rows)


def columns_of(records: Records, found: list[SourceRecord]) -> Mapping[str, list[Any]]:
    """Give the cells of each column, in the columns' order; a nameless one only where it has some."""
    cells = {name: [record.data[name] for record in found if name in record.data] for name in records.header.names}
    nameless = {records.header.names[at] for at in records.header.nameless}
    return {name: values for name, values in cells.items() if values or name not in nameless}
