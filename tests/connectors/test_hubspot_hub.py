"""HubSpot synced through the shipped mappings: leads, what people did, consent; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.opening import Hub
from hub.reports import StreamReport
from hub.sync import sync_source
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.standin import HubSpotSandbox
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import by_stream, one, section

QUICK = {"lag": 0, "search_per_second": 100_000, "relations_every": 1e-9}
"""Every run sweeps, so that a test need not wait a day."""
WHEN = "2026-08-03T11:00:00.000Z"


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def hubspot(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account with one contact of a company, and nothing else."""
    server.reset(empty=True)
    server.limits.per_window = server.limits.searches_per_second = 10**6
    owner = {"id": "7", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "userId": 41}
    server.portal.owners = [owner | {"archived": False, "updatedAt": WHEN}]
    server.portal.create("companies", {"name": "Acme", "domain": "acme.example"}, id_=9)
    person = {"firstname": "Vi", "lastname": "Li", "email": "vi@acme.example"}
    server.portal.create("contacts", person, id_=101)
    server.portal.associate("contacts", "101", "companies", "9", primary=True)
    return server


@pytest.fixture
def hub(opened: OpenHub, hubspot: HubSpotSandbox) -> Hub:
    return opened(TOML + section("crm", hubspot, **QUICK))


Act = Callable[..., str]


@pytest.fixture
def act(hubspot: HubSpotSandbox) -> Act:
    """Make an activity of the contact's."""

    def made(kind: str, *, deal: str = "", **properties: str) -> str:
        given = {"hs_timestamp": WHEN, "hubspot_owner_id": "7", "hs_created_by_user_id": "41"} | properties
        id_ = hubspot.portal.create(kind, given)
        hubspot.portal.associate(kind, id_, "contacts", "101")
        if deal:
            hubspot.portal.associate(kind, id_, "deals", deal)
        return id_

    return made


def make_lead(portal: Portal, stage: str, contact: str = "101") -> str:
    """Make a lead of HubSpot's about a contact."""
    id_ = portal.create("leads", {"hs_lead_name": "Li, Acme", "hs_pipeline_stage": stage, "hs_lead_label": "HOT"})
    portal.associate("leads", id_, "contacts", contact)
    return id_


def synced(hub: Hub) -> dict[str, StreamReport]:
    """Sync, and see that nothing failed."""
    reports = sync_source(hub, "crm")
    assert not [report.error for report in reports if report.error]
    return by_stream(reports)


def rows(hub: Hub, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with hub.store.read() as db:
        return list(db.select(sql))


def test_a_lead_is_the_work_on_a_contact_and_no_second_person(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """The person stands once; the lead brings its stage, and the label that no contact has."""
    lead = make_lead(hubspot.portal, "connected-stage-id")

    assert synced(hub)["leads"].counts.merged == 1
    assert rows(hub, "SELECT first_name, last_name, status FROM v_leads") == [("Vi", "Li", "Working")]

    hubspot.update("leads", lead, hs_pipeline_stage="unqualified-stage-id", hs_lead_disqualification_reason="NO_FIT")
    synced(hub)
    assert rows(hub, "SELECT last_name, status, unqualified_reason FROM v_leads") == [("Li", "Unqualified", "no fit")]


def test_a_lead_about_a_customer_makes_no_lead(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Somebody who is a contact already does not become a lead again for it."""
    hubspot.update("contacts", "101", lifecyclestage="customer")
    make_lead(hubspot.portal, "new-stage-id")

    synced(hub)

    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(0,)]
    assert rows(hub, "SELECT last_name FROM v_contacts WHERE last_name IS NOT NULL") == [("Li",)]


def test_a_lead_about_somebody_without_address_is_left_out(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """By a name alone nobody is known again; the contact is there all the same."""
    hubspot.update("contacts", "101", email="")
    make_lead(hubspot.portal, "new-stage-id")

    assert synced(hub)["leads"].counts.skipped == 1
    assert rows(hub, "SELECT last_name FROM v_leads") == [("Li",)]


def test_what_people_did_keeps_its_own_time_and_author(hub: Hub, act: Act) -> None:
    """Reports show the past, not the day of the import."""
    act("notes", hs_note_body="<p>Wants the <b>blue</b> one</p>")
    act("calls", hs_call_direction="INBOUND", hs_call_from_number="+14155552671", hs_call_duration="93000")
    act("emails", hs_email_subject="Offer", hs_email_direction="EMAIL", hs_email_text="Please find it below")
    act("tasks", hs_task_subject="Call back", hs_task_status="NOT_STARTED")

    synced(hub)

    ann = one(hub, 'SELECT id FROM "user" WHERE email = ?', "ann@example.com")
    lead = one(hub, "SELECT id FROM v_leads")
    when = "2026-08-03T11:00:00.000000Z"
    place = f"resource_type = 'lead' AND resource_id = {lead}"
    assert rows(hub, f"SELECT content, noted_at, user_id FROM note WHERE {place}") == [
        ("Wants the blue one", when, ann)
    ]
    assert rows(hub, f"SELECT phone_number, made_at, duration, user_id FROM call WHERE {place}") == [
        ("+14155552671", when, 93, ann)
    ]
    assert rows(hub, f"SELECT subject, summary, sent_at FROM email WHERE {place}") == [
        ("Offer", "Please find it below", when)
    ]
    assert rows(hub, f"SELECT content, due_date, owner_id FROM task WHERE {place}") == [("Call back", when, ann)]


def test_a_meeting_is_a_task_until_it_has_taken_place(hub: Hub, hubspot: HubSpotSandbox, act: Act) -> None:
    """What is planned is to be done; what took place is a visit."""
    meeting = act("meetings", hs_meeting_title="Demo", hs_meeting_start_time="2036-08-03T11:00:00.000Z")
    synced(hub)
    assert rows(hub, "SELECT content FROM task") == [("Demo",)]
    assert rows(hub, "SELECT id FROM visit") == []

    hubspot.update("meetings", meeting, hs_meeting_start_time=WHEN, hs_meeting_outcome="COMPLETED")
    synced(hub)

    assert rows(hub, "SELECT id FROM task") == []
    assert rows(hub, "SELECT summary, visited_at FROM visit") == [("Demo", "2026-08-03T11:00:00.000000Z")]


def test_a_note_that_is_given_to_a_deal_later_moves_there(hub: Hub, hubspot: HubSpotSandbox, act: Act) -> None:
    """That touches no time of change: the sweep finds it. Archived at HubSpot, the note is gone here."""
    hubspot.portal.create("deals", {"dealname": "Pilot", "amount": "10"}, id_=7001)
    hubspot.portal.associate("deals", "7001", "companies", "9", primary=True)
    note = act("notes", hs_note_body="Budget is settled")
    synced(hub)
    assert rows(hub, "SELECT resource_type FROM note") == [("lead",)]

    hubspot.portal.associate("notes", note, "deals", "7001")
    synced(hub)
    assert rows(hub, "SELECT resource_type FROM note") == [("deal",)]

    hubspot.archive("notes", note)
    synced(hub)
    assert rows(hub, "SELECT id FROM note") == []


def test_who_unsubscribed_is_known_to_have(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Nobody is written to for want of a mapping."""
    hubspot.update("contacts", "101", hs_email_optout="true")

    synced(hub)

    assert rows(hub, "SELECT email_consent FROM v_leads") == [("unsubscribed",)]


def test_a_right_that_is_given_later_brings_everything(hub: Hub, hubspot: HubSpotSandbox, act: Act) -> None:
    """An app without it goes on as before, says so at each run, and reads all once it may."""
    act("emails", hs_email_subject="Offer", hs_email_direction="EMAIL")
    hubspot.scopes.discard("sales-email-read")
    emails = synced(hub)["emails"]
    assert emails.state == "done"
    assert emails.cursor is None
    assert "sales-email-read" in emails.notices[0]

    hubspot.scopes.add("sales-email-read")

    assert synced(hub)["emails"].counts.created == 1


def test_a_second_sync_changes_nothing(hub: Hub, hubspot: HubSpotSandbox, act: Act) -> None:
    """Twice is once, sweeps included."""
    make_lead(hubspot.portal, "new-stage-id")
    for kind, name in (("notes", "hs_note_body"), ("tasks", "hs_task_subject"), ("emails", "hs_email_subject")):
        act(kind, **{name: "Something"})
    synced(hub)

    for stream, report in synced(hub).items():
        counts = report.counts
        assert (counts.created, counts.updated, counts.merged, counts.held) == (0, 0, 0, 0), stream
