"""The time that connectors wait by: real time, until a test moves it on instead of waiting.

A connector that waits by `sleep` from here (as `Pace` and `VendorAdapter` do) can be tested against an hour's
`Retry-After` in no time: that is how the conformance kit knows that it was heeded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class _Time:
    ahead: float = 0.0
    """Seconds that were not waited for, but passed over."""
    skips: bool = False


_time = _Time()


def monotonic() -> float:
    """Seconds since some moment; they never go back."""
    return time.monotonic() + _time.ahead


def passed_over() -> float:
    """Seconds that tests did not wait for: by so much `monotonic` is ahead of the world's clocks."""
    return _time.ahead


def sleep(seconds: float) -> None:
    """Let so many seconds pass."""
    if _time.skips:
        _time.ahead += max(0.0, seconds)
    else:
        time.sleep(seconds)


@contextmanager
def skipping() -> Iterator[None]:
    """Pass over all waiting in this block: `sleep` moves `monotonic` on and returns at once. For tests."""
    before, _time.skips = _time.skips, True
    try:
        yield
    finally:
        _time.skips = before
