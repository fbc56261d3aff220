"""The settings of a Google Sheets source."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from connectors.google.settings import GoogleConfig

PAGE_ROWS = 10_000


class GoogleSheetsConfig(GoogleConfig):
    """Which sheet to read, and what is known of it beforehand."""

    spreadsheet: str = Field(min_length=1, description="The spreadsheet's id, or its address in the browser")
    sheet: str | None = Field(None, description="Title of the sheet in it; left out: the first one shown")
    header_row: int = Field(1, ge=1, description="Number of the row that names the columns")
    id_column: str | None = Field(None, description="Column that names a row; left out: id, then e-mail")
    date_columns: tuple[str, ...] | None = Field(None, description="Columns of dates; left out: found by their format")
    stream: str = Field("rows", min_length=1, description="What the stream is called")
    page_rows: int = Field(PAGE_ROWS, ge=1, description="Rows in one call")
    reads_per_minute: float = Field(60, gt=0, description="Calls a minute that the vendor allows a user")

    @field_validator("spreadsheet")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        found = re.search(r"/spreadsheets/d/([\w-]+)", value)
        spreadsheet = found[1] if found else value
        if not re.fullmatch(r"[\w-]+", spreadsheet) or spreadsheet == "e":
            raise ValueError("is no spreadsheet's id; it stands in its address between /d/ and /edit")
        return spreadsheet
