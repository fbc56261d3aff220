"""The arithmetic of what workers of one account may call together: who takes how many, and when more may go.

Pure: times are seconds since 1970 and come in as values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, inf
from typing import Literal, TypeAlias

ROUNDING = 1e-6
SHORTEST = 0.05
"""Seconds: so long at least is waited for."""

HOLDS = 1.0
"""Seconds for which a portion may be used once it was taken; what is left of it then is given back."""

LARGEST = 50
"""Calls in one portion at most."""

LOOKS_AGAIN = 3_600.0
"""Seconds after which a limit whose reset the vendor does not tell is believed no longer, and asked of anew."""

Kind: TypeAlias = Literal["pace", "window", "rest"]


@dataclass(frozen=True, slots=True)
class Line:
    """One limit of an account, our share of it.

    A *pace* is counted by us: `most` calls at once, all of them again after `seconds`; it is full again at `until`.
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
            return max(SHORTEST, self.until - now)
        return max(SHORTEST, self.until - now - self.seconds + self.seconds / self.most)

    def portion(self, now: float) -> int:
        """How many calls one worker takes at once: so few that others find some, so many that it need not ask often.

        Of a window that begins anew one: its answer tells how much of it others have used.
        """
        free = self.free(now)
        if self.kind == "window":
            return min(free, 1 if now >= self.until else max(1, free // 8), LARGEST)
        return min(free, max(1, floor(min(self.most / 2, self.most / self.seconds))), LARGEST)

    def taken(self, calls: int, now: float) -> Line:
        """Give what stands after calls were taken; of a window that begins anew nobody takes more until it is told."""
        if self.kind == "window" and now >= self.until:
            return replace(self, used=max(0.0, self.most - calls), reserved=float(calls), until=now + HOLDS)
        if self.kind == "window":
            return replace(self, reserved=self.reserved + calls)
        return replace(self, until=max(self.until, now) + calls * self.seconds / self.most)

    def begun_unheard(self, made: float, now: float) -> Line:
        """Give a window that began anew by calls whose answers told nothing of it."""
        return replace(self, used=made, until=now + min(self.seconds, LOOKS_AGAIN))

    def settled(self, calls: int, unused: int, *, told: bool) -> Line:
        """Give what stands after a portion ended.

        Args:
            told: the vendor has counted the calls that were made, and its figure is brought in as well.
        """
        if self.kind == "window":
            made = 0 if told else calls - unused
            return replace(self, used=self.used + made, reserved=max(0.0, self.reserved - calls))
        return replace(self, until=self.until - unused * self.seconds / self.most)


@dataclass(frozen=True, slots=True)
class Told:
    """What the vendor said of one limit.

    Attributes:
        most: our share of it.
        used: calls of everybody that count in its window.
        ends: when that window is over, or when this is believed no longer.
    """

    name: str
    most: float
    seconds: float
    used: float
    ends: float

    def onto(self, line: Line | None, now: float) -> Line:
        """Bring a limit up to what the vendor said, unless it has begun anew since.

        The vendor's count only rises within a window: an answer that was overtaken by another takes nothing back.
        """
        line = line or Line(self.name, "window", self.most, self.seconds)
        line = replace(line, most=self.most, seconds=self.seconds)
        if now >= self.ends:
            return line
        if now >= line.until or self.ends > line.until + min(self.seconds, LOOKS_AGAIN) / 2:
            return replace(line, used=self.used, until=self.ends)
        return replace(line, used=max(line.used, self.used))


def portion(lines: Sequence[Line], now: float) -> float:
    """How many calls may go by all of these limits; infinitely many where there is none."""
    return min((line.portion(now) for line in lines), default=inf)
