"""Zendesk Support, read from the stand-in over HTTP: tickets with their requesters, and users."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import CredentialsError, SetupError
from connectors.zendesk_support.connector import ZendeskSupport, ZendeskSupportConfig
from sandbox.vendor import status
from sandbox.zendesk_support import PLAN_FIELD, ZendeskSupportSandbox


@pytest.fixture(scope="module")
def running() -> Iterator[ZendeskSupportSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with ZendeskSupportSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: ZendeskSupportSandbox) -> ZendeskSupportSandbox:
    """A running stand-in with its seeded tickets."""
    running.reset()
    return running


def connect(vendor: ZendeskSupportSandbox, **settings: Any) -> ZendeskSupport:
    """A connector pointed at the stand-in by nothing but its settings, at a stand-in's pace."""
    pace = {"exports_per_minute": 60_000}
    return ZendeskSupport(ZendeskSupportConfig(**{**vendor.settings(), **pace, **settings}))


def pages_of(
    vendor: ZendeskSupportSandbox, cursor: Cursor | None = None, stream: str = "tickets", **settings: Any
) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as zendesk:
        return list(zendesk.pull(stream, cursor))


def read(
    vendor: ZendeskSupportSandbox, cursor: Cursor | None = None, stream: str = "tickets", **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, stream, **settings)
    last = pages[-1].cursor
    assert last is not None
    return [record for page in pages for record in page.records], last


def test_a_first_read_takes_every_ticket_in_one_call_and_the_brands_in_another(vendor: ZendeskSupportSandbox) -> None:
    """Requesters, organizations, groups and forms come along; the export allows ten calls a minute."""
    with vendor.counting() as calls:
        records, _ = read(vendor)

    assert [record.id for record in records] == [str(key) for key in vendor.tickets]
    assert [call.path for call in calls] == ["/api/v2/incremental/tickets/cursor", "/api/v2/brands"]


def test_a_ticket_has_its_requester_and_organization_inside(vendor: ZendeskSupportSandbox) -> None:
    """Who asks is what makes a ticket a lead."""
    records, _ = read(vendor)
    ticket = next(iter(vendor.tickets.values()))
    user = vendor.users[ticket["requester_id"]]

    data = records[0].data

    assert data["requester"]["email"] == user["email"]
    assert data["requester"]["phone"] == user["phone"]
    assert data["organization"]["name"] == vendor.organizations[ticket["organization_id"]]["name"]
    assert {key: data[key] for key in ticket} == ticket
    assert records[0].changed_at == ticket["updated_at"]


def test_requesters_that_are_not_side_loaded_are_fetched_by_the_hundred(vendor: ZendeskSupportSandbox) -> None:
    """The same record, whichever way its requester came."""
    vendor.add_tickets(110)
    side_loaded, _ = read(vendor)
    vendor.side_loads = False

    with vendor.counting() as calls:
        fetched, _ = read(vendor)

    assert [record.data["requester"] for record in fetched] == [record.data["requester"] for record in side_loaded]
    assert [call.path for call in calls].count("/api/v2/users/show_many") == 2
    assert [record.data["form"] for record in fetched] == [record.data["form"] for record in side_loaded]


def test_a_requester_who_is_gone_leaves_their_id(vendor: ZendeskSupportSandbox) -> None:
    """A user erased for good is neither side-loaded nor found; the ticket is still read."""
    ticket = vendor.add_tickets(1)[0]
    vendor.users.pop(ticket["requester_id"])

    records, _ = read(vendor)

    requester = records[-1].data["requester"]
    assert requester["id"] == ticket["requester_id"]
    assert requester["email"] is None


def test_only_what_changed_comes_the_second_time(vendor: ZendeskSupportSandbox) -> None:
    """The vendor's own cursor is kept and gone on from."""
    _, cursor = read(vendor)
    ticket = next(iter(vendor.tickets.values()))
    vendor.change(ticket, priority="urgent")

    with vendor.counting() as calls:
        records, cursor = read(vendor, cursor)
    nothing, _ = read(vendor, cursor)

    assert [record.data["priority"] for record in records] == ["urgent"]
    assert "start_time" not in calls[0].query
    assert len(calls) == 1
    assert nothing == []


def test_a_ticket_that_the_system_changed_comes_with_its_old_time(vendor: ZendeskSupportSandbox) -> None:
    """The export goes by `generated_timestamp`: nothing is filtered by `updated_at`."""
    before, cursor = read(vendor)
    vendor.touch(next(iter(vendor.tickets.values())))

    records, _ = read(vendor, cursor)

    assert records == [before[0]], "and its data has not changed: the stamp belongs to the export"


def test_deleted_tickets_are_told(vendor: ZendeskSupportSandbox) -> None:
    """In the first read and in later ones."""
    first, cursor = read(vendor)
    ticket = next(iter(vendor.tickets.values()))
    vendor.delete(ticket)

    later, _ = read(vendor, cursor)

    assert [record.data["status"] for record in first if record.event == "deleted"] == ["deleted"]
    assert [(record.id, record.event) for record in later] == [(str(ticket["id"]), "deleted")]


def test_a_merged_ticket_stays_live_with_its_tag(vendor: ZendeskSupportSandbox) -> None:
    """The vendor does not name the winner; the mapping can read the tag."""
    _, cursor = read(vendor)
    vendor.merge(next(iter(vendor.tickets.values())))

    records, _ = read(vendor, cursor)

    assert [record.event for record in records] == ["live"]
    assert "closed_by_merge" in records[0].data["tags"]


def test_a_killed_read_resumes_behind_any_page(vendor: ZendeskSupportSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing and reads nothing again."""
    pages = pages_of(vendor, page_size=4)

    for number in range(0, len(pages), 2):
        rest, _ = read(vendor, pages[number].cursor, page_size=4)
        later = [record.id for page in pages[number + 1 :] for record in page.records]
        assert [record.id for record in rest] == later


def test_tickets_changed_while_we_page_come_again_and_hide_nobody(vendor: ZendeskSupportSandbox) -> None:
    """A change moves a ticket to the end of the stream."""
    tickets = list(vendor.tickets.values())
    versions: dict[str, str] = {}
    with connect(vendor, page_size=5) as zendesk:
        for number, page in enumerate(zendesk.pull("tickets", None)):
            versions |= {record.id: record.data["priority"] for record in page.records}
            if number < 4:
                vendor.change(tickets[number * 5], priority="urgent")

    assert versions.keys() == {str(ticket["id"]) for ticket in tickets}
    assert [versions[str(ticket["id"])] for ticket in tickets[:20:5]] == ["urgent"] * 4


def test_what_is_not_settled_yet_comes_with_the_next_read(vendor: ZendeskSupportSandbox) -> None:
    """The vendor leaves out the last minute."""
    vendor.settles_after = 60
    _, cursor = read(vendor)
    vendor.add_tickets(1)

    now, cursor = read(vendor, cursor)
    vendor.settles_after = 0
    later, _ = read(vendor, cursor)

    assert now == []
    assert len(later) == 1


def test_a_refused_cursor_is_replaced_by_the_time_of_the_last_row(vendor: ZendeskSupportSandbox) -> None:
    """Nothing is lost, the last second comes again, and a notice says so."""
    _, cursor = read(vendor)
    vendor.refused_cursors.add(cursor["cursor"])
    last = list(vendor.tickets)[-1]
    added = vendor.add_tickets(1)[0]

    pages = pages_of(vendor, cursor)

    assert [record.id for page in pages for record in page.records] == [str(last), str(added["id"])]
    assert "refused" in pages[0].notices[0]


def test_an_empty_account_is_read_and_goes_on_when_tickets_come(vendor: ZendeskSupportSandbox) -> None:
    """The cursor of an empty stream is as good as another."""
    vendor.clear()
    records, cursor = read(vendor)
    vendor.add_tickets(2)
    later, _ = read(vendor, cursor)

    assert records == []
    assert len(later) == 2


def test_a_read_since_a_time_takes_what_changed_since(vendor: ZendeskSupportSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 9, 15, tzinfo=UTC)
    with connect(vendor) as zendesk:
        cursor = zendesk.cursor_since("tickets", since)

    records, _ = read(vendor, cursor)

    wanted = [t for t in vendor.tickets.values() if datetime.fromisoformat(t["updated_at"]) >= since]
    assert [record.id for record in records] == [str(ticket["id"]) for ticket in wanted]
    assert records


def test_a_start_lies_as_far_back_as_the_vendor_asks(vendor: ZendeskSupportSandbox) -> None:
    """A start within the last minute is refused as too recent."""
    with connect(vendor) as zendesk:
        cursor = zendesk.cursor_since("tickets", datetime.now(UTC) + timedelta(hours=1))

    with vendor.counting() as calls:
        read(vendor, cursor)

    start = int(calls[0].query.partition("start_time=")[2].partition("&")[0])
    assert start <= time.time() - 60


def test_users_are_read_when_asked_for(vendor: ZendeskSupportSandbox) -> None:
    """Not by default: a support account's users are customers, not leads."""
    records, cursor = read(vendor, stream="users")
    user = vendor.users[int(records[0].id)]
    vendor.deactivate(user)
    gone, _ = read(vendor, cursor, stream="users")

    assert [{**record.data, "organization": None} for record in records[1:]] == [
        {**user, "organization": None} for user in list(vendor.users.values())[1:]
    ]
    assert records[1].data["organization"]["id"] == records[1].data["organization_id"]
    assert [(record.id, record.event) for record in gone] == [(str(user["id"]), "deleted")]
    with connect(vendor) as zendesk:
        assert [(stream.name, stream.default) for stream in zendesk.streams()] == [("tickets", True), ("users", False)]


def test_an_oauth_token_serves_in_place_of_email_and_token(vendor: ZendeskSupportSandbox) -> None:
    """As `Authorization: Bearer`."""
    config = ZendeskSupportConfig.model_validate({"base_url": vendor.base_url, "oauth_token": vendor.oauth_token})

    with ZendeskSupport(config) as zendesk:
        assert sum(len(page.records) for page in zendesk.pull("tickets", None)) == len(vendor.tickets)


def test_discover_lists_the_accounts_own_fields(vendor: ZendeskSupportSandbox) -> None:
    """Under the path that a mapping writes for them."""
    with connect(vendor) as zendesk:
        fields = {field.path: field for field in zendesk.discover("tickets")}
        users = {field.path for field in zendesk.discover("users")}

    assert fields[f"custom_fields[id={PLAN_FIELD}].value"].choices == ("plan_team", "plan_suite")
    assert fields["requester.email"].type == "string"
    assert "email" in users


def test_check_tells_role_streams_and_rate(vendor: ZendeskSupportSandbox) -> None:
    """Reachable, credentials, rights per stream, what is left."""
    with connect(vendor) as zendesk:
        checks = {check.name: check for check in zendesk.check()}

    assert all(check.ok for check in checks.values())
    assert checks.keys() == {"credentials", "role", "tickets", "users", "webhooks", "rate"}
    assert "399" in checks["rate"].text


def test_check_of_an_agent_says_that_an_admin_is_needed(vendor: ZendeskSupportSandbox) -> None:
    """The credentials are good, the exports are not for them."""
    vendor.role = "agent"

    with connect(vendor) as zendesk:
        failed = {check.name: check for check in zendesk.check() if not check.ok}

    assert failed.keys() == {"role", "tickets", "users"}
    assert "admin" in failed["role"].fix


def test_an_anonymous_user_means_wrong_credentials(vendor: ZendeskSupportSandbox) -> None:
    """Who nobody knows is answered 200 at /users/me, with `id: null`."""
    with connect(vendor, token="wrong") as zendesk, pytest.raises(CredentialsError, match="anonymous"):
        zendesk.check()


def test_another_stream_is_refused_by_name(vendor: ZendeskSupportSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as zendesk, pytest.raises(SetupError, match="chats") as caught:
        list(zendesk.pull("chats", None))

    assert "tickets" in caught.value.fix


def test_the_vendors_rate_is_obeyed_where_it_is_stricter_than_ours(vendor: ZendeskSupportSandbox) -> None:
    """Retry-After decides, not our arithmetic."""
    vendor.faults.add(status(429, retry_after=0.1), at="/incremental", times=2)

    with connect(vendor) as zendesk:
        assert sum(len(page.records) for page in zendesk.pull("tickets", None)) == len(vendor.tickets)
        assert zendesk.calls == 4


def test_a_ticket_says_group_brand_and_form_by_name(vendor: ZendeskSupportSandbox) -> None:
    """People know them by name, and say by name what makes a lead."""
    ticket = vendor.add_tickets(1)[0]
    vendor.change(ticket, group_id=98739, brand_id=124, ticket_form_id=None)

    records, _ = read(vendor)

    data = records[-1].data
    assert (data["group"], data["brand"]) == ({"id": 98739, "name": "Sales"}, {"id": 124, "name": "Acme Labs"})
    assert data["form"] is None


def test_brands_are_read_once_and_again_when_a_new_one_comes(vendor: ZendeskSupportSandbox) -> None:
    """The vendor does not side-load them; what was read is kept with the cursor."""
    _, cursor = read(vendor)
    ticket = vendor.add_tickets(1)[0]
    with vendor.counting() as nothing_new:
        _, cursor = read(vendor, cursor)
    vendor.change(ticket, brand_id=999)
    with vendor.counting() as a_new_one:
        records, cursor = read(vendor, cursor)
    vendor.change(ticket, priority="low")
    with vendor.counting() as known_by_now:
        read(vendor, cursor)

    assert len(nothing_new) == len(known_by_now) == 1
    assert len(a_new_one) == 2
    assert records[0].data["brand"] == {"id": 999, "name": None}


def test_a_plan_without_forms_costs_their_names_alone(vendor: ZendeskSupportSandbox) -> None:
    """Tickets are worth more than the names of their forms; a notice says it once."""
    vendor.side_loads, vendor.hidden = False, {"/ticket_forms"}

    pages = pages_of(vendor, page_size=10)

    assert sum(len(page.records) for page in pages) == len(vendor.tickets)
    forms = [notice for page in pages for notice in page.notices if "ticket_forms" in notice]
    assert forms == [notice for notice in pages[0].notices if "organizations" not in notice]
    assert pages[0].records[0].data["form"]["name"] is None


@pytest.mark.parametrize("inside", [True, False], ids=["metric sets inside tickets", "metric sets beside them"])
def test_a_ticket_says_when_it_was_last_written_in(vendor: ZendeskSupportSandbox, inside: bool) -> None:
    """It comes along without a call; the other metrics are left out, since they change by themselves."""
    vendor.metrics_inside = inside
    ticket = vendor.add_tickets(1)[0]
    vendor.say(ticket, "We will call you.")

    records, _ = read(vendor)

    assert records[-1].data["latest_comment_added_at"] == vendor.comments[ticket["id"]][-1]["created_at"]
    assert "metric_set" not in records[-1].data


def test_what_was_last_said_is_read_of_open_tickets_where_it_is_wanted(vendor: ZendeskSupportSandbox) -> None:
    """A call for each of them; notes among colleagues are passed over."""
    _, cursor = read(vendor)
    spoken, closed = vendor.add_tickets(2)
    vendor.say(spoken, "We will call you.")
    vendor.say(spoken, "They never buy", public=False)
    vendor.change(closed, status="closed")

    with vendor.counting() as calls:
        records, _ = read(vendor, cursor, last_comments=True)
    last = {record.id: record.data["last_comment"] for record in records}

    assert last[str(spoken["id"])]["text"] == "We will call you."
    assert last[str(closed["id"])] is None
    assert len(calls) == 2


def test_a_fetched_record_is_the_one_that_is_exported(vendor: ZendeskSupportSandbox) -> None:
    """Whichever way it came it does not look changed."""
    for stream in ("tickets", "users"):
        records, _ = read(vendor, stream=stream)
        live = [record for record in records if record.event == "live"]
        with connect(vendor) as zendesk:
            assert zendesk.fetch(stream, [record.id for record in live]) == live


def test_a_ticket_that_is_gone_is_not_fetched(vendor: ZendeskSupportSandbox) -> None:
    """Deleted, or never there."""
    ticket = vendor.add_tickets(1)[0]
    vendor.delete(ticket)

    with connect(vendor) as zendesk:
        assert zendesk.fetch("tickets", [str(ticket["id"]), "999999"]) == []
