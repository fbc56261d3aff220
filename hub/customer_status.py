"""Whether contacts are customers or prospects, kept in step with their deals in the transaction that changes these.

A source that says so itself wins, and so does what somebody set by hand; but whoever was marked as a
past customer by hand is a current one again with the next won deal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.batch import Batch, Entity
from sell_model.customer_status import status_of
from storage import customer_status, hand_edits, journal
from storage.customer_status import Standing
from storage.hot import Writer
from storage.journal import Entry

_CONCERNED = ("contact_id", "organization_id")
_MATTERS = ("stage_id", *_CONCERNED, "deleted_at", "gone_at_source")
"""The columns of a deal on which its contacts' statuses depend."""


def follow(db: Writer, batch: Batch, written: Sequence[Entity]) -> list[Entity]:
    """Bring the statuses of written deals' contacts in step; gives the other contacts that changed, to be pushed.

    So are those of contacts that people touched: they may have set a status, or let go of it.
    """
    concerned = {id_ for kind, id_ in batch.entities if kind == "contact" and batch.by is not None}
    concerned |= {
        row[column]
        for entity in written
        if entity.kind == "deal" and _matters(entity)
        for row in (entity.row or {}, entity.after or {})
        for column in _CONCERNED
        if row.get(column) is not None
    }
    changed = refresh(db, concerned, batch.now, batch.journal) if concerned else []
    told = {entity.id for entity in written if entity.kind == "contact"}
    return [Entity("contact", id_) for id_ in changed if id_ not in told]


def _matters(entity: Entity) -> bool:
    before, after = entity.row, entity.after or {}
    return before is None or any(before[name] != after[name] for name in _MATTERS)


def refresh(db: Writer, contact_ids: Iterable[int], now: str, entries: list[Entry] | None = None) -> list[int]:
    """Derive the statuses of contacts anew from their deals; gives those that changed.

    Args:
        entries: takes up what changed, for the journal; None: an undo does it.
    """
    wanted = set(customer_status.in_sight(db, contact_ids).values())
    standing = customer_status.hold(db, wanted)
    if not standing:
        return []
    deriving = _Deriving(db, standing)
    after = deriving.derived()
    customer_status.write(db, after, now)
    if entries is not None:
        entries += deriving.released
        entries += [journal.changed("contact", row.id, row.version, _before(standing[row.id], row)) for row in after]
    return [row.id for row in after]


class _Deriving:
    """The statuses of some contacts, which nobody else changes meanwhile."""

    def __init__(self, db: Writer, standing: Mapping[int, Standing]) -> None:
        self.db, self.standing = db, standing
        self.family = customer_status.family(db, standing)
        """They, and the records that were merged into them → they."""
        self.edits = hand_edits.hand_edits(db, "contact", standing)
        self.released: list[Entry] = []
        """Marks that a win has ended."""
        self.said = customer_status.said_by_sources(db, standing)
        self.categories: dict[int, set[str]] = {}
        for deals in customer_status.deals_of(db, self.family):
            # Who bought is a customer, even where the source has put the deal away.
            if not deals.is_gone or deals.category == "won":
                self.categories.setdefault(self.family[deals.contact_id], set()).add(deals.category)

    def derived(self) -> list[Standing]:
        """Give the contacts whose statuses are to be others, with these and their next version."""
        after = [self._derived(each) for each in self.standing.values()]
        return [row for row in after if row.version != self.standing[row.id].version]

    def _derived(self, standing: Standing) -> Standing:
        is_past = self._is_past(standing.id)
        status = status_of(self.categories.get(standing.id, ()), is_past=is_past)
        fixed = {name for id_, name in self.said if id_ == standing.id} | self.edits.get(standing.id, {}).keys()
        derived: dict[str, str] = {"customer_status": status.customer, "prospect_status": status.prospect}
        if any(entry.record_id == standing.id for entry in self.released):  # what a source says had been laid over
            fixed.discard("customer_status")
            derived["customer_status"] = self.said.get((standing.id, "customer_status"), status.customer)
        changed = {n: value for n, value in derived.items() if n not in fixed and _differs(standing, n, value)}
        return replace(standing, **changed, version=standing.version + 1) if changed else standing  # type: ignore[arg-type]

    def _is_past(self, contact_id: int) -> bool:
        """Whether somebody marked a contact as a past customer who has won nothing since; a win ends the mark."""
        edits = self.edits.get(contact_id, {})
        edit = edits.get("customer_status")
        if edit is None or edit.value != "past":
            return False
        last = customer_status.last_win(self.db, [id_ for id_, into in self.family.items() if into == contact_id])
        if last is None or last <= edit.edited_at:
            return True
        hand_edits.release(self.db, "contact", contact_id, ["customer_status"])
        mark = {"field": edit.field, "value": edit.value, "by": edit.edited_by, "at": edit.edited_at}
        self.released.append(Entry("released", "contact", contact_id, None, mark))
        del edits["customer_status"]
        return False


def _differs(standing: Standing, name: str, value: str) -> bool:
    """Nothing said is the same as `none`: contacts without deals are left as they are."""
    return (getattr(standing, name) or "none") != value


def _before(before: Standing, after: Standing) -> dict[str, Any]:
    names = customer_status.COLUMNS
    return {name: getattr(before, name) for name in names if getattr(before, name) != getattr(after, name)}
