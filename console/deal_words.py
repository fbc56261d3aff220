"""How a deal's way through its stages is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.showing import tell_pairs, value_text, when
from console.telling import tell, tell_table

if TYPE_CHECKING:
    from hub.deal_history import DealHistory
    from hub.deal_way import DealWay, Step

SHOWN = 5
"""Steps that `deal show` tells, the last ones; `deal history` tells all."""


def tell_way(way: DealWay, currency: str | None) -> None:
    """Tell a deal's likelihood, weighted value and last steps."""
    weighs = "" if way.weighted_value is None else f", weighted value {way.weighted_value} {currency}"
    if way.win_likelihood is not None:
        tell(f"likelihood {way.win_likelihood} %{weighs}")
    if way.steps:
        earlier = len(way.steps) - SHOWN
        tell("stages" + (f", {earlier:,} earlier ones left out" if earlier > 0 else ""))
        tell_pairs([(when(step.change.at), _step_text((step, stay))) for step, stay in way.steps[-SHOWN:]])


def _step_text(both: Step) -> str:
    step, stay = both
    stayed = spent_text(stay.spent.total_seconds())
    return f"{value_text(step.to_stage)} ({value_text(step.pipeline)}), {stayed}, by {value_text(step.by)}"


def tell_history(found: DealHistory) -> None:
    """Tell all steps of a deal, and the time spent in each stage."""
    tell(f"D-{found.id} {value_text(found.name)}")
    if not found.steps:
        tell("  it never stood in a stage")
        return
    tell_table(("since", "stage", "pipeline", "stayed", "by"), _rows(found.steps))
    totals = found.to_json()["stages"]
    if len(totals) < len(found.steps):
        tell("in all: " + ", ".join(f"{each['stage']} {spent_text(each['seconds'])}" for each in totals))


def _rows(steps: Sequence[Step]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            when(step.change.at),
            value_text(step.to_stage),
            value_text(step.pipeline),
            spent_text(stay.spent.total_seconds()),
            value_text(step.by),
        )
        for step, stay in steps
    ]


def spent_text(seconds: float) -> str:
    """Write a stretch of time by its largest unit and the next.

    >>> spent_text(59), spent_text(3_700), spent_text(200_000)
    ('0 min', '1 h 1 min', '2 d 7 h')
    """
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 24 else f"{hours // 24:,} d {hours % 24} h"
