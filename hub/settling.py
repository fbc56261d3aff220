"""After an undo: what the restored records wait for, and who stands beside deals, computed anew.

Neither is in the journal: both follow from what the source records say and from who is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub import customer_status, keep
from hub.batch import Batch
from hub.key_keeping import renew_keys
from hub.merge import Merger
from hub.opening import Hub
from hub.own_references import resolver_for
from hub.resolve import Resolver
from hub.source_activities import SourceActivities
from hub.survival import outdate, survival_of
from hub.undo_report import UndoReport
from sell_model.targets import BESIDE
from storage import landing, streams, undoing
from storage.hot import Writer
from storage.leases import Lease

PORTION = 500


def settle(hub: Hub, lease: Lease, report: UndoReport) -> None:
    """Work off what the journal keeps to be settled; of records' own rows, only contacts' statuses change."""
    after = 0
    while True:
        with hub.store.write(lease) as db:
            if not after:
                undoing.forget_first_reading(db, report.undoes)
            entries = undoing.to_settle(db, report.undoes, after, PORTION)
            if not entries:
                outdate(db)  # what stands again was computed by the rules of its time
                return
            renew_keys(db, _restored(entries))
            _Settling(hub, db, report.run_id).settle(_touched(db, entries))
            undoing.drop_entries(db, [entry.id for entry in entries])
        after = entries[-1].id


def _restored(entries: Iterable[undoing.ToSettle]) -> list[int]:
    return [entry.record_id for entry in entries if entry.kind == "source_record"]


def _touched(db: Writer, entries: Iterable[undoing.ToSettle]) -> set[tuple[str, int]]:
    touched = {(link.record_type, link.record_id) for link in landing.links(db, _restored(entries))}
    return touched | {(entry.kind, entry.record_id) for entry in entries if entry.kind != "source_record"}


@dataclass(slots=True)
class _Settling:
    """One portion within its transaction."""

    hub: Hub
    db: Writer
    run_id: int
    _resolvers: dict[str, Resolver] = field(default_factory=dict)

    def settle(self, records: Iterable[tuple[str, int]]) -> None:
        """Compute what these records wait for and who stands beside them."""
        batch = Batch(self.hub.now(), self.run_id, [])
        for kind in ("lead", "contact", "deal"):
            for _, id_ in sorted(record for record in records if record[0] == kind):
                batch.entity(kind, id_)
        sources, currency = self.hub.settings.sources, self.hub.settings.hub.currency
        priority_of = {name: part.priority for name, part in sources.items()}
        merger = Merger(
            self.db,
            batch,
            self._resolver_of,
            lambda name: priority_of.get(name, 0),
            currency,
            survival=survival_of(self.hub, self.db),
        )
        merger.merge(batch.entities.values())
        activities = SourceActivities(self.db, batch, self._resolver_of)
        activities.again(self._links_of_activities(records))
        activities.write()
        activities.bring_figures_in_line()
        keep.keep_recalled(self.db, merger.renewed, merger.recalled)
        keep.keep_recalled(self.db, activities.renewed, activities.pending)
        keep.keep_associations(self.db, batch.entities.values(), batch.now)
        contacts = [id_ for kind, id_ in batch.entities if kind == "contact"]
        customer_status.refresh(self.db, contacts, batch.now)

    def _links_of_activities(self, records: Iterable[tuple[str, int]]) -> list[landing.LinkRow]:
        """What feeds those of these records that are activities: they may wait again for whom they waited for."""
        by_kind: dict[str, set[int]] = {}
        for kind, id_ in records:
            if kind in BESIDE:
                by_kind.setdefault(kind, set()).add(id_)
        return [link for kind, ids in sorted(by_kind.items()) for link in landing.links_to(self.db, kind, ids)]

    def _resolver_of(self, source: str) -> Resolver:
        if source not in self._resolvers:
            awaited = source in streams.awaiting_users(self.db)
            currency = self.hub.settings.hub.currency
            self._resolvers[source] = resolver_for(self.db, source, self.hub.now(), awaited, currency)
        return self._resolvers[source]
