"""Plants the shipped examples: custom fields and a Renewals pipeline, once; what is there stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.by_hand import Hand
from hub.custom_fields import defining, rehearsed
from hub.field_definitions import add_defined, field_called
from hub.opening import Hub
from hub.pipeline_desk import add_stage
from sell_model.custom_fields import CustomField
from sell_model.field_examples import FIELDS, RENEWAL_STAGES, RENEWALS
from sell_model.matching.normal_forms import folded
from sell_model.plans import check
from sell_model.types import JsonObject
from storage import journal, roster
from storage.custom_fields import custom_fields


@dataclass(slots=True)
class Planted:
    """What was planted, and what was there."""

    added: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """What is there already, or under this name as something else: it was left as it is."""

    def to_json(self) -> JsonObject:
        """Give the object that `field examples --json` prints."""
        return {"added": self.added, "there": self.there}


def plant_examples(hub: Hub, *, by: str | None = None, dry_run: bool = False) -> Planted:
    """Define the example fields and the Renewals pipeline, all that is not there or none.

    Raises:
        SetupError: the plan allows no more fields or pipelines; nothing is planted then.
    """
    planted = Planted()
    with rehearsed(hub, dry_run), defining(hub, "field examples", by) as hand:
        for wanted in FIELDS:
            _plant_field(hand, wanted, planted)
        _plant_pipeline(hand, planted)
    return planted


def _plant_field(hand: Hand, wanted: CustomField, planted: Planted) -> None:
    named = f"field {wanted.name!r} of {wanted.record_type}s"
    fields = custom_fields(hand.db, wanted.record_type, removed=True)
    known = field_called(fields, wanted.name) or next(
        (f for f in fields if folded(f.name) == folded(wanted.name)), None
    )
    if known is None:
        add_defined(hand.hub, hand.db, wanted)
        planted.added.append(named)
    else:
        differs = "" if known.type == wanted.type else f", of type {known.type}"
        planted.there.append(f"{named}{differs}{', taken out' if known.removed else ''}")


def _plant_pipeline(hand: Hand, planted: Planted) -> None:
    roster.hold(hand.db)
    known = roster.pipelines(hand.db)
    if any(folded(name) == folded(RENEWALS) for name in known if name):
        planted.there.append(f"pipeline {RENEWALS!r}")
        return
    check(hand.hub.settings.hub.plan, "pipelines", len(known) + 1)
    pipeline_id = roster.add_pipeline(hand.db, {"name": RENEWALS, "disabled": False}, hand.now)
    hand.journal.append(journal.created("pipeline", [pipeline_id]))
    stages = [add_stage(hand, pipeline_id, stage, position) for position, stage in enumerate(RENEWAL_STAGES)]
    hand.journal.append(journal.created("stage", stages))
    planted.added.append(f"pipeline {RENEWALS!r}")
