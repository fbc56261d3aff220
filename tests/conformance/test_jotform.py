"""Jotform, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.connector import Request
from connectors.jotform.connector import Jotform
from connectors.testing import ConformanceSuite
from sandbox.jotform import QUOTE, VISIT, JotformSandbox
from tests.conformance.vendors import HOOK, NO_ARCHIVE, NO_MERGE, Sandboxed, post


class JotformForm(Sandboxed[JotformSandbox]):
    """One form; who answers says the text as their company."""

    kind = JotformSandbox
    stream = "submissions"
    fast = {"page_size": 3, "edits_every": 0}
    lacks = NO_ARCHIVE | NO_MERGE | {
        "add_field": "the stand-in's forms all ask the same questions",
        "expire_token": "API keys do not end",
        "expire_cursor": "the vendor keeps no place for us: pages go by ids",
        "stale": "a delivery bears no time",
        "sign": "a delivery is proved by its address, whatever its body: sent below as a form",
    }  # fmt: skip

    def begin(self) -> None:
        self.vendor.delete_form(VISIT)
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["made-up-jotform-key", self.vendor.secret]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.submissions[QUOTE] if row["id"] == id_)

    def add(self, text: str) -> str:
        return self._said(self.vendor.submit()[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.submit(at=when)[0], text)

    def _said(self, row: dict[str, Any], text: str) -> str:
        self._answer(row, "company")["answer"] = text
        return str(row["id"])

    @staticmethod
    def _answer(row: dict[str, Any], name: str) -> dict[str, Any]:
        return next(answer for answer in row["answers"].values() if answer["name"] == name)

    def change(self, id_: str, text: str) -> None:
        self.vendor.edit(self._row(id_), company=text)

    def delete(self, id_: str) -> None:
        self.vendor.delete(self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        row = self._row(id_)
        row["flag"] = {"was": 0}
        self._answer(row, "howCan")["answer"] = ["in", {"pieces": 2}]

    def enlarge(self, id_: str, size: int) -> None:
        self._answer(self._row(id_), "howCan")["answer"] = "x" * size

    def revoke(self) -> None:
        self.vendor.token = "another"

    def refuse_rights(self) -> None:
        self.vendor.not_for_us.add(QUOTE)

    def deliver(self, id_: str) -> Request:
        headers, body = self.vendor.webhook(self._row(id_))
        return post(body, headers, f"{HOOK}?secret={quote(self.vendor.secret)}")

    def forge(self, id_: str) -> Sequence[Request]:
        headers, body = self.vendor.webhook(self._row(id_))
        return [
            post(body, headers, HOOK),
            post(body, headers, f"{HOOK}?secret="),
            post(body, headers, f"{HOOK}?secret=x"),
        ]


class TestJotform(ConformanceSuite):
    connector, standin = Jotform, JotformForm
