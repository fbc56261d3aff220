"""The arithmetic of what workers of one account may call together: who takes how many, and when more may go.

Pure: times are seconds since 1970 and come in as values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, inf
from typing import Literal, TypeAlias

ROUNDING = 1e-6

HOLDS = 2.0
"""Seconds for which a portion may be used once it was taken; what is left of it then is given back."""

LARGEST = 50
"""Calls in one portion at most."""

LOOKS_AGAIN = 3_600.0
"""Seconds after which a limit whose reset the vendor does not tell is believed no longer, and asked of anew."""

Kind: TypeAlias = Literal["bucket", "window"]


@dataclass(frozen=True, slots=True)
class Line:
    """One limit of an account, our share of it.

    A *bucket* is counted by us: `most` calls at once, all of them again after `seconds`; `until` is when it is full again.
    A *window* is counted by the vendor: `used` of `most` are spent, as it said last, `reserved` are in workers' hands,
    and at `until` it begins anew. So what a killed worker held is free again then.
    """

    name: str
    kind: Kind
    most: float
    seconds: float
    used: float = 0.0
    reserved: float = 0.0
    until: float = 0.0

    def at(self, now: float) -> Line:
        """Give it as it stands now: a window that is over begins anew."""
        if self.kind == "window" and now >= self.until:
            return replace(self, used=0.0, reserved=0.0)
        return self

    def free(self, now: float) -> int:
        """How many calls may go now."""
        if self.kind == "window":
            return max(0, floor(self.most - self.used - self.reserved + ROUNDING))
        behind = max(self.until, now) - now
        return max(0, floor((self.seconds - behind) / self.seconds * self.most + ROUNDING))

    def wait(self, now: float) -> float:
        """Seconds until one call may go."""
        if self.free(now):
            return 0.0
        if self.kind == "window":
            return max(0.0, self.until - now)
        return max(0.0, self.until - now - self.seconds + self.seconds / self.most)

    def portion(self, now: float) -> int:
        """How many calls one worker takes at once: so few that others find some, so many that it need not ask often."""
        free = self.free(now)
        if self.kind == "window":
            return min(free, 1 if now >= self.until else max(1, free // 8), LARGEST)
        return min(free, max(1, floor(min(self.most / 2, self.most / self.seconds))), LARGEST)

    def taken(self, calls: int, now: float) -> Line:
        """Give what stands after calls were taken."""
        if self.kind == "window":
            until = self.until if now < self.until else now + min(self.seconds, LOOKS_AGAIN)
            return replace(self, reserved=self.reserved + calls, until=until)
        return replace(self, until=max(self.until, now) + calls * self.seconds / self.most)

    def settled(self, calls: int, unused: int) -> Line:
        """Give what stands after a portion ended: the calls that were made the vendor has told of."""
        if self.kind == "window":
            made = calls - unused
            return replace(self, used=self.used + made, reserved=max(0.0, self.reserved - calls))
        return replace(self, until=self.until - unused * self.seconds / self.most)


@dataclass(frozen=True, slots=True)
class Told:
    """What the vendor said of one limit, `most` our share of it already.

    Attributes:
        used: calls of everybody that count in its window; None: it rolls and we count for ourselves.
        resets_at: when it begins anew; None: not said.
    """

    name: str
    most: float
    seconds: float
    used: float | None = None
    resets_at: float | None = None

    def line(self) -> Line:
        """Give the limit as one that nobody has used.

        Of a limit that rolls a sixth may go at once and the rest by and by, so that in no window more go than may,
        not even by portions taken just before it.
        """
        if self.used is not None:
            return Line(self.name, "window", self.most, self.seconds)
        burst = max(1.0, floor(self.most / 6))
        rate = max(self.most - burst, self.most / 2) / (self.seconds + HOLDS)
        return Line(self.name, "bucket", burst, burst / rate)

    def onto(self, line: Line | None, now: float) -> Line:
        """Bring a limit up to what the vendor said."""
        fresh = self.line()
        if line is None or line.kind != fresh.kind:
            line = fresh
        line = replace(line, most=fresh.most, seconds=fresh.seconds)
        if self.used is None:
            return line
        ends = now + min(self.seconds, LOOKS_AGAIN) if self.resets_at is None else self.resets_at
        if now >= line.until or ends > line.until + self.seconds / 2:
            return replace(line, used=self.used, until=ends)
        return replace(line, used=max(line.used, self.used))


def portion(lines: list[Line], now: float) -> float:
    """How many calls may go by all of these limits; infinitely many where there is none."""
    return min((line.portion(now) for line in lines), default=inf)
