"""The pace of calls, with a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pace import Pace


class Clock:
    """Seconds that pass only when somebody sleeps or the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def paced(clock: Clock, per_second: float | None, burst: int = 1) -> Pace:
    """A pace that lives by the test's clock."""
    return Pace(per_second, burst, clock=clock, sleep=clock.sleep)


@given(per_second=st.floats(0.1, 100), burst=st.integers(1, 20), calls=st.integers(1, 60))
def test_no_more_calls_than_burst_and_rate_allow(per_second: float, burst: int, calls: int) -> None:
    """A burst at once, then the rate; and no slower than that."""
    clock = Clock()
    pace = paced(clock, per_second, burst)

    for _ in range(calls):
        pace.wait()

    assert clock.now - 1000 == pytest.approx(max(0, calls - burst) / per_second, abs=1e-3)


def test_idle_time_gives_back_no_more_than_a_burst() -> None:
    """An hour of quiet is no credit for a storm."""
    clock = Clock()
    pace = paced(clock, 1, burst=3)
    clock.sleep(3600)

    for _ in range(4):
        pace.wait()

    assert clock.now == pytest.approx(1000 + 3600 + 1)


def test_without_a_rate_nothing_waits_until_the_vendor_says_so() -> None:
    """The vendor's word is stronger than our arithmetic."""
    clock = Clock()
    pace = paced(clock, None)
    for _ in range(100):
        pace.wait()
    assert clock.now == 1000

    pace.rest(30)
    pace.wait()

    assert clock.now == 1030


def test_the_longer_of_two_rests_holds() -> None:
    """A late answer does not shorten what an earlier one asked for."""
    clock = Clock()
    pace = paced(clock, None)
    pace.rest(30)
    pace.rest(5)

    pace.wait()

    assert clock.now == 1030
