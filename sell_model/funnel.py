"""A funnel: how many deals came how far, by one of three counting rules. Source: sell_domain, section 9.

A pipeline's open stages are a ladder of rungs. Deals that stood on the same rungs and ended alike are
one walk, counted together; so a funnel costs by the number of ways deals went, not by their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["reached", "touched", "strict"]
Outcome: TypeAlias = Literal["open", "won", "lost", "unqualified"]

RULES: dict[Rule, str] = {
    "reached": "a deal counts in every stage up to the highest open one that it ever stood in; a won one in all",
    "touched": "a deal counts in the stages that it really stood in, skipped ones not",
    "strict": "a deal counts in a stage when it stood in that one and in every earlier one",
}
"""What each rule says, in the words that stand beside the figures."""


@dataclass(frozen=True, slots=True)
class Rung:
    """An open stage of the pipeline, in its place."""

    stage_id: int
    name: str
    standing: bool = True
    """A removed stage tells how far a deal came, but is counted and shown no more."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Deals that stood on the same rungs, ended alike, and have one currency."""

    visited: frozenset[int]
    """Places on the ladder, counted from 0."""
    outcome: Outcome
    count: int
    currency: str | None = None
    minor: int = 0
    """What they are worth together, in minor units."""
    weighted: int = 0
    """The sum of value times likelihood, in hundredths of minor units."""


@dataclass(slots=True)
class Total:
    """Deals and what they are worth; currencies are never added to each other."""

    count: int = 0
    minor: dict[str, int] = field(default_factory=dict)
    weighted: dict[str, int] = field(default_factory=dict)
    """Hundredths of minor units by currency."""

    def add(self, walk: Walk) -> None:
        """Add the deals of a walk."""
        self.count += walk.count
        if walk.currency is not None:
            self.minor[walk.currency] = self.minor.get(walk.currency, 0) + walk.minor
            self.weighted[walk.currency] = self.weighted.get(walk.currency, 0) + walk.weighted


@dataclass(frozen=True, slots=True)
class Funnel:
    """The standing rungs with their totals, and the four outcomes with theirs."""

    stages: tuple[tuple[Rung, Total], ...]
    outcomes: dict[Outcome, Total]

    def step(self, place: int) -> float | None:
        """Give the share of a stage's deals that the next stage counts, after the last one the won; None: of none."""
        following = self.stages[place + 1][1].count if place + 1 < len(self.stages) else self.outcomes["won"].count
        return share(following, self.stages[place][1].count)

    @property
    def overall(self) -> float | None:
        """The won as a share of the first stage's deals; None: it has none."""
        return share(self.outcomes["won"].count, self.stages[0][1].count) if self.stages else None


def share(part: int, whole: int) -> float | None:
    """Give a share to four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None


def funnel(rungs: Sequence[Rung], walks: Iterable[Walk], rule: Rule) -> Funnel:
    """Count walks on a ladder."""
    totals = [Total() for _ in rungs]
    outcomes: dict[Outcome, Total] = {"open": Total(), "won": Total(), "lost": Total(), "unqualified": Total()}
    for walk in walks:
        outcomes[walk.outcome].add(walk)
        for place in counted(rungs, walk, rule):
            totals[place].add(walk)
    return Funnel(tuple((r, t) for r, t in zip(rungs, totals, strict=True) if r.standing), outcomes)


def counted(rungs: Sequence[Rung], walk: Walk, rule: Rule) -> set[int]:
    """Tell in which places a walk counts by a rule."""
    if rule == "touched":
        return set(walk.visited)
    if rule == "reached":
        highest = len(rungs) - 1 if walk.outcome == "won" else max(walk.visited, default=-1)
        return set(range(highest + 1))
    path: set[int] = set()
    for place, rung in enumerate(rungs):
        if place in walk.visited:
            path.add(place)
        elif rung.standing:
            break
    return path
