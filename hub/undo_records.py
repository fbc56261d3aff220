"""Taking canonical records back: new ones go, changed ones are as they were, removed ones are back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.undo_portion import Portion
from storage import canonical, undoing
from storage.canonical import CanonicalRow
from storage.journal import Entry

_FED = frozenset({"lead", "contact", "deal", "association"})
"""What the hub computes from what source records say."""
_VERSIONED = _FED | {"user", "pipeline", "stage"}


@dataclass(slots=True)
class RecordsBack:
    """Takes back the entries of canonical records, and of people and companies."""

    portion: Portion

    def remove(self, entry_id: int, entry: Entry) -> None:
        """Remove new records, but for those that something was built on."""
        ids: list[int] = entry.data
        left = self._left(entry.kind, ids)
        gone = [id_ for id_ in ids if id_ not in left]
        self._queue(entry.kind, gone, "delete")
        if entry.kind == "contact":
            self.portion.miss(gone)
        undoing.delete_records(self.portion.db, entry.kind, gone)
        self._give_turns_back(entry.kind, gone)
        self.portion.note(entry.kind, len(gone), left)
        if left:
            undoing.narrow_entry(self.portion.db, entry_id, sorted(left))
        else:
            self.portion.done.append(entry_id)

    def restore(self, entry_id: int, entry: Entry) -> None:
        """Put the columns that the run changed back, unless the record was changed since."""
        id_ = int(entry.record_id or 0)
        row = canonical.load(self.portion.db, entry.kind, [id_]).get(id_)
        why = "it is no more" if row is None else self._changed_since(entry, row)
        if row is None or why:
            self.portion.note(entry.kind, 0, {id_: why})
            return
        restored = {**row, **entry.data, "version": row["version"] - 1}
        canonical.update(self.portion.db, entry.kind, [restored], self.portion.now)
        self._restore_turns(entry, row)
        if "stage_id" in entry.data:
            undoing.forget_stage_changes(self.portion.db, self.portion.run.id, id_)
        self._queue(entry.kind, [id_], "upsert")
        self.portion.note(entry.kind, 1, {})
        points = entry.kind in _FED and any(name.endswith("_id") for name in entry.data)
        (self.portion.to_settle if points else self.portion.done).append(entry_id)

    def put_back(self, entry_id: int, entry: Entry) -> None:
        """Put a removed relation back, unless another stands in its place."""
        row: CanonicalRow = entry.data
        if undoing.clear_place(self.portion.db, row["deal_id"], row["contact_id"]):
            canonical.insert(self.portion.db, entry.kind, [row], self.portion.now)
            canonical.update(self.portion.db, entry.kind, [row], self.portion.now)
            self.portion.note(entry.kind, 1, {})
            self.portion.done.append(entry_id)
        else:
            self.portion.note(entry.kind, 0, {row["id"]: "another one took its place since"})

    def _left(self, kind: str, ids: list[int]) -> dict[int, str]:
        """New records that something was built on, or that changed."""
        db, run = self.portion.db, self.portion.run
        left = {id_: f"a {what} points to it" for id_, what in undoing.pointed_to(db, kind, ids).items()}
        if kind == "contact":
            left |= self._beside_deals(ids)
        if kind in _VERSIONED:
            left |= {
                id_: "another run's records feed it too"
                for id_, feeding in undoing.feeders(db, kind, ids).items()
                if any(run_id != run.id for _, run_id in feeding)
            }
            rows = canonical.load(db, kind, ids)
            left |= {id_: "it was changed since" for id_, row in rows.items() if row["version"] != 1}
        return left

    def _beside_deals(self, contact_ids: list[int]) -> dict[int, str]:
        """Contacts beside deals that do not go back to where they were without them."""
        beside = undoing.beside(self.portion.db, contact_ids)
        feeding = undoing.feeders(self.portion.db, "deal", {b.deal_id for b in beside})
        return {
            b.contact_id: "it stands beside a deal"
            for b in beside
            if b.origin != "deal"
            or self.portion.report.is_left("deal", b.deal_id)
            or any(run_id > self.portion.run.id for _, run_id in feeding.get(b.deal_id, ()))
        }

    def _changed_since(self, entry: Entry, row: CanonicalRow) -> str:
        """Say what keeps a changed record from being restored; empty: nothing."""
        if row["version"] != entry.version:
            return "it was changed since"
        db, id_ = self.portion.db, row["id"]
        if entry.kind in {"pipeline", "stage"} and "name" in entry.data:
            free = undoing.free_name(db, self.portion.run.id, entry.kind, id_, entry.data["name"])
            return "" if free else "its name was taken since"
        feeding = [run_id for _, run_id in undoing.feeders(db, entry.kind, [id_]).get(id_, ())]
        feeding += undoing.landed_by(db, self.portion.links.fed_before(entry.kind, id_)).values()
        again = any(run_id > self.portion.run.id for run_id in feeding)
        return "a record that feeds it was read again since" if again else ""

    def _restore_turns(self, entry: Entry, row: CanonicalRow) -> None:
        """Give back the turn by which the run gave an owner, and spend again the one that a merge gave back."""
        if "owner_id" in entry.data:
            self._give_turns_back(entry.kind, [row["id"]])
        if "merged_into" in entry.data:
            undoing.spend_turns_again(self.portion.db, self.portion.run, entry.kind, row["id"])

    def _give_turns_back(self, kind: str, ids: Iterable[int]) -> None:
        portion = self.portion
        portion.report.turns_given_back += undoing.give_back_turns(portion.db, portion.run.id, kind, ids, portion.now)

    def _queue(self, kind: str, ids: Sequence[int], action: str) -> None:
        """Push what was pushed before anew: its deletion, or as it is now. Nothing else is pushed any more."""
        portion = self.portion
        if action == "delete":
            undoing.forget_queued(portion.db, kind, ids)
        there = undoing.delivered(portion.db, kind, ids)
        rows = [(destination, kind, id_, action, portion.report.run_id, portion.now) for destination, id_ in there]
        undoing.queue(portion.db, rows)
