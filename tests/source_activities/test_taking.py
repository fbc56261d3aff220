"""What a source's activity becomes: where it stands, whose it is, how it changes and goes."""

from __future__ import annotations

import pytest

from hub.activities import show
from hub.database import examine
from hub.opening import Hub
from tests.source_activities.account import fed, gone, note, place, record, rows, sync, write_mappings

ANN = record("1", first="Ann", last="Costa", email="ann@vela.example")
VELA = record("9", name="Vela SA")
SALE = record("7", name="Forty pieces", firm="9")


def whole(hub: Hub) -> None:
    """Nothing that is stored contradicts itself."""
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def test_a_note_stands_at_its_deal_else_its_person_else_its_company(hub: Hub) -> None:
    """One place, the closest to the business; a call stands at the person and beside the deal."""
    report = sync(
        hub,
        firms=[VELA],
        people=[ANN],
        sales=[SALE],
        notes=[
            note("a", person="1", firm="9", sale="7"),
            note("b", person="1", firm="9"),
            note("c", firm="9"),
        ],
        calls=[note("d", person="1", sale="7", number="1", seconds=40, outcome="Left message")],
    )
    lead, firm, deal = (
        fed(hub, "people", "1", "lead"),
        fed(hub, "firms", "9", "contact"),
        fed(hub, "sales", "7", "deal"),
    )
    assert place(hub, "notes", "a") == ("deal", deal)
    assert place(hub, "notes", "b") == ("lead", lead)
    assert place(hub, "notes", "c") == ("contact", firm)
    assert place(hub, "calls", "d", "call") == ("lead", lead)
    assert rows(hub, "SELECT duration, o.name FROM call c JOIN call_outcome o ON o.id = c.outcome_id") == [
        (40, "Left message")
    ]
    assert (report["notes"].counts.created, report["notes"].counts.read) == (3, 3)
    assert rows(hub, "SELECT last_activity_at FROM figure WHERE record_type = 'deal'") == [
        ("2026-01-02T10:00:00.000000Z",)
    ]
    whole(hub)


def test_times_and_authors_are_the_sources(hub: Hub) -> None:
    """Reports show when things were done and by whom, not import day."""
    sync(
        hub,
        agents=[record("u1", name="Ann Li", email="ann@example.com")],
        people=[ANN],
        notes=[note("a", person="1", agent="u1"), note("b", person="1", agent="u9", by="Zoe, who left")],
        tasks=[note("t", person="1", owner="u1", due="2026-02-01T00:00:00Z", at="2026-01-01T08:00:00Z")],
    )
    found = rows(hub, 'SELECT type, at, "user", text FROM v_activities ORDER BY type, id')
    assert [(row[0], row[2], row[3]) for row in found] == [
        ("note", "Ann Li", "Spoke"),
        ("note", "Zoe, who left", "Spoke"),
        ("task", "Ann Li", "Spoke"),
    ]
    assert [show(hub, "note", row[0])["source"] for row in rows(hub, "SELECT id FROM note ORDER BY id")] == [
        "crm.notes:a",
        "crm.notes:b",
    ]
    assert rows(hub, "SELECT created_at FROM task") == [("2026-01-01T08:00:00.000000Z",)]
    assert rows(hub, "SELECT first_activity_at FROM figure") == [("2026-01-01T08:00:00.000000Z",)]


def test_what_is_known_first_holds_it_and_what_comes_later_moves_it(hub: Hub) -> None:
    """The company today, the person tomorrow, the deal the day after: it goes along, and so do the figures."""
    sync(hub, firms=[VELA], notes=[note("a", person="1", firm="9", sale="7")])
    assert place(hub, "notes", "a")[0] == "contact"
    sync(hub, people=[ANN])
    assert place(hub, "notes", "a") == ("lead", fed(hub, "people", "1", "lead"))
    sync(hub, sales=[SALE])
    assert place(hub, "notes", "a") == ("deal", fed(hub, "sales", "7", "deal"))
    assert rows(hub, "SELECT record_type FROM figure") == [("deal",)]
    assert rows(hub, "SELECT COUNT(*) FROM pending_ref") == [(0,)]
    whole(hub)


def test_who_is_about_nobody_known_is_held_and_released_by_itself(hub: Hub) -> None:
    """Held, never lost."""
    report = sync(hub, notes=[note("a", person="1")])
    assert (report["notes"].counts.held, report["notes"].state) == (1, "done_with_held")
    assert rows(hub, "SELECT code FROM held") == [("waiting",)]
    report = sync(hub, people=[ANN], notes=[])
    assert place(hub, "notes", "a") == ("lead", fed(hub, "people", "1", "lead"))
    assert report["notes"].counts.created == 1
    whole(hub)


def test_an_id_of_another_stream_is_not_that_person(hub: Hub) -> None:
    """Streams count their ids apart."""
    sync(hub, others=[record("1", last="Baker", email="tom@baker.example")], notes=[note("a", person="1")])
    assert place(hub, "notes", "a") == ("gone", None)
    sync(hub, people=[ANN])
    assert place(hub, "notes", "a") == ("lead", fed(hub, "people", "1", "lead"))


def test_the_same_again_changes_nothing(hub: Hub) -> None:
    """Twice is once."""
    script = {"people": [ANN], "notes": [note("a", person="1")], "mails": [note("m", address="x@y.example")]}
    sync(hub, **script)
    before = rows(hub, "SELECT id, version, updated_at FROM note")
    report = sync(hub, **script)
    assert rows(hub, "SELECT id, version, updated_at FROM note") == before
    assert report["notes"].counts.unchanged == report["mails"].counts.unchanged == 1


def test_a_change_at_the_source_changes_it_and_a_deletion_removes_it_until_it_is_back(hub: Hub) -> None:
    """With its figures each time."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    report = sync(hub, notes=[note("a", "Spoke twice", "2026-01-03T10:00:00Z", person="1")])
    assert report["notes"].counts.updated == 1
    assert rows(hub, "SELECT content, noted_at FROM note") == [("Spoke twice", "2026-01-03T10:00:00.000000Z")]
    assert rows(hub, "SELECT last_activity_at FROM figure") == [("2026-01-03T10:00:00.000000Z",)]
    report = sync(hub, notes=[gone("a")])
    assert report["notes"].counts.updated == 1
    assert rows(hub, "SELECT 1 FROM note") == rows(hub, "SELECT 1 FROM figure") == []
    whole(hub)
    sync(hub, notes=[note("a", "Back", person="1")])
    assert rows(hub, "SELECT content FROM note") == [("Back",)]
    whole(hub)


def test_what_its_mapping_leaves_out_now_goes(hub: Hub) -> None:
    """`only_if` says no: the activity is no more."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    sync(hub, notes=[note("a", person="1", kind="draft")])
    assert rows(hub, "SELECT 1 FROM note") == rows(hub, "SELECT 1 FROM figure") == []
    whole(hub)


def test_another_person_at_the_source_is_another_place(hub: Hub) -> None:
    """The figures of both follow."""
    sync(hub, people=[ANN, record("2", last="Baker", email="tom@baker.example")], notes=[note("a", person="1")])
    sync(hub, notes=[note("a", person="2")])
    assert place(hub, "notes", "a") == ("lead", fed(hub, "people", "2", "lead"))
    assert rows(hub, "SELECT record_id FROM figure") == [(fed(hub, "people", "2", "lead"),)]


def test_what_is_held_leaves_standing_what_stood(hub: Hub) -> None:
    """It is about somebody nobody knows now; until they come it stands as it did."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    report = sync(hub, notes=[note("a", "Other", person="5")])
    assert report["notes"].counts.held == 1
    assert rows(hub, "SELECT content FROM note") == [("Spoke",)]
    sync(hub, people=[record("5", last="Five", email="five@x.example")])
    assert rows(hub, "SELECT content, resource_id FROM note") == [("Other", fed(hub, "people", "5", "lead"))]
    whole(hub)


def test_what_was_done_cannot_lie_ahead_and_is_taken_in_when_its_time_has_come(hub: Hub) -> None:
    """A planned meeting is a task; a visit that will be is held till then."""
    report = sync(hub, people=[ANN], meetings=[note("v", at="2093-01-01T00:00:00Z", person="1")])
    assert report["meetings"].counts.held == 1
    assert rows(hub, "SELECT code FROM held") == [("ahead",)]
    with hub.store.write() as db:
        db.execute(
            "UPDATE held SET reasons = ?",
            ('[{"field": "visited_at", "value": "2026-01-01", "reason": "", "fix": "", "code": "ahead"}]',),
        )
        db.execute(
            "UPDATE source_record SET raw = ? WHERE source_id = 'v'",
            ('{"id":"v","text":"Met","at":"2026-01-01T00:00:00Z","person":"1"}',),
        )
    sync(hub, people=[])
    assert rows(hub, "SELECT summary FROM visit") == [("Met",)]


def test_two_tickets_of_one_number_are_not_one(hub: Hub) -> None:
    """The second is held, and says why."""
    write_mappings(
        hub.home,
        tickets_ticket="fields: {external_id: number, subject: subject, person: {from: email, lookup: person}}",
    )
    report = sync(
        hub,
        people=[ANN],
        tickets=[record(key, number="77", subject=key, email="ann@vela.example") for key in "ab"],
    )
    assert (report["tickets"].counts.created, report["tickets"].counts.held) == (1, 1)
    assert rows(hub, "SELECT field FROM held") == [("external_id",)]


def test_one_record_feeds_a_lead_and_a_ticket(hub: Hub) -> None:
    """The ticket stands at the lead that it made, in the very batch; open tickets are counted."""
    report = sync(
        hub,
        tickets=[
            record("1", sales=True, last="Costa", email="Ann@Vela.example", subject="Price?", status="open"),
            record("2", sales=False, last="Costa", email="ann@vela.example", subject="More?", status="solved"),
            record("3", sales=False, last="Baker", email="tom@baker.example", subject="Broken", status="new"),
        ],
    )
    lead = fed(hub, "tickets", "1", "lead")
    assert place(hub, "tickets", "1", "ticket") == place(hub, "tickets", "2", "ticket") == ("lead", lead)
    assert place(hub, "tickets", "3", "ticket") == ("gone", None)
    assert (report["tickets"].counts.created, report["tickets"].counts.skipped) == (2, 1)
    assert rows(hub, "SELECT open_tickets FROM figure") == [(1,)]
    sync(hub, tickets=[record("2", last="Costa", email="ann@vela.example", subject="More?", status="pending")])
    assert rows(hub, "SELECT open_tickets FROM figure") == [(2,)]
    assert rows(hub, "SELECT source, external_id, status FROM v_tickets ORDER BY id") == [
        ("crm", "1", "open"),
        ("crm", "2", "pending"),
    ]
    whole(hub)


@pytest.mark.parametrize("first", ["lead", "mail"])
def test_a_mail_waits_in_silence_for_whoever_bears_its_address(hub: Hub, first: str) -> None:
    """Skipped, not held; taken in when any source brings them."""

    def mail() -> None:
        report = sync(hub, "box", mails=[note("m", "Hello", address="Tom@Baker.example", incoming=True)])
        if first == "mail":
            assert (report["mails"].counts.skipped, report["mails"].state) == (1, "done")

    def lead() -> None:
        sync(hub, others=[record("5", last="Baker", email="tom@baker.example")])

    for step in (mail, lead) if first == "mail" else (lead, mail):
        step()
    report = sync(hub, "box", mails=[])
    assert place(hub, "mails", "m", "email", "box") == ("lead", fed(hub, "others", "5", "lead"))
    assert report["mails"].counts.created == (1 if first == "mail" else 0)
    assert rows(hub, "SELECT last_communication_at FROM figure") == [("2026-01-02T10:00:00.000000Z",)]
    whole(hub)


def test_an_address_means_the_contact_before_the_lead(hub: Hub) -> None:
    """Also when the contact comes second."""
    sync(hub, people=[ANN], mails=[note("m", address="ann@vela.example")])
    assert place(hub, "mails", "m", "email")[0] == "lead"
    sync(hub, "other", people=[record("x", kind="customer", first="Ann", last="Costa", email="ann@vela.example")])
    assert place(hub, "mails", "m", "email") == ("contact", fed(hub, "people", "x", "contact", "other"))
    whole(hub)


def test_tasks_and_calls_may_be_about_nobody(hub: Hub) -> None:
    """Sell calls such a task floating; a note about nobody is held."""
    report = sync(hub, tasks=[note("t")], calls=[note("c")], notes=[note("n")])
    assert [report[name].counts.created for name in ("tasks", "calls", "notes")] == [1, 1, 0]
    assert place(hub, "tasks", "t", "task") == (None, None)
    assert rows(hub, "SELECT code FROM held") == [("missing",)]
    whole(hub)


def test_a_changed_mapping_is_applied_to_what_is_there(hub: Hub) -> None:
    """The vendor is not asked."""
    sync(hub, people=[ANN], notes=[note("a", person="1")])
    write_mappings(hub.home, notes_note="fields: {content: at, person: {from: person, lookup: person}}")
    sync(hub, notes=[])
    assert rows(hub, "SELECT content FROM note") == [("2026-01-02T10:00:00Z",)]


def test_what_stands_goes_on_waiting_while_its_newer_word_is_held(hub: Hub) -> None:
    """And is not taken up again at every sync."""
    write_mappings(
        hub.home,
        notes_note="fields: {content: text, user: {from: agent, lookup: owner}, "
        "person: {from: person, lookup: {kind: person, stream: people}}, company: {from: firm, lookup: company}}",
    )
    sync(hub, firms=[VELA], notes=[note("a", person="1", firm="9")])
    sync(hub, notes=[note("a", "Newer", person="1", firm="9", agent="nobody")])
    sync(hub, people=[ANN], notes=[])
    assert place(hub, "notes", "a") == ("lead", fed(hub, "people", "1", "lead"))
    assert rows(hub, "SELECT content, code FROM note, held WHERE released_at IS NULL") == [("Spoke", "unknown_owner")]
    assert rows(hub, "SELECT 1 FROM pending_ref") == []
    assert sync(hub, notes=[])["notes"].counts.read == 0
