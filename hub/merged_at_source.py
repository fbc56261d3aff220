"""Merged at the source: what the losers fed follows the winner."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.batch import Batch, Item
from hub.key_keeping import renew_keys
from storage import canonical, duplicates, journal, landing, references, turns
from storage.canonical import CanonicalRow
from storage.hot import Writer

_PEOPLE = ("lead", "contact")


def follow_winners(db: Writer, batch: Batch, stream_id: int) -> bool:
    """Merge the records of source records that their source has merged; tells whether any were.

    A loser's record keeps its row with `merged_into`; its other source records and its keys go over to
    the winner's record. Where the winner is not known, the loser counts as deleted.
    """
    losers = [item for item in batch.items if item.record.event == "merged" and item.record.merged_into]
    if not losers:
        return False
    before = len(batch.absorbed)
    winners = _records_of(db, batch, stream_id, [str(item.record.merged_into) for item in losers])
    for kind in _PEOPLE:
        pairs = [
            (item, link.record_id, winners[str(item.record.merged_into), kind])
            for item in losers
            for link in item.links.values()
            if link.record_type == kind and (str(item.record.merged_into), kind) in winners
        ]
        if pairs:
            _Merging(db, batch, kind).merge(pairs)
    return len(batch.absorbed) > before


def give_turns_back(db: Writer, batch: Batch) -> None:
    """Give back the turns of those who were merged into others; everybody locks pools after records."""
    for kind in sorted({kind for kind, _ in batch.absorbed}):
        turns.give_back_open(db, kind, [id_ for its, id_ in batch.absorbed if its == kind], batch.now)


def _records_of(db: Writer, batch: Batch, stream_id: int, source_ids: list[str]) -> dict[tuple[str, str], int]:
    """What the winners feed, by source id and record type; the batch's own come first."""
    found: dict[tuple[str, str], int] = {}
    known = landing.known(db, stream_id, source_ids)
    by_id = {row.id: source_id for source_id, row in known.items()}
    for link in landing.links(db, by_id):
        found[by_id[link.source_record_id], link.record_type] = link.record_id
    for item in batch.items:
        for entity in item.targets.values():
            found[item.record.id, entity.kind] = entity.id
    return found


@dataclass(slots=True)
class _Merging:
    """The merges of one kind of record, in order, each seeing those before it."""

    db: Writer
    batch: Batch
    kind: str
    _rows: dict[int, CanonicalRow] = field(default_factory=dict)
    _links: dict[int, list[landing.LinkRow]] = field(default_factory=dict)
    _moved: list[tuple[int, int, str]] = field(default_factory=list)
    """Record, source record, mapping of the links that move."""
    _fed: set[int] = field(default_factory=set)
    """Source records whose keys lead to another identity now."""

    def merge(self, pairs: list[tuple[Item, int, int]]) -> None:
        """Merge each item's record into its winner's; the two are told by their ids."""
        self._rows = canonical.load_with_survivors(self.db, self.kind, {i for _, *ids in pairs for i in ids})
        for link in landing.links_to(self.db, self.kind, [loser for _, loser, _ in pairs]):
            self._links.setdefault(link.record_id, []).append(link)
        absorbed = [loser for item, loser, winner in pairs if self._absorb(item, loser, winner)]
        canonical.update(self.db, self.kind, [self._rows[id_] for id_ in absorbed], self.batch.now)
        self.db.update("link", ("record_id",), ("source_record_id", "mapping"), self._moved)
        renew_keys(self.db, self._fed)
        self._follow_never(absorbed)
        if self.kind == "contact":
            for kind, id_ in references.pointing_at(self.db, absorbed):
                self.batch.entity(kind, id_)  # it is with the winner from now on

    def _absorb(self, item: Item, loser_id: int, winner_id: int) -> bool:
        winner_id = self._in_sight(winner_id)
        loser, winner = self._rows.get(loser_id), self._rows.get(winner_id)
        if loser is None or winner is None or loser_id == winner_id or loser["merged_into"] is not None:
            return False
        version = loser["version"] + 1
        self._rows[loser_id] = {**loser, "merged_into": winner_id, "version": version}
        self.batch.journal.append(journal.changed(self.kind, loser_id, version, {"merged_into": None}))
        moved = self._move_links(item, loser_id, winner_id)
        self._fed |= {item.id, *moved}
        self.batch.absorbed.append((self.kind, loser_id))
        self.batch.entities.pop((self.kind, loser_id), None)
        self.batch.entity(self.kind, winner_id)  # type: ignore[arg-type]  # leads and contacts only
        return True

    def _follow_never(self, absorbed: list[int]) -> None:
        """What people said that a loser is not, its winner is not either."""
        for sort, column in (("person", "person_id"), ("company", "company_id")):
            pairs = {
                self._rows[id_].get(column): self._rows[self._in_sight(id_)].get(column)
                for id_ in absorbed
                if self._in_sight(id_) in self._rows
            }
            duplicates.copy_never(self.db, sort, {a: b for a, b in pairs.items() if a and b and a != b})

    def _move_links(self, item: Item, loser_id: int, winner_id: int) -> list[int]:
        moving = [link for link in self._links.pop(loser_id, []) if link.source_record_id != item.id]
        self._links.setdefault(winner_id, []).extend(moving)
        self._moved += [(winner_id, link.source_record_id, link.mapping) for link in moving]
        self.batch.journal += [
            journal.Entry("moved", "link", link.source_record_id, None, [link.mapping, loser_id, winner_id])
            for link in moving
        ]
        return [link.source_record_id for link in moving]

    def _in_sight(self, id_: int) -> int:
        while id_ in self._rows and self._rows[id_]["merged_into"] is not None:
            id_ = self._rows[id_]["merged_into"]
        return id_
