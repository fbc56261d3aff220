"""What people do to what a source brought, and to whom it is about: done, removed, converted, merged."""

from __future__ import annotations

from hub.activities import complete, remove, show, story
from hub.again import take_in_waiting
from hub.by_hand import by_hand
from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.database import examine
from hub.opening import Hub
from hub.unconverting import unconvert_lead
from sell_model.draft import Draft
from sell_model.types import JsonObject
from tests.source_activities.account import fed, gone, named, note, place, record, rows, sync, write_mappings

ANN = record("1", first="Ann", last="Costa", email="ann@vela.example")


def whole(hub: Hub) -> None:
    """Nothing that is stored contradicts itself."""
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def task(hub: Hub) -> JsonObject:
    """The only task."""
    return show(hub, "task", rows(hub, "SELECT id FROM task")[0][0])


def test_a_task_that_was_done_here_stays_done_until_its_source_says_otherwise(hub: Hub) -> None:
    """An unchanged sync, a changed text, a changed mapping leave it; a word on that very field is the source's."""
    sync(hub, people=[ANN], tasks=[note("t", person="1", done=False)])
    complete(hub, task(hub)["id"], by="ann@example.com")
    assert task(hub)["completed"]
    sync(hub, tasks=[note("t", person="1", done=False)])
    sync(hub, tasks=[note("t", "Other words", person="1", done=False)])
    write_mappings(hub.home, tasks_task="fields: {content: text, completed: done, person: {from: person}}")
    sync(hub, tasks=[])
    assert (task(hub)["content"], task(hub)["completed"]) == ("Other words", True)
    sync(hub, tasks=[note("t", "Other words", person="1", done=True)])
    sync(hub, tasks=[note("t", "Other words", person="1", done=False)])
    assert (task(hub)["completed"], task(hub)["completed_at"]) == (False, None)
    whole(hub)


def test_what_people_removed_does_not_come_back_by_its_source(hub: Hub) -> None:
    """Whatever the source says of it, until it deletes it and brings it anew."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    remove(hub, "note", rows(hub, "SELECT id FROM note")[0][0], by="ann@example.com")
    report = sync(hub, notes=[note("a", "Changed", person="1")])
    assert (report["notes"].counts.skipped, rows(hub, "SELECT 1 FROM note")) == (1, [])
    assert rows(hub, "SELECT 1 FROM v_source_links WHERE record_type = 'note'") == []
    sync(hub, notes=[gone("a")])
    sync(hub, notes=[note("a", "Anew", person="1")])
    assert rows(hub, "SELECT content FROM note") == [("Anew",)]
    whole(hub)


def test_what_a_lead_had_is_seen_at_its_contact_and_what_comes_later_stands_there(hub: Hub) -> None:
    """An activity keeps the record at which it was made: a conversion can be taken back."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    lead = fed(hub, "people", "1", "lead")
    assert lead is not None
    done = convert_lead(hub, lead, Wishes(), by="ann@example.com")
    sync(hub, notes=[note("a", "Edited", person="1")])
    assert place(hub, "notes", "a") == ("lead", lead)
    assert [line.text for line in story(hub, ("contact", done.person or 0), 5).lines] == ["Edited"]
    unconvert_lead(hub, lead, by="ann@example.com")
    assert place(hub, "notes", "a") == ("lead", lead)
    convert_lead(hub, lead, Wishes(), by="ann@example.com")
    sync(hub, notes=[note("b", "Later", person="1")])
    assert place(hub, "notes", "b") == ("contact", fed(hub, "people", "1", "contact"))
    whole(hub)


def test_who_becomes_a_customer_at_the_source_keeps_their_notes_and_tickets(hub: Hub) -> None:
    """The lead becomes a contact by the source itself."""
    sync(
        hub, people=[ANN], notes=[note("a", person="1")], tickets=[record("5", email="ann@vela.example", status="new")]
    )
    sync(hub, people=[record("1", kind="customer", first="Ann", last="Costa", email="ann@vela.example")])
    contact = fed(hub, "people", "1", "contact")
    told = story(hub, ("contact", contact or 0), 5)
    assert ([line.text for line in told.lines], told.figures["open_tickets"]) == (["Spoke"], 1)
    sync(hub, notes=[note("b", "Later", person="1")])
    assert place(hub, "notes", "b") == ("contact", contact)
    whole(hub)


def test_merged_at_the_source_both_stories_are_the_winners(hub: Hub) -> None:
    """The loser's notes stay where they were made; what names the loser later is the winner's."""
    two = record("2", first="Anna", last="Costa", email="anna@vela.example")
    sync(hub, people=[ANN, two], notes=[note("a", person="1"), note("b", person="2")])
    winner, loser = fed(hub, "people", "1", "lead"), fed(hub, "people", "2", "lead")
    merged = gone("2", "merged")
    merged.merged_into = "1"
    sync(hub, people=[merged], notes=[note("c", "Later", person="2"), note("b", "Edited", person="2")])
    assert place(hub, "notes", "b") == ("lead", loser)
    assert place(hub, "notes", "c") == ("lead", winner)
    assert len(story(hub, ("lead", winner or 0), 9).lines) == 3
    whole(hub)


def test_what_waits_is_taken_in_when_somebody_is_added_by_hand(hub: Hub) -> None:
    """A suggestion accepted: the mail is its first activity at once, and nothing runs where nothing can be."""
    sync(hub, "box", mails=[note("m", "Hello", address="tom@baker.example"), note("n", address="x@y.example")])
    with by_hand(hub, "lead add", by="ann@example.com") as hand:
        lead = hand.add(Draft("lead", {"last_name": "Baker", "email": "tom@baker.example"}))
    reports = take_in_waiting(named(hub, "box"), "box")
    assert [(report.stream, report.counts.created) for report in reports] == [("mails", 1)]
    assert place(hub, "mails", "m", "email", "box") == ("lead", lead)
    runs = rows(hub, "SELECT COUNT(*) FROM run")
    assert take_in_waiting(named(hub, "box"), "box") == []
    assert rows(hub, "SELECT COUNT(*) FROM run") == runs
    whole(hub)
