"""Mailchimp, by the conformance kit."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from connectors.connector import Request
from connectors.mailchimp.connector import Mailchimp
from connectors.mailchimp.hook import SIGNATURE
from connectors.testing import ConformanceSuite
from sandbox.mailchimp import EVENTS, NEWSLETTER, MailchimpSandbox
from tests.conformance.vendors import HOOK, NO_MERGE, Sandboxed, post

SECRET, SIGNING = "made-up-hook-secret", "made-up-signing-secret"


class MailchimpAccount(Sandboxed[MailchimpSandbox]):
    """One audience; the text is a member's last name."""

    kind = MailchimpSandbox
    stream = "members"
    fast = {"page_size": 3, "until_lag": 0, "sweep_every": 0, "secret": SECRET, "signing_secret": SIGNING}
    lacks = NO_MERGE | {
        "expire_token": "API keys do not end",
        "expire_cursor": "the vendor keeps no place for us: pages go by time",
        "refuse_rights": "a key may do what its user may; the stand-in has one user",
        "add_field": "the stand-in's audiences all have the same merge fields",
    }  # fmt: skip

    def begin(self) -> None:
        del self.vendor.lists[EVENTS], self.vendor.members[EVENTS]
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["0123456789abcdef0123456789abcdef-us19", SECRET, SIGNING]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.members[NEWSLETTER] if id_.endswith(row["contact_id"]))

    def add(self, text: str) -> str:
        return self._said(self.vendor.add_members(1)[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.add_members(1, at=when)[0], text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["merge_fields"]["LNAME"] = text
        return f"{NEWSLETTER}:{row['contact_id']}"

    def change(self, id_: str, text: str) -> None:
        self.vendor.change(self._row(id_), LNAME=text)

    def delete(self, id_: str) -> None:
        self.vendor.delete_for_good(self._row(id_))

    def archive(self, id_: str) -> None:
        self.vendor.archive(self._row(id_))

    def restore(self, id_: str) -> None:
        self.vendor.set_status(self._row(id_), "subscribed")

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        row = self._row(id_)
        row.update(stats=None, vip="yes")
        row["merge_fields"]["ADDRESS"] = {"addr1": "1 Main St"}

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["merge_fields"]["COMPANY"] = "x" * size

    def revoke(self) -> None:
        self.vendor.token = "another-us19"

    def deliver(self, id_: str) -> Request:
        return self.sign(self.vendor.told("subscribe", self._row(id_)))

    def sign(self, body: bytes) -> Request:
        return self._signed(body, int(time.time()))

    @staticmethod
    def _signed(body: bytes, at: int, secret: str = SIGNING, query: str = f"?secret={SECRET}") -> Request:
        signature = hmac.digest(secret.encode(), f"{at}.".encode() + body, sha256).hex()
        headers = {"content-type": "application/x-www-form-urlencoded", SIGNATURE: f"t={at},v1={signature}"}
        return post(body, headers, HOOK + query)

    def forge(self, id_: str) -> Sequence[Request]:
        body, now = self.vendor.told("subscribe", self._row(id_)), int(time.time())
        good = self.sign(body)
        return [
            self._signed(body, now, query=""),
            self._signed(body, now, query="?secret=guessed"),
            self._signed(body, now, secret="guessed"),
            post(body + b"&a=b", good.headers, good.url),
            post(body, None, good.url),
        ]

    def stale(self, id_: str) -> Request:
        return self._signed(self.vendor.told("subscribe", self._row(id_)), int(time.time()) - 3600)


class TestMailchimp(ConformanceSuite):
    connector, standin = Mailchimp, MailchimpAccount
