"""Google Forms, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.google_forms.connector import GoogleForms
from connectors.testing import ConformanceSuite
from sandbox.google_forms import MESSAGE, NAME, GoogleFormsSandbox
from tests.conformance.vendors import GOOGLE_SECRETS, GOOGLE_USER, NO_ARCHIVE, NO_HOOKS, NO_MERGE, Sandboxed


class GoogleForm(Sandboxed[GoogleFormsSandbox]):
    """One form; who answers says the text as their name."""

    kind = GoogleFormsSandbox
    stream = "responses"
    fast = {**GOOGLE_USER, "page_size": 3, "reads_per_minute": 1e6}
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS
    untold = {"delete": "a response that is deleted is listed no more, and nothing tells of it"}

    def begin(self) -> None:
        self.vendor.responses.clear()

    def secrets(self) -> Sequence[str]:
        return [*GOOGLE_SECRETS, *self.vendor.tokens]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.responses if row["responseId"] == id_)

    def add(self, text: str) -> str:
        return self._said(self.vendor.submit({}), text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.submit({}, at=when), text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["answers"][NAME] = {"questionId": NAME, "textAnswers": {"answers": [{"value": text}]}}
        return str(row["responseId"])

    def change(self, id_: str, text: str) -> None:
        self.vendor.edit(self._row(id_), NAME, text)

    def delete(self, id_: str) -> None:
        self.vendor.responses.remove(self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kitNew"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self._row(id_)["answers"][MESSAGE] = {"questionId": MESSAGE, "textAnswers": "none"}

    def enlarge(self, id_: str, size: int) -> None:
        self.vendor.edit(self._row(id_), MESSAGE, "x" * size)

    def add_field(self, text: str) -> None:
        question = {"question": {"questionId": "1c99", "textQuestion": {}}}
        self.vendor.items.append({"itemId": "7f99", "title": text, "questionItem": question})

    def revoke(self) -> None:
        self.vendor.refresh_token = "1//another"
        self.vendor.revoke_tokens()

    def expire_token(self) -> None:
        self.vendor.revoke_tokens()

    def expire_cursor(self) -> None:
        self.vendor.forget_pages()

    def refuse_rights(self) -> None:
        self.vendor.shared = False


class TestGoogleForms(ConformanceSuite):
    connector, standin = GoogleForms, GoogleForm
