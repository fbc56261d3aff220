"""Google Sheets as a source: one sheet, row by row. Source of facts: Sheets API v4, Drive API v3.

Rows have neither ids nor times of change. Whether anything changed since the last read is asked of Drive, in
one call; if so, all rows are read, and which of them changed is for the hub to notice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from hashlib import sha256
from typing import ClassVar

from connectors.connector import Check, Connector, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.csv.fields import describe_column
from connectors.csv.identity import email_column_of, id_column_of
from connectors.errors import CredentialsError, SetupError
from connectors.google.api import GoogleApi, pace_of
from connectors.google_sheets.access import Spreadsheet
from connectors.google_sheets.grid import Sheet, sheet_of
from connectors.google_sheets.reading import Reading, columns_of
from connectors.google_sheets.rows import header_of, text_of
from connectors.google_sheets.settings import GoogleSheetsConfig

PAGE = 1_000
"""Records in a page of ours, however many rows a call brings."""
SAMPLE = 1_000
"""Rows that `discover` looks at."""
SCOPES = ("spreadsheets.readonly", "drive.metadata.readonly")
NO_MARK = "Drive does not tell when the spreadsheet changed: it is read whole, in one call, at every run"


class GoogleSheets(Connector[GoogleSheetsConfig]):
    """The rows of one sheet as `{column: cell}`: text, numbers, true and false, dates in ISO 8601.

    How a row gets its id: see `connectors.csv.identity`. A row that is gone from the sheet is not told.
    """

    name: ClassVar[str] = "google_sheets"
    title: ClassVar[str] = "Google Sheets"
    Config = GoogleSheetsConfig

    def __init__(self, config: GoogleSheetsConfig) -> None:
        super().__init__(config)
        pace = pace_of(config.reads_per_minute, config.quota_share)
        self._api = GoogleApi(self.title, config, SCOPES, pace, self._count)
        self._spreadsheet = Spreadsheet(self._api, config.spreadsheet, config.header_row)

    def streams(self) -> Sequence[Stream]:
        return [Stream(self.config.stream, "people")]

    def check(self) -> list[Check]:
        """Find the spreadsheet and the sheet, read its header, and ask Drive for the time of change."""
        checks: list[Check] = []
        try:
            answer = self._spreadsheet.described()
            checks.append(Check("spreadsheet", True, str((answer.get("properties") or {}).get("title", ""))))
            sheet = sheet_of(answer, self.config.sheet)
            checks.append(Check("sheet", True, f"{sheet.title}: {sheet.rows} rows, {sheet.columns} columns"))
            checks.append(self._columns(sheet))
        except CredentialsError:
            raise
        except SetupError as error:
            name = ("spreadsheet", "sheet", "columns")[len(checks)]
            checks.append(Check(name, False, str(error), error.fix))
        return [*checks, self._marked()]

    def discover(self, stream: str) -> list[SourceField]:
        """List the columns, typed by their first 1,000 rows."""
        self._expect(stream)
        sheet = self._sheet()
        sample = Sheet(sheet.title, min(sheet.rows, self.config.header_row + SAMPLE), sheet.columns, sheet.zone)
        reading = Reading(self._spreadsheet, sample, self.config, SAMPLE, {})
        found = list(reading)
        if reading.records is None:
            return []
        columns = columns_of(reading.records, found)
        return [describe_column(name, map(text_of, cells)) for name, cells in columns.items()]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read all rows, unless nothing has changed since the cursor.

        A sheet of several calls that changes in between is read once more, in a single call.

        Raises:
            TransientError: an answer without what was asked for.
            SetupError: no such spreadsheet, sheet or column, or no right to it.
        """
        self._expect(stream)
        before = cursor if cursor and cursor.get("reading") == self._reading() else {}
        mark = self._mark()
        same = mark is not None and before.get("mark") == mark
        if same and before.get("done"):
            yield Page([], before)
            return
        learned = dict(before.get("dates") or {})
        done = before.get("row") if same else 0
        moved = yield from self._pages(mark, learned, done if isinstance(done, int) else 0)
        if moved:
            yield from self._pages(self._mark(), learned, 0, at_once=True)

    def close(self) -> None:
        self._api.close()

    def _pages(
        self, mark: str | None, learned: dict[str, bool], done: int, *, at_once: bool = False
    ) -> Generator[Page, None, bool]:
        """Give the pages behind so many records; true: the sheet changed between calls, and must be read anew.

        Rows before them are read all the same: what a row is called depends on those above it.
        """
        sheet = self._sheet()
        step = max(1, sheet.rows) if at_once or mark is None else self.config.page_rows
        reading = Reading(self._spreadsheet, sheet, self.config, step, learned)
        page: list[SourceRecord] = []
        count = 0
        for count, record in enumerate(reading, 1):
            if count <= done:
                continue
            page.append(record)
            if len(page) >= min(PAGE, self.config.page_rows):
                yield Page(page, self._cursor(mark, learned, count))
                page = []
        if reading.moved or (len(reading.starts) > 1 and self._mark() != mark):
            return True
        said = reading.records.said() if reading.records else ("the sheet is empty",)
        notices = said if mark else (*said, NO_MARK)
        yield Page(page, {**self._cursor(mark, learned, count), "done": True}, notices)
        return False

    def _sheet(self) -> Sheet:
        return sheet_of(self._spreadsheet.described(), self.config.sheet)

    def _mark(self) -> str | None:
        try:
            return self._spreadsheet.mark()
        except CredentialsError:
            raise
        except SetupError:
            return None

    def _reading(self) -> str:
        """Name what is read and how: a cursor holds for the same reading only."""
        config = self.config
        how = [config.spreadsheet, config.sheet, config.header_row, config.id_column, config.date_columns]
        return sha256(repr(how).encode()).hexdigest()[:16]

    def _cursor(self, mark: str | None, learned: dict[str, bool], row: int) -> Cursor:
        return {"reading": self._reading(), "mark": mark, "row": row, "done": False, "dates": dict(learned)}

    def _columns(self, sheet: Sheet) -> Check:
        header, _ = self._spreadsheet.window(sheet, self.config.header_row + 1, self.config.header_row)
        if not header:
            fix = "write the columns' names into it, or set header_row"
            return Check("columns", False, f"row {self.config.header_row} is blank", fix)
        named = header_of(header, self.config.header_row, sheet.columns)
        columns = [name for at, name in enumerate(named.names) if at not in named.nameless]
        return Check("columns", True, f"{', '.join(columns)}; {_identity(named.names, self.config.id_column)}")

    def _marked(self) -> Check:
        name, fix = "time of change", "enable the Drive API and give the scope drive.metadata.readonly"
        try:
            mark = self._spreadsheet.mark()
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, f"{error}; {NO_MARK}", error.fix or fix)
        return Check(name, mark is not None, mark or NO_MARK, "" if mark else fix)

    def _count(self) -> None:
        self.calls += 1

    def _expect(self, stream: str) -> None:
        if stream != self.config.stream:
            raise SetupError(f"Google Sheets has no stream {stream!r}", fix=f"its only stream is {self.config.stream}")


def _identity(names: Sequence[str], wanted: str | None) -> str:
    if (at := id_column_of(names, wanted)) is not None:
        return f"a row's id is its {names[at]}"
    if (at := email_column_of(names)) is not None:
        return f"a row's id is its {names[at]}, numbered where it is repeated"
    return "no id and no e-mail column: a row's id is a hash of its cells"
