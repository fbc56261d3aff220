"""Wufoo, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.connector import Request
from connectors.testing import ConformanceSuite
from connectors.wufoo.connector import Wufoo
from sandbox.wufoo import DEMO, FAIR, WufooSandbox
from tests.conformance.vendors import NO_ARCHIVE, NO_MERGE, Sandboxed, post


class WufooForm(Sandboxed[WufooSandbox]):
    """One form; who answers says the text as their company."""

    kind = WufooSandbox
    stream = "entries"
    fast = {"page_size": 3, "edits_every": 0, "calls_per_second": 1e6}
    lacks = NO_ARCHIVE | NO_MERGE | {
        "add_field": "the stand-in's forms all ask the same questions",
        "expire_token": "API keys do not end",
        "expire_cursor": "the vendor keeps no place for us: pages go by ids",
        "stale": "a delivery bears no time",
        "sign": "a delivery is proved by a field of the form that it is: any other body proves nothing",
    }  # fmt: skip
    untold = {"delete": "an entry that is deleted is listed no more, and nothing tells of it"}

    def begin(self) -> None:
        self.vendor.delete_form(FAIR)
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["MADE-UPWU-FOOK-EY00", self.vendor.secret]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.entries[DEMO] if row["EntryId"] == id_.rpartition(":")[2])

    def add(self, text: str) -> str:
        return self._said(self.vendor.submit()[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.submit(at=when)[0], text)

    def _said(self, row: dict[str, Any], text: str) -> str:
        row["Field5"] = text
        return f"{DEMO}:{row['EntryId']}"

    def change(self, id_: str, text: str) -> None:
        self.vendor.edit(self._row(id_), Field5=text)

    def delete(self, id_: str) -> None:
        self.vendor.delete(self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["Field99"] = text

    def retype(self, id_: str) -> None:
        self._row(id_).update(Field20={"was": "text"}, CreatedBy=None)

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["Field20"] = "x" * size

    def revoke(self) -> None:
        self.vendor.token = "ANOTHER"

    def refuse_rights(self) -> None:
        self.vendor.not_for_us.add(DEMO)

    def deliver(self, id_: str) -> Request:
        return self._sent(self.vendor.webhook(self._row(id_)))

    def forge(self, id_: str) -> Sequence[Request]:
        row = self._row(id_)
        return [self._sent(self.vendor.webhook(row, secret=secret)) for secret in ("", "not ours")]

    @staticmethod
    def _sent(body: bytes) -> Request:
        return post(body, {"content-type": "application/x-www-form-urlencoded"})


class TestWufoo(ConformanceSuite):
    connector, standin = Wufoo, WufooForm
