"""Acme's webhooks: signed by the Standard Webhooks rules, one person in each."""

from __future__ import annotations

import json

from connectors.connector import JsonObject, Request
from connectors.errors import RefusedRequest
from connectors.signatures import is_signed, is_timely, keys_of

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300
"""Seconds that a delivery may be old, or ahead of our clock."""
BAD_REQUEST = 400


def verified(request: Request, secret: str) -> str:
    """Name a delivery that is what it claims to be.

    Raises:
        RefusedRequest: 401 forged, too old, or without its headers.
    """
    name, stamp, signature = (request.headers.get(header, "") for header in (ID, TIMESTAMP, SIGNATURE))
    if not is_signed(keys_of(secret), name, stamp, request.body, signature):
        raise RefusedRequest("Acme: webhook-signature is missing, or does not fit the body and the secret")
    if not name or not is_timely(stamp, request.received_at.timestamp(), TOLERANCE):
        raise RefusedRequest(f"Acme: webhook-timestamp is more than {TOLERANCE} seconds away from now")
    return name


def person_in(body: bytes) -> JsonObject | None:
    """Read the person that a delivery tells of; None: it tells of something else.

    Raises:
        RefusedRequest: 400, it is no delivery of Acme's.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise RefusedRequest("Acme: the body is no JSON object with a `type`", status=BAD_REQUEST)
    if not content["type"].startswith("person."):
        return None
    person = content.get("data")
    if not isinstance(person, dict) or not isinstance(person.get("id"), str) or not person["id"]:
        raise RefusedRequest("Acme: the delivery names no person", status=BAD_REQUEST)
    return person
