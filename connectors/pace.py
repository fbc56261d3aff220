"""How fast we may call: a bucket per account that obeys the vendor's own word over our arithmetic.

Workers of one account share what it may call by a `Budget` that the hub hands in (`sharing`); without one each
worker keeps to its own bucket.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from connectors import clock as usual

LONGEST_WAIT = 90.0
"""Seconds that a call waits for the vendor within a run; a longer wish ends the run, to be retried later."""

CALLS = "calls"
"""The name of the pace that all calls of an account keep; others, beside it, bind some of them further."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls an account may make in so many seconds, all its users and apps together."""

    name: str
    """Tells it from the account's other limits: `calls`, `minute`, `day`."""
    most: float
    """Calls in one window; of our own pace: calls that may go at once."""
    seconds: float
    """How long the window is; of our own pace: how long until `most` may go again."""
    left: float = 0
    """What the vendor says is left of it."""
    resets_in: float | None = None
    """Seconds until the vendor counts anew; None: not said."""


class Budget(Protocol):
    """What the workers of one account may call together. Thread-safe."""

    def take(self, own: Limit | None) -> float:
        """Take one call; gives the seconds to wait before asking again, 0 once it is taken.

        Args:
            own: the pace of the one who asks, our share of the vendor's limit already.

        Raises:
            QuotaError: our share is used up for longer than a run waits.
        """

    def connect(self, most: int) -> float:
        """Take one of the account's connections, kept until `close`; gives the seconds to wait, 0 once it is ours.

        Args:
            most: how many the account may have at once, our share of them.

        Raises:
            QuotaError: others hold all of them for longer than a run waits.
        """

    def told(self, limits: Sequence[Limit]) -> None:
        """Learn what the last answer said of the account's limits, our share and others' together."""

    def rest(self, seconds: float) -> None:
        """Let no worker call for so long: the vendor said so."""

    def close(self) -> None:
        """Give back what was taken and not used. It may be used again afterwards."""


def is_shared() -> bool:
    """Whether a `Pace` made now has its part in a budget."""
    return _shared.get() is not None


_shared: ContextVar[Budget | None] = ContextVar("shared", default=None)


@contextmanager
def sharing(budget: Budget | None) -> Iterator[None]:
    """Give every `Pace` that is made in this block its part in a budget."""
    before = _shared.set(budget)
    try:
        yield
    finally:
        _shared.reset(before)


ROUNDING = 1e-9
"""A token short by this much is whole; else a wait too short to move a clock is waited for forever."""


class Pace:
    """A token bucket: at most `per_second` calls a second on average, `burst` at once.

    The vendor's headers are stronger: `rest(seconds)` stops everybody until then.

    Args:
        per_second: calls a second; None paces nothing until the vendor says so.
        burst: calls that may go at once.
        connections: how many calls an account may have under way at once, our share of them; None: any number. One
            worker has one.
        name: what it limits, where an account has several.
        clock, sleep: for tests; seconds.
    """

    def __init__(
        self,
        per_second: float | None,
        burst: int = 1,
        *,
        connections: int | None = None,
        name: str = CALLS,
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
        self._budget = _shared.get()
        self._connections = connections
        self._own = None if per_second is None else Limit(name, float(burst), burst / per_second)

    def wait(self) -> None:
        """Wait until one more call is allowed, to us and to all who share the account, and take it.

        Raises:
            QuotaError: our share is used up for longer than a run waits.
        """
        if self._connections is not None and self._budget is not None:
            while (delay := self._budget.connect(self._connections)) > 0:
                self._sleep(delay)
        while (delay := self._take()) > 0:
            self._sleep(delay)
        while self._budget is not None and (delay := self._budget.take(self._own)) > 0:
            self._sleep(delay)

    def rest(self, seconds: float) -> None:
        """Let no call through for so long, of nobody who shares the account: the vendor said so."""
        with self._lock:
            self._resting_until = max(self._resting_until, self._clock() + seconds)
        if self._budget is not None:
            self._budget.rest(seconds)

    def told(self, limits: Sequence[Limit]) -> None:
        """Learn what an answer said of the account's limits, for all who share it."""
        if self._budget is not None:
            self._budget.told(limits)

    def close(self) -> None:
        """Give back to the others what was taken and not used."""
        if self._budget is not None:
            self._budget.close()

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
