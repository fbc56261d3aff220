"""What Support's webhooks send us: a signed notice that names a ticket or a user.

Source of facts: Webhooks, "Verifying webhooks": base64 of HMAC-SHA256 by the webhook's signing secret over the
timestamp header as text and the raw body. Events bear their object's id in `detail`; what a trigger sends is
written by the account's admin, who is asked to put `ticket_id` into it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.connector import JsonObject, Request
from connectors.errors import RefusedRequest

SIGNATURE, TIMESTAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
INVOCATION = "x-zendesk-webhook-invocation-id"
TOLERANCE = 300
"""Seconds that a notice may be old, or ahead of our clock."""
BAD_REQUEST, METHOD_NOT_ALLOWED = 400, 405
EVENT = "zen:event-type:"
GONE = frozenset({"soft_deleted", "permanently_deleted", "deleted", "marked_as_spam"})


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a notice names."""

    key: str
    """The same on every attempt to deliver it."""
    stream: str
    id: str
    """Empty: nothing that is read here."""
    is_gone: bool = False


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a notice as the vendor does."""
    return base64.b64encode(hmac.digest(secret.encode(), timestamp.encode() + body, hashlib.sha256)).decode()


def verified(request: Request, secret: str) -> None:
    """Check the signature over time and raw body, in constant time, and that the time is now.

    Raises:
        RefusedRequest: 401.
    """
    timestamp, given = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    if not hmac.compare_digest(given.encode(), signature_of(secret, timestamp, request.body).encode()):
        raise RefusedRequest(f"{SIGNATURE} is missing, or does not fit the time, the body and `signing_secret`")
    if not _is_timely(timestamp, request.received_at):
        raise RefusedRequest(f"{TIMESTAMP} is more than {TOLERANCE} seconds away from now, or is no time")


def noticed(request: Request) -> Noticed:
    """Read what a verified notice names.

    Raises:
        RefusedRequest: 400, it names no ticket.
    """
    content = _object(request.body)
    key = request.headers.get(INVOCATION) or content.get("id") or hashlib.sha256(request.body).hexdigest()
    kind = content.get("type")
    if isinstance(kind, str) and kind.startswith(EVENT):
        return _event(str(key), kind.removeprefix(EVENT), content)
    inside = content.get("ticket")
    found = content.get("ticket_id") or (inside.get("id") if isinstance(inside, dict) else None)
    return Noticed(str(key), "tickets", _id(found))


def _event(key: str, kind: str, content: JsonObject) -> Noticed:
    """Read an event such as `ticket.created`; of other things than tickets and users nothing is read."""
    what, _, happened = kind.partition(".")
    detail = content.get("detail")
    streams = {"ticket": "tickets", "user": "users"}
    if what not in streams or not isinstance(detail, dict):
        return Noticed(key, "tickets", "")
    return Noticed(key, streams[what], _id(detail.get("id")), happened in GONE)


def _id(value: Any) -> str:
    text = str(value or "")
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise RefusedRequest(
            'the notice names no ticket: let the trigger send {"ticket_id": "{{ticket.id}}"} as JSON',
            status=BAD_REQUEST,
        )
    return text


def _object(body: bytes) -> JsonObject:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise RefusedRequest("the body is no JSON object: set the webhook's request format to JSON", status=BAD_REQUEST)
    return content


def _is_timely(timestamp: str, now: datetime) -> bool:
    try:
        signed = datetime.fromisoformat(timestamp)
    except ValueError:
        return False
    signed = signed if signed.tzinfo else signed.replace(tzinfo=UTC)
    return abs((now - signed).total_seconds()) <= TOLERANCE
