"""Taking canonical records back: new ones go, changed ones are as they were, removed ones are back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.batch import Entity
from hub.conversion_edits import own_edits
from hub.custom_values import edits_today
from hub.match import kind_of
from hub.rows import overlaid
from hub.undo_portion import Portion
from sell_model.targets import BESIDE
from storage import activity_figures, activity_rows, canonical, conversions, pipelines, undoing
from storage.activity_rows import places_of_rows
from storage.canonical import CanonicalRow
from storage.conversions import ConversionRow
from storage.custom_fields import changed_fields
from storage.hand_edits import hand_edits, hold_again, release
from storage.journal import Entry
from storage.looking_through import Place, turned

_FED = frozenset({"lead", "contact", "deal", "association"})
"""What the hub computes from what source records say."""
_HELD = _FED - {"association"}
"""What people edit by hand."""
_SET = _HELD | {"pipeline", "stage"}
"""What people set something on that holds against sources."""
_VERSIONED = _FED | BESIDE | {"user", "pipeline", "stage"}


@dataclass(slots=True)
class RecordsBack:
    """Takes back the entries of canonical records, and of people and companies."""

    portion: Portion

    def remove(self, entry_id: int, entry: Entry) -> None:
        """Remove new records, but for those that something was built on."""
        ids: list[int] = entry.data
        showing = self._showing(ids) if entry.kind == "conversion" else set()
        left = self._left_converted(ids) if entry.kind == "conversion" else self._left(entry.kind, ids)
        gone = [id_ for id_ in ids if id_ not in left]
        self._queue(entry.kind, gone, "delete")
        if entry.kind == "contact":
            self.portion.miss(gone)
        if entry.kind == "deal":
            self.portion.miss_deals(canonical.load(self.portion.db, "deal", gone).values())
        if entry.kind in BESIDE:
            showing |= self._beside(entry.kind, gone)
            activity_rows.remove(self.portion.db, entry.kind, gone)
        undoing.delete_records(self.portion.db, entry.kind, gone)
        activity_figures.refresh(self.portion.db, showing)
        self._give_turns_back(entry.kind, gone)
        self.portion.note(entry.kind, len(gone), left)
        if left:
            undoing.narrow_entry(self.portion.db, entry_id, sorted(left))
        else:
            self.portion.done.append(entry_id)

    def restore(self, entry_id: int, entry: Entry) -> None:
        """Put the columns that the run changed back, unless the record was changed since."""
        id_ = int(entry.record_id or 0)
        if self.portion.report.is_left(entry.kind, id_):
            return
        row = canonical.load(self.portion.db, entry.kind, [id_], lock=True).get(id_)
        why = "it is no more" if row is None else self._changed_since(entry, row)
        if row is None or why:
            self.portion.note(entry.kind, 0, {id_: why})
            return
        restored = self._as_held({**row, **entry.data, "version": row["version"] - 1}, entry.kind)
        if entry.kind in BESIDE:
            activity_rows.update(self.portion.db, entry.kind, [restored], self.portion.now)
            activity_figures.refresh(self.portion.db, places_of_rows([row, restored]))
        else:
            canonical.update(self.portion.db, entry.kind, [restored], self.portion.now)
        self._restore_turns(entry, row, restored)
        if entry.kind == "deal":
            self.portion.miss_deals([row, restored])
        if "stage_id" in entry.data:
            undoing.forget_stage_changes(self.portion.db, self.portion.run.id, id_)
            activity_figures.refresh(self.portion.db, [("deal", id_)])
        activity_figures.follow(self.portion.db, turned(entry.kind, row, restored))
        self._queue(entry.kind, [id_], "upsert")
        self.portion.note(entry.kind, 1, {})
        points = entry.kind in BESIDE or (entry.kind in _FED and any(name.endswith("_id") for name in entry.data))
        (self.portion.to_settle if points else self.portion.done).append(entry_id)

    def _as_held(self, row: CanonicalRow, kind: str) -> CanonicalRow:
        """Lay over a row what people hold by hand: they may have set just what the run had brought."""
        db, id_ = self.portion.db, row["id"]
        held = hand_edits(db, kind, [id_]).get(id_) if kind in _HELD else None
        if not held:
            return row
        changes = changed_fields(db, kind)
        edits = edits_today(held, changes) if changes else held
        return overlaid(Entity(kind_of(kind), id_), row, edits)

    def put_back(self, entry_id: int, entry: Entry) -> None:
        """Put a removed relation back, unless another one took its place; an activity, if what it stood at is there."""
        row: CanonicalRow = entry.data
        if entry.kind in BESIDE:
            self._put_activity_back(entry_id, entry.kind, row)
            return
        if undoing.clear_place(self.portion.db, row["deal_id"], row["contact_id"]):
            canonical.insert(self.portion.db, entry.kind, [row], self.portion.now)
            canonical.update(self.portion.db, entry.kind, [row], self.portion.now)
            self.portion.note(entry.kind, 1, {})
            self.portion.done.append(entry_id)
        else:
            self.portion.note(entry.kind, 0, {row["id"]: "another one took its place since"})

    def _put_activity_back(self, entry_id: int, kind: str, row: CanonicalRow) -> None:
        places = places_of_rows([row])
        if places - activity_rows.hold_places(self.portion.db, places):
            self.portion.note(kind, 0, {row["id"]: "what it stood at is no more"})
            return
        activity_rows.put_back(self.portion.db, kind, [row], self.portion.now)
        activity_figures.refresh(self.portion.db, places)
        self.portion.note(kind, 1, {})
        self.portion.done.append(entry_id)

    def _beside(self, kind: str, ids: list[int]) -> set[Place]:
        """Give whom these activities concern."""
        return places_of_rows(canonical.load(self.portion.db, kind, ids).values())

    def hold_again(self, entry_id: int, entry: Entry) -> None:
        """Let what somebody set by hand hold again, which the run had overtaken; what was set since stands."""
        id_ = int(entry.record_id or 0)
        if not self.portion.report.is_left(entry.kind, id_):
            hold_again(self.portion.db, entry.kind, id_, **entry.data)
            self.portion.done.append(entry_id)

    def _left(self, kind: str, ids: list[int]) -> dict[int, str]:
        """New records that something was built on, or that changed; they are locked first: people may be at work."""
        db, run = self.portion.db, self.portion.run
        rows = canonical.load(db, kind, ids, lock=True) if kind in _VERSIONED else {}
        left = {id_: f"a {what} points to it" for id_, what in undoing.pointed_to(db, kind, ids).items()}
        if kind == "contact":
            left |= self._beside_deals(ids)
        if kind in _SET:
            left |= dict.fromkeys(hand_edits(db, kind, ids), "it was edited by hand")
        if kind in _VERSIONED:
            left |= {
                id_: "another run's records feed it too"
                for id_, feeding in undoing.feeders(db, kind, ids).items()
                if any(run_id != run.id for _, run_id in feeding)
            }
            left |= {id_: "it was changed since" for id_, row in rows.items() if row["version"] != 1}
        return left

    def _showing(self, ids: list[int]) -> set[Place]:
        """Give who shows the activities of the leads that these conversions made contacts, as long as they stand."""
        leads = [("lead", row.lead_id) for row in conversions.by_ids(self.portion.db, ids)]
        return activity_figures.shown_by(self.portion.db, leads)

    def _left_converted(self, ids: list[int]) -> dict[int, str]:
        """Conversions by which the run made contacts that will be left, since something was built on these since.

        Then their leads are left, too; what the run did besides to either is not yet taken back.
        """
        db, run, report = self.portion.db, self.portion.run, self.portion.report
        led_to = {row.id: row for row in conversions.by_ids(db, ids)}
        contacts = canonical.load(db, "contact", {row.individual_id or 0 for row in led_to.values()})
        new = [id_ for id_, row in contacts.items() if row["created_at"] >= run.started_at]
        conversions.drop(db, ids)  # they would themselves seem to be built on the contacts
        built = {id_: f"a {what} points to it" for id_, what in undoing.pointed_to(db, "contact", new).items()}
        edited = self._edited_since(new, led_to.values())
        built |= self._beside_deals(new) | dict.fromkeys(edited, "it was edited by hand")
        fed = undoing.feeders(db, "contact", new).items()
        built |= {id_: "another run's records feed it too" for id_, by in fed if any(r > run.id for _, r in by)}
        left = {id_: built[row.individual_id or 0] for id_, row in led_to.items() if row.individual_id in built}
        conversions.keep(db, [led_to[id_] for id_ in left])
        for kind, id_, name in (each for row in led_to.values() if row.id not in left for each in self._copied(row)):
            release(db, kind, id_, [name])
        report.leave("lead", {led_to[id_].lead_id: f"it is a contact, and {why}" for id_, why in left.items()})
        return left

    def _edited_since(self, ids: list[int], rows: Iterable[ConversionRow]) -> set[int]:
        """Contacts that people edited, beside what holds there from the time when they were leads."""
        copied = {each for row in rows for each in self._copied(row)}
        edits = hand_edits(self.portion.db, "contact", ids)
        return {id_ for id_, held in edits.items() if any(("contact", id_, name) not in copied for name in held)}

    def _copied(self, row: ConversionRow) -> list[tuple[str, int, str]]:
        """The hand edits that a conversion copied and that nobody has set anew since."""
        db, found = self.portion.db, []
        for kind, id_, name in own_edits(db, row):
            edit = hand_edits(db, kind, [id_]).get(id_, {}).get(name)
            if edit is not None and edit.edited_at <= row.created_at:
                found.append((kind, id_, name))
        return found

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
        stood = entry.data.get("stage_id") if entry.kind == "deal" else None
        if stood is not None and not pipelines.share(db, stood):
            return "the stage in which it stood is no more"
        feeding = [run_id for _, run_id in undoing.feeders(db, entry.kind, [id_]).get(id_, ())]
        feeding += undoing.landed_by(db, self.portion.links.fed_before(entry.kind, id_)).values()
        again = any(run_id > self.portion.run.id for run_id in feeding)
        return "a record that feeds it was read again since" if again else ""

    def _restore_turns(self, entry: Entry, row: CanonicalRow, restored: CanonicalRow) -> None:
        """Give back the turn by which the run gave an owner, and spend again the one that a merge gave back."""
        if "owner_id" in entry.data and restored["owner_id"] != row["owner_id"]:
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
