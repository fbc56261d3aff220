"""What people did in a Salesforce org, and its campaigns: read, told apart, and followed as time goes by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import TransientError
from connectors.salesforce.beside import FIELDS, beside_of
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from connectors.salesforce.values import moment, stamp
from sandbox.salesforce.standin import SalesforceSandbox

QUICK: dict[str, Any] = {"poll_first_seconds": 0.001}
BULK: dict[str, Any] = QUICK | {"bulk_above": 0, "bulk_page": 10}
NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.fixture(scope="module")
def server() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SalesforceSandbox) -> SalesforceSandbox:
    server.reset()
    return server


def pages(
    sandbox: SalesforceSandbox, stream: str, cursor: Cursor | None = None, at: datetime = NOW, **settings: Any
) -> list[Page]:
    config = SalesforceConfig.model_validate(sandbox.settings() | QUICK | settings)
    with Salesforce(config, at.timestamp) as source:
        return list(source.pull(stream, cursor))


def by_id(read: list[Page]) -> dict[str, SourceRecord]:
    return {record.id: record for page in read for record in page.records}


def lead(sandbox: SalesforceSandbox) -> str:
    return next(iter(sandbox.org.tables["Lead"]))


def task(sandbox: SalesforceSandbox, **values: Any) -> str:
    """A closed log of a call with a lead, unless told otherwise."""
    usual = {
        "WhoId": lead(sandbox),
        "IsClosed": True,
        "TaskSubtype": "Call",
        "IsArchived": False,
        "IsRecurrence": False,
    }
    return sandbox.org.add("Task", **usual | values)


@pytest.mark.parametrize("settings", [QUICK, BULK], ids=["rest", "bulk"])
def test_archived_tasks_come_with_the_first_read_and_deleted_ones_do_not(
    sandbox: SalesforceSandbox, settings: dict[str, Any]
) -> None:
    """Salesforce puts away what is older than a year; without it the past would be missing."""
    archived = task(sandbox, IsArchived=True)
    deleted = task(sandbox, IsArchived=True, IsDeleted=True)
    read = by_id(pages(sandbox, "Task", **settings))
    assert read[archived].event == "live"
    assert deleted not in read
    assert set(read) == set(sandbox.org.tables["Task"]) - {deleted}


def test_a_task_that_is_archived_later_stays_and_one_that_is_deleted_goes(sandbox: SalesforceSandbox) -> None:
    """Put away is not gone."""
    kept, gone = task(sandbox), task(sandbox)
    cursor = pages(sandbox, "Task")[-1].cursor
    sandbox.org.update(kept, IsArchived=True)
    sandbox.org.delete(gone)
    read = by_id(pages(sandbox, "Task", cursor))
    assert (read[kept].event, read[gone].event) == ("live", "deleted")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"TaskSubtype": "Call"}, "call"),
        ({"TaskSubtype": "Email"}, "email"),
        ({"TaskSubtype": "ListEmail"}, "email"),
        ({"TaskSubtype": "Task"}, "task"),
        ({"TaskSubtype": "Call", "IsClosed": False}, "task"),
        ({"TaskSubtype": None}, "task"),
    ],
)
def test_the_log_of_a_call_is_told_from_what_is_to_be_done(
    sandbox: SalesforceSandbox, values: dict[str, Any], kind: str
) -> None:
    """A call that is still to be made is a task."""
    made = task(sandbox, **values)
    assert by_id(pages(sandbox, "Task"))[made].data["kind"] == kind


def test_a_type_of_the_org_s_own_tells_calls_where_the_subtype_does_not() -> None:
    """What other tools write through the API bears the usual subtype."""
    beside = beside_of("Task", NOW)
    assert beside is not None
    assert beside({"TaskSubtype": "Task", "Type": "Call", "IsClosed": True})["kind"] == "call"


def test_whom_an_activity_is_about_is_told_by_object(sandbox: SalesforceSandbox) -> None:
    """WhoId and WhatId may be of any object; of the others nobody is known here."""
    contact, account, deal = (next(iter(sandbox.org.tables[name])) for name in ("Contact", "Account", "Opportunity"))
    one, two = task(sandbox, WhatId=deal), task(sandbox, WhoId=contact, WhatId=account)
    other = task(sandbox, WhoId=None, WhatId="5005f0000000001AAA")
    note = sandbox.org.add("Note", ParentId=deal, Title="Rollout", IsPrivate=False)
    names = ("lead_id", "contact_id", "opportunity_id", "account_id")
    read = by_id([*pages(sandbox, "Task"), *pages(sandbox, "Note")])
    told = {id_: tuple(read[id_].data[name] for name in names) for id_ in (one, two, other, note)}
    assert told == {
        one: (lead(sandbox), None, deal, None),
        two: (None, contact, None, account),
        other: (None, None, None, None),
        note: (None, None, deal, None),
    }


def test_the_author_s_name_comes_along_without_a_call_more(sandbox: SalesforceSandbox) -> None:
    """Authors who are nobody of ours, such as automations, have no other name here."""
    user = next(iter(sandbox.org.tables["User"].values()))
    made = task(sandbox, CreatedById=user["Id"])
    for settings in (QUICK, BULK):
        assert by_id(pages(sandbox, "Task", **settings))[made].data["CreatedBy"] == {"Name": user["Name"]}


@pytest.mark.parametrize("settings", [QUICK, BULK], ids=["rest", "bulk"])
def test_an_org_that_refuses_what_lies_beyond_a_reference_is_read_without_it(
    sandbox: SalesforceSandbox, settings: dict[str, Any]
) -> None:
    """A user without rights to campaigns, a host that knows no relationships."""
    text = "Didn't understand relationship 'Campaign' in field path."
    answer = [{"message": text, "errorCode": "INVALID_FIELD"}]
    sandbox.faults.add(lambda _: None, at="/query")  # the count
    sandbox.faults.add(lambda _: JSONResponse(answer, status_code=400), at="/query")
    read = pages(sandbox, "CampaignMember", **settings)
    assert set(by_id(read)) == set(sandbox.org.tables["CampaignMember"])
    assert all("Campaign" not in record.data for record in by_id(read).values())
    assert "CampaignMember.Campaign" in " ".join(notice for page in read for notice in page.notices)


def done_at(created: str | None, completed: str | None = None, day: str | None = None, **more: Any) -> str | None:
    beside = beside_of("Task", NOW)
    assert beside is not None
    data = {"CreatedDate": created, "CompletedDateTime": completed, "ActivityDate": day, "IsClosed": True} | more
    found: str | None = beside(data)["done_at"]
    return found


MORNING, EVENING = "2026-08-03T09:00:00.000+0000", "2026-08-05T18:00:00.000+0000"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"created": MORNING, "completed": EVENING, "day": "2026-08-04"}, EVENING),  # done late
        ({"created": MORNING, "completed": MORNING, "day": "2026-08-03"}, MORNING),  # logged at once
        ({"created": MORNING, "completed": MORNING, "day": "2026-08-02"}, MORNING),  # the day of another zone
        ({"created": EVENING, "completed": EVENING, "day": "2026-08-01"}, "2026-08-01T12:00:00.000+0000"),
        ({"created": EVENING, "completed": EVENING, "day": "2019-02-28"}, "2019-02-28T12:00:00.000+0000"),  # imported
        ({"created": MORNING, "completed": MORNING, "day": "2026-09-01"}, MORNING),  # done before it was due
        ({"created": MORNING, "day": "2026-08-20", "LastModifiedDate": EVENING}, EVENING),
        ({"created": MORNING}, MORNING),
        ({"created": None, "day": "2026-08-01"}, "2026-08-01T12:00:00.000+0000"),
        ({"created": None, "day": "soon"}, None),
    ],
)
def test_when_a_task_was_done_is_what_its_times_say_not_the_day_of_an_import(
    given: dict[str, Any], expected: str | None
) -> None:
    """Reports show the past, and nothing is done in the future."""
    assert done_at(**given) == expected


@given(created=TIMES, completed=st.none() | TIMES, day=st.none() | st.dates(date(1700, 1, 1)), changed=TIMES)
def test_nothing_was_done_after_its_last_change(
    created: datetime, completed: datetime | None, day: Any, changed: datetime
) -> None:
    """What lies in the future could not be taken in as done."""
    closed = max(created, completed) if completed else None
    last = max(created, changed, closed or created)
    found = done_at(
        stamp(created),
        stamp(closed) if closed else None,
        day.isoformat() if day else None,
        LastModifiedDate=stamp(last),
    )
    assert found is not None
    assert moment(found) <= last


def event(sandbox: SalesforceSandbox, start: datetime, **values: Any) -> str:
    return sandbox.org.add("Event", WhoId=lead(sandbox), StartDateTime=stamp(start), IsArchived=False, **values)


def test_an_event_whose_time_has_come_is_told_though_nobody_changed_it(sandbox: SalesforceSandbox) -> None:
    """A meeting in the calendar becomes one that took place."""
    soon, later = event(sandbox, NOW + timedelta(hours=1)), event(sandbox, NOW + timedelta(days=9))
    first = pages(sandbox, "Event")
    assert by_id(first)[soon].data["planned"] is True
    again = pages(sandbox, "Event", first[-1].cursor, NOW + timedelta(minutes=30))
    assert soon not in by_id(again) or by_id(again)[soon].data["planned"] is True
    last = pages(sandbox, "Event", again[-1].cursor, NOW + timedelta(hours=2))
    assert by_id(last)[soon].data["planned"] is False
    assert later not in by_id(last) or by_id(last)[later].data["planned"] is True
    quiet = pages(sandbox, "Event", last[-1].cursor, NOW + timedelta(hours=3))
    assert soon not in by_id(quiet)


def test_a_look_that_fails_is_made_again_from_where_it_began(sandbox: SalesforceSandbox) -> None:
    """The cursor of what changed must not pass what began."""
    starts = [event(sandbox, NOW + timedelta(minutes=n)) for n in range(1, 8)]
    cursor = pages(sandbox, "Event", overlap_minutes=0)[-1].cursor
    sandbox.page_size = 3

    def short(request: Any) -> JSONResponse:
        return JSONResponse(sandbox.page_of(request, leaving_out=1))

    sandbox.faults.add(short, at="/query/01g")
    config = SalesforceConfig.model_validate(sandbox.settings() | {"overlap_minutes": 0})
    late, reached = NOW + timedelta(hours=1), [cursor]
    with Salesforce(config, late.timestamp) as source, pytest.raises(TransientError, match="6 of 7 events"):
        reached.extend(page.cursor for page in source.pull("Event", cursor))
    cursor = [place for place in reached if place is not None][-1]
    read = by_id(pages(sandbox, "Event", cursor, late))
    assert set(starts) <= set(read)
    assert not any(read[id_].data["planned"] for id_ in starts)


def test_since_looks_at_what_began_since(sandbox: SalesforceSandbox) -> None:
    """A missed week is caught up, meetings of it too."""
    met = event(sandbox, NOW - timedelta(days=2))
    config = SalesforceConfig.model_validate(sandbox.settings())
    sandbox.org.update(met, SystemModstamp="2026-08-01T00:00:00.000+0000")
    with Salesforce(config, NOW.timestamp) as source:
        read = list(source.pull("Event", source.cursor_since("Event", NOW - timedelta(days=3))))
    assert met in by_id(read)


def test_members_of_campaigns_bear_its_name_and_go_when_they_are_removed(sandbox: SalesforceSandbox) -> None:
    """Each is a tag for its person."""
    first = pages(sandbox, "CampaignMember")
    member = next(iter(by_id(first).values()))
    assert member.data["Campaign"]["Name"] in {"Spring Webinar", "Trade Fair 2026"}
    sandbox.org.delete(member.id)
    assert by_id(pages(sandbox, "CampaignMember", first[-1].cursor))[member.id].event == "deleted"


@pytest.mark.parametrize("stream", ["Task", "Event", "Note"])
def test_what_stands_beside_a_record_is_discovered_with_its_fields(sandbox: SalesforceSandbox, stream: str) -> None:
    """A mapping is written from this."""
    config = SalesforceConfig.model_validate(sandbox.settings())
    with Salesforce(config) as source:
        found = {field.path: field for field in source.discover(stream)}
    assert {field.path for field in FIELDS[stream]} | {"CreatedBy.Name"} <= set(found)
    record = next(iter(by_id(pages(sandbox, stream)).values()))
    assert set(record.data) == {path.partition(".")[0] for path in found}


@pytest.mark.parametrize("settings", [QUICK, BULK], ids=["rest", "bulk"])
def test_a_full_read_lists_what_there_is_and_a_later_one_does_not(
    sandbox: SalesforceSandbox, settings: dict[str, Any]
) -> None:
    """So it is found out what was purged without a trace."""
    sandbox.page_size = 10
    read = pages(sandbox, "Lead", **settings)
    listed = [page.listed for page in read if page.listed is not None]
    assert len(listed) == len(read)
    assert {id_ for each in listed for id_ in each.ids} == set(sandbox.org.tables["Lead"])
    assert [each.every for each in listed if each.every is not None] == [""]
    assert listed[-1].every == ""
    assert all(page.listed is None for page in pages(sandbox, "Lead", read[-1].cursor, **settings))
    assert all(page.listed is None for page in pages(sandbox, "Lead", read[1].cursor, **settings))


def test_single_records_are_fetched_as_they_are_read(sandbox: SalesforceSandbox) -> None:
    """What a listing lacks is looked for before it is taken for gone; a merged one tells its winner."""
    ids = list(sandbox.org.tables["Lead"])
    sandbox.org.delete(ids[1])
    sandbox.org.merge(ids[2], ids[3])
    sandbox.org.refused = {("Lead", "Rating")}
    config = SalesforceConfig.model_validate(sandbox.settings())
    with Salesforce(config) as source:
        found = {record.id: record for record in source.fetch("Lead", [*ids[:5], "00Q000000000000AAA"] * 60)}
        read = by_id(list(source.pull("Lead", None)))
    assert set(found) == {ids[0], *ids[2:5]}
    assert found[ids[0]] == read[ids[0]]
    assert (found[ids[3]].event, found[ids[3]].merged_into) == ("merged", ids[2])
