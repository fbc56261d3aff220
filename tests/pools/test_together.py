"""Several processes at one pool: fair to one, nobody twice, nothing left over."""

from __future__ import annotations

from benchmarks.assign import dealt_out, outcome
from benchmarks.rows import write_rows
from hub.importing import Import, import_file
from storage.pool_listing import pool_members
from tests.pools.conftest import Desk


def test_three_processes_deal_out_six_hundred_leads_fairly(desk: Desk) -> None:
    """Each gives a third of the leads, and all of them share one pointer."""
    report = import_file(desk.hub, Import(write_rows(desk.folder / "leads.csv", 601)))[0]
    assert report.counts.created == 601

    dealt_out(desk.hub.home, 3)

    with desk.hub.store.read() as db:
        found = outcome(db)
        members = pool_members(db, 1, desk.hub.now())
    assert found == {
        "counts": [200, 200, 201],
        "differ_by": 1,
        "turns_differ_by": 1,
        "unassigned": 0,
        "twice": 0,
        "ledger_differs": 0,
    }
    assert [member.got for member in members] == [member.turns for member in members]
