"""Taking a run back by its journal: what it made goes, what it changed is as it was.

Each record that was changed since, by a person, by another run, by another source that joined it, is
left alone and listed. The journal is worked off from its end in portions; what is taken back leaves
the journal in the same transaction, so an undo that is killed goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import orjson

from hub.opening import Hub
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.matching.keys import face_of
from sell_model.types import JsonObject
from storage import canonical, identity, journal, landing, leases, streams, undoing
from storage.hot import Writer
from storage.journal import Entry
from storage.leases import Lease

PORTION = 200
"""Journal entries a transaction; one entry may stand for up to a thousand new records."""

_RECORDS = frozenset({"lead", "contact", "deal", "association", "user", "pipeline", "stage"})


@dataclass(frozen=True, slots=True)
class Left:
    """A record that an undo left alone, and why."""

    record_type: str
    record_id: int
    why: str


@dataclass(slots=True)
class UndoReport:
    """What an undo did."""

    run_id: int
    """The undo's own run."""
    undoes: int
    undone: Counter[str] = field(default_factory=Counter)
    """Record type → how many were removed or restored."""
    left: list[Left] = field(default_factory=list)
    turns_given_back: int = 0
    cursors: list[str] = field(default_factory=list)
    """What became of each stream's cursor, in a sentence."""

    def to_json(self) -> JsonObject:
        """Give the object that `sellhub run undo --json` prints."""
        return {
            "run": self.run_id,
            "undoes": self.undoes,
            "undone": dict(self.undone),
            "left": [{"record_type": x.record_type, "record_id": x.record_id, "why": x.why} for x in self.left],
            "turns_given_back": self.turns_given_back,
            "cursors": self.cursors,
        }


def undo_run(hub: Hub, run_id: int, *, dry_run: bool = False) -> UndoReport:
    """Take back an import, a sync or a replay.

    Args:
        dry_run: do it all, then take it back; nothing is stored.

    Raises:
        SetupError: no such run, one that was undone before, or one that cannot be undone.
        BusyError: its source is being synced just now.
    """
    if dry_run:
        with hub.store.rehearsal():
            return _undo(hub, run_id)
    return _undo(hub, run_id)


def _undo(hub: Hub, run_id: int) -> UndoReport:
    with hub.store.read() as db:
        run = undoing.find_run(db, run_id)
    source = _undoable(run, run_id)
    lease = leases.acquire(hub.store, source)
    try:
        with hub.store.write(lease) as db:
            streams.close_interrupted(db, source, hub.now())
            report = UndoReport(streams.start_run(db, "undo", source, {"undoes": run_id}, hub.now()), run_id)
        _work_off(hub, lease, report)
        with hub.store.write(lease) as db:
            _put_cursors_back(db, report, run.kind if run else "")
            undoing.forget_mapping_versions(db, run_id)
            undoing.mark_undone(db, run_id, report.run_id)
            streams.finish_run(db, report.run_id, "done", hub.now())
    finally:
        leases.release(hub.store, lease)
    return report


def _undoable(run: undoing.RunRow | None, run_id: int) -> str:
    if run is None:
        raise SetupError(f"there is no run {run_id}", fix="sellhub run list")
    if run.undone_by_run_id is not None:
        raise SetupError(f"run {run_id} was undone before, by run {run.undone_by_run_id}", fix="sellhub run list")
    if run.kind == "undo" or run.source is None:
        raise SetupError(f"run {run_id} is an {run.kind} and cannot be undone", fix="sync or import again instead")
    return run.source


def _work_off(hub: Hub, lease: Lease, report: UndoReport) -> None:
    before: int | None = None
    while True:
        with hub.store.write(lease) as db:
            entries = journal.read_back(db, report.undoes, before, PORTION)
            if not entries:
                return
            step = _Step(db, report, hub.now())
            for entry_id, entry in entries:
                step.take_back(entry_id, entry)
            undoing.drop_entries(db, step.done)
        before = entries[-1][0]


@dataclass(slots=True)
class _Step:
    """One portion of the journal within its transaction."""

    db: Writer
    report: UndoReport
    now: str
    done: list[int] = field(default_factory=list)

    def take_back(self, entry_id: int, entry: Entry) -> None:
        """Take one entry back, or leave it."""
        if entry.op == "created":
            self._remove(entry_id, entry)
        elif entry.kind == "source_record":
            self._restore_source_record(entry_id, entry)
        elif entry.kind == "link":
            self._relink(entry_id, entry)
        else:
            self._restore(entry_id, entry)

    def _remove(self, entry_id: int, entry: Entry) -> None:
        ids: list[int] = entry.data
        left = self._left_source_records(ids) if entry.kind == "source_record" else self._left_records(entry.kind, ids)
        gone = [id_ for id_ in ids if id_ not in left]
        if entry.kind == "source_record":
            undoing.delete_source_records(self.db, gone)
        else:
            self._unqueue(entry.kind, gone)
            undoing.delete_records(self.db, entry.kind, gone)
            returned = undoing.give_back_turns(self.db, self.report.undoes, entry.kind, gone, self.now)
            self.report.turns_given_back += returned
        self._note(entry.kind, len(gone), left)
        if left:
            undoing.narrow_entry(self.db, entry_id, sorted(left))
        else:
            self.done.append(entry_id)

    def _left_records(self, kind: str, ids: list[int]) -> dict[int, str]:
        """New records that something was built on, or that changed."""
        left = {id_: f"a {what} points to it" for id_, what in undoing.pointed_to(self.db, kind, ids).items()}
        if kind in _RECORDS:
            rows = canonical.load(self.db, kind, ids)
            others = undoing.feeders(self.db, kind, ids)
            left |= {
                id_: "another run's records feed it too"
                for id_, feeding in others.items()
                if any(run_id != self.report.undoes for _, run_id in feeding)
            }
            left |= {id_: "it was changed since" for id_, row in rows.items() if row["version"] != 1}
        return left

    def _left_source_records(self, ids: list[int]) -> dict[int, str]:
        """Source records that feed a record that was left, or that came again since."""
        left = {
            id_: "it was read again since"
            for id_, run_id in undoing.landed_by(self.db, ids).items()
            if run_id != self.report.undoes
        }
        kept = self._left()
        fed = [k.source_record_id for k in landing.links(self.db, ids) if (k.record_type, k.record_id) in kept]
        return left | dict.fromkeys(fed, "the record it feeds was left")

    def _restore(self, entry_id: int, entry: Entry) -> None:
        id_ = int(entry.record_id or 0)
        row = canonical.load(self.db, entry.kind, [id_]).get(id_)
        if row is None or row["version"] != entry.version:
            self._note(entry.kind, 0, {id_: "it was changed since" if row else "it is no more"})
            return
        after = {**row, **entry.data, "version": row["version"] - 1}
        canonical.update(self.db, entry.kind, [after], self.now)
        self._requeue(entry.kind, id_)
        self._note(entry.kind, 1, {})
        self.done.append(entry_id)

    def _restore_source_record(self, entry_id: int, entry: Entry) -> None:
        id_ = int(entry.record_id or 0)
        landed = undoing.landed_by(self.db, [id_]).get(id_)
        feeds_left = any((k.record_type, k.record_id) in self._left() for k in landing.links(self.db, [id_]))
        if landed != self.report.undoes or feeds_left:
            why = "the record it feeds was left" if feeds_left else "it was read again since"
            self._note("source_record", 0, {id_: why})
            return
        undoing.restore_source_record(self.db, id_, entry.data)
        was_held = undoing.outcome(self.db, id_) == "held"
        undoing.reopen_held(self.db, self.report.undoes, id_, was_held=was_held)
        self._renew_keys(id_)
        self._note("source_record", 1, {})
        self.done.append(entry_id)

    def _left(self) -> set[tuple[str, int]]:
        return {(left.record_type, left.record_id) for left in self.report.left}

    def _renew_keys(self, id_: int) -> None:
        text = landing.good_drafts(self.db, [id_]).get(id_)
        drafts = {name: Draft.from_json(data) for name, data in orjson.loads(text).items()} if text else {}
        rows: dict[int, identity.KeyRow] = {}
        for link in landing.links(self.db, [id_]):
            draft = drafts.get(link.mapping)
            record = canonical.load(self.db, link.record_type, [link.record_id]).get(link.record_id)
            if draft is not None and record is not None and draft.record_type in {"lead", "contact"}:
                face = face_of(draft)
                owner = record.get("company_id") or record["person_id"]
                rows |= {key.key: identity.KeyRow(key.key, id_, owner, face.name) for key in face.keys}
        identity.replace_keys(self.db, [id_], list(rows.values()))

    def _relink(self, entry_id: int, entry: Entry) -> None:
        id_ = int(entry.record_id or 0)
        if entry.op == "linked":
            self.db.delete("link", ("source_record_id", "mapping"), [(id_, entry.data)])
        elif entry.op == "unlinked":
            mapping, kind, record_id, role, is_identity, rank = entry.data
            undoing.add_link(self.db, landing.LinkRow(id_, mapping, kind, record_id, role, is_identity, rank))
        else:
            mapping, record_id, _ = entry.data
            self.db.update("link", ("record_id",), ("source_record_id", "mapping"), [(record_id, id_, mapping)])
        self.done.append(entry_id)

    def _unqueue(self, kind: str, ids: list[int]) -> None:
        """What is removed is not pushed any more; where it was pushed, its deletion is."""
        undoing.forget_queued(self.db, kind, ids)
        rows = [
            (destination, kind, id_, "delete", self.report.run_id, self.now)
            for destination, id_ in undoing.delivered(self.db, kind, ids)
        ]
        undoing.queue(self.db, rows)

    def _requeue(self, kind: str, id_: int) -> None:
        rows = [
            (destination, kind, id_, "upsert", self.report.run_id, self.now)
            for destination, _ in undoing.delivered(self.db, kind, [id_])
        ]
        undoing.queue(self.db, rows)

    def _note(self, kind: str, count: int, left: dict[int, str]) -> None:
        if count:
            self.report.undone[kind] += count
        known = self._left()
        self.report.left += [Left(kind, id_, why) for id_, why in sorted(left.items()) if (kind, id_) not in known]


def _put_cursors_back(db: Writer, report: UndoReport, kind: str) -> None:
    """Let the next sync read again what was taken back, unless another run has read on since."""
    for move in undoing.cursor_moves(db, report.undoes):
        if move.after is None:
            continue
        if kind == "import":
            undoing.set_cursor(db, move.stream_id, move.before)
            report.cursors.append(f"{move.stream}: import the file again to bring it back")
        elif move.now == move.after:
            undoing.set_cursor(db, move.stream_id, move.before)
            report.cursors.append(f"{move.stream}: the next sync reads again what was taken back")
        else:
            report.cursors.append(f"{move.stream}: read on since; use --full to bring back what was taken back")
