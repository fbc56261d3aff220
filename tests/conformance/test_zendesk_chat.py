"""Zendesk Chat, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.testing import ConformanceSuite
from connectors.zendesk_chat.connector import ZendeskChat
from sandbox.zendesk_chat import ZendeskChatSandbox
from tests.conformance.vendors import NO_ARCHIVE, NO_HOOKS, NO_MERGE, Sandboxed


class ChatAccount(Sandboxed[ZendeskChatSandbox]):
    """Chats; the text is the visitor's name."""

    kind = ZendeskChatSandbox
    stream = "chats"
    fast = {"page_size": 3, "calls_per_minute": 1e6}
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS | {
        "add_field": "chats have no fields of an account's own",
        "expire_token": "the token of this grant does not end",
        "expire_cursor": "the export goes on from a time and an id, which do not end",
    }  # fmt: skip

    def begin(self) -> None:
        self.vendor.chats.clear()

    def secrets(self) -> Sequence[str]:
        return ["made-up-chat-token"]

    def add(self, text: str) -> str:
        return self._said(self.vendor.add_chats(1)[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.add_chats(1, at=int(when.timestamp()))[0], text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["visitor"]["name"] = text
        return str(row["id"])

    def change(self, id_: str, text: str) -> None:
        row = self.vendor.chats[id_]
        self.vendor.change(row, visitor={**row["visitor"], "name": text})

    def delete(self, id_: str) -> None:
        self.vendor.delete(self.vendor.chats[id_])

    def extend(self, id_: str, text: str) -> None:
        self.vendor.chats[id_]["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self.vendor.chats[id_].update(history="none", tags={"a": 1}, rating=5)

    def enlarge(self, id_: str, size: int) -> None:
        self.vendor.chats[id_]["message"] = "x" * size

    def revoke(self) -> None:
        self.vendor.oauth_token = "another"

    def refuse_rights(self) -> None:
        self.vendor.scopes.clear()


class TestZendeskChat(ConformanceSuite):
    connector, standin = ZendeskChat, ChatAccount
