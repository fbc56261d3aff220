"""Taking a sweep back as one: who was made one by it is two again, what it asked is asked no more."""

from __future__ import annotations

from hub.batching import LINKS
from hub.by_hand import Hand, acting
from hub.dup_sweeping import LEASE
from hub.opening import Hub
from hub.settings import HAND
from hub.undo_report import UndoReport
from hub.unmerging import take_back
from sell_model.errors import SetupError
from storage import journal, leases, merges, questions, roster, streams, sweeps, undoing
from storage.leases import Lease
from storage.undoing import RunRow


def undo_sweep(hub: Hub, run: RunRow) -> UndoReport:
    """Take a sweep back, its latest merge first, each in a transaction; killed, it is begun again and goes on.

    What came in since a merge goes where it belongs; a question that was there before the sweep is one again. What
    people answered of its questions stands.

    Raises:
        BusyError: a sweep is under way.
    """
    lease = leases.acquire(hub.store, LEASE)
    try:
        with hub.store.write(lease) as db:
            streams.close_interrupted(db, HAND, hub.now())
            sweeps.leave(db, run.id)  # nobody goes on with what is being taken back
            made = merges.of_run(db, run.id)
            report = UndoReport(streams.start_run(db, "undo", HAND, {"undoes": run.id}, hub.now()), run.id)
        for merge_id in made:
            try:
                _unmerge(hub, lease, report, merge_id)
            except SetupError as error:  # told as left, with the reason
                report.leave("merge", {merge_id: str(error)})
            else:
                report.undone["merge"] += 1
        _finish(hub, lease, run, report)
    finally:
        leases.release(hub.store, lease)
    return report


def _unmerge(hub: Hub, lease: Lease, report: UndoReport, merge_id: int) -> None:
    who = acting(None)
    with hub.store.write(lease) as db:
        roster.hold(db, LINKS)
        hand = Hand(hub, db, report.run_id, hub.now(), who, roster.find_user(db, who))
        row = merges.by_id(db, merge_id)
        if row is not None and row.undone_at is None:
            take_back(hand, row, asks_again=True)
        journal.write(db, report.run_id, hand.journal)


def _finish(hub: Hub, lease: Lease, run: RunRow, report: UndoReport) -> None:
    with hub.store.write(lease) as db:
        if asked := questions.count_asked_by(db, run.id):
            report.undone["question"] += asked
        undoing.mark_undone(db, run.id, report.run_id)
        streams.finish_run(db, report.run_id, "done", hub.now())
