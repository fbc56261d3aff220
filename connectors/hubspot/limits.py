"""Which of HubSpot's answers are worth another try, and how fast its headers let us call."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import lru_cache

import requests

from connectors import clock
from connectors.errors import QuotaError
from connectors.hubspot.settings import HubSpotConfig
from connectors.pace import Pace, is_shared
from connectors.transport import Again, retry_after

LOCKED, MOVING = 423, 477


class Limits:
    """Judges answers, and slows `pace` down as the `X-HubSpot-RateLimit-*` headers say.

    The 10-second window rolls, so that when it is used up the wait is until our oldest call in it
    leaves it. `quota_share` below 1 leaves that much of both windows, seconds and day, to others.
    """

    def __init__(self, config: HubSpotConfig, pace: Pace) -> None:
        self._config = config
        self._pace = pace
        self._sent: deque[float] = deque()
        self._day_spent = False

    def __call__(self, response: requests.Response) -> Again | None:
        """Say whether this answer is to be asked for again (the transport's `Judge`)."""
        self._heed(response.headers)
        return self._again(response)

    def refuse_when_spent(self) -> None:
        """Raise QuotaError when our share of the day's calls is used up."""
        if self._day_spent:
            raise QuotaError(
                "HubSpot: our share of the account's daily calls is used up",
                fix="wait until the account's midnight, or raise quota_share",
            )

    def _again(self, response: requests.Response) -> Again | None:
        status, told = response.status_code, retry_after(response)
        if status == 429:
            return self._too_many(policy_of(response), told)
        if status == LOCKED:
            return self._once_more("record locked (HTTP 423)", self._config.lock_wait if told is None else told)
        if status == MOVING:
            return self._once_more("the account is moving to another data centre (HTTP 477)", told)
        if status >= 500:
            return self._once_more(f"HTTP {status}", told)
        if 200 <= status < 300 and not _is_json(response):
            return self._once_more(f"{_kind(response)} instead of JSON", None)
        return None

    def _too_many(self, policy: str, told: float | None) -> Again | None:
        """Wait a whole window where HubSpot does not say how long; when the day is used up, give up."""
        if policy == "DAILY":
            return None
        window = min(1.0, self._config.rate_window) if policy == "SECONDLY" else self._config.rate_window
        text = f"too many calls (HTTP 429{policy and ' ' + policy})"
        return self._once_more(text, window if told is None else told)

    def _once_more(self, text: str, after: float | None) -> Again:
        return Again(text, after, self._config.attempts)

    def _heed(self, headers: Mapping[str, str]) -> None:
        now = clock.monotonic()
        window = (_number(headers, "Interval-Milliseconds") or self._config.rate_window * 1000) / 1000
        self._sent.append(now)
        while self._sent[0] < now - window:
            self._sent.popleft()
        if _used_up(headers, "Max", "Remaining", self._config.quota_share):
            self._pace.rest(self._sent[0] + window - now)
        if self._config.quota_share < 1:
            self._day_spent = _used_up(headers, "Daily", "Daily-Remaining", self._config.quota_share)


def make_pace(config: HubSpotConfig) -> Pace:
    """Pace all calls: by the vendor's headers alone, unless `calls_per_window` says how many."""
    if config.calls_per_window is None:
        return Pace(None)
    calls = max(1, int(config.calls_per_window * config.quota_share))
    return Pace(calls / config.rate_window, burst=max(1, calls // 2))


def search_pace(account: int, per_second: float) -> Pace:
    """Give the search pace of an account: all who read it at the same time share it, by the hub's budget or here.

    Args:
        account: a hash that stands for host and credentials.
    """
    return Pace(per_second, name="search") if is_shared() else _one_pace(account, per_second)


@lru_cache(maxsize=64)
def _one_pace(_account: int, per_second: float) -> Pace:
    return Pace(per_second)


def policy_of(response: requests.Response) -> str:
    """Name the limit that a 429 speaks of: DAILY, SECONDLY, TEN_SECONDLY_ROLLING, or nothing."""
    try:
        body = response.json()
    except ValueError:
        return ""
    policy = body.get("policyName") if isinstance(body, dict) else None
    return str(policy or "").upper()


def _is_json(response: requests.Response) -> bool:
    """Look at both ends of the body: a page of a proxy begins, a cut body ends, otherwise."""
    body = response.content.strip()
    return body[:1] + body[-1:] in {b"{}", b"[]"}


def _kind(response: requests.Response) -> str:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return "a cut body" if "json" in kind else kind or "no content"


def _number(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(f"X-HubSpot-RateLimit-{name}", "")
    return float(value) if value.isdigit() else None


def _used_up(headers: Mapping[str, str], most: str, remaining: str, share: float) -> bool:
    left = _number(headers, remaining)
    return left is not None and left <= (_number(headers, most) or 0) * (1 - share)
