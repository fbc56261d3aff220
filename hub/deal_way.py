"""What a deal's stage says of it: its likelihood, what its value weighs, and its way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sell_model.money import from_minor
from sell_model.stages import Stay, effective_likelihood, stays, weighted_value
from sell_model.types import JsonObject
from storage import pipelines, stage_history
from storage.hot import Writer
from storage.stage_history import StageStep

Step: TypeAlias = tuple[StageStep, Stay]


@dataclass(frozen=True, slots=True)
class DealWay:
    """A deal's likelihood, weighted value and history."""

    win_likelihood: int | None
    """Percent: the deal's own, else its stage's; None: it stands in no stage and has none of its own."""
    weighted_value: str | None
    """Decimal text, in the deal's currency, exact; None: it has no value."""
    steps: list[Step]

    def to_json(self) -> JsonObject:
        """Give what `deal show --json` adds."""
        return {
            "win_likelihood": self.win_likelihood,
            "weighted_value": self.weighted_value,
            "history": steps_json(self.steps),
        }


def way_of(db: Writer, row: JsonObject, now: datetime) -> DealWay:
    """Tell a deal's way.

    Args:
        row: the deal's columns, its value in minor units.
    """
    stage = pipelines.stage(db, row["stage_id"]) if row["stage_id"] is not None else None
    own = row["customized_win_likelihood"]
    likelihood = None if own is None and stage is None else effective_likelihood(own, stage.likelihood if stage else 0)
    weighted = None
    if likelihood is not None and row["value_minor"] is not None:
        weighted = weighted_value(from_minor(row["value_minor"], row["currency"] or ""), likelihood)
    return DealWay(likelihood, weighted, steps_of(db, row["id"], now))


def steps_of(db: Writer, id_: int, now: datetime) -> list[Step]:
    """Give a deal's steps with the time spent at each."""
    steps = stage_history.history(db, id_)
    return list(zip(steps, stays([step.change for step in steps], now), strict=True))


def steps_json(steps: Sequence[Step]) -> list[JsonObject]:
    """Give the array under `history`; times spent are seconds."""
    return [
        {
            "pipeline": step.pipeline,
            "from_stage": step.from_stage,
            "stage": step.to_stage,
            "category": step.to_category,
            "at": step.change.at,
            "left_at": stay.left_at,
            "seconds": int(stay.spent.total_seconds()),
            "by": step.by,
            "run_id": step.run_id,
        }
        for step, stay in steps
    ]
