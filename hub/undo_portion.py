"""One portion of an undo: the transaction it works in, and what it leaves to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.undo_report import UndoReport
from storage import journal, undoing
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.journal import Entry
from storage.undoing import RunRow


@dataclass(slots=True)
class Links:
    """Entries for links that wait for the entry of their source record, which stands before them.

    A source record whose record is left keeps its links, so what becomes of them is known only then.
    """

    _entries: dict[int, list[tuple[int, Entry]]] = field(default_factory=dict)
    _unlinked: dict[tuple[str, int], set[int]] = field(default_factory=dict)

    def wait(self, entry_id: int, entry: Entry) -> None:
        """Keep an entry until its source record's turn comes."""
        id_ = int(entry.record_id or 0)
        self._entries.setdefault(id_, []).append((entry_id, entry))
        if entry.op == "unlinked":
            self._unlinked.setdefault((entry.data[1], entry.data[2]), set()).add(id_)

    def of(self, id_: int) -> list[tuple[int, Entry]]:
        """Give the entries for a source record, last first; they wait no longer."""
        entries = self._entries.pop(id_, [])
        for _, entry in entries:
            if entry.op == "unlinked":
                self._unlinked[entry.data[1], entry.data[2]].discard(id_)
        return entries

    def fed_before(self, kind: str, id_: int) -> set[int]:
        """Tell which source records fed a record until the run unlinked them."""
        return self._unlinked.get((kind, id_), set())


@dataclass(slots=True)
class Portion:
    """What the steps of one transaction share."""

    db: Writer
    run: RunRow
    """The run that is taken back."""
    report: UndoReport
    now: str
    links: Links
    done: list[int] = field(default_factory=list)
    """Journal entries that were taken back."""
    to_settle: list[int] = field(default_factory=list)
    """Journal entries that were taken back, but for what has to be computed anew."""
    deals: set[int] = field(default_factory=set)
    """Deals beside which somebody stood who is there no more."""
    survivors: set[tuple[str, int]] = field(default_factory=set)
    """Leads and contacts into which others were merged, and whom what was taken back had fed since."""
    customers: set[int] = field(default_factory=set)
    """Contacts whose deals went or moved back: whether they are customers is to be derived anew."""

    def note(self, kind: str, count: int, left: Mapping[int, str]) -> None:
        """Count what was taken back, and list what was left and why."""
        if count:
            self.report.undone[kind] += count
        self.report.leave(kind, left)

    def miss(self, contact_ids: Iterable[int]) -> None:
        """Note the deals that these contacts stand beside because the deals' own records say so."""
        self.deals.update(b.deal_id for b in undoing.beside(self.db, contact_ids) if b.origin == "deal")

    def miss_deals(self, rows: Iterable[CanonicalRow]) -> None:
        """Note the contacts of deals as they stood, or stand now."""
        found = {row[column] for row in rows for column in ("contact_id", "organization_id")}
        self.customers |= found - {None}

    def close(self) -> None:
        """Forget what was taken back, but for what is to be settled."""
        undoing.drop_entries(self.db, self.done)
        undoing.keep_to_settle(self.db, self.to_settle)
        markers = [Entry(undoing.TO_SETTLE, "deal", id_, None, None) for id_ in sorted(self.deals)]
        markers += [Entry(undoing.TO_SETTLE, "contact", id_, None, None) for id_ in sorted(self.customers)]
        journal.write(self.db, self.run.id, markers)
