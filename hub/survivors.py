"""Survivorship rules in force: a changed file is applied to what is stored, as a changed mapping is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.opening import MAPPINGS_FOLDER, Hub
from hub.records import shown_id
from mappings.survivors import rules_in
from sell_model.survivorship_rules import Survival
from sell_model.types import JsonObject
from storage import canonical, landing, states
from storage.canonical import CanonicalRow

STATE = "survivors"
PORTION = 500
SHOWN = 20


def survival_of(hub: Hub) -> Survival:
    """Give the rules of the hub's file.

    Raises:
        MappingError: the file is not right.
    """
    return rules_in(hub.home / MAPPINGS_FOLDER, hub.settings.sources)


@dataclass(slots=True)
class Applied:
    """What applying the rules came to."""

    version: str
    records: int = 0
    """Records that several source records feed, and that were computed anew."""
    changed: int = 0
    differences: list[JsonObject] = field(default_factory=list)
    """Of the first twenty records that changed: record, field, before, now."""

    def to_json(self) -> JsonObject:
        """Give the object that `map survivors --json` prints."""
        return {
            "version": self.version or None,
            "records": self.records,
            "changed": self.changed,
            "differences": self.differences,
        }


def is_applied(hub: Hub) -> bool:
    """Whether what is stored was computed by the rules of today's file."""
    with hub.store.read() as db:
        return (states.state(db, STATE) or "") == survival_of(hub).version


def apply(hub: Hub, *, by: str | None = None, dry_run: bool = False) -> Applied:
    """Compute anew every record that several source records feed; killed, it is begun again.

    Args:
        dry_run: tell what would change, and change nothing.

    Raises:
        MappingError: the file is not right.
    """
    applied = Applied(survival_of(hub).version)
    if dry_run:
        with hub.store.rehearsal():
            _apply(hub, applied, by)
    else:
        _apply(hub, applied, by)
    return applied


def _apply(hub: Hub, applied: Applied, by: str | None) -> None:
    kinds: tuple[Kind, ...] = ("lead", "contact", "deal")
    for kind in kinds:
        last = 0
        while True:
            with by_hand(hub, "map survivors", by=by) as hand:
                ids = landing.fed_by_several(hand.db, kind, last, PORTION)
                if not ids:
                    break
                _compute(hand, kind, ids, applied)
            last = ids[-1]
    with hub.store.write() as db:
        states.hold(db)
        states.set_state(db, STATE, applied.version)


def _compute(hand: Hand, kind: Kind, ids: list[int], applied: Applied) -> None:
    before = canonical.load(hand.db, kind, ids, lock=True)
    hand.recompute([(kind, id_) for id_ in ids])
    after = canonical.load(hand.db, kind, ids)
    applied.records += len(ids)
    for id_ in ids:
        told = list(_differing(before[id_], after[id_]))
        applied.changed += bool(told)
        if told and len(applied.differences) < SHOWN:
            applied.differences += [{"record": shown_id(kind, id_), **each} for each in told]


def _differing(before: CanonicalRow, after: CanonicalRow) -> Iterator[dict[str, Any]]:
    for name, value in after.items():
        if name not in {"version", "updated_at"} and before[name] != value:
            yield {"field": name, "before": before[name], "now": value}
