"""Typeform, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.connector import Request
from connectors.testing import ConformanceSuite
from connectors.typeform.connector import Typeform
from sandbox.typeform import CONTACT, TypeformSandbox, said_by, signature
from tests.conformance.vendors import NO_ARCHIVE, NO_MERGE, Sandboxed, post


class TypeformForm(Sandboxed[TypeformSandbox]):
    """One form; who answers says the text as their last name."""

    kind = TypeformSandbox
    stream = "responses"
    fast = {"page_size": 3, "calls_per_second": 1e6}
    lacks = NO_ARCHIVE | NO_MERGE | {
        "change": "a response does not change",
        "expire_token": "personal tokens do not end",
        "expire_cursor": "the vendor keeps no place for us: pages go by the token of a response",
        "stale": "a delivery bears no time",
    }  # fmt: skip
    untold = {"delete": "a response that is deleted is listed no more, and nothing tells of it"}

    def begin(self) -> None:
        self.vendor.delete_form(next(form for form in self.vendor.forms if form != CONTACT))
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["tfp_made-up-token", self.vendor.secret]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.responses[CONTACT] if row["token"] == id_)

    def add(self, text: str) -> str:
        return self._said(self.vendor.submit()[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.submit(at=when)[0], text)

    def _said(self, row: dict[str, Any], text: str) -> str:
        row["answers"] = [said_by(CONTACT, "last", text)]
        return str(row["token"])

    def delete(self, id_: str) -> None:
        self.vendor.delete(self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self._row(id_)["calculated"] = "none"

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["answers"].append(said_by(CONTACT, "message", "x" * size))

    def add_field(self, text: str) -> None:
        question = {"id": "kit1", "ref": "kit-ref", "title": text, "type": "short_text", "properties": {}}
        self.vendor.forms[CONTACT]["fields"].append(question)

    def revoke(self) -> None:
        self.vendor.token = "tfp_another"

    def refuse_rights(self) -> None:
        self.vendor.scopes.remove("responses:read")

    def deliver(self, id_: str) -> Request:
        headers, body = self.vendor.webhook(self._row(id_))
        return post(body, headers)

    def forge(self, id_: str) -> Sequence[Request]:
        headers, body = self.vendor.webhook(self._row(id_))
        others, _ = self.vendor.webhook(self._row(id_), secret="not ours")
        return [
            post(body + b" ", headers),
            post(body),
            post(body, others),
            post(body, {**headers, "typeform-signature": ""}),
        ]

    def sign(self, body: bytes) -> Request:
        return post(body, {"typeform-signature": signature(self.vendor.secret, body)})


class TestTypeform(ConformanceSuite):
    connector, standin = Typeform, TypeformForm
