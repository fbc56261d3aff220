"""How often somebody may come: so many at once, then so many a second; kept in memory, and of nobody for long."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

MOST = 20_000
"""Senders that are remembered; whoever was away for longest is forgotten first."""


@dataclass(slots=True)
class Rates:
    """A bucket for each sender, which fills as time goes by. Threads may share it."""

    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[object, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, who: object, a_second: float, at_once: float) -> float:
        """Take one from a sender's bucket; gives 0, or the seconds until there is one, and then takes none.

        Args:
            a_second: how fast the bucket fills.
            at_once: how many it holds.
        """
        with self._lock:
            now = self.clock()
            left, since = self._buckets.pop(who, (at_once, now))
            left = min(at_once, left + (now - since) * a_second)
            self._buckets[who] = (left - 1 if left >= 1 else left, now)
            while len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / a_second


def retry_after(seconds: float) -> dict[str, str]:
    """Give the header that says how long to wait."""
    return {"Retry-After": str(math.ceil(seconds))}


def neighbourhood(address: str | None) -> str:
    """Give what stands for one sender: an IPv4 address, or the /64 that a household or a host has of IPv6.

    >>> neighbourhood("2001:db8::1"), neighbourhood("192.0.2.7"), neighbourhood(None)
    ('2001:db8::/64', '192.0.2.7', 'unknown')
    """
    try:
        known = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(known) if known.version == 4 else str(ip_network((known, 64), strict=False))
