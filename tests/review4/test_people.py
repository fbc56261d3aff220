"""Conversion, pools, hand edits and undo beside one another: what a reviewer tried to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from benchmarks.state import differences
from hub import custom_fields, pool_changes, reasons
from hub.assign import Asked, Dealer
from hub.batch import Kind
from hub.by_hand import by_hand
from hub.importing import Import, import_file
from hub.opening import Hub, open_hub
from hub.process import propose_process
from hub.sync import sync_source
from hub.undo import undo_run
from mappings.errors import MappingError
from sell_model.draft import Draft, Ref
from storage import turns
from storage.hot import Writer
from tests.conftest import OpenHub
from tests.conversion.test_customs_and_criteria import define
from tests.conversion.world import (
    ANN,
    TOML,
    WITH_DEAL,
    breaches,
    bring,
    convert,
    differing,
    lead_row,
    record,
    state,
    unconvert,
)
from tests.hub.test_review_helpers import contact, customer, deal, gone, rows, run
from tests.hub.test_review_undo import state as whole_state


@pytest.fixture
def hub(opened: OpenHub) -> Iterator[Hub]:
    """A hub with two salespeople in three pools; what stands at the end is what drafts, edits and events make of it."""
    hub = opened(TOML)
    yield hub
    assert changed_by_recomputing(hub) == []


def changed_by_recomputing(hub: Hub) -> list[tuple[object, ...]]:
    """Compute all records anew, and tell which are others then."""
    kinds: list[Kind] = ["lead", "contact", "deal"]
    before = {kind: rows(hub, f"SELECT id, version FROM {kind} WHERE deleted_at IS NULL ORDER BY id") for kind in kinds}
    with by_hand(hub, "recompute", by="a test") as hand:
        hand.recompute((kind, id_) for kind in kinds for id_, _ in before[kind])
        entries = list(hand.journal)
    return [(e.kind, e.record_id, e.data) for e in entries]


ADA_AND_BOB = {
    "contacts": [contact("1", "Ada", "Byron", "ada@x.example"), contact("2", "Bob", "Cole", "bob@x.example")]
}
ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="CTO", tags="fair")


def turns_of_inbound(hub: Hub) -> int:
    """How many turns are spent."""
    return int(rows(hub, "SELECT COUNT(*) FROM assignment WHERE spent AND given_back_at IS NULL")[0][0])


def contacts(hub: Hub, folder: Path, *lines: str) -> None:
    """Import contacts from a file of their own."""
    path = folder / "contacts.csv"
    path.write_text("\n".join(("id,First Name,Last Name,Email,Title,Owner", *lines)) + "\n", encoding="utf-8")
    import_file(hub, Import(path, "contact", source="people"))


@pytest.mark.parametrize("how", ["by hand", "by its source", "by a turn"])
def test_a_contact_that_was_there_keeps_its_owner(hub: Hub, tmp_path: Path, how: str) -> None:
    """The lead had another owner: that one was the lead's; the page says that what was there keeps its own."""
    bring(hub, tmp_path, lead_row(1, "Ada", "Byron", "ada@acme.example", owner=ANN if how == "by its source" else ""))
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    assert rows(hub, "SELECT owner_id FROM lead") == [(1,)]
    known = rows(hub, "SELECT id FROM contact")[0][0]
    if how == "by hand":
        with by_hand(hub, "lead edit", by="the desk") as hand:
            hand.edit("lead", 1, {"owner_id": 1})
    done = convert(hub, 1)
    assert done.person == known
    assert record(hub, "contact", known)["owner_email"] == "bo@example.com"


def test_an_owner_taken_away_by_hand_spends_no_turn_at_every_sync(hub: Hub, tmp_path: Path) -> None:
    """The source names a pool; somebody took the owner away, to hold: nobody gets it, no turn is spent."""
    line = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme", title="A", owner="Inbound")
    bring(hub, tmp_path, line, pool=None)
    assert turns_of_inbound(hub) == 1
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"owner_id": None})
    for title in ("B", "C", "D"):
        bring(hub, tmp_path, line.replace(",A,", f",{title},"), pool=None)
    assert rows(hub, "SELECT title FROM lead") == [("D",)]
    assert rows(hub, "SELECT owner_id FROM lead") == [(None,)]
    assert turns_of_inbound(hub) == 1


def test_an_undo_leaves_what_somebody_holds_by_hand(hub: Hub, tmp_path: Path) -> None:
    """A value that a run brought and somebody pinned since stays when the run is undone."""
    bring(hub, tmp_path, ADA)
    update = bring(hub, tmp_path, ADA.replace("CTO", "CEO"))
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"title": "CEO"})
    undo_run(hub, update)
    assert record(hub, "lead", 1)["title"] == "CEO"
    assert breaches(hub) == []


def test_an_undo_leaves_a_new_record_that_somebody_pinned(hub: Hub, tmp_path: Path) -> None:
    """A lead whose value somebody holds by hand was worked on, though no value is another."""
    imported = bring(hub, tmp_path, ADA)
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"title": "CTO"})
    report = undo_run(hub, imported)
    assert rows(hub, "SELECT id FROM lead") == [(1,)]
    assert report.left


def test_a_lead_that_was_converted_and_merged_before_comes_back_whole(hub: Hub, tmp_path: Path) -> None:
    """Two leads merged at their source, the winner converted and taken back: nothing is lost, nothing doubled."""
    run(hub, ADA_AND_BOB)
    run(hub, {"contacts": [gone("2", "merged", "1")]})
    before = state(hub)
    convert(hub, 1, WITH_DEAL)
    assert breaches(hub) == []
    unconvert(hub, 1)
    assert differing(before, state(hub)) == {}
    assert breaches(hub) == []


def test_a_merge_at_the_source_after_a_conversion(hub: Hub, tmp_path: Path) -> None:
    """The loser was converted, the winner is a lead: one person, no lead comes back from the dead."""
    run(hub, ADA_AND_BOB)
    done = convert(hub, 2)
    run(hub, {"contacts": [gone("2", "merged", "1")]})
    assert rows(hub, "SELECT id, gone_at_source FROM lead ORDER BY id") == [(1, None), (2, "converted")]
    assert rows(hub, "SELECT id, gone_at_source FROM contact") == [(done.person, "merged")]
    assert breaches(hub) == []


def test_a_merge_at_the_source_into_a_converted_one(hub: Hub, tmp_path: Path) -> None:
    """The winner was converted, the loser is a lead: it is marked as merged; taken back, the winner is a lead again."""
    run(hub, ADA_AND_BOB)
    convert(hub, 1)
    run(hub, {"contacts": [gone("2", "merged", "1")]})
    assert breaches(hub) == []
    unconvert(hub, 1)
    assert rows(hub, "SELECT id, gone_at_source FROM lead ORDER BY id") == [(1, None), (2, "merged")]
    assert breaches(hub) == []


def test_an_undo_of_what_made_the_contact_before_the_lead_was_converted_to_it(hub: Hub, tmp_path: Path) -> None:
    """The lead was converted to it since: the undo leaves it and says so; taken back it is as it was."""
    bring(hub, tmp_path, ADA)
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    made = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    convert(hub, 1)
    report = undo_run(hub, made)
    assert {each.record_type for each in report.left} == {"contact", "source_record"}
    unconvert(hub, 1)
    assert rows(hub, "SELECT title, owner_id FROM v_contacts WHERE NOT is_organization") == [("Chair", 2)]
    assert rows(hub, "SELECT id FROM v_leads") == [(1,)]
    assert breaches(hub) == []


def test_another_sources_lead_is_undone_under_a_conversion(hub: Hub, tmp_path: Path) -> None:
    """Two sources fed the lead; the run of one is undone after the conversion; then it is taken back."""
    bring(hub, tmp_path, ADA)
    other = bring(hub, tmp_path, lead_row(5, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="Boss"), source="b")
    convert(hub, 1, WITH_DEAL)
    report = undo_run(hub, other)
    assert {each.record_type for each in report.left} == {"lead", "source_record"}
    unconvert(hub, 1)
    assert rows(hub, "SELECT id, title FROM v_leads") == [(1, "Boss")]
    assert breaches(hub) == []


def test_a_turn_given_back_while_the_pool_deals_out_is_not_lost(hub: Hub, tmp_path: Path) -> None:
    """Whoever gives back waits until the one at work has written what it counted."""
    bring(hub, tmp_path, *(lead_row(n, "Ada", f"Li{n}", f"a{n}@x.example") for n in range(4)))
    with open_hub(hub.home) as other:

        def give_back() -> None:
            with other.store.write() as db:
                turns.give_back_open(db, "lead", [1], other.now())

        with hub.store.write() as db:
            dealer = Dealer.opened(db, hub.now(), [1])
            given = dealer.deal(Asked("lead", 1, 1))
            beside = Thread(target=give_back)
            beside.start()
            while beside.is_alive() and not _somebody_waits(db):
                pass
            dealer.close()
        beside.join()
    assert given is not None
    assert sum(n for (n,) in rows(hub, "SELECT turns FROM pool_member WHERE pool_id = 1")) == 4 + 1 - 1


def _somebody_waits(db: Writer) -> bool:
    return db.is_sqlite or bool(db.select("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1"))


def test_reopened_a_converted_lead_stays_converted_and_a_new_one_is_made(opened: OpenHub, tmp_path: Path) -> None:
    """`reopen = "lead"`: who comes back is a lead of their own; the old one stays what it became."""
    hub = opened('[hub]\nreopen = "lead"\n' + TOML)
    bring(hub, tmp_path, ADA)
    done = convert(hub, 1, WITH_DEAL)
    bring(hub, tmp_path, lead_row(5, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="Boss"), source="b")
    bring(hub, tmp_path, ADA.replace("CTO", "CFO"))
    assert rows(hub, "SELECT id, title, gone_at_source FROM lead ORDER BY id") == [
        (1, "CTO", "converted"),
        (rows(hub, "SELECT MAX(id) FROM lead")[0][0], "Boss", None),
    ]
    assert record(hub, "contact", done.person)["title"] == "CFO"
    assert breaches(hub) == []


def test_an_undo_leaves_a_contact_whom_somebody_put_beside_a_deal(hub: Hub, tmp_path: Path) -> None:
    """A deal by hand keeps those beside it."""
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    contacts_run = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    with by_hand(hub, "contact add", by="the desk") as hand:
        c = hand.add(Draft("contact", {"last_name": "Cole"}))
        d = hand.add(Draft("deal", {"name": "Pilot"}, {"contact": Ref("contact", str(c))}))
    with by_hand(hub, "deal contacts", by="the desk") as hand:
        hand.edit("deal", d, {"associated_contacts": {"add": {"1": "Decision maker"}, "remove": []}})
    assert undo_run(hub, contacts_run).left
    assert rows(hub, "SELECT id FROM contact ORDER BY 1") == [(1,), (c,)]
    assert breaches(hub) == []


def test_an_undo_leaves_a_contact_that_somebody_put_beside_a_deal_of_a_source(hub: Hub, tmp_path: Path) -> None:
    """So does a deal that a source brought."""
    run(hub, {"contacts": [customer("2", "Bob", "Cole", "bob@x.example")], "deals": [deal("9", "Pilot", ["2"])]})
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    made = rows(hub, "SELECT MAX(id) FROM contact")[0][0]
    contacts_run = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    with by_hand(hub, "deal contacts", by="the desk") as hand:
        hand.edit("deal", 1, {"associated_contacts": {"add": {str(made): "Decision maker"}, "remove": []}})
    assert undo_run(hub, contacts_run).left
    assert (made,) in rows(hub, "SELECT id FROM contact ORDER BY 1")
    assert breaches(hub) == []


def test_a_custom_field_that_was_renamed_is_no_obstacle(hub: Hub, tmp_path: Path) -> None:
    """Nobody edited the contact: its edit came from the lead, under the name of then."""
    define(hub, "lead", Tier="string")
    define(hub, "contact", Tier="string")
    bring(hub, tmp_path, ADA)
    with by_hand(hub, "lead edit", by="the desk") as hand:
        hand.edit("lead", 1, {"custom_fields.Tier": "gold"})
    done = convert(hub, 1)
    custom_fields.rename(hub, "Tier", "Level", of="contact")
    custom_fields.rename(hub, "Tier", "Level", of="lead")
    assert record(hub, "contact", done.person)["custom_fields"] == {"Level": "gold"}
    unconvert(hub, 1)
    assert record(hub, "lead", 1)["custom_fields"] == {"Level": "gold"}
    assert breaches(hub) == []


def test_of_a_contact_that_stays_a_renamed_field_goes_back_with_the_lead(hub: Hub, tmp_path: Path) -> None:
    """What the lead's edit put there goes, under whatever name it stands by now."""
    define(hub, "lead", Tier="string")
    define(hub, "contact", Tier="string")
    bring(hub, tmp_path, ADA)
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    with by_hand(hub, "lead edit", by="the desk") as hand:
        hand.edit("lead", 1, {"custom_fields.Tier": "gold"})
    done = convert(hub, 1)
    custom_fields.rename(hub, "Tier", "Level", of="contact")
    assert record(hub, "contact", done.person)["custom_fields"] == {"Level": "gold"}
    unconvert(hub, 1)
    assert record(hub, "contact", done.person)["custom_fields"] is None
    assert rows(hub, "SELECT record_type, field FROM hand_edit") == [("lead", "custom_fields.Tier")]
    assert breaches(hub) == []


def test_a_files_process_is_proposed_before_anything_of_it_is_stored(opened: OpenHub) -> None:
    """Its rows are at hand: what they name is to be answered before the first sync, people by their full name too."""
    hub = opened(TOML + '[sources.fair]\nconnector = "csv"\npath = "fair.csv"\npool = "Inbound"\n')
    lines = ["Last Name,Email,Status,Owner", "Li,li@x.example,Cold,Ann Lee", "Xu,xu@x.example,New,Zed Who"]
    (hub.home / "fair.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    found = propose_process(hub, "fair").to_json()

    assert {each["theirs"]: each["ours"] for each in found["statuses"]} == {"Cold": "?", "New": "New"}
    assert {each["theirs"]: each["ours"] for each in found["owners"]} == {"Ann Lee": ANN, "Zed Who": "?"}
    assert rows(hub, "SELECT COUNT(*) FROM source_record") == [(0,)]
    with pytest.raises(MappingError, match="Cold"):
        sync_source(hub, "fair")
    assert rows(hub, "SELECT COUNT(*) FROM source_record") == [(0,)]


def test_an_edit_made_while_a_run_is_undone_is_not_lost(hub: Hub, tmp_path: Path) -> None:
    """The undo waits for who edits just now, and leaves what became another by it."""
    bring(hub, tmp_path, ADA)
    update = bring(hub, tmp_path, ADA.replace("CTO", "CEO"))
    with open_hub(hub.home) as other:
        beside = Thread(target=lambda: undo_run(other, update))
        with by_hand(hub, "lead edit", by="bo@example.com") as hand:
            hand.edit("lead", 1, {"industry": "Mining"})
            beside.start()
            while beside.is_alive() and not _somebody_waits(hand.db):
                pass
        beside.join()
    assert (record(hub, "lead", 1)["title"], record(hub, "lead", 1)["industry"]) == ("CEO", "Mining")
    assert breaches(hub) == []


def test_a_deal_added_while_its_contact_is_undone_keeps_it(hub: Hub, tmp_path: Path) -> None:
    """No deal is left at a contact that is no more."""
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,bo@example.com")
    made = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    with open_hub(hub.home) as other:
        beside = Thread(target=lambda: undo_run(other, made))
        with by_hand(hub, "deal add", by="bo@example.com") as hand:
            hand.standing("contact", 1)
            hand.add(Draft("deal", {"name": "Pilot"}, {"contact": Ref("contact", "1")}))
            beside.start()
            while beside.is_alive() and not _somebody_waits(hand.db):
                pass
        beside.join()
    assert rows(hub, "SELECT d.contact_id, c.id FROM deal d LEFT JOIN contact c ON c.id = d.contact_id") == [(1, 1)]
    assert breaches(hub) == []


def test_a_member_who_left_and_came_back_is_not_owed_turns_of_before(hub: Hub, tmp_path: Path) -> None:
    """Turns that are given back of a member who left and joined again leave the pool fair."""
    first = bring(hub, tmp_path, *(lead_row(n, "Ada", f"Li{n}", f"a{n}@x.example") for n in range(10)))
    pool_changes.remove(hub, "Inbound", "lead", [ANN])
    pool_changes.add(hub, "Inbound", "lead", [ANN])
    undo_run(hub, first)
    bring(hub, tmp_path, *(lead_row(n, "Ada", f"Mo{n}", f"m{n}@x.example") for n in range(20, 30)))
    assert rows(hub, "SELECT owner_id, COUNT(*) FROM lead GROUP BY 1 ORDER BY 1") == [(1, 5), (2, 5)]


def test_an_owner_taken_away_and_released_is_told_as_such(hub: Hub, tmp_path: Path) -> None:
    """The pool had somebody: nobody may read that it had not."""
    bring(hub, tmp_path, ADA)
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, {"owner_id": None})
        hand.release("lead", 1, ["owner_id"])
    told = reasons.why(hub, "lead", 1).owner
    assert (told.how, "taken away by hand" in told.text, "sellhub assign L-1" in told.fix) == ("none", True, True)


CORRECTED = {"title": "CEO", "tags": {"add": ["vip"], "remove": []}, "owner_id": 2}
LEAD = contact("1", "Ada", "Byron", "ada@acme.example", jobtitle="CTO")
CUSTOMER = customer("1", "Ada", "Byron", "ada@acme.example", jobtitle="CTO")


def test_what_people_set_on_a_lead_holds_when_its_source_converts_it(hub: Hub) -> None:
    """A sync overwrites no hand edit, that which converts neither; its undo brings all back as it was."""
    run(hub, {"contacts": [LEAD]})
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, CORRECTED)
    before, edits = whole_state(hub), rows(hub, "SELECT * FROM hand_edit ORDER BY 1, 2, 3")
    run(hub, {"contacts": [CUSTOMER]})

    assert rows(hub, "SELECT title, owner_id FROM contact") == [("CEO", 2)]
    assert record(hub, "contact", rows(hub, "SELECT id FROM contact")[0][0])["tags"] == ["vip"]
    report = undo_run(hub, rows(hub, "SELECT MAX(id) FROM run")[0][0])
    assert report.left == []
    assert differences(before, whole_state(hub)) == []
    assert rows(hub, "SELECT * FROM hand_edit ORDER BY 1, 2, 3") == edits


def test_what_goes_on_to_a_contact_that_was_there_is_let_go_with_the_run(hub: Hub, tmp_path: Path) -> None:
    """The contact keeps its owner and, once the run is undone, all that was its own."""
    run(hub, {"contacts": [LEAD]})
    contacts(hub, tmp_path, "7,Ada,Byron,ada@acme.example,Chair,ann@example.com")
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, CORRECTED)
    before = whole_state(hub)
    run(hub, {"contacts": [CUSTOMER]})

    assert rows(hub, "SELECT title, owner_id FROM contact") == [("CEO", 1)]
    undo_run(hub, rows(hub, "SELECT MAX(id) FROM run")[0][0])
    assert differences(before, whole_state(hub)) == []
    assert rows(hub, "SELECT DISTINCT record_type FROM hand_edit") == [("lead",)]


def test_a_contact_edited_since_its_source_converted_it_is_left(hub: Hub) -> None:
    """The run is not taken back over what people did since."""
    run(hub, {"contacts": [LEAD]})
    with by_hand(hub, "lead edit", by="bo@example.com") as hand:
        hand.edit("lead", 1, CORRECTED)
    run(hub, {"contacts": [CUSTOMER]})
    with by_hand(hub, "contact edit", by="bo@example.com") as hand:
        hand.edit("contact", rows(hub, "SELECT id FROM contact")[0][0], {"title": "Chair"})
    report = undo_run(hub, rows(hub, "SELECT MAX(id) FROM run WHERE kind <> 'hand'")[0][0])
    assert ("lead", 1) in {(each.record_type, each.record_id) for each in report.left}
    assert rows(hub, "SELECT title FROM contact") == [("Chair",)]
    assert breaches(hub) == []
