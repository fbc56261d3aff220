"""Reading a Salesforce org: small and large, again, and from any place in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import STREAM_ORDER, Cursor, Page, SourceRecord
from connectors.errors import SetupError
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from sandbox.salesforce.standin import SalesforceSandbox

QUICK: dict[str, Any] = {"poll_first_seconds": 0.001}
BULK: dict[str, Any] = QUICK | {"bulk_above": 0, "bulk_page": 10}


@pytest.fixture(scope="module")
def server() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SalesforceSandbox) -> SalesforceSandbox:
    server.reset()
    return server


def connect(sandbox: SalesforceSandbox, **settings: Any) -> Salesforce:
    return Salesforce(SalesforceConfig.model_validate(sandbox.settings() | QUICK | settings))


def pages(sandbox: SalesforceSandbox, stream: str, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    with connect(sandbox, **settings) as source:
        return list(source.pull(stream, cursor))


def records(read: list[Page]) -> list[SourceRecord]:
    return [record for page in read for record in page.records]


def by_id(read: list[Page]) -> dict[str, SourceRecord]:
    return {record.id: record for record in records(read)}


def notices(read: list[Page]) -> str:
    return " ".join(notice for page in read for notice in page.notices)


def test_streams_come_so_that_what_is_pointed_to_comes_first_and_contacts_before_leads(
    sandbox: SalesforceSandbox,
) -> None:
    """A converted lead points to its contact."""
    with connect(sandbox) as source:
        streams = source.streams()
    kinds = [STREAM_ORDER.index(stream.kind) for stream in streams]
    names = [stream.name for stream in streams]
    assert kinds == sorted(kinds)
    assert names.index("Contact") < names.index("Lead")


def test_every_stream_of_a_small_org_is_read_in_three_calls_and_again_in_two(
    sandbox: SalesforceSandbox,
) -> None:
    """Calls are what an org runs out of: describe, count, query; later describe and query, and for events a look."""
    with connect(sandbox) as source:
        for stream in source.streams():
            before = source.calls
            read = list(source.pull(stream.name, None))
            assert len(records(read)) == len(sandbox.org.tables[stream.name])
            assert source.calls - before == 3
            list(source.pull(stream.name, read[-1].cursor))
            assert source.calls - before == (6 if stream.name == "Event" else 5)


def test_a_record_is_the_row_without_its_envelope(sandbox: SalesforceSandbox) -> None:
    """`attributes` names an API version, which would make every record look changed at an upgrade."""
    lead = records(pages(sandbox, "Lead"))[0]
    assert "attributes" not in lead.data
    assert "Address" not in lead.data
    assert lead.data["Id"] == lead.id
    assert len(lead.id) == 18
    assert lead.changed_at == lead.data["SystemModstamp"].replace("+0000", "Z")


def test_stages_tell_which_are_won_and_closed_and_in_which_order(sandbox: SalesforceSandbox) -> None:
    """A pipeline is made of them."""
    stages = {r.data["MasterLabel"]: r.data for r in records(pages(sandbox, "OpportunityStage"))}
    assert stages["Closed Won"]["IsWon"] is True
    assert stages["Closed Lost"]["IsClosed"] is True
    assert stages["Prospecting"]["SortOrder"] == 1
    assert stages["Qualification"]["DefaultProbability"] == 20.0


@pytest.mark.parametrize(
    "stream", ["Account", "Contact", "Lead", "Opportunity", "User", "Task", "Event", "Note", "CampaignMember"]
)
def test_bulk_and_rest_give_equal_records(sandbox: SalesforceSandbox, stream: str) -> None:
    """A record must not look changed because it was read another way."""
    lead = next(iter(sandbox.org.tables["Lead"].values()))
    lead.update(Description='He said "call, please"\r\nline two\r\n\x00end', AnnualRevenue=1234567.1)
    by_rest, by_bulk = by_id(pages(sandbox, stream)), by_id(pages(sandbox, stream, **BULK))
    assert by_rest == by_bulk
    assert [list(r.data) for r in by_rest.values()] == [list(by_bulk[i].data) for i in by_rest]
    assert {type(v) for r in by_bulk.values() for v in r.data.values()} <= {str, bool, int, float, type(None), dict}


def test_a_first_read_above_the_limit_goes_by_bulk_and_leaves_no_job_behind(
    sandbox: SalesforceSandbox,
) -> None:
    """Jobs left behind fill the org's list and count against its storage."""
    with sandbox.counting() as calls:
        read = pages(sandbox, "Lead", bulk_above=20, bulk_page=10)
    assert len(by_id(read)) == len(records(read)) == 27
    assert max(len(page.records) for page in read) == 10
    assert [call.path for call in calls if "results" in call.path]
    assert sandbox.jobs.all == {}


def test_an_empty_org_is_read_and_grows(sandbox: SalesforceSandbox) -> None:
    """A cursor of nothing must not skip what comes first."""
    sandbox.reset(empty=True)
    first = pages(sandbox, "Lead")
    assert records(first) == []
    new = sandbox.org.add_leads(2)
    assert set(by_id(pages(sandbox, "Lead", first[-1].cursor))) == set(new)


def test_later_reads_take_what_changed_and_reach_back_by_the_overlap(sandbox: SalesforceSandbox) -> None:
    """A long transaction shows late, with an old stamp."""
    cursor = pages(sandbox, "Lead")[-1].cursor
    edited, late = sandbox.org.add_leads(2)
    newest = max(row["SystemModstamp"] for row in sandbox.org.tables["Lead"].values())
    sandbox.org.update(edited, Title="CFO")
    cursor = pages(sandbox, "Lead", cursor)[-1].cursor
    five_before = datetime.fromisoformat(newest) - timedelta(minutes=5)
    sandbox.org.update(late, SystemModstamp=five_before.strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
    assert {edited, late} <= set(by_id(pages(sandbox, "Lead", cursor)))


def test_more_equal_stamps_than_a_page_holds_are_all_read_from_every_page_on(
    sandbox: SalesforceSandbox,
) -> None:
    """Imports stamp thousands of rows with one second."""
    cursor = pages(sandbox, "Lead")[-1].cursor
    new = set(sandbox.org.add_leads(23))
    sandbox.page_size = 5
    read = pages(sandbox, "Lead", cursor)
    assert new <= set(by_id(read))
    assert len(by_id(read)) == len(records(read))
    for at, page in enumerate(read[:-1]):
        rest = set(by_id(pages(sandbox, "Lead", page.cursor)))
        assert rest == set(by_id(read[at + 1 :]))


def test_a_rest_read_goes_on_from_any_page(sandbox: SalesforceSandbox) -> None:
    """Kill the process anywhere: nothing is lost."""
    sandbox.page_size = 5
    read = pages(sandbox, "Contact")
    assert len(read) == 6
    for at, page in enumerate(read):
        resumed = pages(sandbox, "Contact", page.cursor)
        assert set(by_id(read[: at + 1])) | set(by_id(resumed)) == set(by_id(read))


def test_a_bulk_read_goes_on_from_any_page_of_its_job(sandbox: SalesforceSandbox) -> None:
    """The locator stays good while the job exists; no second job is made."""
    sandbox.jobs.page_size = 5
    with connect(sandbox, **BULK) as source:
        pull = source.pull("Lead", None)
        taken = [next(pull) for _ in range(4)]
    resumed = pages(sandbox, "Lead", taken[-1].cursor, **BULK)
    ids = [record.id for record in records([*taken, *resumed])]
    assert len(ids) == len(set(ids)) == 27
    assert notices(resumed) == ""


def test_a_bulk_read_whose_job_is_gone_starts_anew(sandbox: SalesforceSandbox) -> None:
    """Jobs vanish after a week, and cursors live longer."""
    with connect(sandbox, **BULK) as source:
        pull = source.pull("Lead", None)
        taken = [next(pull) for _ in range(2)]
    sandbox.jobs.all.clear()
    resumed = pages(sandbox, "Lead", taken[-1].cursor, **BULK)
    assert len(by_id(resumed)) == 27
    assert "read anew" in notices(resumed)


def test_many_changes_go_by_bulk_too_deletions_among_them(sandbox: SalesforceSandbox) -> None:
    """More than 2,000 changed rows are cheaper as a job."""
    cursor = pages(sandbox, "Lead")[-1].cursor
    new = sandbox.org.add_leads(12)
    sandbox.org.delete(new[3])
    sandbox.page_size = 5
    with sandbox.counting() as calls:
        read = by_id(pages(sandbox, "Lead", cursor, **BULK))
    assert any(call.path.endswith("/jobs/query") for call in calls)
    assert set(new) <= set(read)
    assert read[new[3]].event == "deleted"


def test_an_org_without_bulk_is_read_by_rest_and_says_so(sandbox: SalesforceSandbox) -> None:
    """Not every edition has it; a slower read is better than none."""
    sandbox.bulk_off = True
    sandbox.page_size = 10
    read = pages(sandbox, "Lead", **BULK)
    assert len(by_id(read)) == 27
    assert "Bulk API is not to be had" in notices(read)


def test_a_row_edited_while_pages_are_read_is_read_again_and_none_is_lost(
    sandbox: SalesforceSandbox,
) -> None:
    """Later pages show rows as they are now, in the order of then."""
    sandbox.page_size = 5
    order = sorted(sandbox.org.tables["Lead"].values(), key=lambda row: (row["SystemModstamp"], row["Id"]))
    with connect(sandbox) as source:
        pull = source.pull("Lead", None)
        taken = [next(pull)]
        now = datetime.now(UTC)
        sandbox.org.update(order[9]["Id"], SystemModstamp=f"{now:%Y-%m-%dT%H:%M:%S}.000+0000", Title="New")
        taken.append(next(pull))
    assert taken[-1].records[-1].data["Title"] == "New"
    resumed = pages(sandbox, "Lead", taken[-1].cursor)
    assert set(by_id([*taken, *resumed])) == set(sandbox.org.tables["Lead"])


def test_leads_that_come_while_the_first_pages_are_read_come_with_the_next_read(
    sandbox: SalesforceSandbox,
) -> None:
    """A snapshot does not have them."""
    sandbox.page_size = 10
    with connect(sandbox) as source:
        read = []
        for page in source.pull("Lead", None):
            read.append(page)
            sandbox.org.add_leads(1)
    later = pages(sandbox, "Lead", read[-1].cursor)
    assert set(by_id([*read, *later])) == set(sandbox.org.tables["Lead"])


def test_a_deletion_is_an_event_and_an_undelete_brings_the_record_back(sandbox: SalesforceSandbox) -> None:
    """Not returned never means deleted; the vendor's word does."""
    cursor = pages(sandbox, "Contact")[-1].cursor
    gone = next(iter(sandbox.org.tables["Contact"]))
    sandbox.org.delete(gone)
    read = pages(sandbox, "Contact", cursor)
    assert by_id(read)[gone].event == "deleted"
    sandbox.org.undelete(gone)
    assert by_id(pages(sandbox, "Contact", read[-1].cursor))[gone].event == "live"


def test_a_merge_names_the_winner(sandbox: SalesforceSandbox) -> None:
    """Links must follow it."""
    cursor = pages(sandbox, "Account")[-1].cursor
    winner, loser, *_ = sandbox.org.tables["Account"]
    sandbox.org.merge(winner, loser)
    read = by_id(pages(sandbox, "Account", cursor))
    assert (read[loser].event, read[loser].merged_into) == ("merged", winner)
    assert read[winner].event == "live"


def test_a_conversion_shows_in_the_lead(sandbox: SalesforceSandbox) -> None:
    """The lead stays where it is and must not come back as a fresh one."""
    cursor = pages(sandbox, "Lead")[-1].cursor
    lead = list(sandbox.org.tables["Lead"])[4]
    contact = sandbox.org.convert(lead)
    data = by_id(pages(sandbox, "Lead", cursor))[lead].data
    assert data["IsConverted"] is True
    assert data["ConvertedContactId"] == contact
    assert data["ConvertedDate"]


def test_a_first_read_leaves_out_what_is_in_the_recycle_bin(sandbox: SalesforceSandbox) -> None:
    """Nobody knows these records yet."""
    gone = next(iter(sandbox.org.tables["Lead"]))
    sandbox.org.delete(gone)
    assert gone not in by_id(pages(sandbox, "Lead"))


def test_a_read_after_more_than_fifteen_days_says_that_deletions_may_be_missing(
    sandbox: SalesforceSandbox,
) -> None:
    """The recycle bin was emptied meanwhile, without a trace."""
    with connect(sandbox) as source:
        old = source.cursor_since("Lead", datetime.now(UTC) - timedelta(days=40))
        fresh = source.cursor_since("Lead", datetime.now(UTC) - timedelta(days=1))
    assert "--full" in notices(pages(sandbox, "Lead", old))
    assert notices(pages(sandbox, "Lead", fresh)) == ""


def test_since_reads_from_a_time_on(sandbox: SalesforceSandbox) -> None:
    """`--since` is how a missed week is caught up."""
    since = datetime(2026, 10, 1, tzinfo=UTC)
    with connect(sandbox) as source:
        read = by_id(list(source.pull("Lead", source.cursor_since("Lead", since))))
    rows = sandbox.org.tables["Lead"].values()
    assert set(read) == {row["Id"] for row in rows if row["SystemModstamp"] >= "2026-10-01"}
    assert 0 < len(read) < 27


def test_a_new_field_is_told_since_unchanged_records_do_not_have_it(sandbox: SalesforceSandbox) -> None:
    """A new field gives no row a new stamp."""
    cursor = pages(sandbox, "Lead")[-1].cursor
    sandbox.org.add_fields("Lead", 1)
    assert "other fields" in notices(pages(sandbox, "Lead", cursor))


def test_an_object_too_wide_for_a_url_is_read_all_the_same(sandbox: SalesforceSandbox) -> None:
    """URL and headers may have 16,384 bytes; such queries go in a composite request."""
    sandbox.org.add_fields("Lead", 400)
    with sandbox.counting() as calls:
        read = pages(sandbox, "Lead")
    assert any(call.path.endswith("/composite") for call in calls)
    assert len(records(read)) == 27
    assert len(records(read)[0].data) > 400


def test_fields_hidden_from_describe_are_simply_not_there(sandbox: SalesforceSandbox) -> None:
    """Field-level security makes missing and forbidden look the same."""
    sandbox.org.hidden = {("Lead", "Phone"), ("Lead", "MobilePhone")}
    lead = records(pages(sandbox, "Lead"))[0]
    assert "Phone" not in lead.data
    assert "Email" in lead.data


@pytest.mark.parametrize("settings", [QUICK, BULK])
def test_a_field_that_a_query_refuses_is_left_out_and_told(
    sandbox: SalesforceSandbox, settings: dict[str, Any]
) -> None:
    """One hidden column must not stop the stream."""
    sandbox.org.refused = {("Lead", "Rating"), ("Lead", "Score__c")}
    read = pages(sandbox, "Lead", **settings)
    assert len(records(read)) == 27
    assert "Lead.Rating" in notices(read)
    assert "Lead.Score__c" in notices(read)
    assert notices(pages(sandbox, "Lead", read[-1].cursor, **settings)).count("other fields") == 0


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ({"SystemModstamp"}, ""),
        ({"SystemModstamp", "LastModifiedDate"}, "--full"),
        ({"SystemModstamp", "LastModifiedDate", "CreatedDate"}, "--full"),
    ],
)
def test_objects_without_the_usual_stamp_fall_back_to_the_next_best(
    sandbox: SalesforceSandbox, lacking: set[str], told: str
) -> None:
    """LastModifiedDate, then CreatedDate, then all of it each time."""
    sandbox.org.hidden = {("Lead", name) for name in lacking}
    sandbox.page_size = 10
    read = pages(sandbox, "Lead")
    assert len(by_id(read)) == len(records(read)) == 27
    assert told in notices(read)
    again = pages(sandbox, "Lead", read[-1].cursor)
    assert len(records(again)) == (1 if len(lacking) < 3 else 27)
    resumed = pages(sandbox, "Lead", read[0].cursor)
    assert set(by_id([read[0], *resumed])) == set(by_id(read))


def test_discover_gives_types_choices_and_which_fields_are_custom(sandbox: SalesforceSandbox) -> None:
    """A mapping is written from this."""
    with connect(sandbox) as source:
        fields = {field.path: field for field in source.discover("Lead")}
    assert fields["Status"].type == "enum"
    assert "Open - Not Contacted" in fields["Status"].choices
    assert (fields["Product_Interest__c"].type, fields["Product_Interest__c"].custom) == ("multi_enum", True)
    assert fields["IsConverted"].type == "boolean"
    assert "Address" not in fields


def test_an_object_that_the_user_may_not_see_is_told_once_and_fails_once_it_was_read(
    sandbox: SalesforceSandbox,
) -> None:
    """Orgs without opportunities exist; a right that got lost is a fault."""
    cursor = pages(sandbox, "OpportunityContactRole")[-1].cursor
    del sandbox.org.fields["OpportunityContactRole"]
    assert "not visible" in notices(pages(sandbox, "OpportunityContactRole"))
    with pytest.raises(SetupError, match="NOT_FOUND"):
        pages(sandbox, "OpportunityContactRole", cursor)


def test_unknown_streams_and_foreign_cursors_are_refused(sandbox: SalesforceSandbox) -> None:
    """A typo must not read nothing and be green."""
    with pytest.raises(SetupError, match="no stream"):
        pages(sandbox, "Leads")
    with pytest.raises(SetupError, match="cursor"):
        pages(sandbox, "Lead", {"page": 7})
