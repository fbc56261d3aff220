"""HubSpot's leads and activities: what they say themselves, and what is told beside them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.responses import JSONResponse

from connectors.connector import Cursor, Page
from connectors.errors import SetupError, TransientError
from connectors.hubspot.connector import HubSpot
from connectors.hubspot.objects import ACTIVITIES
from sandbox.hubspot.seed_activities import FAR
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.vendor import html
from tests.connectors.test_hubspot import by_id, connect, generous, read

OPTIONAL = ["leads", *ACTIVITIES]


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def test_streams_run_people_first_and_what_they_did_last(vendor: HubSpotSandbox) -> None:
    """A lead is about a contact, a note about a contact and a deal: those come before."""
    kinds = [(stream.name, stream.kind) for stream in connect(vendor).streams()]

    assert kinds.index(("contacts", "people")) < kinds.index(("leads", "people"))
    assert kinds[-5:] == [(name, "activities") for name in ACTIVITIES]


def test_a_lead_tells_its_contact_and_the_words_for_its_stage(vendor: HubSpotSandbox) -> None:
    """A lead has neither of its own: a name it is known by, and ids of contact and stage."""
    leads = by_id(read(connect(vendor), "leads")[0])
    first = vendor.portal.records["contacts"][103].properties

    assert leads["3001"]["associations"]["contacts"] == [{"id": "103"}]
    told = ("company", "country", "email", "firstname", "lastname", "phone")
    assert leads["3001"]["contact"] == {"id": "103"} | {name: first[name] for name in told}
    assert leads["3001"]["stage"] == {"label": "New", "state": "NEW"}
    assert leads["3004"]["stage"]["label"] == "Waiting for budget"


def test_a_lead_that_says_who_its_contact_is_costs_no_call_for_it(vendor: HubSpotSandbox) -> None:
    """HubSpot computes the contact's name and address on the lead itself, in most accounts."""
    for name in ("email", "firstname", "lastname"):
        vendor.portal.properties["leads"].append({"name": f"hs_associated_contact_{name}", "type": "string"})
        for id_ in vendor.portal.records["leads"]:
            vendor.update("leads", str(id_), **{f"hs_associated_contact_{name}": f"{name}@{id_}.example"})

    with vendor.counting() as calls:
        leads = by_id(read(connect(vendor), "leads")[0])

    assert leads["3001"]["contact"]["lastname"] == "lastname@3001.example"
    assert not [call for call in calls if "batch/read" in call.path]


def test_contacts_of_leads_are_asked_for_by_the_hundred(vendor: HubSpotSandbox) -> None:
    """A call per lead would cost a thousand calls per thousand leads."""
    for id_ in list(vendor.portal.records["contacts"]):
        lead = vendor.portal.create("leads", {"hs_lead_name": "More"})
        vendor.portal.associate("leads", lead, "contacts", str(id_))

    with vendor.counting() as calls:
        leads = by_id(read(connect(vendor), "leads")[0])

    assert len(leads) == 58 + 8
    assert Counter(call.path for call in calls)["/crm/v3/objects/contacts/batch/read"] == 1


def test_a_lead_without_a_contact_or_of_an_unknown_stage_is_read(vendor: HubSpotSandbox) -> None:
    """What is not there is left out, and nothing is guessed."""
    id_ = vendor.portal.create("leads", {"hs_lead_name": "Acme", "hs_pipeline_stage": "gone"})

    lead = by_id(read(connect(vendor), "leads")[0])[id_]

    assert "contact" not in lead
    assert "stage" not in lead


def test_lead_stages_without_words_are_read_by_their_ids(vendor: HubSpotSandbox) -> None:
    """A host may have leads and say nothing of their pipelines; a right that is missing is another matter."""
    vendor.faults.add(html(404), at="/crm/v3/pipelines/leads")

    lead = by_id(read(connect(vendor), "leads")[0])["3001"]

    assert "stage" not in lead
    assert lead["properties"]["hs_pipeline_stage"] == "new-stage-id"


def test_who_did_something_is_named_by_user_id(vendor: HubSpotSandbox) -> None:
    """`hs_created_by_user_id` is not what owners are known by; those who left have done things, too."""
    left = next(owner for owner in vendor.portal.owners if owner["archived"])
    vendor.update("notes", "20002", hs_created_by_user_id=str(left["userIdIncludingInactive"]))
    vendor.update("notes", "20003", hs_created_by_user_id="1")

    with vendor.counting() as calls:
        notes = by_id(read(connect(vendor), "notes")[0])

    assert notes["20001"]["author"] == {"id": "501", "name": "Ann Lee"}
    assert notes["20002"]["author"] == {"id": "504", "name": "Dora Vance"}
    assert "author" not in notes["20003"]
    assert Counter(call.path for call in calls)["/crm/v3/owners/"] == 2


def test_owners_are_asked_for_once_in_a_run(vendor: HubSpotSandbox) -> None:
    """Five streams of activities name the same people, and so does the stream of owners."""
    with connect(vendor) as source, vendor.counting() as calls:
        read(source, "owners")
        for stream in ACTIVITIES:
            authors = [data["author"]["name"] for data in by_id(read(source, stream)[0]).values()]
            assert "Ann Lee" in authors

    assert Counter(call.path for call in calls)["/crm/v3/owners/"] == 2


def test_activities_carry_what_they_are_about(vendor: HubSpotSandbox) -> None:
    """Contacts, companies and deals, from the list on board, from a search by one call each."""
    notes = by_id(read(connect(vendor), "notes")[0])

    assert notes["20001"]["associations"] == {
        "companies": [],
        "contacts": [{"id": "101"}],
        "deals": [{"id": "7001"}],
    }


@pytest.mark.parametrize("stream", OPTIONAL)
def test_a_read_of_changes_takes_the_fewest_calls(vendor: HubSpotSandbox, stream: str) -> None:
    """A search, a call per kind of relation, and what is told beside them: owners, or contacts and stages."""
    source = connect(vendor)
    _, cursor = read(source, stream)
    id_ = str(min(vendor.portal.records[stream]))
    vendor.update(stream, id_, hubspot_owner_id="502")

    with connect(vendor) as again, vendor.counting() as calls:
        records, _ = read(again, stream, cursor)

    assert list(by_id(records)) == [id_]
    relations = 2 if stream == "leads" else 3
    paths = Counter(call.path for call in calls)
    assert sum(count for path, count in paths.items() if "/v4/associations" in path) == relations
    assert len(calls) == 2 + 1 + relations + 1 + 2  # two searches, properties, relations, the bin, two beside


def test_the_number_of_a_call_is_the_other_sides(vendor: HubSpotSandbox) -> None:
    """Ours stands in every call; whom we spoke to is the other one. The outcome is a word, not an id."""
    calls = by_id(read(connect(vendor), "calls")[0])

    assert calls["22001"]["number"] == calls["22001"]["properties"]["hs_call_to_number"]
    assert calls["22003"]["number"] == calls["22003"]["properties"]["hs_call_from_number"]
    assert [calls[id_]["outcome"] for id_ in ("22001", "22002", "22003")] == [
        "Connected",
        "No answer",
        "Asked for a quote",
    ]


def test_an_outcome_that_the_account_does_not_list_is_known_by_its_id(vendor: HubSpotSandbox) -> None:
    """HubSpot's own outcomes have the same ids everywhere; another one's words are nowhere to be had."""
    vendor.portal.properties["calls"] = [
        row | {"options": []} for row in vendor.portal.properties["calls"] if row["name"] != "hs_call_title"
    ]

    calls = by_id(read(connect(vendor), "calls")[0])

    assert calls["22001"]["outcome"] == "Connected"
    assert "outcome" not in calls["22003"]


def test_a_meeting_ahead_is_planned_until_its_time_has_come(vendor: HubSpotSandbox) -> None:
    """That it took place touches no time of change: the daily sweep finds it out."""
    source = connect(vendor)
    meetings, cursor = read(source, "meetings")
    assert [id_ for id_, data in by_id(meetings).items() if data["planned"]] == ["23005"]
    later = HubSpot(source.config, clock=lambda: FAR / 1000 + 3600)

    after = by_id(read(later, "meetings", cursor)[0])

    assert after["23005"] == by_id(meetings)["23005"] | {"planned": False}


def test_a_meeting_called_off_or_without_a_time_is_not_planned(vendor: HubSpotSandbox) -> None:
    """A mapping would make it a task that nobody can do."""
    vendor.update("meetings", "23005", hs_meeting_outcome="CANCELED")
    vendor.update("meetings", "23001", hs_meeting_outcome="", hs_meeting_start_time="soon", hs_timestamp="soon")

    meetings = by_id(read(connect(vendor), "meetings")[0])

    assert not any(data["planned"] for data in meetings.values())


@pytest.mark.parametrize("stream", OPTIONAL)
def test_an_archived_one_comes_as_an_event(vendor: HubSpotSandbox, stream: str) -> None:
    """What was taken back there goes here, too."""
    source = connect(vendor)
    _, cursor = read(source, stream)
    id_ = str(max(vendor.portal.records[stream]))
    vendor.archive(stream, id_)

    records, _ = read(source, stream, cursor)

    assert [(record.id, record.event) for record in records] == [(id_, "archived")]


@pytest.mark.parametrize("stream", OPTIONAL)
def test_what_the_account_does_not_have_is_said_and_fails_nothing(vendor: HubSpotSandbox, stream: str) -> None:
    """Leads come with some of HubSpot's plans only; the next run looks again."""
    vendor.without.add(stream)
    source = connect(vendor)

    pages = list(source.pull(stream, None))

    assert pages == [Page([], None, notices=pages[0].notices)]
    assert f"{stream} are not read" in pages[0].notices[0]
    assert {check.name: check.ok for check in source.check()}[f"read {stream}"]


@pytest.mark.parametrize(
    ("stream", "scope"),
    [("leads", "crm.objects.leads.read"), ("emails", "sales-email-read")],
)
def test_a_right_that_was_never_there_is_named_and_fails_nothing(
    vendor: HubSpotSandbox, stream: str, scope: str
) -> None:
    """An app that was set up for contacts and deals goes on as before; the right to ask for is said."""
    vendor.scopes.discard(scope)
    source = connect(vendor)

    (page,) = source.pull(stream, None)

    assert page.cursor is None
    assert scope in page.notices[0]
    (check,) = (check for check in source.check() if check.name == f"read {stream}")
    assert not check.ok
    assert scope in check.fix
    assert "streams" in check.fix


def test_a_right_taken_away_between_two_calls_is_noticed_at_the_list(vendor: HubSpotSandbox) -> None:
    """The properties may be readable where the records are not."""
    vendor.faults.add(html(404), at="/crm/v3/objects/notes")

    (page,) = connect(vendor).pull("notes", None)

    assert page.cursor is None


@pytest.mark.parametrize("stream", ["leads", "emails"])
def test_a_right_that_was_taken_away_fails_the_read(vendor: HubSpotSandbox, stream: str) -> None:
    """What was read before and cannot be read now is no longer complete."""
    source = connect(vendor)
    _, cursor = read(source, stream)
    vendor.scopes.difference_update({"crm.objects.leads.read", "sales-email-read"})

    with pytest.raises(SetupError, match="HTTP 403"):
        read(source, stream, cursor)


def test_contacts_are_not_optional(vendor: HubSpotSandbox) -> None:
    """A source that reads nobody must not look done."""
    vendor.scopes.remove("crm.objects.contacts.read")

    with pytest.raises(SetupError, match="HTTP 403"):
        read(connect(vendor))


def test_properties_that_a_host_does_not_list_are_asked_for_all_the_same(vendor: HubSpotSandbox) -> None:
    """HubSpot ignores names it does not know; without asking, a note would have no text."""
    vendor.faults.add(lambda _: JSONResponse({"results": []}), at="/crm/v3/properties/notes")

    notes = by_id(read(connect(vendor), "notes")[0])

    assert notes["20001"]["properties"]["hs_note_body"] == "<p>Wants the blue one.</p>"


@pytest.mark.parametrize("stream", OPTIONAL)
def test_what_stands_beside_a_record_is_discovered(vendor: HubSpotSandbox, stream: str) -> None:
    """An admin who maps sees everything that there is to map."""
    source = connect(vendor)
    paths = {field.path for field in source.discover(stream)}
    seen: set[str] = set()
    for data in by_id(read(source, stream)[0]).values():
        for name in ("contact", "stage", "author", "number", "outcome", "planned"):
            if name in data:
                seen |= {f"{name}.{part}" for part in data[name]} if isinstance(data[name], dict) else {name}

    assert seen
    assert seen <= paths


def test_a_first_read_of_notes_goes_on_from_any_page(vendor: HubSpotSandbox) -> None:
    """Page and cursor are stored together, for activities as for people."""
    source = connect(vendor, list_page=2)
    pages = list(source.pull("notes", None))
    whole = by_id([record for page in pages for record in page.records])

    assert len(pages) >= 4
    for cut in range(1, len(pages) + 1):
        cursor: Cursor | None = pages[cut - 1].cursor
        rest, _ = read(connect(vendor, list_page=2), "notes", cursor)
        kept = [record for page in pages[:cut] for record in page.records]
        assert by_id(kept) | by_id(rest) == whole


def test_a_list_of_notes_that_leaves_one_out_is_not_complete(vendor: HubSpotSandbox) -> None:
    """Activities have a property of their own for their creation, and are proved by it."""
    vendor.forgotten = {"20004"}

    with pytest.raises(TransientError, match="1 records were left out"):
        read(HubSpot(connect(vendor).config, clock=lambda: time.time() + 600), "notes")
