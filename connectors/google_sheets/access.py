"""The calls: what a spreadsheet is, rows of one sheet, and whether anything changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from connectors.connector import JsonObject
from connectors.google.api import GoogleApi
from connectors.google_sheets.formats import Rows
from connectors.google_sheets.grid import Sheet, a1, ranges_of


class Spreadsheet:
    """One spreadsheet, through the API.

    Args:
        header_row: number of the row that names the columns.
    """

    def __init__(self, api: GoogleApi, spreadsheet: str, header_row: int) -> None:
        self._api = api
        self._id = quote(spreadsheet, safe="")
        self._header_row = header_row

    def described(self) -> JsonObject:
        """Get title, zone, and the sheets with their sizes."""
        wanted = "properties(title,timeZone),sheets.properties"
        return self._api.get(f"/spreadsheets/{self._id}", [("fields", wanted)], api="/v4")

    def window(self, sheet: Sheet, first: int, last: int) -> tuple[list[Any], Rows]:
        """Get the header and the rows from `first` to `last`, in one call; dates as serials."""
        if sheet.rows < self._header_row:
            return [], []
        asked = [a1(sheet, self._header_row, self._header_row)]
        asked += [a1(sheet, first, last)] if last >= first else []
        header, *windows = self._ranges(asked, "SERIAL_NUMBER")
        return (header[0] if header else []), (windows[0] if windows else [])

    def written_out(self, sheet: Sheet, numbers: Sequence[int]) -> list[Rows]:
        """Get single rows, dates as text."""
        return self._ranges([a1(sheet, number, number) for number in numbers], "FORMATTED_STRING")

    def mark(self) -> str | None:
        """Ask Drive for what changes whenever the spreadsheet does; None: it does not say.

        Raises:
            SetupError: we may not ask.
        """
        params = [("fields", "modifiedTime,version"), ("supportsAllDrives", "true")]
        answer = self._api.get(f"/files/{self._id}", params, api="/drive/v3")
        told = [str(answer[name]) for name in ("modifiedTime", "version") if answer.get(name)]
        return " ".join(told) if answer.get("modifiedTime") else None

    def _ranges(self, asked: Sequence[str], dates: str) -> list[Rows]:
        params = [("ranges", each) for each in asked]
        params += [("valueRenderOption", "UNFORMATTED_VALUE"), ("dateTimeRenderOption", dates)]
        return ranges_of(self._api.get(f"/spreadsheets/{self._id}/values:batchGet", params, api="/v4"), asked)
