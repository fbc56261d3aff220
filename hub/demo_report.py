"""What the demo shows at its end: how many records became how many people, who owns them, what is held or asked."""

from __future__ import annotations

from dataclasses import dataclass

from hub.opening import Hub
from sell_model.types import JsonObject
from storage import duplicates, figures, held_listing

MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The hub after the demo."""

    source_records: int
    """Source records that stand for people, over all systems."""
    people: int
    owners: dict[str, int]
    """Open leads by their owner's address."""
    held: list[JsonObject]
    questions: int
    """Pairs that may be one, which a person is asked about."""
    example_lead: int | None
    """A lead that most systems know, worth asking why."""


def look(hub: Hub) -> DemoReport:
    """Count what came of all sources."""
    with hub.store.read() as db:
        records, people = figures.records_and_people(db)
        owners = figures.leads_by_owner(db)
        held = held_listing.held_rows(db, limit=MOST_HELD)
        questions = duplicates.count_open(db)
        example = figures.lead_of_most_systems(db)
    return DemoReport(records, people, owners, [one for row in held for one in _reasons(row)], questions, example)


def _reasons(row: held_listing.HeldRow) -> list[JsonObject]:
    return [
        {
            "source": row.source,
            "stream": row.stream,
            "source_id": row.source_id,
            "field": reason.field,
            "value": reason.value,
            "reason": reason.reason,
            "fix": reason.fix,
        }
        for reason in row.reasons
    ]
