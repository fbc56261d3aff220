"""The leads API, by the conformance kit: what fed Sell, with a token of the hub's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.connector import Request
from connectors.leads_api.connector import LeadsApi, named
from connectors.testing import ConformanceSuite
from tests.conformance.test_webhook import Sender
from tests.conformance.vendors import post

ADDRESS = "https://hub.example.com/v2/leads"


class SellClient(Sender):
    """A client of Sell's API; the hub has checked its token before."""

    stream = "leads"
    lacks = Sender.lacks | {"stale": "a token says nothing of the time at which it was sent"}

    def settings(self, base_url: str) -> dict[str, Any]:
        return {}

    def secrets(self) -> Sequence[str]:
        return []

    def add(self, text: str) -> str:
        id_ = named(self._request(b"", text))
        self._texts[id_] = text
        return id_

    def sign(self, body: bytes) -> Request:
        return self._request(body, "any")

    def deliver(self, id_: str) -> Request:
        return self._request(json.dumps({"data": {"last_name": self._texts[id_]}}).encode(), self._texts[id_])

    def forge(self, id_: str) -> Sequence[Request]:
        return [replace(self.deliver(id_), token=None)]

    @staticmethod
    def _request(body: bytes, key: str) -> Request:
        return replace(post(body, {"idempotency-key": key}, ADDRESS), token="website")


class TestLeadsApi(ConformanceSuite):
    connector, standin = LeadsApi, SellClient
