"""The room that Sell's plan leaves, while records are taken in or made by hand; and what of it is used.

Records are counted when the first of a kind is made, and from then on those made are added: a batch
that would be too much is not stored, its run fails, and the cursor stays before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from hub.batch import Batch, Entity
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.plans import LIMITS, check, known_plan
from sell_model.types import JsonObject
from storage import plan_counts
from storage.hot import Writer
from storage.journal import Entry

_COUNTED = {"lead": "leads", "contact": "contacts", "deal": "deals", "user": "users", "pipeline": "pipelines"}
"""Table → its limit."""


@dataclass(slots=True)
class Room:
    """What a plan leaves room for; kept for as long as a stream is being read."""

    plan: str
    _counts: dict[str, int] = field(default_factory=dict)
    _tags: dict[str, set[str]] = field(default_factory=dict)

    def take(self, db: Writer, batch: Batch) -> None:
        """Look whether what a transaction has written fits.

        Raises:
            SetupError: it does not; nothing of it must be stored.
        """
        made = [entry for entry in batch.journal if entry.op == "created"]
        for kind, count in _sums(made).items():
            if kind in _COUNTED:
                self._take_some(db, kind, count)
        stages = [id_ for entry in made if entry.kind == "stage" for id_ in entry.data]
        if stages:
            check(self.plan, "stages", plan_counts.stages_of(db, stages))
        self._look_at(db, [e for e in batch.entities.values() if e.after is not None])

    def _take_some(self, db: Writer, kind: str, count: int) -> None:
        """Add to what was counted; where that seems too much, count once more, for some may have gone since."""
        limit = _COUNTED[kind]
        if kind in self._counts:
            self._counts[kind] += count
            try:
                check(self.plan, limit, self._counts[kind])
            except SetupError:
                del self._counts[kind]
        if kind not in self._counts:
            self._counts[kind] = plan_counts.count(db, kind)
            check(self.plan, limit, self._counts[kind])

    def _look_at(self, db: Writer, written: list[Entity]) -> None:
        deals = {e.after["contact_id"] for e in written if e.kind == "deal" and e.after and _is_new(e, "contact_id")}
        if deals:
            most = max(plan_counts.deals_of(db, deals - {None}).values(), default=0)
            check(self.plan, "deals of a contact", most)
        below = [e.id for e in written if e.kind == "contact" and _is_new(e, "parent_organization_id")]
        if below:
            figure = LIMITS["companies in a hierarchy"].figure(known_plan(self.plan)) or 0
            check(self.plan, "companies in a hierarchy", plan_counts.hierarchy_of(db, below, figure))
        for kind in ("lead", "contact", "deal"):
            self._look_at_tags(db, kind, {tag for e in written if e.kind == kind and e.after for tag in _tags(e)})

    def _look_at_tags(self, db: Writer, kind: str, tags: set[str]) -> None:
        if tags and not tags <= self._tags.get(kind, set()):
            self._tags[kind] = plan_counts.tags(db, kind) | tags
            check(self.plan, "tags", len(self._tags[kind]))


def _sums(made: Iterable[Entry]) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in made:
        found[entry.kind] += len(entry.data)
    return found


def _is_new(entity: Entity, column: str) -> bool:
    """Whether a column that is filled was filled otherwise before."""
    value = (entity.after or {}).get(column)
    return value is not None and value != (entity.row or {}).get(column)


def _tags(entity: Entity) -> list[str]:
    return (entity.after or {}).get("tags") or []


def room_of(hub: Hub) -> Room | None:
    """Give the room that the hub's plan leaves; None: there is no plan, and no limits."""
    plan = hub.settings.hub.plan
    return Room(plan) if plan is not None else None


@dataclass(frozen=True, slots=True)
class Used:
    """One limit, and how much of it is used."""

    name: str
    text: str
    used: int
    figure: int | None
    """What the plan allows; None: as much as one likes."""

    def to_json(self) -> JsonObject:
        """Give the object that `plan --json` prints per limit."""
        return {"name": self.name, "used": self.used, "limit": self.figure, "counted": self.text}


_USED: dict[str, Callable[[Writer], int]] = {
    **{limit: partial(plan_counts.count, what=kind) for kind, limit in _COUNTED.items()},
    "pools": lambda db: plan_counts.count(db, "pool"),
    "choices": plan_counts.most_choices,
    "companies in a hierarchy": lambda db: plan_counts.largest_hierarchy(db, 1_000),
}


def used(hub: Hub) -> list[Used]:
    """Tell of each limit how much is used; of those per contact, pipeline or type of record, where it is most."""
    plan = hub.settings.hub.plan
    with hub.store.read() as db:
        return [
            Used(
                limit.name,
                limit.text,
                _USED[limit.name](db) if limit.name in _USED else plan_counts.largest(db, limit.name),
                limit.figure(known_plan(plan)) if plan is not None else None,
            )
            for limit in LIMITS.values()
        ]
