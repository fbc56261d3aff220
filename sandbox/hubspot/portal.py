"""The state of a HubSpot account: records, what they are associated with, owners, pipelines, properties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.hubspot.index import Index
from sandbox.hubspot.kinds import CREATED, MODIFIED, PRIMARY_COMPANY


def iso(ms: int) -> str:
    """Write epoch milliseconds as HubSpot does: `2026-01-02T03:04:05.678Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


@dataclass(slots=True)
class CrmRecord:
    """One record. Times are epoch milliseconds.

    Attributes:
        properties: as set; those that HubSpot computes are not among them.
        indexed: properties and time of change before the last write, what a lagging search still shows.
    """

    id: int
    properties: dict[str, str]
    created: int
    updated: int
    archived: int | None = None
    indexed: tuple[dict[str, str], int] | None = None


@dataclass
class Portal:
    """A HubSpot account that a test may write to. `clock` gives the time of every write."""

    clock: Callable[[], datetime]
    records: dict[str, dict[int, CrmRecord]] = field(default_factory=lambda: {kind: {} for kind in MODIFIED})
    merged: dict[tuple[str, int], int] = field(default_factory=dict)
    """The winner's id by the loser's."""
    relations: dict[tuple[str, str, int], dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    """Associated ids by (type, other type, id); True marks the primary one."""
    owners: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    lead_pipelines: list[dict[str, Any]] = field(default_factory=list)
    properties: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    index: dict[str, Index] = field(default_factory=lambda: {kind: Index() for kind in MODIFIED})
    _highest: dict[str, int] = field(default_factory=dict)

    def now(self) -> int:
        """The account's time in epoch milliseconds."""
        return round(self.clock().timestamp() * 1000)

    def next_id(self, kind: str) -> int:
        """Give an id above all that were ever used."""
        return self._highest.get(kind, 100) + 1

    def create(self, kind: str, properties: dict[str, str], *, at: int | None = None, id_: int = 0) -> str:
        """Add a record; ids rise."""
        at = self.now() if at is None else at
        id_ = id_ or self.next_id(kind)
        self.records[kind][id_] = CrmRecord(id_, dict(properties), at, at)
        self.index[kind].add(id_, at)
        self._highest[kind] = max(id_, self._highest.get(kind, 100))
        return str(id_)

    def update(self, kind: str, id_: str, properties: dict[str, str], *, at: int | None = None) -> None:
        """Write properties and touch the time of change."""
        record = self.records[kind][int(id_)]
        record.indexed = (dict(record.properties), record.updated)
        record.properties |= properties
        record.updated = self.now() if at is None else at
        self.index[kind].changed(record.id, record.updated)

    def archive(self, kind: str, id_: str) -> None:
        """Move a record to the recycle bin."""
        self.records[kind][int(id_)].archived = self.now()
        self.index[kind].archived.add(int(id_))

    def restore(self, kind: str, id_: str) -> None:
        """Take a record out of the recycle bin; that counts as a change."""
        self.records[kind][int(id_)].archived = None
        self.index[kind].archived.discard(int(id_))
        self.update(kind, id_, {})

    def associate(self, kind: str, id_: str, to: str, to_id: str, *, primary: bool = False) -> None:
        """Associate two records both ways. No time of change is touched, but for the primary company's."""
        self.relations[kind, to, int(id_)][int(to_id)] = primary
        self.relations[to, kind, int(to_id)][int(id_)] = primary
        if primary:
            self.records[kind][int(id_)].properties[PRIMARY_COMPANY[kind]] = to_id

    def dissociate(self, kind: str, id_: str, to: str, to_id: str) -> None:
        """Take two records apart; no time of change is touched."""
        del self.relations[kind, to, int(id_)][int(to_id)]
        del self.relations[to, kind, int(to_id)][int(id_)]

    def merge(self, kind: str, winner: str, loser: str) -> None:
        """Merge two records: the loser is gone; its id, and those it had won, stand in the winner's properties."""
        gone = self.records[kind].pop(int(loser)).properties
        self.index[kind].remove(int(loser))
        kept = self.records[kind][int(winner)].properties
        earlier = [key for key, into in self.merged.items() if key[0] == kind and into == int(loser)]
        self.merged |= dict.fromkeys(earlier, int(winner))
        self.merged[kind, int(loser)] = int(winner)
        changes = {"hs_merged_object_ids": _joined("hs_merged_object_ids", kept, gone, loser)}
        if kind == "contacts":
            vid = f"{loser}:{self.now()}"
            changes["hs_calculated_merged_vids"] = _joined("hs_calculated_merged_vids", kept, gone, vid)
        self.update(kind, winner, gone | kept | changes)

    def value(self, kind: str, record: CrmRecord, name: str) -> str | None:
        """Give a property's value as text, computed ones too; None: it has none."""
        if name == MODIFIED[kind]:
            return iso(record.updated)
        if name == CREATED[kind]:
            return iso(record.created)
        return str(record.id) if name == "hs_object_id" else record.properties.get(name)

    def searchable(self, record: CrmRecord, lag_ms: int) -> CrmRecord | None:
        """Give the record as the search index knows it; None: not yet, or archived."""
        if record.archived is not None:
            return None
        if lag_ms == 0 or record.updated <= self.now() - lag_ms:
            return record
        if record.indexed is None:
            return None
        properties, updated = record.indexed
        return CrmRecord(record.id, properties, record.created, updated)


def _joined(name: str, kept: dict[str, str], gone: dict[str, str], new: str) -> str:
    return ";".join(filter(None, (kept.get(name), gone.get(name), new)))
