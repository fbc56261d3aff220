"""A webhook of Mailchimp's: a form that names a member; of it only the address and the audience are used.

It is known by the secret in the address that it calls. Whether the vendor signs is contested: where a signing secret
is set, the header must fit, HMAC-SHA256 of `t.body`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlsplit

from connectors.connector import Request
from connectors.errors import RefusedRequest

SECRET = "secret"  # noqa: S105  -- the parameter's name
SIGNATURE = "x-mailchimp-signature"
TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""
BAD_REQUEST = 400
TYPES = frozenset({"subscribe", "unsubscribe", "profile", "upemail", "cleaned"})
"""What is told of members; `campaign` is told of mailings."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery names."""

    key: str
    """The same on every attempt to deliver it."""
    audience: str
    address: str
    """Empty: nobody that is read here."""


def is_ours(request: Request, secret: str) -> bool:
    """Tell whether the address that was called holds the secret; compares in constant time."""
    given = parse_qs(urlsplit(request.url).query).get(SECRET, [""])[0]
    return hmac.compare_digest(given.encode(), secret.encode())


def expect_signed(request: Request, secret: str) -> None:
    """Check the signature and its time.

    Raises:
        RefusedRequest: 401.
    """
    parts = dict(part.strip().partition("=")[::2] for part in request.headers.get(SIGNATURE, "").split(","))
    time = parts.get("t", "")
    expected = hmac.digest(secret.encode(), f"{time}.".encode() + request.body, sha256).hex()
    if not hmac.compare_digest(parts.get("v1", "").encode(), expected.encode()):
        raise RefusedRequest("Mailchimp: X-Mailchimp-Signature is missing, or does not fit the body and its secret")
    if not time.isascii() or not time.isdigit() or abs(request.received_at.timestamp() - int(time)) > TOLERANCE:
        raise RefusedRequest(f"Mailchimp: X-Mailchimp-Signature is more than {TOLERANCE} seconds away from now")


def told(request: Request) -> Told:
    """Read whom a delivery names.

    Raises:
        RefusedRequest: 400, it is none of Mailchimp's forms.
    """
    try:
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=2_000))
    except ValueError:
        raise RefusedRequest("Mailchimp: the form cannot be read", status=BAD_REQUEST) from None
    what, audience = fields.get("type", ""), fields.get("data[list_id]", "")
    if not what or not audience.isalnum() or not audience.isascii():
        raise RefusedRequest("Mailchimp: the body is no form with `type` and `data[list_id]`", status=BAD_REQUEST)
    address = fields.get("data[new_email]") or fields.get("data[email]") or ""
    if what in TYPES and "@" not in address:
        raise RefusedRequest("Mailchimp: the form names no address", status=BAD_REQUEST)
    whom = fields.get("data[id]") or fields.get("data[new_id]") or sha256(address.encode()).hexdigest()[:16]
    key = f"{what}:{audience}:{whom}:{fields.get('fired_at', '')}"
    return Told(key, audience, address if what in TYPES else "")
