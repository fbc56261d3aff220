"""Zendesk Chat: legacy chats and offline messages. Source of facts: Chat API v2, Incremental Exports."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

import requests
from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    JsonObject,
    Page,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, SetupError
from connectors.pace import Pace
from connectors.zendesk_chat.api import FIX_TOKEN, TITLE, ChatApi, api_root
from connectors.zendesk_chat.export import Mark, export
from connectors.zendesk_chat.transcript import with_transcript
from connectors.zendesk_support.api import BearerAuth

CHATS = Stream("chats", "people")
EXPORT = "/incremental/chats"
PAGE = 1_000  # chats; the API's own limit

FIELDS = (
    SourceField("id", "string", "Chat id"),
    SourceField("type", "enum", "Type", choices=("chat", "offline_msg")),
    SourceField("visitor.id", "string", "Visitor's id"),
    SourceField("visitor.name", "string", "Visitor's name"),
    SourceField("visitor.email", "string", "Visitor's address"),
    SourceField("visitor.phone", "string", "Visitor's phone"),
    SourceField("visitor.notes", "string", "Notes about the visitor"),
    SourceField("session.country_code", "string", "Country, as the connection tells"),
    SourceField("message", "string", "Offline message"),
    SourceField("transcript", "string", "What was said, as text"),
    SourceField("history", "array", "What was said and done, event by event"),
    SourceField("webpath", "array", "Pages that were looked at"),
    SourceField("department_id", "number", "Department's id"),
    SourceField("agent_ids", "array", "Agents' ids"),
    SourceField("tags", "array", "Tags"),
    SourceField("rating", "string", "Rating"),
    SourceField("missed", "boolean", "Nobody answered"),
    SourceField("zendesk_ticket_id", "number", "Ticket made of it"),
    SourceField("timestamp", "datetime", "Began"),
    SourceField("end_timestamp", "datetime", "Ended"),
    SourceField("update_timestamp", "datetime", "Changed"),
)


class ZendeskChatConfig(ConnectorConfig):
    """Settings of a Zendesk Chat source: `oauth_token`, or `email` with `token`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    subdomain: str | None = Field(None, description="The name before .zendesk.com; or set base_url")
    oauth_token: SecretStr | None = Field(None, description="OAuth access token with the scope read or chat")
    email: str | None = Field(None, description="Address of the admin whom the API token acts for")
    token: SecretStr | None = Field(None, description="API token, in place of oauth_token")
    calls_per_minute: float = Field(200, gt=0, description="Calls a minute that the vendor allows")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Chats in one call")
    overlap: float = Field(60, ge=0, description="Seconds of the last read that are read again")
    time_unit: Literal["s", "us"] = Field("s", description="Unit of --since at the vendor: s, or us (microseconds)")


class ZendeskChat(Connector[ZendeskChatConfig]):
    """Chats and offline messages, each with its visitor inside and what was said as text; an edited one comes again.

    A deleted chat comes as event `deleted`. Conversations of messaging are not here: they are tickets.
    """

    name: ClassVar[str] = "zendesk_chat"
    title: ClassVar[str] = TITLE
    Config = ZendeskChatConfig

    def __init__(self, config: ZendeskChatConfig) -> None:
        super().__init__(config)
        per_minute = config.calls_per_minute * config.quota_share
        pace = Pace(per_minute / 60, burst=max(1, int(per_minute / 10)))
        root = api_root(config.subdomain, config.base_url)
        self._api = ChatApi(root, _auth(config), self._count, pace, config.ca_bundle)

    def streams(self) -> Sequence[Stream]:
        return [CHATS]

    def check(self) -> list[Check]:
        recent = (time.time() - 300) * (1 if self.config.time_unit == "s" else 1_000_000)
        try:
            answer = self._get({"start_time": int(recent)})
        except CredentialsError:
            raise
        except SetupError as error:
            return [Check("credentials", True, "accepted"), Check("chats", False, str(error), error.fix)]
        changed = f"readable; {len(answer.get('chats') or ())} changed of late"
        return [Check("credentials", True, "accepted"), Check("chats", True, changed)]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        return list(FIELDS)

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield chats changed since the cursor, to where nothing more comes."""
        self._known(stream)
        mark = Mark.of(cursor, self.config.overlap)
        for page in export(self._get, mark, self.config.page_size, time.time() - self.config.overlap):
            yield Page([_record(row) for row in page.rows], page.behind.stored())

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        if since.tzinfo is None:
            raise SetupError(f"{TITLE}: a time without time zone", fix="write it like 2026-11-01T00:00Z")
        seconds = int(since.timestamp())
        return Mark(seconds if self.config.time_unit == "s" else seconds * 1_000_000).stored()

    def close(self) -> None:
        self._api.close()

    def _get(self, params: dict[str, Any]) -> JsonObject:
        return self._api.get(EXPORT, {**params, "limit": self.config.page_size, "fields": "chats(*)"})

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != CHATS.name:
            raise SetupError(f"{TITLE} has no stream {stream!r}", fix=f"streams: {CHATS.name}")


def _auth(config: ZendeskChatConfig) -> requests.auth.AuthBase:
    if config.oauth_token:
        return BearerAuth(config.oauth_token.get_secret_value())
    if config.email and config.token:
        user = f"{config.email.removesuffix('/token')}/token"
        return requests.auth.HTTPBasicAuth(user.encode(), config.token.get_secret_value().encode())
    raise SetupError(f"{TITLE}: no credentials are set", fix=FIX_TOKEN)


def _record(data: JsonObject) -> SourceRecord:
    changed = data.get("update_timestamp") or data.get("end_timestamp") or data.get("timestamp")
    event: Literal["deleted", "live"] = "deleted" if data.get("deleted") is True else "live"
    return SourceRecord(str(data["id"]), with_transcript(data), changed if isinstance(changed, str) else None, event)
