"""How fast we may call: a bucket per account that obeys the vendor's own word over our arithmetic."""

from __future__ import annotations

import threading
from collections.abc import Callable

from connectors import clock as usual

ROUNDING = 1e-9
"""A token short by this much is whole; else a wait too short to move a clock is waited for forever."""


class Pace:
    """A token bucket: at most `per_second` calls a second on average, `burst` at once.

    The vendor's headers are stronger: `rest(seconds)` stops everybody until then.

    Args:
        per_second: calls a second; None paces nothing until the vendor says so.
        burst: calls that may go at once.
        clock, sleep: for tests; seconds.
    """

    def __init__(
        self,
        per_second: float | None,
        burst: int = 1,
        *,
        clock: Callable[[], float] = usual.monotonic,
        sleep: Callable[[float], None] = usual.sleep,
    ) -> None:
        self._rate = per_second
        self._burst = float(burst)
        self._tokens = float(burst)
        self._clock = clock
        self._sleep = sleep
        self._seen = clock()
        self._resting_until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until one more call is allowed, and take it."""
        while (delay := self._take()) > 0:
            self._sleep(delay)

    def rest(self, seconds: float) -> None:
        """Let no call through for so long: the vendor said so."""
        with self._lock:
            self._resting_until = max(self._resting_until, self._clock() + seconds)

    def _take(self) -> float:
        with self._lock:
            now = self._clock()
            if now < self._resting_until:
                return self._resting_until - now
            if self._rate is None:
                return 0.0
            self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
            self._seen = now
            if self._tokens >= 1 - ROUNDING:
                self._tokens = max(0.0, self._tokens - 1)
                return 0.0
            return (1 - self._tokens) / self._rate
