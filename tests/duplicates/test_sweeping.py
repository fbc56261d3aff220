"""The whole store gone through: one run, gone on with after a death, taken back as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub import dup_listing, dup_sweeping
from hub.adding import Adding, add
from hub.dup_desk import answer_never
from hub.dup_sweeping import Swept, sweep
from hub.merging import merge
from hub.opening import Hub, open_hub
from hub.undo import undo_run
from hub.unmerging import unmerge
from storage import leases
from storage.leases import BusyError
from tests.console import Shell
from tests.conversion.world import ANN, breaches, bring, lead_row
from tests.hub.test_review_helpers import rows
from tests.hub.test_review_undo import Killed, killed_after

TWICE = 6
"""So many people are there twice, which no sync could tell."""


@pytest.fixture
def crowded(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that is gone through in portions of four, with people who were added by hand beside themselves."""
    monkeypatch.setattr(dup_sweeping, "PORTION", 4)
    people = [(f"Dan{n}", f"Fo{chr(97 + n)}rester", f"dan{n}@f{n}.example") for n in range(TWICE)]
    bring(hub, tmp_path, *(lead_row(n, *each) for n, each in enumerate(people)))
    for first, last, email in people:
        add(hub, Adding("lead", {"first_name": first, "last_name": last, "email": email}), by=ANN)
    with hub.store.write() as db:
        db.execute("DELETE FROM duplicate")  # as if both had come at the same moment
    return hub


def outcome(hub: Hub) -> dict[str, list[Any]]:
    """All that a sweep leaves behind."""
    return {
        "questions": rows(hub, "SELECT sort, one_id, other_id, state, bits, guard FROM duplicate ORDER BY one_id"),
        "merges": rows(hub, "SELECT winner_id, loser_id FROM merge WHERE undone_at IS NULL ORDER BY winner_id"),
        "leads": rows(hub, "SELECT id, email, merged_into, owner_id FROM lead ORDER BY id"),
        "runs": rows(hub, "SELECT kind, state FROM run WHERE kind = 'sweep' ORDER BY id"),
    }


def people(hub: Hub) -> int:
    """How many leads are in sight."""
    count: int = rows(hub, "SELECT COUNT(*) FROM v_leads")[0][0]
    return count


def told(swept: Swept) -> tuple[int, int, int, int]:
    """Its counts."""
    return swept.records, swept.asked, swept.merged, swept.refused


def test_a_sweep_is_one_run(crowded: Hub) -> None:
    """However many portions and merges it takes; its counts are told with it."""
    swept = sweep(crowded, merging=True, by=ANN)
    assert told(swept) == (2 * TWICE, 0, TWICE, 0)
    assert outcome(crowded)["runs"] == [("sweep", "done")]
    assert people(crowded) == TWICE
    assert rows(crowded, "SELECT DISTINCT run_id, merged_by FROM merge") == [(swept.run_id, ANN)]
    assert breaches(crowded) == []


@pytest.mark.parametrize("merging", [False, True])
@pytest.mark.parametrize("silently", [False, True])
def test_killed_in_any_transaction_it_ends_as_one_that_was_not(
    crowded: Hub, monkeypatch: pytest.MonkeyPatch, merging: bool, silently: bool
) -> None:
    """Interrupted, or dead without a word: the next call goes on where it was, in the same run, counts and all."""
    with crowded.store.rehearsal():
        whole = sweep(crowded, merging=merging, by=ANN)
        expected = outcome(crowded)
    for kills in range(100):
        with monkeypatch.context() as patch:
            killed_after(min(kills, 2 + kills % 2), patch)
            if silently:
                patch.setattr(dup_sweeping._Sweeping, "stop", lambda _, __: None)
            try:
                swept = sweep(crowded, merging=merging, by=ANN)
            except Killed:
                continue
        break
    assert kills > 3
    assert told(swept) == told(whole)
    assert outcome(crowded) == expected


def test_undone_as_one_all_is_as_it_was(crowded: Hub) -> None:
    """Whom it made one are two again, what it asked is asked no more, and the next sweep finds it all again."""
    before = outcome(crowded)
    swept = sweep(crowded, merging=True, by=ANN)
    with crowded.store.rehearsal():
        undo_run(crowded, swept.run_id)
    assert people(crowded) == TWICE, "a rehearsal stores nothing"
    report = undo_run(crowded, swept.run_id)
    assert (report.undone, report.left) == ({"merge": TWICE, "question": TWICE}, [])
    assert {**outcome(crowded), "runs": []} == before
    assert outcome(crowded)["runs"] == [("sweep", "undone")]
    assert breaches(crowded) == []
    assert told(sweep(crowded, merging=True, by=ANN)) == told(swept)


def test_an_undo_that_is_killed_anywhere_goes_on(crowded: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each merge is taken back in a transaction of its own."""
    before = outcome(crowded)
    run_id = sweep(crowded, merging=True, by=ANN).run_id
    for kills in range(100):
        with monkeypatch.context() as patch:
            killed_after(min(kills, 2 + kills % 2), patch)
            try:
                undo_run(crowded, run_id)
            except Killed:
                continue
        break
    assert kills > 3
    assert {**outcome(crowded), "runs": []} == before


def test_undoing_leaves_what_people_said(crowded: Hub) -> None:
    """An answer of a person stands; a question that was there before is one again; so does who was unmerged by hand."""
    sweep(crowded, by=ANN)
    first, second, third, *_ = rows(crowded, "SELECT id FROM duplicate ORDER BY id")
    answer_never(crowded, first[0], by=ANN)
    swept = sweep(crowded, merging=True, by=ANN)
    assert told(swept)[1:] == (0, TWICE - 1, 0)
    made = rows(crowded, "SELECT m.id FROM merge m JOIN duplicate d ON d.one_id = m.winner_id ORDER BY d.id")
    unmerge(crowded, made[0][0], by=ANN)
    assert undo_run(crowded, swept.run_id).undone == {"merge": TWICE - 2}
    states = rows(crowded, "SELECT state FROM duplicate ORDER BY id")
    assert states == [("never",), ("never",), *[("open",)] * (TWICE - 2)]
    assert {second, third} <= set(rows(crowded, "SELECT id FROM duplicate"))


def test_what_was_merged_on_top_is_taken_back_around(crowded: Hub) -> None:
    """Somebody made one of the sweep's people part of another: the sweep's share alone is taken back."""
    swept = sweep(crowded, merging=True, by=ANN)
    merge(crowded, ("lead", 1), ("lead", 2), by=ANN)
    assert undo_run(crowded, swept.run_id).undone["merge"] == TWICE
    assert people(crowded) == 2 * TWICE - 1
    assert breaches(crowded) == []


def test_one_sweep_at_a_time(crowded: Hub) -> None:
    """The second is told who is at it; a dry run too, since it would tell what is not so any more."""
    lease = leases.acquire(crowded.store, dup_sweeping.LEASE)
    with open_hub(crowded.home) as other, pytest.raises(BusyError, match="dup sweep"):
        sweep(other, by=ANN)
    leases.release(crowded.store, lease)
    assert sweep(crowded, by=ANN).records == 2 * TWICE


def test_another_kind_of_sweep_does_not_go_on_with_the_first(crowded: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins anew, and the first one is told as interrupted; it can still be taken back."""
    with monkeypatch.context() as patch:
        killed_after(2, patch)
        with pytest.raises(Killed):
            sweep(crowded, by=ANN)
    assert sweep(crowded, merging=True, by=ANN).records == 2 * TWICE
    assert outcome(crowded)["runs"] == [("sweep", "interrupted"), ("sweep", "done")]
    first = rows(crowded, "SELECT MIN(id) FROM run WHERE kind = 'sweep'")[0][0]
    assert undo_run(crowded, first).left == []


def test_a_dry_run_stores_nothing_and_goes_on_with_nothing(crowded: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a run; of a sweep that was cut short it tells what a whole one would find."""
    before = outcome(crowded)
    assert told(sweep(crowded, merging=True, by=ANN, dry_run=True)) == (2 * TWICE, 0, TWICE, 0)
    assert outcome(crowded) == before


def test_a_sweep_brings_the_list_in_order(crowded: Hub) -> None:
    """What was put weakly and is strong by now comes first afterwards."""
    sweep(crowded, by=ANN)
    last = dup_listing.listed(crowded)[-1].row
    with crowded.store.write() as db:
        db.execute("UPDATE duplicate SET bits = 99 WHERE id = ?", (last.id,))
    assert dup_listing.listed(crowded)[0].row.id == last.id
    sweep(crowded, by=ANN)
    bits = [pair.bits for pair in dup_listing.listed(crowded)]
    assert bits == sorted(bits, key=lambda each: -(each or 0))
    assert [pair.row.bits for pair in dup_listing.listed(crowded)] == [round(each or 0, 3) for each in bits]


COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name"


def test_a_value_that_covers_half_the_store_is_told(shell: Shell) -> None:
    """It brings nobody together by then; people are told whose it is and what to do, and no run keeps the value."""
    lines = [f"{n},Given{n},Sur{n},p{n}@x{n}.example,{'+14155550000' if n % 2 else ''}," for n in range(200)]
    assert shell("import", shell.sheet("p.csv", COLUMNS, *lines), "--pool", "Inbound").code == 0
    told = shell("dup", "sweep")
    assert "0 new questions, 0 pairs made one" in told.out
    assert "phone 155550000 is borne by 100 people: it brings nobody together any more" in told.out
    assert "such as csv.lead:" in told.out
    assert "leave it out in its mapping" in told.out
    (crowd,) = shell("dup", "sweep", "--json").json()["crowds"]
    assert (crowd["kind"], crowd["bearers"], crowd["or_more"]) == ("phone", 100, False)
    assert shell.rows("SELECT COUNT(*) FROM run WHERE options LIKE '%155550000%'") == [(0,)]
    assert "155550000" not in shell("run", "list").out


def test_the_run_list_says_what_a_sweep_came_to(shell: Shell) -> None:
    """One line, whatever it did, and one command to take it back."""
    lines = ["1,Robert,Cole,,+14155550100,", "2,Bob,Cole,,+14155550100,"]
    assert shell("import", shell.sheet("p.csv", COLUMNS, *lines), "--pool", "Inbound").code == 0
    with open_hub(shell.home) as hub, hub.store.write() as db:
        db.execute("DELETE FROM duplicate")
    out = shell("dup", "sweep").out
    assert "run 2: 2 records looked at: 1 new question, 0 pairs made one" in out
    assert "next: sellhub run undo 2" in out
    assert "looked at 2: asked about 1, made one 0" in shell("run", "list").out
    assert shell("run", "undo", "2").out.startswith("run 2 taken back: questions 1")
    assert shell("run", "undo", "2").code == 1


def test_a_sure_pair_that_cannot_be_one_stays_a_question(shell: Shell) -> None:
    """A company and the one above it bear one name and one site: told as refused, and the sweep goes on."""
    firm = ("name=Northwind", "website=northwind.example", "phone=+14155550123", "is_organization=yes")
    for _ in range(2):
        assert shell("contact", "add", *firm).code == 0
    assert shell("contact", "edit", "C-2", "parent_company=C-1").code == 0
    told = shell("dup", "sweep", "--merge", "--json").json()
    assert (told["merged"], told["refused"]) == (0, 1)
    (pair,) = shell("dup", "list", "--json").json()
    assert pair["would"] == "merge"
    assert "belongs to" in shell("dup", "show", str(pair["id"])).out
    assert "1 could not be made one and stay questions" in shell("dup", "sweep", "--merge").out
