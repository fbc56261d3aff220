"""Mailchimp, read through the vendor's SDK from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import Cursor, SourceRecord
from connectors.errors import SetupError
from connectors.mailchimp.connector import Mailchimp
from connectors.mailchimp.settings import MailchimpConfig
from sandbox.mailchimp import EVENTS, NEWSLETTER, MailchimpSandbox

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[MailchimpSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with MailchimpSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: MailchimpSandbox) -> MailchimpSandbox:
    """A running stand-in with its seeded audiences."""
    running.reset()
    return running


@pytest.fixture
def quiet(vendor: MailchimpSandbox) -> MailchimpSandbox:
    """A running stand-in with one empty audience."""
    vendor.clear()
    vendor.lists.pop(EVENTS)
    return vendor


def connect(vendor: MailchimpSandbox, **settings: Any) -> Mailchimp:
    """A connector pointed at the stand-in by nothing but its settings."""
    return Mailchimp(MailchimpConfig(**vendor.settings(), **settings))


def read(vendor: MailchimpSandbox, cursor: Cursor | None = None, **settings: Any) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    with connect(vendor, **settings) as mailchimp:
        pages = list(mailchimp.pull("members", cursor))
    last = pages[-1].cursor
    assert last is not None
    return [record for page in pages for record in page.records], last


def test_a_first_read_takes_every_member_of_every_audience(vendor: MailchimpSandbox) -> None:
    """Unsubscribed and cleaned ones too: their status is for the mapping to judge."""
    records, _ = read(vendor)

    rows = [row for audience in vendor.members.values() for row in audience]
    assert sorted(r.id for r in records) == sorted(f"{row['list_id']}:{row['contact_id']}" for row in rows)
    assert {r.data["status"] for r in records} >= {"subscribed", "unsubscribed", "cleaned", "archived"}


def test_a_first_read_of_small_audiences_costs_two_calls_each_and_one_to_list_them(
    vendor: MailchimpSandbox,
) -> None:
    """Members and archived members; one answer that holds all needs no proof."""
    with vendor.counting() as calls:
        read(vendor)

    assert len(calls) == 1 + 2 * 2


def test_calls_are_counted(vendor: MailchimpSandbox) -> None:
    """Reports and quotas rest on the count."""
    with vendor.counting() as calls, connect(vendor) as mailchimp:
        list(mailchimp.pull("members", None))

    assert mailchimp.calls == len(calls)


def test_only_what_changed_comes_the_second_time(vendor: MailchimpSandbox) -> None:
    """An incremental run costs by what changed."""
    _, cursor = read(vendor)
    member = vendor.members[NEWSLETTER][0]
    vendor.change(member, COMPANY="Acme")

    with vendor.counting() as calls:
        records, _ = read(vendor, cursor, audience=NEWSLETTER)

    assert [r.data["merge_fields"]["COMPANY"] for r in records] == ["Acme"]
    assert len(calls) == 2


def test_a_change_of_this_very_moment_comes(vendor: MailchimpSandbox) -> None:
    """The read is open towards now; only what it claims to have settled lies a minute back."""
    _, cursor = read(vendor)
    member = vendor.add_members(1)[0]

    records, _ = read(vendor, cursor)

    assert [r.data["contact_id"] for r in records] == [member["contact_id"]]


def test_a_record_is_the_member_without_links(vendor: MailchimpSandbox) -> None:
    """Links are the API's, not the person's."""
    records, _ = read(vendor)
    row = vendor.members[NEWSLETTER][0]

    record = next(r for r in records if r.id == f"{NEWSLETTER}:{row['contact_id']}")

    assert record.data == {key: value for key, value in row.items() if key != "_links"}
    assert record.changed_at == row["last_changed"]


def test_one_person_in_two_audiences_is_two_records(vendor: MailchimpSandbox) -> None:
    """Each audience has a status and fields of its own; matching makes them one person."""
    records, _ = read(vendor)

    shared = vendor.members[EVENTS][0]["email_address"]
    audiences = {r.id.partition(":")[0] for r in records if r.data["email_address"] == shared}
    assert audiences == {NEWSLETTER, EVENTS}


def test_a_changed_address_keeps_the_record(vendor: MailchimpSandbox) -> None:
    """The hash follows the address, the contact id does not."""
    before, cursor = read(vendor, audience=EVENTS)
    vendor.change_address(vendor.members[EVENTS][0], "someone.else@example.com")

    after, _ = read(vendor, cursor, audience=EVENTS)

    assert [r.id for r in after] == [r.id for r in before if r.data["contact_id"] == after[0].data["contact_id"]]


@pytest.mark.parametrize(
    ("absent", "key"),
    [(["contact_id"], "unique_email_id"), (["contact_id", "unique_email_id"], "id")],
)
def test_accounts_without_contact_ids_have_stable_ids_too(quiet: MailchimpSandbox, absent: list[str], key: str) -> None:
    """Answers recorded before contact ids came have `unique_email_id` alone."""
    member = quiet.add_members(1)[0]
    for name in absent:
        member.pop(name)

    records, _ = read(quiet)

    assert [r.id for r in records] == [f"{NEWSLETTER}:{member[key]}"]


def test_an_archived_member_is_told_and_comes_back(vendor: MailchimpSandbox) -> None:
    """Archived members vanish from the listing; not being listed must not be all we know."""
    _, cursor = read(vendor)
    member = vendor.members[NEWSLETTER][0]
    vendor.archive(member)
    gone, cursor = read(vendor, cursor)
    vendor.set_status(member, "subscribed")
    back, _ = read(vendor, cursor)

    assert [r.event for r in gone] == ["archived"]
    assert [r.event for r in back] == ["live"]
    assert gone[0].id == back[0].id


def test_archived_members_listed_unasked_are_archived_all_the_same(vendor: MailchimpSandbox) -> None:
    """Whether a listing without status shows them is not settled by the documentation."""
    vendor.archived_unasked = True

    records, _ = read(vendor)

    archived = {r.id for r in records if r.data["status"] == "archived"}
    assert archived == {r.id for r in records if r.event == "archived"} != set()


def test_a_killed_read_resumes_behind_any_page(vendor: MailchimpSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing."""
    vendor.add_members(9, at=AN_HOUR_AGO)
    with connect(vendor, page_size=7) as mailchimp:
        pages = list(mailchimp.pull("members", None))
    everybody = {record.id for page in pages for record in page.records}

    for number in range(0, len(pages), 4):
        done = {record.id for page in pages[: number + 1] for record in page.records}
        rest, _ = read(vendor, pages[number].cursor, page_size=7)
        assert done | {record.id for record in rest} == everybody


def test_a_resumed_read_does_not_begin_anew(vendor: MailchimpSandbox) -> None:
    """Resuming costs the rest, not the whole."""
    with connect(vendor, page_size=10, audience=NEWSLETTER) as mailchimp:
        pages = list(mailchimp.pull("members", None))

    rest, _ = read(vendor, pages[3].cursor, page_size=10, audience=NEWSLETTER)

    assert len(rest) <= sum(len(page.records) for page in pages[4:]) + 2


def test_members_edited_while_we_page_do_not_hide_others(quiet: MailchimpSandbox) -> None:
    """Each edit shifts everybody behind it by one: paging by offset skips as many."""
    members = [quiet.add_members(1, at=AN_HOUR_AGO + timedelta(seconds=n))[0] for n in range(60)]
    met: set[str] = set()

    with connect(quiet, page_size=10) as mailchimp:
        for number, page in enumerate(mailchimp.pull("members", None)):
            met |= {record.data["contact_id"] for record in page.records}
            for member in members[number * 3 : number * 3 + 3]:
                quiet.change(member, COMPANY=f"Edited {number}")

    assert met == {member["contact_id"] for member in members}


def test_members_of_one_import_edited_while_we_page_do_not_hide_others(quiet: MailchimpSandbox) -> None:
    """They share a second, so their pages must join by offset, which moves with each edit."""
    members = quiet.add_members(60, at=AN_HOUR_AGO)
    met: set[str] = set()

    with connect(quiet, page_size=10) as mailchimp:
        for number, page in enumerate(mailchimp.pull("members", None)):
            met |= {record.data["contact_id"] for record in page.records}
            for member in members[number * 3 : number * 3 + 3]:
                quiet.change(member, COMPANY=f"Edited {number}")

    assert met == {member["contact_id"] for member in members}


def test_fewer_rows_than_asked_are_no_end(quiet: MailchimpSandbox) -> None:
    """Only the vendor's total tells the end."""
    for n in range(25):
        quiet.add_members(1, at=AN_HOUR_AGO + timedelta(seconds=n))
    quiet.most_rows = 4

    records, _ = read(quiet)

    assert len({record.id for record in records}) == 25


@pytest.mark.parametrize("inclusive", [True, False])
def test_two_members_of_one_second_both_come_at_a_page_border(quiet: MailchimpSandbox, inclusive: bool) -> None:
    """Equal times are normal, and whether `since` includes its second is not documented."""
    quiet.since_inclusive = inclusive
    for second in (0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4):
        quiet.add_members(1, at=AN_HOUR_AGO + timedelta(seconds=second))

    records, _ = read(quiet, page_size=3)

    assert len(records) == len({record.id for record in records}) == 11


def test_a_member_shown_late_is_met_by_the_next_read(quiet: MailchimpSandbox) -> None:
    """A read reaches back before the end of the last one."""
    _, cursor = read(quiet)
    quiet.add_members(1, at=datetime.now(UTC) - timedelta(minutes=4))

    records, _ = read(quiet, cursor)

    assert len(records) == 1


def test_an_empty_audience_is_read_and_can_be_read_again(quiet: MailchimpSandbox) -> None:
    """Nothing is a result, not a fault."""
    records, cursor = read(quiet)

    assert records == []
    assert read(quiet, cursor)[0] == []


def test_an_account_without_audiences_gives_no_pages(quiet: MailchimpSandbox) -> None:
    """There is nothing to read, and nothing to remember."""
    quiet.lists.clear()

    with connect(quiet) as mailchimp:
        assert list(mailchimp.pull("members", None)) == []
        assert [check.ok for check in mailchimp.check()] == [True, False]


def test_a_new_audience_is_read_from_its_beginning(vendor: MailchimpSandbox) -> None:
    """However far the others are read."""
    events = vendor.members.pop(EVENTS)
    name = vendor.lists.pop(EVENTS)
    _, cursor = read(vendor)
    vendor.lists[EVENTS], vendor.members[EVENTS] = name, events

    records, _ = read(vendor, cursor)

    assert {r.id.partition(":")[0] for r in records} == {EVENTS}


def test_a_read_since_a_time_takes_what_changed_since(vendor: MailchimpSandbox) -> None:
    """For `--since`, without a read before it."""
    since = datetime(2026, 9, 15, tzinfo=UTC)
    with connect(vendor, overlap=0) as mailchimp:
        cursor = mailchimp.cursor_since("members", since)

    records, _ = read(vendor, cursor, overlap=0)

    rows = [row for audience in vendor.members.values() for row in audience]
    wanted = [row for row in rows if datetime.fromisoformat(row["last_changed"]) >= since]
    assert len(records) == len(wanted) > 0


def test_discover_lists_merge_fields_with_their_types(vendor: MailchimpSandbox) -> None:
    """The audience's own fields, once each, whichever audiences have them."""
    with connect(vendor) as mailchimp:
        fields = {field.path: field for field in mailchimp.discover("members")}

    assert fields["merge_fields.ADDRESS"].type == "object"
    assert fields["merge_fields.INTEREST"].choices == ("Trial", "Demo", "Price list")
    assert fields["merge_fields.COMPANY"].custom
    assert fields["email_address"].type == "string"


def test_discover_names_groups_and_the_audience_they_belong_to(vendor: MailchimpSandbox) -> None:
    """A member holds them as true or false by an id that nobody knows by heart."""
    with connect(vendor) as mailchimp:
        several = {field.label: field for field in mailchimp.discover("members")}
    with connect(vendor, audience=NEWSLETTER) as mailchimp:
        one = {field.label for field in mailchimp.discover("members")}

    assert several["Topics: Events (Newsletter)"].type == "boolean"
    assert "Topics: Events" in one
    assert "Company (Newsletter, Trade fairs)" in several


def test_segments_are_read_only_if_asked_for(vendor: MailchimpSandbox) -> None:
    """They cost calls at each read; most accounts work by tags."""
    with connect(vendor) as mailchimp:
        assert [stream.name for stream in mailchimp.streams() if stream.default] == ["members"]
        records = [r for page in mailchimp.pull("segments", None) for r in page.records]
        assert "segment.name" in {field.path for field in mailchimp.discover("segments")}
        with pytest.raises(SetupError, match="point in time"):
            mailchimp.cursor_since("segments", AN_HOUR_AGO)

    assert {r.data["segment"]["name"] for r in records} == {"Wants a demo"}


def test_single_members_are_fetched_as_they_are_pulled(vendor: MailchimpSandbox) -> None:
    """Archived ones too; one who is deleted for good is left out."""
    records, _ = read(vendor)
    gone = vendor.members[EVENTS][0]
    vendor.delete_for_good(gone)
    asked = [records[0].id, next(r.id for r in records if r.event == "archived"), f"{EVENTS}:{gone['contact_id']}"]

    with connect(vendor) as mailchimp:
        found = mailchimp.fetch("members", asked)

    assert found == [next(r for r in records if r.id == id_) for id_ in asked[:2]]


@pytest.mark.parametrize("status", ["subscribed", "archived"])
def test_members_of_older_accounts_are_fetched_by_the_id_of_their_address(quiet: MailchimpSandbox, status: str) -> None:
    """Those have no contact ids, and the listing shows archived ones only when asked."""
    member = quiet.add_members(1)[0]
    member.pop("contact_id")
    quiet.set_status(member, status)

    with connect(quiet) as mailchimp:
        found = mailchimp.fetch("members", [f"{NEWSLETTER}:{member['unique_email_id']}", f"{NEWSLETTER}:0123456789"])

    assert [r.data["email_address"] for r in found] == [member["email_address"]]


def test_check_names_account_and_audiences(vendor: MailchimpSandbox) -> None:
    """What somebody needs to see that this is the right account."""
    with connect(vendor) as mailchimp:
        checks = mailchimp.check()

    assert all(check.ok for check in checks)
    assert "Example Arts" in checks[0].text
    assert [check.name for check in checks[2:]] == [f"members of {NEWSLETTER}", f"members of {EVENTS}"]


def test_check_of_an_audience_that_is_not_there_says_what_to_do(vendor: MailchimpSandbox) -> None:
    """A wrong audience id is the commonest fault of a new source."""
    with connect(vendor, audience="nothere") as mailchimp:
        failed = [check for check in mailchimp.check() if not check.ok]

    assert "Resource Not Found" in failed[0].text
    assert "audience" in failed[0].fix


def test_another_stream_is_refused_by_name(vendor: MailchimpSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as mailchimp, pytest.raises(SetupError, match="contacts") as caught:
        list(mailchimp.pull("contacts", None))

    assert "members" in caught.value.fix
