"""How a measured time spreads: its middle, and what nine in ten do not exceed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Many spans of time in two figures, in seconds."""

    count: int
    median: float
    """The middle one; of an even number the mean of the two in the middle."""
    p90: float
    """The smallest that nine in ten do not exceed."""


def spread(spans: Iterable[array[int]]) -> Spread | None:
    """Measure how spans spread; None: there are none.

    Args:
        spans: microseconds, in as many pieces as they came; a million of them are eight megabytes.

    >>> spread([array("q", [3_000_000, 1_000_000]), array("q", [2_000_000])])
    Spread(count=3, median=2.0, p90=3.0)
    """
    ordered = sorted(span for piece in spans for span in piece)
    if not ordered:
        return None
    count = len(ordered)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Spread(count, middle / 1e6, ordered[-(-count * 9 // 10) - 1] / 1e6)
