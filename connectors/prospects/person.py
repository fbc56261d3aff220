"""A prospect in one shape, whoever offers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.connector import JsonObject

TEXTS = (
    "first_name", "last_name", "title", "seniority", "department", "organization_name", "domain", "website",
    "industry", "country", "state", "city", "linkedin", "email", "phone", "mobile",
)  # fmt: skip
NUMBERS = ("employees",)
FLAGS = ("has_email", "has_phone")


@dataclass(frozen=True, slots=True)
class Prospect:
    """Somebody who is offered.

    Attributes:
        id: what the offerer calls them.
        data: by the names of `TEXTS`, `NUMBERS` and `FLAGS`; what is not known is missing.
        email_sha256: SHA-256 of the address in small letters, where a provider shows that before it shows the address.
    """

    id: str
    data: JsonObject
    email_sha256: str | None = None


def tidy(given: Mapping[str, Any]) -> JsonObject:
    """Keep what is known of a prospect, each value of its own type; what cannot be is left out."""
    kept: JsonObject = {}
    for name in TEXTS:
        text = str(given.get(name) or "").strip().replace("\x00", "")
        if text:
            kept[name] = text[:500]
    for name in NUMBERS:
        if (number := _number(given.get(name))) is not None:
            kept[name] = number
    for name in FLAGS:
        if isinstance(given.get(name), bool):
            kept[name] = given[name]
    return kept


def _number(value: Any) -> int | None:
    """Read a count; of a range such as `51-200` the lower end, of `10,000+` the number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if 0 <= value < 1e12 else None
    first = str(value).partition("-")[0].partition("–")[0]
    digits = "".join(c for c in first if c.isascii() and c.isdigit())
    return int(digits) if 0 < len(digits) <= 12 else None
