"""Sweeps and their undo against what people, syncs and kills do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import dup_listing
from hub.adding import Adding, add
from hub.deleting import delete
from hub.dup_sweeping import sweep
from hub.editing import Editing, edit
from hub.forgetting import forget
from hub.merging import merge
from hub.opening import Hub
from hub.undo import undo_run
from hub.unmerging import unmerge
from tests.conversion.world import ANN, breaches, bring, convert, lead_row
from tests.duplicates.test_sweeping import TWICE, outcome, people, told
from tests.hub.test_review_helpers import rows
from tests.hub.test_review_undo import Killed, killed_after


def thrice(hub: Hub, tmp_path: Path) -> None:
    """One person three times, whom no sync could tell."""
    bring(hub, tmp_path, lead_row(1, "Dana", "Forrester", "dana@forrester.example"))
    for _ in range(2):
        add(
            hub,
            Adding("lead", {"first_name": "Dana", "last_name": "Forrester", "email": "dana@forrester.example"}),
            by=ANN,
        )
    with hub.store.write() as db:
        db.execute("DELETE FROM duplicate")


def test_one_person_thrice_becomes_one(hub: Hub, tmp_path: Path) -> None:
    """A sync would make all three one; a second sweep finds nothing more to do."""
    thrice(hub, tmp_path)
    before = outcome(hub)
    swept = sweep(hub, merging=True, by=ANN)
    assert people(hub) == 1
    assert rows(hub, "SELECT COUNT(*) FROM duplicate WHERE state = 'open'") == [(0,)]
    assert told(sweep(hub, merging=True, by=ANN))[1:] == (0, 0, 0)
    assert undo_run(hub, swept.run_id).left == []
    assert {**outcome(hub), "runs": []} == {**before, "runs": []}
    assert breaches(hub) == []


def cut_short(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a sweep that merges, and die when its first portion was looked at."""
    with monkeypatch.context() as patch:
        killed_after(3, patch)
        with pytest.raises(Killed):
            sweep(hub, merging=True, by=ANN)
    ((options,),) = rows(hub, "SELECT options FROM run WHERE kind = 'sweep'")
    assert '"sure":[[' in str(options).replace(" ", "").replace("'", '"')


def test_who_is_another_by_now_is_not_made_one(crowded: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sure when it was cut short is weighed as it stands when it is done."""
    cut_short(crowded, monkeypatch)
    bring(
        crowded,
        tmp_path,
        *(lead_row(n, f"Zoe{chr(97 + n)}", f"Quux{chr(97 + n)}", f"z{n}@z{n}.example") for n in range(TWICE)),
    )
    swept = sweep(crowded, merging=True, by=ANN)
    assert (swept.merged, swept.refused) == (0, 0)
    assert people(crowded) == 2 * TWICE


def test_an_undo_cut_short_is_not_gone_on_with_as_a_sweep(crowded: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half taken back, the run is no place for what a new sweep does."""
    cut_short(crowded, monkeypatch)
    ((run,),) = rows(crowded, "SELECT id FROM run WHERE kind = 'sweep'")
    with monkeypatch.context() as patch:
        killed_after(1, patch)
        with pytest.raises(Killed):
            undo_run(crowded, run)
    swept = sweep(crowded, merging=True, by=ANN)
    assert swept.run_id != run
    undo_run(crowded, run)
    undo_run(crowded, swept.run_id)
    assert people(crowded) == 2 * TWICE
    assert breaches(crowded) == []


def test_undo_after_one_of_those_it_joined_was_forgotten(crowded: Hub) -> None:
    """Nobody comes back; the others are two again."""
    swept = sweep(crowded, merging=True, by=ANN)
    forget(crowded, ("lead", 1), by=ANN)
    report = undo_run(crowded, swept.run_id)
    assert report.undone["merge"] == TWICE - 1
    assert people(crowded) == 2 * (TWICE - 1)
    assert breaches(crowded) == []


def test_undo_after_an_edit_keeps_what_was_typed(crowded: Hub) -> None:
    """On the one that stood for both."""
    swept = sweep(crowded, merging=True, by=ANN)
    edit(crowded, Editing("lead", 1, {"title": "Chief"}, add_tags=("hot",)), by=ANN)
    assert undo_run(crowded, swept.run_id).left == []
    assert rows(crowded, "SELECT title FROM lead WHERE id = 1") == [("Chief",)]
    assert people(crowded) == 2 * TWICE
    assert breaches(crowded) == []


def test_undo_after_one_of_those_it_joined_was_converted(crowded: Hub) -> None:
    """What stands for both is a contact by now."""
    swept = sweep(crowded, merging=True, by=ANN)
    convert(crowded, 1)
    report = undo_run(crowded, swept.run_id)
    assert report.undone["merge"] + len(report.left) >= TWICE
    assert breaches(crowded) == []


def test_undo_after_a_chain_of_merges_on_top(crowded: Hub) -> None:
    """By hand, in both directions, one of them taken back again."""
    swept = sweep(crowded, merging=True, by=ANN)
    merge(crowded, ("lead", 1), ("lead", 2), by=ANN)
    merge(crowded, ("lead", 3), ("lead", 1), keep=("lead", 3), by=ANN)
    last = rows(crowded, "SELECT MAX(id) FROM merge")[0][0]
    unmerge(crowded, last, by=ANN)
    assert undo_run(crowded, swept.run_id).undone["merge"] == TWICE
    assert people(crowded) == 2 * TWICE - 1
    assert breaches(crowded) == []


def test_rows_that_are_listed_have_one_shape(crowded: Hub) -> None:
    """Of who is there no more, too: a script reads the same names."""
    sweep(crowded, merging=True, by=ANN)
    delete(crowded, "lead", [1], by=ANN)

    faces = [face for pair in dup_listing.listed(crowded, state="merged") for face in pair.to_json()["records"]]
    assert [face["record"] for face in faces].count(None) == 2
    assert {tuple(face) for face in faces} == {("record", "name", "email", "phone", "company")}


def test_two_names_at_one_address_are_not_made_one_by_a_record_without_a_name(hub: Hub, tmp_path: Path) -> None:
    """What holds a sync back holds a sweep back: a guard stands between any two of their records."""
    ann, nameless = lead_row(1, "Ann", "Li", "ann@li.example"), lead_row(2, "", "", "ann@li.example", "Acme")
    bring(hub, tmp_path, ann, nameless)
    bring(hub, tmp_path, ann, nameless, lead_row(3, "Bob", "Sun", "ann@li.example"))
    assert people(hub) == 2
    (pair,) = dup_listing.listed(hub)
    assert pair.would == "ask"
    assert sweep(hub, merging=True, by=ANN).merged == 0
    assert people(hub) == 2
