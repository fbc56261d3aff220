"""Zendesk Sell, by the conformance kit: by lists, and by the Sync API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.sell.connector import Sell
from connectors.testing import ConformanceSuite
from sandbox.sell.account import Account
from sandbox.sell.queue import Queues
from sandbox.sell.standin import SellSandbox
from tests.conformance.vendors import NO_ARCHIVE, NO_HOOKS, NO_MERGE, Sandboxed

KEPT = ("leads", "contacts", "deals", "notes", "tasks", "calls", "visits")


class SellAccount(Sandboxed[SellSandbox]):
    """An account of users and pipelines; leads are added, with the text for a title."""

    kind = SellSandbox
    stream = "leads"
    page = 20
    fast = {"page_size": 20, "calls_per_second": 1e6}
    lacks = NO_ARCHIVE | NO_HOOKS | NO_MERGE | {
        "expire_token": "access tokens of Sell do not end",
        "expire_cursor": "lists keep no place for us",
    }  # fmt: skip
    untold = {"delete": "lists do not tell what was deleted"}

    def begin(self) -> None:
        self.vendor.account.clear(*KEPT)
        self.vendor.account.beside.clear()

    def secrets(self) -> Sequence[str]:
        return ["made-up-sell-token"]

    @property
    def _account(self) -> Account:
        return self.vendor.account

    def _row(self, id_: str) -> dict[str, Any]:
        return self._account.tables["leads"][int(id_)]

    def add(self, text: str) -> str:
        with self.vendor.lock:
            return self._said(self._account.add_leads(1)[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        with self.vendor.lock:
            return self._said(self._account.add_leads(1, at=when.strftime("%Y-%m-%dT%H:%M:%SZ"))[0], text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["title"] = text
        return str(row["id"])

    def change(self, id_: str, text: str) -> None:
        self._account.change("leads", self._row(id_), title=text)

    def delete(self, id_: str) -> None:
        self._account.delete("leads", self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self._row(id_).update(tags="none", address=["1 Main St"], custom_fields=None)

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["description"] = "x" * size

    def add_field(self, text: str) -> None:
        self._account.custom["lead"].append({"id": 77, "name": text, "type": "string"})

    def revoke(self) -> None:
        self.vendor.token = "another"

    def refuse_rights(self) -> None:
        self.vendor.hidden.add("leads")


class TestSell(ConformanceSuite):
    connector, standin = Sell, SellAccount


class SellQueue(SellAccount):
    """The same, read by the Sync API, whose queue tells of deletions."""

    page = 5
    fast = SellAccount.fast | {"sync_api": True}
    lacks = {name: why for name, why in SellAccount.lacks.items() if name != "expire_cursor"} | {
        "refuse_rights": "the queue holds what the token may see; what it may not is not told there",
    }  # fmt: skip
    untold = {}

    def begin(self) -> None:
        super().begin()
        self.vendor.sync_page = 5
        self.vendor.queues = Queues(self.vendor.account)

    def expire_cursor(self) -> None:
        self.vendor.queues.sessions.clear()


class TestSellBySync(ConformanceSuite):
    connector, standin = Sell, SellQueue
