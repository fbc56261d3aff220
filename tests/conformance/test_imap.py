"""Mailboxes, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from connectors.imap.connector import Imap
from connectors.testing import ConformanceSuite, StandIn
from sandbox.imap import ImapSandbox
from tests.conformance.vendors import NO_ARCHIVE, NO_HOOKS, NO_MERGE

INBOX = "INBOX"


class MailAccount(StandIn):
    """A mailbox; the text is a mail's subject. Faults of the connection: tests/mail."""

    stream = "messages"
    speaks_http = False
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS | {
        "change": "a mail does not change",
        "add_field": "mails have no fields of an account's own",
        "expire_token": "an access token that ended is given anew by a person",
        "refuse_rights": "who may sign in may read",
        "extend": "headers are read by their names",
        "retype": "headers are text, whatever they hold",
    }  # fmt: skip
    untold = {
        "delete": "a mail that is filed away or deleted was written all the same",
        "enlarge": "a text is cut at `text_limit`",
    }

    def start(self) -> str:
        self._mail = ImapSandbox().start()
        return self._mail.base_url

    def stop(self) -> None:
        self._mail.stop()

    def reset(self) -> None:
        self._mail.reset()
        self._mail.empty()
        self._numbers: dict[str, int] = {}

    def settings(self, base_url: str) -> dict[str, Any]:
        return {
            "base_url": base_url, "user": self._mail.user, "password": "mail-secret", "own_domains": ["hub.example"],
            "portion": self.page, "commands_per_second": 1e6,
        }  # fmt: skip

    def secrets(self) -> Sequence[str]:
        return ["mail-secret"]

    def add(self, text: str) -> str:
        return self.add_at(text, datetime.now(UTC))

    def add_at(self, text: str, when: datetime) -> str:
        return self._put(text, when, "Hello.")

    def _put(self, text: str, when: datetime, body: str) -> str:
        mail = EmailMessage()
        id_ = f"<{text}@example.com>"
        mail["From"], mail["To"], mail["Subject"] = f"Kit <{text}@example.com>", self._mail.user, text
        mail["Message-ID"], mail["Date"] = id_, format_datetime(when)
        mail.set_content(body)
        self._numbers[id_] = self._mail.put(mail, INBOX, when).uid
        return id_

    def delete(self, id_: str) -> None:
        self._mail.expunge(self._numbers.pop(id_))

    def enlarge(self, id_: str, size: int) -> None:
        self._mail.expunge(self._numbers[id_])
        self._put(id_[1:].partition("@")[0], datetime.now(UTC), "x" * size)

    def expire_cursor(self) -> None:
        self._mail.renumber(gap=7)
        mails = self._mail.folders[INBOX].mails
        self._numbers = dict(zip(self._numbers, (mail.uid for mail in mails), strict=True))

    def revoke(self) -> None:
        self._mail.password = "another"


class TestImap(ConformanceSuite):
    connector, standin = Imap, MailAccount
