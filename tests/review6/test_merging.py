"""Merging and unmerging among everything else: what a reviewer tried to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from hub.by_hand import by_hand
from hub.dup_desk import answer_merge, answer_never, explain
from hub.dup_listing import count_open, listed
from hub.dup_sweeping import sweep
from hub.editing import Editing, edit
from hub.forgetting import forget
from hub.merge_sides import Place
from hub.merging import merge
from hub.opening import Hub, open_hub
from hub.undo import undo_run
from hub.unmerging import unmerge
from sell_model.errors import SetupError, TransientError
from storage import duplicates, merges
from storage.hot import Writer
from tests.conversion import world
from tests.conversion.world import ANN, TOML, WITH_DEAL, bring, convert, differing, lead_row
from tests.duplicates.test_merging import SHAPES, state
from tests.hub.test_review_helpers import contact, gone, rows, run


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)


def breaches(hub: Hub) -> list[str]:
    """What `db check` finds, but for turns: whoever is behind after a merge, or an undo, is next."""
    return [text for text in world.breaches(hub) if not text.startswith("pools gave turns unevenly")]


def asked(hub: Hub) -> list[tuple[Any, ...]]:
    """All questions and answers."""
    return rows(hub, "SELECT sort, one_id, other_id, state FROM duplicate ORDER BY 1, 2, 3")


def person_of(hub: Hub, lead: int) -> int:
    """Whose a lead is."""
    found: int = rows(hub, f"SELECT person_id FROM lead WHERE id = {lead}")[0][0]
    return found


THREE = (
    lead_row(1, "Ann", "Li", "ann@one.example", "One"),
    lead_row(2, "Anne", "Lee", "anne@two.example", "Two"),
    lead_row(3, "Anna", "Lie", "anna@three.example", "Three"),
)


def test_never_holds_between_whole_clusters(hub: Hub, tmp_path: Path) -> None:
    """A is never B; B goes into C: nobody is asked about A and C, whatever says that they are alike."""
    bring(hub, tmp_path, *THREE)
    one, two, three = (person_of(hub, n) for n in (1, 2, 3))
    answer_never(hub, (("lead", 1), ("lead", 2)), by=ANN)
    merged = merge(hub, ("lead", 3), ("lead", 2), keep=("lead", 3), by=ANN)
    with hub.store.write() as db:
        duplicates.ask(db, [duplicates.Asked("person", one, three, 12.0, "", ())], 1, hub.now())
    assert count_open(hub) == 0
    unmerge(hub, merged.id, by=ANN)
    with hub.store.write() as db:
        duplicates.ask(db, [duplicates.Asked("person", one, three, 12.0, "", ())], 1, hub.now())
    assert [pair.row.one_id for pair in listed(hub)] == [one], "of A and C nobody said anything"
    assert ("person", one, two, "never") in asked(hub)


def test_a_question_that_a_merge_answers_is_not_asked(hub: Hub, tmp_path: Path) -> None:
    """A and C were asked about; then B, who is never A, went into C."""
    bring(hub, tmp_path, *THREE)
    one, _, three = (person_of(hub, n) for n in (1, 2, 3))
    with hub.store.write() as db:
        duplicates.ask(db, [duplicates.Asked("person", one, three, 12.0, "", ())], 1, hub.now())
    answer_never(hub, (("lead", 1), ("lead", 2)), by=ANN)
    before = asked(hub)
    merged = merge(hub, ("lead", 3), ("lead", 2), keep=("lead", 3), by=ANN)
    assert listed(hub) == []
    unmerge(hub, merged.id, by=ANN)
    assert [line for line in asked(hub) if line in before] == before


def test_questions_come_back_with_whom_they_are_about(hub: Hub, tmp_path: Path) -> None:
    """Merge then unmerge is identity: what was asked about who went is asked about them again."""
    bring(hub, tmp_path, *THREE)
    one, two, three = (person_of(hub, n) for n in (1, 2, 3))
    with hub.store.write() as db:
        pairs = [duplicates.Asked("person", *pair, 12.0, "", ()) for pair in ((one, two), (two, three))]
        duplicates.ask(db, pairs, 1, hub.now())
    merged = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    assert ("person", one, three, "open") in asked(hub)
    unmerge(hub, merged.id, by=ANN)
    assert asked(hub) == [("person", one, two, "never"), ("person", two, three, "open")]


def test_a_sweep_never_joins_who_was_said_to_be_two(hub: Hub, tmp_path: Path) -> None:
    """Also through a third: C proves to be B, whom A is not."""
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "ann@one.example"), lead_row(2, "Bo", "Sun", "bo@sun.example"))
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "x@one.example"), lead_row(2, "Ann", "Li", "x@two.example"))
    answer_never(hub, (("lead", 1), ("lead", 2)), by=ANN)
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "ann@li.example"), lead_row(2, "Ann", "Li", "ann@li.example"))
    swept = sweep(hub, merging=True, by=ANN)
    assert (swept.merged, swept.asked) == (0, 0)
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(2,)]


def test_questions_about_who_is_gone_are_not_asked(hub: Hub, tmp_path: Path) -> None:
    """Deleted since: there is nothing to make one."""
    from hub.deleting import delete

    bring(hub, tmp_path, *THREE)
    with hub.store.write() as db:
        pairs = [duplicates.Asked("person", 1, 2, 12.0, "", ()), duplicates.Asked("person", 1, 3, 11.0, "", ())]
        duplicates.ask(db, pairs, 1, hub.now())
    delete(hub, "lead", [2], by=ANN)
    assert [pair.one["record"] for pair in listed(hub)] == ["L-1"] * len(listed(hub))
    for pair in listed(hub):
        explain(hub, pair.row.id)
    with pytest.raises(SetupError):
        answer_merge(hub, 1, by=ANN)
    assert breaches(hub) == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("what", ["merge", "unmerge"])
def test_killed_at_any_write_nothing_of_it_is_there(hub: Hub, tmp_path: Path, shape: Any, what: str) -> None:
    """One transaction: all of it, or none; done again it comes to the same."""
    one, other = shape(hub, tmp_path)
    merged = merge(hub, one, other, by=ANN).id if what == "unmerge" else 0
    before = state(hub)

    def do() -> None:
        _ = unmerge(hub, merged, by=ANN) if what == "unmerge" else merge(hub, one, other, by=ANN)

    for name in ("update", "delete", "insert", "execute", "many"):
        for at in range(0, 40, 7):
            try:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Writer, name, _breaking(getattr(Writer, name), at))
                    do()
            except _KilledError:
                assert differing(before, state(hub)) == {}
            else:
                if what == "merge":
                    unmerge(hub, rows(hub, "SELECT MAX(id) FROM merge")[0][0], by=ANN)
                else:
                    merged = merge(hub, one, other, by=ANN).id
                break
    do()
    assert breaches(hub) == []


class _KilledError(Exception):
    pass


def _breaking(method: Callable[..., Any], at: int) -> Callable[..., Any]:
    left = [at]

    def breaks(self: Writer, *args: Any, **more: Any) -> Any:
        if left[0] == 0:
            raise _KilledError
        left[0] -= 1
        return method(self, *args, **more)

    return breaks


def test_two_people_answer_one_question_at_once(hub: Hub, tmp_path: Path) -> None:
    """One of them did; the other is told who."""
    bring(hub, tmp_path, *THREE)
    with hub.store.write() as db:
        duplicates.ask(db, [duplicates.Asked("person", 1, 2, 12.0, "", ())], 1, hub.now())
    (id_,) = rows(hub, "SELECT id FROM duplicate")[0]
    told: list[str] = []
    begin = Barrier(2)

    def answer(name: str, answering: Callable[..., Any]) -> None:
        with open_hub(tmp_path) as own:
            begin.wait()
            try:
                answering(own, id_, by=name)
            except (SetupError, TransientError) as error:
                told.append(str(error))

    threads = [Thread(target=answer, args=args) for args in ((ANN, answer_merge), ("bo@example.com", answer_merge))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert "answered before" in told[0]
    assert rows(hub, "SELECT COUNT(*) FROM merge") == [(1,)]


def test_merged_at_the_source_after_it_was_merged_by_hand(hub: Hub, tmp_path: Path) -> None:
    """The source says the same later: unmerging leaves what the source said."""
    one = contact("1", "Ann", "Li", "ann@one.example")
    other = contact("2", "Anne", "Lee", "anne@two.example")
    run(hub, {"contacts": [one, other]})
    merged = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    run(hub, {"contacts": [one, gone("2", "merged", "1")]})
    assert rows(hub, "SELECT id FROM v_leads") == [(1,)]
    unmerge(hub, merged.id, by=ANN)
    run(hub, {"contacts": [one, gone("2", "merged", "1")]})
    assert breaches(hub) == []


def test_undo_of_a_sync_that_brought_one_of_two(hub: Hub, tmp_path: Path) -> None:
    """What was merged since is left, or goes; the merge can be taken back all the same."""
    bring(hub, tmp_path, THREE[0])
    second = bring(hub, tmp_path, THREE[1], source="crm")
    (other,) = rows(hub, "SELECT MAX(id) FROM lead")[0]
    merged = merge(hub, ("lead", 1), ("lead", other), by=ANN)
    edit(hub, Editing("lead", 1, {"title": "Chief"}), by=ANN)
    undo_run(hub, second)
    assert breaches(hub) == []
    with by_hand(hub, "check") as hand:
        hand.recompute([("lead", 1)])
        assert hand.journal == [], "it is what those who still feed it say"
    unmerge(hub, merged.id, by=ANN)
    assert breaches(hub) == []


def test_undo_of_the_merges_own_run(hub: Hub, tmp_path: Path) -> None:
    """Every doing is a run: its undo is refused or right, never half."""
    bring(hub, tmp_path, *THREE)
    before = state(hub)
    merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    (run_id,) = rows(hub, "SELECT MAX(id) FROM run")[0]
    after = state(hub)
    try:
        undo_run(hub, run_id)
    except SetupError:
        assert differing(after, state(hub)) == {}
    else:
        assert differing(before, state(hub)) == {}
        assert rows(hub, "SELECT COUNT(*) FROM merge WHERE undone_at IS NULL") == [(0,)]
        assert rows(hub, "SELECT COUNT(*) FROM person WHERE merged_into IS NOT NULL") == [(0,)]
    assert breaches(hub) == []


def test_destinations_hear_of_a_merge_and_of_its_end(opened: Callable[..., Hub], tmp_path: Path) -> None:
    """The loser is deleted there, and there again afterwards."""
    hub = opened(TOML + '[destinations.files]\nconnector = "csv"\npath = "out"\n')
    bring(hub, tmp_path, *THREE)
    with hub.store.write() as db:
        db.execute("DELETE FROM outbox")
    merged = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    sql = "SELECT record_id, action FROM outbox ORDER BY id"
    assert set(rows(hub, sql)) >= {(2, "delete")}
    with hub.store.write() as db:
        db.execute("DELETE FROM outbox")
    unmerge(hub, merged.id, by=ANN)
    assert set(rows(hub, sql)) >= {(2, "upsert")}


def test_an_unmerge_that_a_plan_has_no_room_for(opened: Callable[..., Hub], tmp_path: Path) -> None:
    """What stands again counts again; it is there either way, for it is no new record of anybody's."""
    hub = opened(TOML)
    bring(hub, tmp_path, *THREE)
    merged = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    unmerge(hub, merged.id, by=ANN)
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(3,)]


def test_forgotten_after_being_merged_and_made_two_again(hub: Hub, tmp_path: Path) -> None:
    """The other one keeps all that is theirs."""
    bring(hub, tmp_path, *THREE)
    unmerge(hub, merge(hub, ("lead", 1), ("lead", 2), by=ANN).id, by=ANN)
    forget(hub, ("lead", 2), by=ANN)
    assert rows(hub, "SELECT id, email FROM v_leads ORDER BY id") == [(1, "ann@one.example"), (3, "anna@three.example")]
    assert breaches(hub) == []


def test_a_contact_whose_lead_went_in_twice(hub: Hub, tmp_path: Path) -> None:
    """Two leads into one contact, taken back in either order; then converted by themselves."""
    bring(hub, tmp_path, *THREE)
    made = convert(hub, 1, WITH_DEAL)
    place: Place = ("contact", made.person or 0)
    before = state(hub)
    first, second = merge(hub, place, ("lead", 2), by=ANN), merge(hub, place, ("lead", 3), by=ANN)
    unmerge(hub, first.id, by=ANN)
    unmerge(hub, second.id, by=ANN)
    assert differing(before, state(hub)) == {}
    convert(hub, 2, WITH_DEAL)
    assert breaches(hub) == []


def test_a_company_above_and_below(hub: Hub, tmp_path: Path) -> None:
    """A company would be its own parent, or its parent's: whoever merges says first which is above."""
    bring(hub, tmp_path, *THREE)
    ids = [convert(hub, n, WITH_DEAL).company or 0 for n in (1, 2, 3)]
    edit(hub, Editing("contact", ids[0], {"parent_company": f"C-{ids[1]}"}), by=ANN)
    edit(hub, Editing("contact", ids[1], {"parent_company": f"C-{ids[2]}"}), by=ANN)
    before = state(hub)
    for one, other in ((0, 1), (0, 2), (1, 0)):
        with pytest.raises(SetupError, match="belongs to"):
            merge(hub, ("contact", ids[one]), ("contact", ids[other]), by=ANN)
    assert differing(before, state(hub)) == {}


def test_tables_of_a_merge_are_undone_with_it(hub: Hub, tmp_path: Path) -> None:
    """A merge that was taken back once is not taken back twice, by number or by record."""
    bring(hub, tmp_path, *THREE)
    merged = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    unmerge(hub, merged.id, by=ANN)
    for what in (merged.id, ("lead", 1), ("lead", 2)):
        with pytest.raises(SetupError):
            unmerge(hub, what, by=ANN)
    with hub.store.read() as db:
        assert merges.standing(db, "person", [1, 2]) == []
