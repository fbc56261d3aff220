"""A deal's way through its stages: outcomes, likelihood, weighted value, time spent in each.

An outcome is decided by a stage's category, never by its name. Source: Zendesk help, "About sales
pipeline stages": the order of stages is not enforced, deals skip, go back and are reopened freely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["won", "lost", "unqualified"]
OUTCOMES: tuple[Outcome, ...] = ("won", "lost", "unqualified")

REASON_OF: dict[Outcome, str] = {"lost": "loss_reason_id", "unqualified": "unqualified_reason_id"}
"""Outcome → the deal's column that says why; a won deal needs no reason."""


def outcome_of(category: str | None) -> Outcome | None:
    """Tell how a deal in a stage of this category ended; None: it is being worked on."""
    return next((outcome for outcome in OUTCOMES if outcome == category), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a pipeline a stage stands."""

    pipeline_id: int
    position: int
    category: str

    @property
    def order(self) -> tuple[int, int]:
        """Rises along the way: the open stages by position, then won."""
        return (1 if outcome_of(self.category) else 0, self.position)


def is_forward(before: Place, after: Place) -> bool:
    """Whether a move leads on in the same pipeline: to a later stage, or to won from any open one.

    Losing, unqualifying, reopening, going back and changing the pipeline do not: no criteria stand in their way.
    """
    if before.pipeline_id != after.pipeline_id or outcome_of(before.category):
        return False
    return outcome_of(after.category) in (None, "won") and after.order > before.order


def effective_likelihood(customized: int | None, of_stage: int | None) -> int:
    """Give the likelihood in percent that counts: the deal's own where it has one, else its stage's."""
    return customized if customized is not None else of_stage or 0


def weighted_value(value: str, likelihood: int) -> str:
    """Give the value times the likelihood, exactly: never rounded, so that sums are exact, too.

    >>> weighted_value("2400.00", 20), weighted_value("1000.50", 35), weighted_value("0", 80)
    ('480.00', '350.175', '0')
    """
    return format(Decimal(value) * likelihood / 100, "f")


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a deal's history."""

    from_stage_id: int | None
    """None: it was new."""
    to_stage_id: int
    at: str
    """ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A deal's time in one stage."""

    change: Change
    """How it came there."""
    left_at: str | None
    """None: it stands there still."""
    spent: timedelta


def stays(changes: Sequence[Change], now: datetime) -> list[Stay]:
    """Tell how long a deal stood in each stage, in order; the last one counts up to now.

    A source may date a move before the one that the hub saw earlier: then no time was spent between.
    """
    ends = [*(change.at for change in changes[1:]), None]
    return [_stay(change, left_at, now) for change, left_at in zip(changes, ends, strict=True)]


def _stay(change: Change, left_at: str | None, now: datetime) -> Stay:
    until = now if left_at is None else datetime.fromisoformat(left_at)
    return Stay(change, left_at, max(until - datetime.fromisoformat(change.at), timedelta(0)))


def spent_by_stage(known: Iterable[Stay]) -> dict[int, timedelta]:
    """Add up the time spent in each stage, in the order in which the deal first came there."""
    total: dict[int, timedelta] = {}
    for stay in known:
        stage_id = stay.change.to_stage_id
        total[stage_id] = total.get(stage_id, timedelta(0)) + stay.spent
    return total


def is_whole(changes: Sequence[Change], stage_id: int | None) -> bool:
    """Whether a history adds up: each change starts where the last one ended, the last one where the deal stands."""
    starts = [None, *(change.to_stage_id for change in changes)]
    ends = [*(change.from_stage_id for change in changes), stage_id]
    return starts == ends
