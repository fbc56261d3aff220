"""Taking a run back by its journal: what it made goes, what it changed is as it was.

Each record that was changed since, by a person, by another run, by another source that joined it, is
left alone and listed. The journal is worked off from its end in portions; what is taken back leaves
the journal in the same transaction, or stays in it as settling to be done, so an undo that is killed
goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.batch import Batch
from hub.batching import LINKS
from hub.by_hand import intent_by_hand
from hub.match import kind_of
from hub.opening import Hub
from hub.settings import HAND
from hub.settling import settle
from hub.sweep_undoing import undo_sweep
from hub.taking import Taking
from hub.undo_landed import LandedBack
from hub.undo_portion import Links, Portion
from hub.undo_records import RecordsBack
from hub.undo_report import UndoReport
from sell_model.errors import SetupError
from storage import journal, leases, roster, streams, sweeps, undoing
from storage.hot import Writer
from storage.journal import Entry
from storage.leases import Lease
from storage.undoing import RunRow

PORTION = 200
"""Journal entries a transaction, at most."""
MOST_RECORDS = 5_000
"""Records a transaction, roughly: one entry may stand for up to a thousand new ones."""


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
        run, source = _undoable(undoing.find_run(db, run_id), run_id)
    if run.kind == sweeps.KIND:
        return undo_sweep(hub, run)
    lease = leases.acquire(hub.store, source)
    try:
        with hub.store.write(lease) as db:
            streams.close_interrupted(db, source, hub.now())
            report = UndoReport(streams.start_run(db, "undo", source, {"undoes": run_id}, hub.now()), run_id)
        _work_off(hub, lease, run, report)
        settle(hub, lease, report)
        _finish(hub, lease, run, report)
    finally:
        leases.release(hub.store, lease)
    return report


def _undoable(run: RunRow | None, run_id: int) -> tuple[RunRow, str]:
    if run is None:
        raise SetupError(f"there is no run {run_id}", fix="sellhub run list")
    if run.undone_by_run_id is not None:
        raise SetupError(f"run {run_id} was undone before, by run {run.undone_by_run_id}", fix="sellhub run list")
    if run.kind == HAND:
        raise SetupError(
            f"run {run_id} is something done by hand and is taken back by hand",
            fix="dup unmerge, lead unconvert, lead restore, deal reopen, edit --release; what it did: sellhub run show",
        )
    if run.kind == "undo" or run.source is None:
        raise SetupError(f"run {run_id} is an {run.kind} and cannot be undone", fix="sync or import again instead")
    return run, run.source


def _work_off(hub: Hub, lease: Lease, run: RunRow, report: UndoReport) -> None:
    before: int | None = None
    links = Links()
    while True:
        with hub.store.write(lease) as db:
            roster.hold(db, LINKS, shared=True)
            entries = list(_bounded(journal.read_back(db, run.id, before, PORTION)))
            if not entries:
                return
            portion = Portion(db, run, report, hub.now(), links)
            for entry_id, entry in entries:
                _take_back(portion, entry_id, entry)
            portion.close()
            _recompute(hub, portion)
        before = entries[-1][0]


def _recompute(hub: Hub, portion: Portion) -> None:
    """Compute anew whom others were merged into: what is taken back came to feed them by the merge, not by the run."""
    if portion.survivors:
        batch = Batch(portion.now, portion.report.run_id, [])
        for kind, id_ in sorted(portion.survivors):
            batch.entity(kind_of(kind), id_)
        Taking(portion.db, intent_by_hand(hub, portion.db), batch).settle()
        journal.write(portion.db, portion.report.run_id, batch.journal)


def _take_back(portion: Portion, entry_id: int, entry: Entry) -> None:
    """Take one entry back, or leave it in the journal."""
    if entry.op == undoing.TO_SETTLE:
        return
    records, landed = RecordsBack(portion), LandedBack(portion)
    if entry.kind == "link":
        landed.take_link(entry_id, entry)
    elif entry.kind == "source_record":
        (landed.remove if entry.op == "created" else landed.restore)(entry_id, entry)
    elif entry.op == "removed":
        records.put_back(entry_id, entry)
    elif entry.op == "released":
        records.hold_again(entry_id, entry)
    else:
        (records.remove if entry.op == "created" else records.restore)(entry_id, entry)


def _bounded(entries: Iterable[tuple[int, Entry]]) -> Iterator[tuple[int, Entry]]:
    """Give as many entries as one transaction is to work off, at least one."""
    records = 0
    for entry_id, entry in entries:
        yield entry_id, entry
        records += len(entry.data) if entry.op == "created" else 1
        if records >= MOST_RECORDS:
            return


def _finish(hub: Hub, lease: Lease, run: RunRow, report: UndoReport) -> None:
    with hub.store.write(lease) as db:
        _put_cursors_back(db, report, run.kind)
        undoing.forget_mapping_versions(db, run.id)
        undoing.mark_undone(db, run.id, report.run_id)
        streams.finish_run(db, report.run_id, "done", hub.now())


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
