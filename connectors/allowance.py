"""What an answer's headers say of the account's limits, whoever the vendor is.

Source of facts: HubSpot API usage details (`X-HubSpot-RateLimit-*`), Salesforce REST (`Sforce-Limit-Info`), Zendesk
rate limits (`X-Rate-Limit`, `ratelimit-*`, `Zendesk-RateLimit-ENDPOINT`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from connectors.pace import Limit

MINUTE, DAY = 60.0, 86_400.0
_HUBSPOT = "X-HubSpot-RateLimit-"
_SALESFORCE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
_ENDPOINT = re.compile(r"total=(\d+).*?remaining=(\d+).*?resets=(\d+)")


def limits_in(headers: Mapping[str, str]) -> list[Limit]:
    """List the limits that an answer tells of; headers that are missing or unreadable tell of none."""
    return [limit for read in _READERS for limit in read(headers)]


def _hubspot(headers: Mapping[str, str]) -> Iterator[Limit]:
    most, interval, left = (_number(headers, _HUBSPOT + name) for name in ("Max", "Interval-Milliseconds", "Remaining"))
    if most and interval and left is not None:
        yield Limit("window", most, interval / 1000, left)
    daily, left = (_number(headers, _HUBSPOT + name) for name in ("Daily", "Daily-Remaining"))
    if daily and left is not None:
        yield Limit("day", daily, DAY, left)


def _salesforce(headers: Mapping[str, str]) -> Iterator[Limit]:
    if found := _SALESFORCE.search(headers.get("Sforce-Limit-Info", "")):
        used, most = float(found[1]), float(found[2])
        if most:
            yield Limit("day", most, DAY, max(0.0, most - used))


def _zendesk(headers: Mapping[str, str]) -> Iterator[Limit]:
    most = _first(headers, "ratelimit-limit", "x-rate-limit", "rate-limit")
    left = _first(headers, "ratelimit-remaining", "x-rate-limit-remaining", "rate-limit-remaining")
    if most and left is not None:
        reset = _first(headers, "ratelimit-reset", "x-rate-limit-reset", "rate-limit-reset")
        yield Limit("minute", most, MINUTE, left, reset)


def _zendesk_endpoint(headers: Mapping[str, str]) -> Iterator[Limit]:
    for name, value in headers.items():
        if name.lower().startswith("zendesk-ratelimit-") and (found := _ENDPOINT.search(value)) and float(found[1]):
            yield Limit(name.lower(), float(found[1]), MINUTE, float(found[2]), float(found[3]))


_READERS: tuple[Callable[[Mapping[str, str]], Iterator[Limit]], ...] = (
    _hubspot,
    _salesforce,
    _zendesk,
    _zendesk_endpoint,
)


def _first(headers: Mapping[str, str], *names: str) -> float | None:
    return next((found for name in names if (found := _number(headers, name)) is not None), None)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "").strip()
    return float(value) if value.isascii() and value.isdigit() else None
