"""A stand-in of Google Sheets v4: one spreadsheet, its sheets and their cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.google import GoogleSandbox, Json, refused
from sandbox.people import Sighting, sightings

LEADS = "Leads 2026 🌵"
HEADER = (
    "Timestamp",
    "First Name",
    "Last Name",
    "Company",
    "Email",
    "Phone",
    "Country",
    "Seats",
    "Newsletter",
    "Notes",
)
_BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's times have no zone of their own
_RANGE = re.compile(
    r"(?:(?P<title>'(?:[^']|'')+'|[^'!]+)!)?(?P<from>[A-Z]+)(?P<first>\d+)(?::(?P<to>[A-Z]+)(?P<last>\d+))?"
)
_NOTES = ("Wants a demo", "", "Met at the fair", "", "")

Cell = str | float | bool | datetime | date | time | None


@dataclass
class SheetData:
    """One sheet: its cells, and the size of its grid, of which most is empty."""

    title: str
    cells: list[list[Cell]] = field(default_factory=list)
    rows: int = 1000
    columns: int = 26
    hidden: bool = False
    kind: str = "GRID"


class GoogleSheetsSandbox(GoogleSandbox):
    """A spreadsheet with a sheet of leads; two of its rows cannot be leads as they are.

    Attributes:
        sheets: in their order.
        zone: the spreadsheet's time zone.
        shared: whether it is shared with who asks.
        writes_dates_out: whether `dateTimeRenderOption` is heeded; serials always, where it is not.
        between: called after each answer with values, to change the sheet while somebody reads it.
    """

    name = "google_sheets"

    def begin(self) -> None:
        self.zone = "Europe/Berlin"
        self.shared = self.writes_dates_out = True
        self.between: Callable[[], None] = lambda: None
        chart = SheetData("Chart", kind="OBJECT")
        rows = [_row(place, sighting) for place, sighting in enumerate(sightings("google_sheets"))]
        rows[2][4] = "ask reception"
        rows[5][1:4] = ["", "", ""]
        self.sheets = [chart, SheetData("Old", hidden=True), SheetData(LEADS, [list(HEADER), *rows])]

    def settings(self) -> dict[str, str]:
        return {**super().settings(), "spreadsheet": self.file_id}

    def routes(self) -> Sequence[Route]:
        scope = "spreadsheets.readonly"
        return [
            *super().routes(),
            Route("/v4/spreadsheets/{id}", self.guarded(self._described, scope)),
            Route("/v4/spreadsheets/{id}/values:batchGet", self.guarded(self._values, scope)),
        ]

    # What happens in the spreadsheet, for tests and the demo.

    @property
    def leads(self) -> SheetData:
        """The sheet of leads."""
        return self.sheets[-1]

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Replace all rows, the header too; the grid grows with them."""
        with self.lock:
            self.leads.cells = [list(row) for row in rows]
            self._grown()

    def append(self, *row: Cell) -> None:
        """Add a row at the end, as a form does that fills the sheet."""
        with self.lock:
            self.leads.cells.append(list(row))
            self._grown()

    def edit(self, row: int, column: str, cell: Cell) -> None:
        """Change a cell of a row, counted from 1 below the header."""
        with self.lock:
            self.leads.cells[row][list(self.leads.cells[0]).index(column)] = cell
            self.touch()

    def insert(self, row: int, *cells: Cell) -> None:
        """Put a row above another; what is below moves down."""
        with self.lock:
            self.leads.cells.insert(row, list(cells))
            self._grown()

    def sort(self, column: str) -> None:
        """Sort the rows by a column, as anybody may who has the sheet open."""
        with self.lock:
            at = list(self.leads.cells[0]).index(column)
            self.leads.cells[1:] = sorted(self.leads.cells[1:], key=lambda row: str(row[at] if at < len(row) else ""))
            self.touch()

    def _grown(self) -> None:
        self.leads.rows = max(self.leads.rows, len(self.leads.cells))
        self.leads.columns = max(self.leads.columns, *(len(row) for row in self.leads.cells), 1)
        self.touch()

    # The API.

    def _refusal(self, request: Request) -> Response | None:
        if request.path_params["id"] != self.file_id:
            return refused(404, "NOT_FOUND", "Requested entity was not found.")
        return None if self.shared else refused(403, "PERMISSION_DENIED", "The caller does not have permission")

    def _described(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        properties = {"title": "Leads", "locale": "de_DE", "autoRecalc": "ON_CHANGE", "timeZone": self.zone}
        sheets = [{"properties": _properties(at, sheet)} for at, sheet in enumerate(self.sheets)]
        return JSONResponse({"spreadsheetId": self.file_id, "properties": properties, "sheets": sheets})

    def _values(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        found = []
        for asked in request.query_params.getlist("ranges"):
            answer = self._one_range(asked, dict(request.query_params))
            if isinstance(answer, Response):
                return answer
            found.append(answer)
        self.between()
        return JSONResponse({"spreadsheetId": self.file_id, "valueRanges": found})

    def _one_range(self, asked: str, options: dict[str, str]) -> Json | Response:
        parts = _RANGE.fullmatch(asked)
        sheet = self._called(parts["title"]) if parts else None
        if parts is None or sheet is None:
            return refused(400, "INVALID_ARGUMENT", f"Unable to parse range: {asked}")
        first, last = int(parts["first"]), int(parts["last"] or parts["first"])
        left, right = _column(parts["from"]), _column(parts["to"] or parts["from"])
        if first > sheet.rows or left > sheet.columns:
            limits = f"Max rows: {sheet.rows}, max columns: {sheet.columns}"
            return refused(400, "INVALID_ARGUMENT", f"Range ({asked}) exceeds grid limits. {limits}")
        rows = [
            [self._shown(cell, options) for cell in row[left - 1 : right]]
            for row in sheet.cells[first - 1 : min(last, sheet.rows)]
        ]
        answer: Json = {"range": asked, "majorDimension": "ROWS"}
        if values := _trimmed(rows):
            answer["values"] = values
        return answer

    def _called(self, quoted: str | None) -> SheetData | None:
        if quoted is None:
            return next(sheet for sheet in self.sheets if not sheet.hidden and sheet.kind == "GRID")
        title = quoted[1:-1].replace("''", "'") if quoted.startswith("'") else quoted
        return next((sheet for sheet in self.sheets if sheet.title == title), None)

    def _shown(self, cell: Cell, options: dict[str, str]) -> Any:
        """Give a cell as asked: a date is a number but for its format."""
        formatted = options.get("valueRenderOption", "FORMATTED_VALUE") == "FORMATTED_VALUE"
        if isinstance(cell, date | time):
            serial = options.get("dateTimeRenderOption", "SERIAL_NUMBER") == "SERIAL_NUMBER" and not formatted
            return _serial(cell) if serial or not self.writes_dates_out else _written_out(cell)
        if cell is None:
            return ""
        if formatted:
            return str(cell).upper() if isinstance(cell, bool) else str(cell)
        return cell


def _properties(at: int, sheet: SheetData) -> Json:
    properties: Json = {"sheetId": at * 1_000_003, "title": sheet.title, "index": at, "sheetType": sheet.kind}
    if sheet.kind == "GRID":
        properties["gridProperties"] = {"rowCount": sheet.rows, "columnCount": sheet.columns}
    return properties | ({"hidden": True} if sheet.hidden else {})


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    """Leave out empty cells at the ends of rows, and empty rows at the end."""
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _serial(cell: date | time) -> float:
    if isinstance(cell, time):
        since = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    elif isinstance(cell, datetime):
        since = cell - _BEGAN
    else:
        since = datetime.combine(cell, time()) - _BEGAN
    days = since / timedelta(days=1)
    return int(days) if days.is_integer() else days


def _written_out(cell: date | time) -> str:
    form = "%d.%m.%Y %H:%M:%S" if isinstance(cell, datetime) else "%d.%m.%Y"
    return cell.strftime("%H:%M:%S" if isinstance(cell, time) else form)


def _row(place: int, sighting: Sighting) -> list[Cell]:
    company = sighting.human.company
    sent = datetime(2026, 8, 3, 8, 30, 15) + timedelta(hours=29 * place)  # noqa: DTZ001 -- in the spreadsheet's zone
    row: list[Cell] = [sent, sighting.first_name, sighting.last_name, sighting.company, sighting.email]
    return [*row, sighting.phone, company.country, 5 + place % 40, place % 3 == 0, _NOTES[place % len(_NOTES)]]
