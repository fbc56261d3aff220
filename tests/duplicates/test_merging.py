"""Two records are made one by hand, and two again: all of it comes back, and later changes go where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.editing import Editing, edit
from hub.merge_sides import Place
from hub.merging import merge
from hub.opening import Hub
from hub.unconverting import unconvert_lead
from hub.unmerging import unmerge
from sell_model.errors import SetupError
from tests.conversion import world
from tests.conversion.world import ANN, WITH_DEAL, bring, convert, differing, lead_row, record
from tests.hub.test_review_helpers import rows

LI = lead_row(1, "Ann", "Li", "ann@one.example", "One", tags="red")
LEE = lead_row(2, "Anne", "Lee", "anne@two.example", "Two", tags="blue")


def state(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """All that a merge touches; who stands beside a deal is made anew, under another id."""
    told = world.state(hub)
    return {**told, "association": sorted(row[1:-1] for row in told["association"])}


def two_leads(hub: Hub, folder: Path) -> tuple[Place, Place]:
    """Two leads who are one person, of which nobody could tell."""
    bring(hub, folder, LI, LEE)
    return ("lead", 1), ("lead", 2)


def lead_and_contact(hub: Hub, folder: Path) -> tuple[Place, Place]:
    """A contact with a deal, and a lead who is the same person."""
    bring(hub, folder, LI, LEE)
    made = convert(hub, 1, WITH_DEAL)
    return ("contact", made.person or 0), ("lead", 2)


def two_contacts(hub: Hub, folder: Path) -> tuple[Place, Place]:
    """Two contacts, each with a deal, each at a company."""
    bring(hub, folder, LI, LEE)
    one, other = convert(hub, 1, WITH_DEAL), convert(hub, 2, WITH_DEAL)
    return ("contact", one.person or 0), ("contact", other.person or 0)


def two_companies(hub: Hub, folder: Path) -> tuple[Place, Place]:
    """Two companies with a deal each."""
    bring(hub, folder, LI, LEE)
    one, other = convert(hub, 1, WITH_DEAL), convert(hub, 2, WITH_DEAL)
    return ("contact", one.company or 0), ("contact", other.company or 0)


SHAPES = [two_leads, lead_and_contact, two_contacts, two_companies]


@pytest.mark.parametrize("shape", SHAPES)
def test_merge_then_unmerge_is_as_if_nothing_was(hub: Hub, tmp_path: Path, shape: Any) -> None:
    """Owners, relations, keys, turns, edits: all of it."""
    one, other = shape(hub, tmp_path)
    for place, said in ((one, {"website": "one.example"}), (other, {"website": "two.example", "description": "x"})):
        edit(hub, Editing(place[0], place[1], said, add_tags=[f"vip {place[1]}"]), by=ANN)
    before = state(hub)
    merged = merge(hub, one, other, by=ANN)
    assert merged.absorbed
    assert differing(before, state(hub))
    unmerge(hub, merged.id, by=ANN)
    assert differing(before, state(hub)) == {}


def test_the_one_that_stays_has_what_both_have(hub: Hub, tmp_path: Path) -> None:
    """Tags are united, blanks are filled, the owner stays."""
    one, other = two_leads(hub, tmp_path)
    owner = record(hub, "lead", 1)["owner_id"]
    merged = merge(hub, one, other, by=ANN)
    assert (merged.kept, merged.absorbed) == (["L-1"], {"L-2": "L-1"})
    row = record(hub, "lead", 1)
    assert sorted(row["tags"]) == ["blue", "red"]
    assert row["owner_id"] == owner
    assert rows(hub, "SELECT id FROM v_leads") == [(1,)]
    turns = rows(hub, "SELECT turns FROM pool_member WHERE pool_id = 1 ORDER BY user_id")
    assert sum(count for (count,) in turns) == 1, "the turn of who was no other is given back"


def test_a_sync_after_a_merge_feeds_the_one_that_stays(hub: Hub, tmp_path: Path) -> None:
    """And once they are two again, its own."""
    one, other = two_leads(hub, tmp_path)
    merged = merge(hub, one, other, by=ANN)
    bring(hub, tmp_path, LI, lead_row(2, "Anne", "Lee", "anne@two.example", "Two Ltd", title="Head"))
    assert record(hub, "lead", 1)["title"] == "Head"
    unmerge(hub, merged.id, by=ANN)
    assert record(hub, "lead", 1)["title"] is None
    assert (record(hub, "lead", 2)["title"], record(hub, "lead", 2)["organization_name"]) == ("Head", "Two Ltd")


def test_what_came_after_the_merge_goes_to_whom_it_is_like(hub: Hub, tmp_path: Path) -> None:
    """A third record with the loser's address is the loser's, one with the winner's the winner's."""
    one, other = two_leads(hub, tmp_path)
    merged = merge(hub, one, other, by=ANN)
    third = lead_row(7, "Anne", "Lee", "anne@two.example"), lead_row(8, "Ann", "Li", "ann@one.example")
    bring(hub, tmp_path, *third, source="crm")
    told = unmerge(hub, merged.id, by=ANN)
    assert told.newcomers == {"crm.lead:7": "L-2"}
    fed = rows(
        hub,
        "SELECT x.source_id, l.record_id FROM link l JOIN source_record x ON x.id = l.source_record_id "
        "JOIN stream s ON s.id = x.stream_id WHERE s.source = 'crm' ORDER BY 1",
    )
    assert fed == [("7", 2), ("8", 1)]


def test_a_pair_that_was_made_two_again_is_never_asked_about(hub: Hub, tmp_path: Path) -> None:
    """Somebody said that they are two."""
    one, other = two_leads(hub, tmp_path)
    unmerge(hub, merge(hub, one, other, by=ANN).id, by=ANN)
    assert rows(hub, "SELECT state, decided_by FROM duplicate") == [("never", ANN)]


def test_chains_come_apart_in_any_order(hub: Hub, tmp_path: Path) -> None:
    """A third one went in since: the first merge is taken back all the same."""
    bring(hub, tmp_path, LI, LEE, lead_row(3, "Bo", "Sun", "bo@three.example", "Three"))
    before = state(hub)
    first = merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    second = merge(hub, ("lead", 3), ("lead", 1), keep=("lead", 3), by=ANN)
    assert rows(hub, "SELECT id FROM v_leads") == [(3,)]
    unmerge(hub, first.id, by=ANN)
    assert rows(hub, "SELECT id FROM v_leads ORDER BY 1") == [(2,), (3,)]
    unmerge(hub, second.id, by=ANN)
    assert differing(before, state(hub)) == {}


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (("lead", 1), "cannot be merged with itself"),
        (("lead", 99), "there is no lead L-99"),
        ("company", "cannot be one"),
        ("deal", "people and companies are merged"),
    ],
)
def test_what_cannot_be_one_is_refused(hub: Hub, tmp_path: Path, other: Any, says: str) -> None:
    """With what to do in its place; nothing happens."""
    bring(hub, tmp_path, LI, LEE)
    made = convert(hub, 2, WITH_DEAL)
    made_of: dict[Any, Any] = {"company": ("contact", made.company), "deal": ("deal", made.deal)}
    one: Place = ("lead", 1)
    other = made_of.get(other, other)
    before = state(hub)
    with pytest.raises(SetupError, match=says) as error:
        merge(hub, one, other, by=ANN)
    assert error.value.fix
    assert differing(before, state(hub)) == {}


def test_one_that_was_merged_is_not_merged_again(hub: Hub, tmp_path: Path) -> None:
    """It is said what it is part of."""
    one, other = two_leads(hub, tmp_path)
    merge(hub, one, other, by=ANN)
    with pytest.raises(SetupError, match="L-2 was merged into L-1"):
        merge(hub, one, other, by=ANN)


def test_what_was_never_merged_is_not_taken_apart(hub: Hub, tmp_path: Path) -> None:
    """Nor a merge twice."""
    one, other = two_leads(hub, tmp_path)
    with pytest.raises(SetupError, match="never merged by hand"):
        unmerge(hub, one, by=ANN)
    merged = merge(hub, one, other, by=ANN)
    unmerge(hub, ("lead", 2), by=ANN)
    with pytest.raises(SetupError, match="taken back before"):
        unmerge(hub, merged.id, by=ANN)


def test_a_lead_that_went_into_a_contact_is_no_conversion(hub: Hub, tmp_path: Path) -> None:
    """Whoever tries to take it back that way is told how."""
    one, other = lead_and_contact(hub, tmp_path)
    merged = merge(hub, one, other, by=ANN)
    with pytest.raises(SetupError, match="merged into the contact") as error:
        unconvert_lead(hub, other[1], by=ANN)
    assert error.value.fix.endswith(f"sellhub dup unmerge {merged.id}")


def test_a_dry_run_does_nothing(hub: Hub, tmp_path: Path) -> None:
    """But says what would be."""
    one, other = two_leads(hub, tmp_path)
    before = state(hub)
    assert merge(hub, one, other, by=ANN, dry_run=True).absorbed == {"L-2": "L-1"}
    assert differing(before, state(hub)) == {}
