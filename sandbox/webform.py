"""A website's contact form that posts what people send, signed as Standard Webhooks says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sandbox.people import Sighting, sightings

SEEDED_FROM = datetime(2026, 8, 4, 10, 0, tzinfo=UTC)
_MESSAGES = (
    "Please send me a price list.",
    "Can you show us a demo?",
    "We outgrow our spreadsheet.",
    "你好，请联系我。",
)
_CAMPAIGNS = ("autumn-2026", "webinar", "")


@cache
def submissions() -> tuple[dict[str, Any], ...]:
    """What people sent, oldest first; the last one left an address that is none."""
    sent = [_submission(place, sighting) for place, sighting in enumerate(sightings("webhook"))]
    nobody = {"name": "Ann", "first_name": "Ann", "last_name": "", "email": "ann(at)acme", "phone": ""}
    return (*sent, sent[-1] | nobody | {"id": f"sub-{1000 + len(sent)}", "company": ""})


def signed(secret: str, submission: Mapping[str, Any], now: datetime) -> tuple[dict[str, str], bytes]:
    """Give the headers and the body of one delivery, as the website sends it.

    Args:
        secret: `whsec_…`, or any text.
        now: when it is sent; aware.
    """
    event = {"type": "submission.created", "timestamp": submission["submitted_at"], "data": dict(submission)}
    body = json.dumps(event, ensure_ascii=False).encode()
    delivery, timestamp = f"msg_{submission['id']}", str(int(now.timestamp()))
    bare = secret.removeprefix("whsec_")
    key = base64.b64decode(bare) if bare != secret else secret.encode()
    digest = hmac.new(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return headers, body


def _submission(place: int, sighting: Sighting) -> dict[str, Any]:
    sent_at = SEEDED_FROM + timedelta(hours=31 * place)
    return {
        "id": f"sub-{1000 + place}",
        "form": "contact-us",
        "submitted_at": sent_at.isoformat().replace("+00:00", "Z"),
        "name": f"{sighting.first_name} {sighting.last_name}",
        "first_name": sighting.first_name,
        "last_name": sighting.last_name,
        "email": sighting.email,
        "phone": sighting.phone,
        "company": sighting.company,
        "country": sighting.human.company.country,
        "message": _MESSAGES[place % len(_MESSAGES)],
        "utm_campaign": _CAMPAIGNS[place % len(_CAMPAIGNS)],
        "page": "https://www.example.com/contact",
    }
