"""The capture form, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.connector import Request
from connectors.form.connector import Form
from connectors.form.reading import LANGUAGE, STAMP, URL_ENCODED, names_of
from connectors.form.stamps import Stamp, new_stamp
from connectors.testing import ConformanceSuite
from tests.conformance.test_webhook import Sender
from tests.conformance.vendors import post

SECRET = "made-up-form-secret-0123456789"


class Visitor(Sender):
    """Somebody in front of the form, a minute after it was shown."""

    lacks = Sender.lacks | {"sign": "what proves a form is a field of it: any other body proves nothing"}

    def reset(self) -> None:
        super().reset()
        self._pages: dict[str, Stamp] = {}

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"secret": SECRET, "required": ["last_name"], "fields": ["last_name", "company"]}

    def secrets(self) -> Sequence[str]:
        return [SECRET]

    def add(self, text: str) -> str:
        stamp = new_stamp(datetime.now(UTC) - timedelta(minutes=1))
        _, record = names_of(stamp, {"last_name": text, "language": "en"})
        self._texts[record], self._pages[record] = text, stamp
        return record

    def deliver(self, id_: str) -> Request:
        return self._posted(id_, self._pages[id_].signed(SECRET.encode()))

    def forge(self, id_: str) -> Sequence[Request]:
        stamp = self._pages[id_]
        return [self._posted(id_, ""), self._posted(id_, stamp.signed(b"another")), self._posted(id_, "0.0.0")]

    def stale(self, id_: str) -> Request:
        shown = Stamp(datetime.now(UTC) - timedelta(days=40), self._pages[id_].name)
        return self._posted(id_, shown.signed(SECRET.encode()))

    def _posted(self, id_: str, stamp: str) -> Request:
        body = urlencode({"last_name": self._texts[id_], STAMP: stamp, LANGUAGE: "en"}).encode()
        return post(body, {"content-type": URL_ENCODED}, "https://hub.example.com/forms/site")


class TestForm(ConformanceSuite):
    connector, standin = Form, Visitor
