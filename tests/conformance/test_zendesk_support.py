"""Zendesk Support, by the conformance kit: tickets, and users."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.connector import Request
from connectors.testing import ConformanceSuite
from connectors.zendesk_support.connector import ZendeskSupport
from connectors.zendesk_support.hook import SIGNATURE, TIMESTAMP, signature_of
from sandbox.zendesk_rows import iso
from sandbox.zendesk_support import ZendeskSupportSandbox
from tests.conformance.vendors import NO_ARCHIVE, NO_MERGE, Sandboxed, post


class SupportTickets(Sandboxed[ZendeskSupportSandbox]):
    """Tickets; the text is the subject."""

    kind = ZendeskSupportSandbox
    stream = "tickets"
    fast = {"page_size": 3, "exports_per_minute": 1e6, "signing_secret": "made-up-zendesk-signing-secret"}
    lacks = NO_ARCHIVE | NO_MERGE | {
        "merge": "a merged ticket is closed, with a tag: the vendor does not name the winner",
        "expire_token": "API tokens do not end",
        "add_field": "the stand-in's account has the same ticket fields always",
    }  # fmt: skip

    def begin(self) -> None:
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["made-up-zendesk-token", "made-up-zendesk-signing-secret"]

    def _row(self, id_: str) -> dict[str, Any]:
        return self.vendor.tickets[int(id_)]

    def add(self, text: str) -> str:
        return self._said(self.vendor.add_tickets(1)[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.add_tickets(1, at=int(when.timestamp()))[0], text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["subject"] = text
        return str(row["id"])

    def change(self, id_: str, text: str) -> None:
        self.vendor.change(self._row(id_), subject=text)

    def delete(self, id_: str) -> None:
        self.vendor.delete(self._row(id_))

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self._row(id_).update(tags="none", custom_fields=None, via="web", organization_id=None)

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["description"] = "x" * size

    def expire_cursor(self) -> None:
        self.vendor.refused_cursors = _Once()

    def revoke(self) -> None:
        self.vendor.token = "another"

    def refuse_rights(self) -> None:
        self.vendor.role = "agent"

    def deliver(self, id_: str) -> Request:
        headers, body = self.vendor.notice(self._row(id_))
        return post(body, headers)

    def forge(self, id_: str) -> Sequence[Request]:
        headers, body = self.vendor.notice(self._row(id_))
        later = headers | {TIMESTAMP: iso(int(time.time()) + 1)}
        return [post(body + b" ", headers), post(body), post(body, headers | {SIGNATURE: ""}), post(body, later)]

    def stale(self, id_: str) -> Request:
        headers, body = self.vendor.notice(self._row(id_), at=int(time.time()) - 3600)
        return post(body, headers)

    def sign(self, body: bytes) -> Request:
        at = iso(int(time.time()))
        return post(body, {TIMESTAMP: at, SIGNATURE: signature_of(self.vendor.secret, at, body)})


class _Once(set[str]):
    """Holds whatever it is asked for first, and nothing more: cursors that are given out later may look the same."""

    asked = False

    def __contains__(self, cursor: object) -> bool:
        before, self.asked = self.asked, True
        return not before


class TestZendeskSupport(ConformanceSuite):
    connector, standin = ZendeskSupport, SupportTickets
