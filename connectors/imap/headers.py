"""A mail's headers as values: who wrote to whom, what about, when. Source of facts: RFC 5322."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses, parsedate_to_datetime
from typing import TypeAlias

from connectors.imap.decoding import decoded, header_text

NAMES = (
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "In-Reply-To", "Return-Path",
    "Content-Type", "List-Id", "List-Post", "List-Unsubscribe", "Precedence", "Auto-Submitted", "X-Autoreply",
    "X-Autorespond", "X-Auto-Reply", "X-Failed-Recipients",
)  # fmt: skip
"""The headers that are asked for."""
MOST = 128 * 1024
"""Bytes of headers that are looked at: a mail to thousands has its addresses there."""
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]{1,64}@[^\s<>()\[\],;:\"\\@]{1,190}")
_FIRST_YEAR = 1990
_FAST_CLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands in a header."""

    email: str
    """In small letters."""
    name: str
    """As shown there; empty where there is none, or it is but the address again."""


Headers: TypeAlias = "dict[str, list[bytes]]"


@dataclass(slots=True)
class Envelope:
    """A mail's headers, read on demand."""

    raw: Headers = field(default_factory=dict)
    """By name in small letters, in their order."""

    def first(self, name: str) -> str | None:
        """Give a header's text; None: it is not there."""
        values = self.raw.get(name)
        return header_text(values[0]) if values else None

    def people(self, *names: str) -> list[Person]:
        """List who stands in headers, each once."""
        found: dict[str, Person] = {}
        for name in names:
            for value in self.raw.get(name, []):
                for person in _people(value):
                    found.setdefault(person.email, person)
        return list(found.values())

    def sent_at(self, received_at: datetime | None) -> datetime | None:
        """Tell when it was sent: as it says, where that can be; else when it was received."""
        try:
            said = parsedate_to_datetime(self.first("date") or "")
        except (ValueError, OverflowError, IndexError, TypeError):
            return received_at
        said = said.replace(tzinfo=UTC) if said.tzinfo is None else said
        is_early = said.year < _FIRST_YEAR
        is_late = received_at is not None and said > received_at + _FAST_CLOCK
        return received_at if is_early or is_late else said


def read_headers(block: bytes) -> Envelope:
    """Read a block of headers; what is no header is passed over."""
    found: Headers = {}
    for line in re.split(rb"\r?\n(?![ \t])", block):
        name, colon, value = line.partition(b":")
        if colon and name and not re.search(rb"[\s\x7f-\xff]", name.strip()):
            found.setdefault(name.strip().decode("ascii", "replace").lower(), []).append(value.strip())
    return Envelope(found)


def _people(value: bytes) -> Iterable[Person]:
    """Read the addresses of a header. Names are decoded afterwards: a decoded one may hold a comma."""
    text = re.sub(r"\s+", " ", decoded(value, ""))
    pairs = [(name, address) for name, address in getaddresses([text]) if _ADDRESS.fullmatch(address)]
    if not pairs:
        pairs = [("", found) for found in _ADDRESS.findall(text)]
    for name, address in pairs:
        yield Person(address.lower(), _name(name, address))


def _name(text: str, address: str) -> str:
    name = header_text(text.encode()).strip("'\" ")
    return "" if name.lower() == address.lower() or name == address.partition("@")[0] else name[:200]
