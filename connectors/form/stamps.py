"""Stamps: each page that is shown bears one, signed, so that the hub knows when it was shown without remembering it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

_STAMP = re.compile(r"(?P<at>[0-9]{10,16})\.(?P<name>[0-9a-f]{20})\.(?P<sign>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says."""

    shown_at: datetime
    name: str
    """Names the page that was shown: no other one has it."""

    def signed(self, key: bytes) -> str:
        """Write it as a page bears it."""
        return f"{_content(self)}.{_sign(key, self)}"


def new_stamp(now: datetime) -> Stamp:
    """Make the stamp of a page that is shown now."""
    return Stamp(now, secrets.token_hex(10))


def read_stamp(text: str, key: bytes) -> Stamp | None:
    """Read a stamp; None: it is none of ours."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    stamp = Stamp(datetime.fromtimestamp(int(found["at"]) / 1000, UTC), found["name"])
    return stamp if hmac.compare_digest(found["sign"], _sign(key, stamp)) else None


def _content(stamp: Stamp) -> str:
    return f"{int(stamp.shown_at.timestamp() * 1000)}.{stamp.name}"


def _sign(key: bytes, stamp: Stamp) -> str:
    return hmac.new(key, f"form {_content(stamp)}".encode(), hashlib.sha256).hexdigest()
