"""Google Sheets, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.google_sheets.connector import GoogleSheets
from connectors.testing import ConformanceSuite
from sandbox.google_sheets import GoogleSheetsSandbox
from tests.conformance.vendors import GOOGLE_SECRETS, GOOGLE_USER, NO_ARCHIVE, NO_HOOKS, NO_MERGE, Sandboxed


class GoogleSheet(Sandboxed[GoogleSheetsSandbox]):
    """A sheet with a column that names its rows."""

    kind = GoogleSheetsSandbox
    stream = "rows"
    fast = {**GOOGLE_USER, "page_rows": 3, "reads_per_minute": 1e6, "id_column": "Number"}
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS | {
        "add_at": "rows have no time",
        "expire_cursor": "the vendor keeps no place for us: rows go by their numbers",
        "enlarge": "a cell holds 50,000 characters at most",
    }  # fmt: skip
    untold = {"delete": "a row that is gone from the sheet is not told"}

    def begin(self) -> None:
        self._made = 0
        self.vendor.leads.rows = 1  # else a thousand empty ones are asked for, three in a call
        self.vendor.write([["Number", "Name", "Note"]])

    def secrets(self) -> Sequence[str]:
        return [*GOOGLE_SECRETS, *self.vendor.tokens]

    def _at(self, id_: str) -> int:
        return next(at for at, row in enumerate(self.vendor.leads.cells) if row[0] == id_)

    def add(self, text: str) -> str:
        self._made += 1
        self.vendor.append(f"n{self._made}", text, "")
        return f"n{self._made}"

    def change(self, id_: str, text: str) -> None:
        self.vendor.edit(self._at(id_), "Name", text)

    def delete(self, id_: str) -> None:
        del self.vendor.leads.cells[self._at(id_)]
        self.vendor.touch()

    def extend(self, id_: str, text: str) -> None:
        sheet = self.vendor.leads
        self.vendor.write([[*sheet.cells[0], "New"], *sheet.cells[1:]])
        self.vendor.leads.cells[self._at(id_)].append(text)

    def retype(self, id_: str) -> None:
        self.vendor.edit(self._at(id_), "Note", 12.5)

    def add_field(self, text: str) -> None:
        self.vendor.write([[*self.vendor.leads.cells[0], text], *self.vendor.leads.cells[1:]])

    def revoke(self) -> None:
        self.vendor.refresh_token = "1//another"
        self.vendor.revoke_tokens()

    def expire_token(self) -> None:
        self.vendor.revoke_tokens()

    def refuse_rights(self) -> None:
        self.vendor.shared = False


class TestGoogleSheets(ConformanceSuite):
    connector, standin = GoogleSheets, GoogleSheet
