"""HubSpot's limits as it keeps them: a rolling window of ten seconds, searches a second, a day's calls."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from sandbox.hubspot.answers import too_many


@dataclass
class Limits:
    """Counts calls and refuses those beyond a limit. Defaults: a private app, Professional."""

    per_window: int = 190
    window: float = 10.0
    """Seconds."""
    searches_per_second: int = 5
    per_day: int = 650_000
    used_today: int = 0
    tells: bool = True
    """Whether answers say in their headers what is left."""
    _calls: deque[float] = field(default_factory=deque)
    _searches: deque[float] = field(default_factory=deque)

    def take(self, *, search: bool) -> dict[str, str]:
        """Count a call and give the headers of its answer.

        Raises:
            Refusal: 429, by the day, by the second for searches, or by ten seconds.
        """
        if self.used_today >= self.per_day:
            raise too_many("DAILY")
        counted, most, seconds = (
            (self._searches, self.searches_per_second, 1.0) if search else (self._calls, self.per_window, self.window)
        )
        self._forget(counted, seconds)
        if len(counted) >= most:
            raise too_many("SECONDLY" if search else "TEN_SECONDLY_ROLLING")
        counted.append(time.monotonic())
        self.used_today += 1
        return self._headers(search)

    def _headers(self, search: bool) -> dict[str, str]:
        """Searches carry the daily pair only."""
        day = {"Daily": self.per_day, "Daily-Remaining": self.per_day - self.used_today}
        window = {
            "Interval-Milliseconds": round(self.window * 1000),
            "Max": self.per_window,
            "Remaining": self.per_window - len(self._calls),
        }
        given = (day if search else day | window) if self.tells else {}
        return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in given.items()}

    @staticmethod
    def _forget(calls: deque[float], seconds: float) -> None:
        while calls and calls[0] < time.monotonic() - seconds:
            calls.popleft()
