"""A deal's way through its stages, told with the time spent in each and by whom it was moved."""

from __future__ import annotations

from dataclasses import dataclass

from hub.deal_way import Step, steps_json, steps_of
from hub.opening import Hub
from hub.records import existing
from sell_model.stages import spent_by_stage
from sell_model.types import JsonObject


@dataclass(frozen=True, slots=True)
class DealHistory:
    """The steps of a deal, first to last."""

    id: int
    name: str | None
    steps: list[Step]

    def to_json(self) -> JsonObject:
        """Give the object that `deal history --json` prints; times are seconds."""
        return {"id": self.id, "name": self.name, "history": steps_json(self.steps), "stages": self._stages()}

    def _stages(self) -> list[JsonObject]:
        names = {step.change.to_stage_id: (step.pipeline, step.to_stage) for step, _ in self.steps}
        return [
            {"pipeline": names[id_][0], "stage": names[id_][1], "seconds": int(spent.total_seconds())}
            for id_, spent in spent_by_stage(stay for _, stay in self.steps).items()
        ]


def history(hub: Hub, id_: int) -> DealHistory:
    """Tell a deal's way through its stages.

    Raises:
        SetupError: there is no such deal.
    """
    with hub.store.read() as db:
        row = existing(db, "deal", id_)
        return DealHistory(id_, row["name"], steps_of(db, id_, hub.clock()))
