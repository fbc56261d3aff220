"""Standard Webhooks: how a delivery is signed, and how a signature is verified. Pure functions.

Source of facts: the Standard Webhooks specification. Signed is `{id}.{timestamp}.{body}`, raw bytes;
`webhook-signature` lists `v1,BASE64` (HMAC-SHA256), several while keys rotate: any match passes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SCHEME = "v1"
KEY_BYTES = range(24, 65)
"""How long a key is, by the specification."""


def keys_of(secret: str) -> tuple[bytes, ...]:
    """Give the keys that a secret stands for: several while the receiver rotates its own.

    `whsec_…` is base64; several may be written, separated by spaces. Any other text is its own bytes;
    where it could be a bare base64 key too, as the reference libraries read it, that is tried as well.

    Raises:
        ValueError: nothing behind `whsec_`, or no base64. The text names no part of the secret.
    """
    if not secret.startswith(PREFIX):
        decoded = _decoded(secret)
        is_bare_key = decoded is not None and len(decoded) in KEY_BYTES
        return (secret.encode(), decoded) if is_bare_key and decoded else (secret.encode(),)
    keys = [_decoded(part.removeprefix(PREFIX)) for part in secret.split()]
    if not all(keys):
        raise ValueError(f"a secret that starts with {PREFIX} must go on with base64")
    return tuple(key for key in keys if key)


def sign(key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    """Sign one delivery; gives one entry of `webhook-signature`."""
    content = b".".join((delivery_id.encode(), timestamp.encode(), body))
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return f"{SCHEME},{base64.b64encode(digest).decode()}"


def is_signed(keys: Sequence[bytes], delivery_id: str, timestamp: str, body: bytes, signatures: str) -> bool:
    """Tell whether any of the signatures was made with any of the keys; compares in constant time.

    Args:
        signatures: the header's value; entries of schemes that are not ours are passed over.
    """
    expected = [sign(key, delivery_id, timestamp, body).encode() for key in keys]
    given = [entry.encode() for entry in signatures.split()]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in given]
    return any(matches)


def is_timely(timestamp: str, now: float, tolerance: float) -> bool:
    """Tell whether a delivery was signed within `tolerance` seconds of now, before or after.

    A timestamp that is no whole number of Unix seconds is never timely.
    """
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16
    return is_number and abs(now - int(timestamp)) <= tolerance


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
