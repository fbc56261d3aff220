"""The webhook source, by the conformance kit: by signature, and by token."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from connectors.connector import Request
from connectors.signatures import keys_of, sign
from connectors.testing import ConformanceSuite, StandIn
from connectors.webhook import ID, SIGNATURE, TIMESTAMP, TOKEN, Webhook
from tests.conformance.vendors import NO_ARCHIVE, NO_MERGE, post

SECRET = "whsec_c2FuZGJveC13ZWItZm9ybS1zZWNyZXQ="
PASSWORD = "made-up-webhook-token"


class Sender(StandIn):
    """A website that signs what it sends, by the Standard Webhooks rules."""

    stream = "submissions"
    only_receives = True
    _nothing_to_read: ClassVar[dict[str, str]] = dict.fromkeys(
        ("start", "add_at", "change", "delete", "extend", "retype", "enlarge", "add_field", "revoke", "expire_token",
         "expire_cursor", "refuse_rights"),
        "there is nobody to call: records come as they are sent",
    )  # fmt: skip
    lacks = NO_ARCHIVE | NO_MERGE | _nothing_to_read

    def reset(self) -> None:
        self._texts: dict[str, str] = {}
        self._sent = 0

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"secret": SECRET}

    def secrets(self) -> Sequence[str]:
        return [SECRET, SECRET.removeprefix("whsec_")]

    def add(self, text: str) -> str:
        id_ = f"s{len(self._texts) + 1}"
        self._texts[id_] = text
        return id_

    def _body(self, id_: str) -> bytes:
        return json.dumps({"id": id_, "last_name": self._texts[id_]}).encode()

    def _signed(self, body: bytes, at: float | None = None, secret: str = SECRET) -> Request:
        self._sent += 1
        name, stamp = f"msg_{self._sent}", str(int(time.time() if at is None else at))
        return post(body, {ID: name, TIMESTAMP: stamp, SIGNATURE: sign(keys_of(secret)[0], name, stamp, body)})

    def sign(self, body: bytes) -> Request:
        return self._signed(body)

    def deliver(self, id_: str) -> Request:
        return self._signed(self._body(id_))

    def forge(self, id_: str) -> Sequence[Request]:
        body = self._body(id_)
        headers = dict(self._signed(body).headers)
        return [
            post(body),
            post(body + b" ", headers),
            post(body, headers | {ID: "msg_other"}),
            post(body, headers | {TIMESTAMP: str(int(time.time()) + 1)}),
            self._signed(body, secret="whsec_b3RoZXI="),
        ]

    def stale(self, id_: str) -> Request:
        return self._signed(self._body(id_), at=time.time() - 3600)


class TestWebhook(ConformanceSuite):
    connector, standin = Webhook, Sender


class TokenSender(Sender):
    """A tool that cannot sign: it bears a token."""

    lacks = Sender.lacks | {"stale": "a token says nothing of the time at which it was sent"}

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"token": PASSWORD}

    def secrets(self) -> Sequence[str]:
        return [PASSWORD]

    def sign(self, body: bytes) -> Request:
        return post(body, {TOKEN: PASSWORD})

    def deliver(self, id_: str) -> Request:
        return self.sign(self._body(id_))

    def forge(self, id_: str) -> Sequence[Request]:
        body = self._body(id_)
        return [post(body), post(body, {TOKEN: "guessed"}), post(body, {"authorization": "Bearer guessed"})]


class TestWebhookByToken(ConformanceSuite):
    connector, standin = Webhook, TokenSender
