"""Taking back a run whose leads were converted since, or that converted them: no orphan, and what is left is listed."""

from __future__ import annotations

from pathlib import Path

from benchmarks.state import differences
from hub.by_hand import by_hand
from hub.opening import Hub
from hub.undo import undo_run
from sell_model.draft import Draft, Ref
from tests.conversion.world import WITH_DEAL, breaches, bring, convert, differing, lead_row, record, state, unconvert
from tests.hub.test_review_helpers import contact, customer, fed_by, rows, run
from tests.hub.test_review_undo import state as whole_state

ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc", title="CTO")
BOB = lead_row(2, "Bob", "Cole", "bob@x.example")


def test_an_import_whose_lead_was_converted_leaves_that_lead_and_its_row(hub: Hub, tmp_path: Path) -> None:
    """The other rows go; the contact keeps what feeds it, and says so."""
    imported = bring(hub, tmp_path, ADA, BOB)
    done = convert(hub, 1, WITH_DEAL)
    report = undo_run(hub, imported)

    left = {(each.record_type, each.record_id): each.why for each in report.left}
    assert left["lead", 1] == "it was changed since"
    assert left["source_record", 1] == "the lead that it fed is converted, and was left"
    assert rows(hub, "SELECT id FROM lead") == [(1,)]
    assert fed_by(hub, "1", "csv", "lead") == [("contact", done.person)]
    assert breaches(hub) == []


def test_an_update_of_a_lead_that_was_converted_since_is_left(hub: Hub, tmp_path: Path) -> None:
    """What the contact says is what its source record says."""
    bring(hub, tmp_path, ADA)
    update = bring(hub, tmp_path, ADA.replace("CTO", "CEO"))
    done = convert(hub, 1)
    report = undo_run(hub, update)

    assert {each.record_type for each in report.left} == {"lead", "source_record"}
    assert record(hub, "contact", done.person)["title"] == "CEO"
    assert breaches(hub) == []


def test_a_lead_that_was_there_and_back_is_left_as_changed(hub: Hub, tmp_path: Path) -> None:
    """People touched it: an undo leaves it with what feeds it, and takes the others."""
    imported = bring(hub, tmp_path, ADA, BOB)
    convert(hub, 1, WITH_DEAL)
    unconvert(hub, 1)
    report = undo_run(hub, imported)

    assert ("lead", 1) in {(each.record_type, each.record_id) for each in report.left}
    assert rows(hub, "SELECT id FROM v_leads") == [(1,)]
    assert fed_by(hub, "1", "csv", "lead") == [("lead", 1)]
    assert breaches(hub) == []


def test_a_run_that_converted_is_taken_back_whole(hub: Hub) -> None:
    """Lead, links, keys and the note of the conversion are as before."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example", phone="+14155550100")]}, source="other")
    before, all_before = state(hub), whole_state(hub)
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    report = undo_run(hub, 3)

    assert report.left == []
    assert differences(all_before, whole_state(hub)) == []
    assert {*differing(before, state(hub))} <= {"source_record", "person"}
    assert rows(hub, "SELECT COUNT(*) FROM conversion") == [(0,)]
    assert breaches(hub) == []


def test_a_run_that_converted_is_left_where_something_was_built_on_the_contact(hub: Hub) -> None:
    """The deal stands with the contact, so the contact stays one, and so does the lead: nothing is half undone."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example"), contact("2", "Bob", "Cole", "b@x.example")]})
    run(
        hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example"), customer("2", "Bob", "Cole", "b@x.example")]}
    )
    person = rows(hub, "SELECT individual_id FROM conversion WHERE lead_id = 1")[0][0]
    with by_hand(hub, "deal add") as hand:
        hand.add(Draft("deal", {"name": "Pilot"}, {"contact": Ref("contact", str(person))}))
    report = undo_run(hub, 2)

    assert ("lead", 1, "it is a contact, and a deal points to it") in [
        (each.record_type, each.record_id, each.why) for each in report.left
    ]
    assert rows(hub, "SELECT id FROM v_leads") == [(2,)]
    assert rows(hub, "SELECT lead_id, individual_id FROM conversion") == [(1, person)]
    assert fed_by(hub, "1") == [("contact", person)]
    assert breaches(hub) == []
