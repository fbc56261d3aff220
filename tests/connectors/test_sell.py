"""Zendesk Sell, read from the stand-in over HTTP by its lists."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.connector import SourceRecord
from connectors.errors import CredentialsError, SetupError, TransientError
from sandbox.sell.account import contact, deal
from sandbox.sell.standin import SellSandbox
from tests.connectors.sell_reading import ACTIVITIES, LISTED, all_ids, connect, ids, pages_of, read

NOW = datetime(2026, 9, 1, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def running() -> Iterator[SellSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with SellSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: SellSandbox) -> SellSandbox:
    """A running stand-in with its seeded account."""
    running.reset()
    return running


def fill(vendor: SellSandbox, count: int) -> None:
    """Add so many of everything."""
    account = vendor.account
    owner = next(iter(account.tables["users"]))
    stage = next(iter(account.tables["stages"]))
    account.add_leads(count)
    for number in range(count):
        firm = account.add("contacts", **{**contact(owner), "is_organization": True, "name": f"Firm {number}"})
        account.add("contacts", **{**contact(owner), "last_name": f"Person {number}", "contact_id": firm["id"]})
        account.add("deals", **deal(f"Deal {number}", firm["id"], stage, owner))


def test_a_first_read_takes_every_lead_once(vendor: SellSandbox) -> None:
    """In eleven calls a thousand and one for the mark: the eleventh part proves that nothing was skipped."""
    vendor.account.add_leads(1_000 - len(vendor.account.tables["leads"]))

    with vendor.counting() as calls:
        records, _ = read(vendor, "leads")

    assert ids(records) == sorted(all_ids(vendor))
    assert len([call for call in calls if call.path == "/v2/leads"]) <= 12


def test_a_small_account_costs_one_call_a_stream(vendor: SellSandbox) -> None:
    """A page that has all there is needs no second one, nor a call for the mark."""
    for stream in LISTED:
        with vendor.counting() as calls:
            read(vendor, stream)
        assert len([call for call in calls if "sort_by" in call.query and "conversions" not in call.path]) == 1


def test_companies_and_people_are_two_streams(vendor: SellSandbox) -> None:
    """One list of the vendor's; companies come first, since people point to them."""
    companies, _ = read(vendor, "companies")
    people, _ = read(vendor, "contacts")

    assert {r.data["is_organization"] for r in companies} == {True}
    assert {r.data["is_organization"] for r in people} == {False}
    assert {*ids(companies), *ids(people)} == all_ids(vendor, "contacts")
    with connect(vendor) as sell:
        assert [s.name for s in sell.streams()][2:4] == ["companies", "contacts"]


def test_ids_beyond_what_a_float_holds_stay_apart(vendor: SellSandbox) -> None:
    """The stand-in's ids begin at 2 to the 53rd."""
    records, _ = read(vendor, "leads")

    assert len(set(ids(records))) == len(records)
    assert min(int(id_) for id_ in ids(records)) > 2**53


def test_sources_and_reasons_come_by_name(vendor: SellSandbox) -> None:
    """A mapping has no table of the account's ids; one call reads a whole table."""
    with vendor.counting() as calls:
        leads, _ = read(vendor, "leads")
    deals, _ = read(vendor, "deals")

    names = {r.data["source_name"] for r in leads}
    assert names == {"Website", "Trade fair", None}
    assert {"Website", None} == {r.data["source_name"] for r in deals}
    assert "Price" in {r.data["loss_reason_name"] for r in deals}
    assert [call.path for call in calls].count("/v2/lead_sources") == 1
    assert all(r.data["source_id"] for r in leads if r.data["source_name"])


def test_a_source_added_while_we_read_is_learned(vendor: SellSandbox) -> None:
    """The table is read anew when a record bears an id that it lacks."""
    vendor.account.add_leads(300)
    with connect(vendor) as sell:
        pages = sell.pull("leads", None)
        records = list(next(pages).records)
        source = vendor.account.add("lead_sources", name="Podcast", resource_type="lead")
        vendor.account.change("leads", list(vendor.account.tables["leads"].values())[-1], source_id=source["id"])
        records += [record for page in pages for record in page.records]

    assert records[-1].data["source_name"] == "Podcast"


def test_a_source_that_nobody_knows_is_told(vendor: SellSandbox) -> None:
    """The record is kept with its id, and without a name."""
    row = vendor.account.add_leads(1)[0]
    row["source_id"] = 4711

    pages = pages_of(vendor, "leads")

    assert "/lead_sources" in " ".join(notice for page in pages for notice in page.notices)
    last = pages[-1].records[-1].data
    assert (last["source_id"], last["source_name"]) == (4711, None)


def test_a_table_that_we_may_not_read_costs_the_names_alone(vendor: SellSandbox) -> None:
    """Records are worth more than the names of their sources."""
    vendor.hidden = {"lead_sources"}

    pages = pages_of(vendor, "leads")

    assert {r.id for page in pages for r in page.records} == all_ids(vendor)
    assert "insufficient_scope" in pages[0].notices[0]


@pytest.mark.parametrize("embeds", ["items", "list"])
def test_a_deal_has_its_contacts_inside(vendor: SellSandbox, embeds: str) -> None:
    """Whichever way they are wrapped: a list of who stands beside it."""
    vendor.embeds = embeds
    deal_id, beside = next(iter(vendor.account.beside.items()))

    records, _ = read(vendor, "deals")
    data = {r.id: r.data for r in records}[str(deal_id)]

    assert data["associated_contacts"] == [
        {
            "contact_id": id_,
            "role": "involved",
            "is_organization": vendor.account.tables["contacts"][id_]["is_organization"],
        }
        for id_ in beside
    ]
    assert {each["is_organization"] for each in data["associated_contacts"]} == {True, False}


def test_a_deal_says_whether_its_contact_is_a_person_or_a_company(vendor: SellSandbox) -> None:
    """The vendor keeps both in one list. What the run has read of contacts it does not ask for again."""
    contacts = vendor.account.tables["contacts"]
    alone, _ = read(vendor, "deals")
    with connect(vendor) as sell:
        for stream in ("companies", "contacts"):
            list(sell.pull(stream, None))
        with vendor.counting() as calls:
            together = [record for page in sell.pull("deals", None) for record in page.records]

    assert together == alone
    assert "/v2/contacts" not in [call.path for call in calls]
    for record in alone:
        is_company = contacts[record.data["contact_id"]]["is_organization"]
        assert record.data["contact_company_id" if is_company else "contact_person_id"] == record.data["contact_id"]
        assert record.data["contact_person_id" if is_company else "contact_company_id"] is None
    assert {bool(record.data["contact_company_id"]) for record in alone} == {True, False}


def test_a_pipeline_has_its_stages_inside_in_their_order(vendor: SellSandbox) -> None:
    """Read whole each time, in two calls."""
    with vendor.counting() as calls:
        (record,), cursor = read(vendor, "pipelines")
    again, _ = read(vendor, "pipelines", cursor)

    assert [s["position"] for s in record.data["stages"]] == list(range(1, 9))
    assert len(calls) == 2
    assert again == [record]


def test_users_are_read_whole_each_time(vendor: SellSandbox) -> None:
    """They are few, and an owner must be known before what they own."""
    first, cursor = read(vendor, "users")
    again, _ = read(vendor, "users", cursor)

    assert again == first
    assert ids(first) == sorted(all_ids(vendor, "users"))


def test_only_what_changed_comes_the_second_time(vendor: SellSandbox) -> None:
    """Newest first, until older than the mark: one call for up to a hundred changes."""
    vendor.account.add_leads(400)
    _, cursor = read(vendor, "leads", overlap=0)
    rows = list(vendor.account.tables["leads"].values())
    vendor.account.change("leads", rows[3], title="CEO")
    added = vendor.account.add_leads(1)

    with vendor.counting() as calls:
        records, cursor = read(vendor, "leads", cursor, overlap=0)

    assert {str(rows[3]["id"]), str(added[0]["id"])} <= set(ids(records))
    assert len(records) <= 3
    assert [call.path for call in calls].count("/v2/leads") == 1


def test_calls_of_an_increment_do_not_grow_with_the_account(vendor: SellSandbox) -> None:
    """A hundred changes among two hundred and among two thousand."""
    made = []
    for more in (200, 1_800):
        vendor.account.add_leads(more)
        _, cursor = read(vendor, "leads", now=NOW)
        _, cursor = read(vendor, "leads", cursor, now=NOW + 100)
        for row in list(vendor.account.tables["leads"].values())[:100]:
            vendor.account.change("leads", row, title="x")
        with vendor.counting() as calls:
            records, _ = read(vendor, "leads", cursor, now=NOW + 200)
        assert len(records) == 100
        made.append(len([call for call in calls if call.path == "/v2/leads"]))

    assert made[0] == made[1] <= 2


def test_what_comes_to_light_late_is_not_lost(vendor: SellSandbox) -> None:
    """A change whose time lies before the mark, within the overlap."""
    _, cursor = read(vendor, "leads", now=NOW + 1_000)
    mark = datetime.fromisoformat(cursor["mark"])
    late = vendor.account.add_leads(1, at=f"{mark.replace(second=(mark.second - 5) % 60):%Y-%m-%dT%H:%M:%SZ}")

    records, _ = read(vendor, "leads", cursor, now=NOW + 1_030)

    assert str(late[0]["id"]) in ids(records)


def test_an_overlap_that_has_passed_is_read_once_and_no_more(vendor: SellSandbox) -> None:
    """Else the last minute before a quiet weekend would be read every quarter of an hour."""
    _, cursor = read(vendor, "leads", now=NOW + 1_000)
    once, cursor = read(vendor, "leads", cursor, now=NOW + 1_900)
    never, cursor = read(vendor, "leads", cursor, now=NOW + 2_800)
    added = vendor.account.add_leads(1)
    later, _ = read(vendor, "leads", cursor, now=NOW + 3_700)

    assert once
    assert never == []
    assert ids(later) == [str(added[0]["id"])]


@pytest.mark.parametrize("newest_id_first", [False, True])
@pytest.mark.parametrize("names_next_page", [False, True])
def test_a_crowd_of_one_second_larger_than_a_page_comes_whole(
    vendor: SellSandbox, newest_id_first: bool, names_next_page: bool
) -> None:
    """An import stamps hundreds alike; in which order they stand among themselves nobody says."""
    vendor.newest_id_first, vendor.names_next_page = newest_id_first, names_next_page
    _, cursor = read(vendor, "leads")
    crowd = vendor.account.add_leads(350, at="2026-09-01T00:00:00Z")

    records, cursor = read(vendor, "leads", cursor)

    found = [id_ for id_ in ids(records) if id_ in {str(row["id"]) for row in crowd}]
    assert len(found) == len(set(found)) == 350
    assert cursor["mark"] == "2026-09-01T00:00:00Z"


@pytest.mark.parametrize("stream", LISTED)
def test_a_killed_first_read_resumes_behind_any_page(vendor: SellSandbox, stream: str) -> None:
    """Whoever stored a page and its cursor together loses nothing and reads nothing of the list again."""
    fill(vendor, 90)
    whole = pages_of(vendor, stream, page_size=20)

    for number, page in enumerate(whole[:-1]):
        rest = pages_of(vendor, stream, page.cursor, page_size=20, overlap=0)
        later = {record.id for page in whole[number + 1 :] for record in page.records}
        assert later <= {record.id for page in rest for record in page.records}
        first = [r.id for page in rest[: len(whole) - number - 1] for r in page.records]
        assert first == [r.id for page in whole[number + 1 :] for r in page.records]


def test_a_killed_increment_resumes_behind_any_page(vendor: SellSandbox) -> None:
    """And what changed after it began comes too."""
    _, cursor = read(vendor, "leads", overlap=0)
    added = {str(row["id"]) for row in vendor.account.add_leads(90)}
    whole = pages_of(vendor, "leads", cursor, page_size=20, overlap=0)

    for number, page in enumerate(whole[:-1]):
        seen = {record.id for each in whole[: number + 1] for record in each.records}
        new = vendor.account.add_leads(9)
        rest, _ = read(vendor, "leads", page.cursor, page_size=20, overlap=0)
        assert added <= seen | set(ids(rest))
        assert {str(row["id"]) for row in new} <= set(ids(rest))


@pytest.mark.parametrize("names_next_page", [False, True])
def test_records_deleted_while_we_read_hide_nobody(vendor: SellSandbox, names_next_page: bool) -> None:
    """Each deletion moves all that follow; plain pages would jump over as many as were deleted."""
    vendor.names_next_page = names_next_page
    vendor.account.add_leads(400)
    seen: list[str] = []
    with connect(vendor, page_size=20) as sell:
        for page in sell.pull("leads", None):
            seen += ids(page.records)
            rows = list(vendor.account.tables["leads"].values())
            for row in rows[:7] if len(rows) > 60 else []:
                vendor.account.delete("leads", row)

    assert all_ids(vendor) <= set(seen)
    assert len(seen) == len(set(seen))


def test_records_deleted_while_we_read_an_increment_hide_nobody(vendor: SellSandbox) -> None:
    """Newest first, the same holds."""
    _, cursor = read(vendor, "leads", overlap=0)
    wanted = {str(row["id"]) for row in vendor.account.add_leads(120)}
    seen: list[str] = []
    with connect(vendor, page_size=20, overlap=0) as sell:
        for page in sell.pull("leads", cursor):
            seen += ids(page.records)
            for row in [row for row in vendor.account.tables["leads"].values() if str(row["id"]) in seen][:6]:
                vendor.account.delete("leads", row)

    assert {id_ for id_ in wanted if id_ in all_ids(vendor)} <= set(seen)


def test_records_added_and_edited_while_we_read_are_there_in_the_end(vendor: SellSandbox) -> None:
    """After the next read we hold what the vendor holds."""
    vendor.account.add_leads(120)
    held: dict[str, Any] = {}
    cursor = None
    with connect(vendor, page_size=20) as sell:
        for number, page in enumerate(sell.pull("leads", None)):
            held |= {record.id: record.data["title"] for record in page.records}
            cursor = page.cursor
            vendor.account.change("leads", list(vendor.account.tables["leads"].values())[number], title=f"T{number}")
            if number < 5:
                vendor.account.add_leads(2)
    records, _ = read(vendor, "leads", cursor)
    held |= {record.id: record.data["title"] for record in records}

    assert held == {str(id_): row["title"] for id_, row in vendor.account.tables["leads"].items()}


def converted(records: Iterable[SourceRecord]) -> dict[str, SourceRecord]:
    """Of records, the leads that were converted."""
    return {record.id: record for record in records if "conversion" in record.data}


def test_a_converted_lead_is_told_with_the_contact_it_became(vendor: SellSandbox) -> None:
    """It leaves the list of leads; that alone would say nothing. What was converted long ago is not told."""
    rows = list(vendor.account.tables["leads"].values())
    vendor.account.convert(rows[0])
    first, cursor = read(vendor, "leads")
    made = [vendor.account.convert(row) for row in rows[1:4]]

    with vendor.counting() as calls:
        later, cursor = read(vendor, "leads", cursor)
    never, _ = read(vendor, "leads", cursor)

    assert str(rows[0]["id"]) not in ids(first)
    told = converted(later)
    assert told.keys() == {str(row["id"]) for row in rows[1:4]}
    one = told[str(rows[1]["id"])]
    assert (one.event, one.data["contact"]["id"]) == ("live", made[0]["individual_id"])
    assert len([call for call in calls if call.path == "/v2/contacts"]) == 1
    assert converted(never) == {}


def test_a_lead_converted_while_we_read_is_told_the_next_time(vendor: SellSandbox) -> None:
    """Read as a lead a moment ago: where the conversions stand is noted before the list is read."""
    row = next(iter(vendor.account.tables["leads"].values()))
    with connect(vendor) as sell:
        for page in sell.pull("leads", None):
            cursor = page.cursor
            if str(row["id"]) in ids(page.records):
                vendor.account.convert(row)

    later, _ = read(vendor, "leads", cursor)

    assert list(converted(later)) == [str(row["id"])]


def test_a_read_of_conversions_that_is_killed_begins_again(vendor: SellSandbox) -> None:
    """They come newest first: none is noted before all were read."""
    fill(vendor, 90)
    _, cursor = read(vendor, "leads")
    wanted = {str(vendor.account.convert(row)["lead_id"]) for row in list(vendor.account.tables["leads"].values())[:70]}
    whole = pages_of(vendor, "leads", cursor, page_size=20)
    stored = [page.cursor for page in whole[:-1] if page.cursor is not None]

    again, _ = read(vendor, "leads", stored[-1], page_size=20)

    assert converted(again).keys() == wanted


def test_conversions_out_of_order_fail_the_read_and_say_how_to_do_without(vendor: SellSandbox) -> None:
    """Whether that list can be sorted nobody could look up."""
    _, cursor = read(vendor, "leads")
    for row in list(vendor.account.tables["leads"].values())[:3]:
        vendor.account.convert(row)

    with connect(vendor) as sell:
        pages = sell.pull("leads", cursor)
        next(pages)
        vendor.obeys_sort = False
        with pytest.raises(TransientError, match="order") as caught:
            list(pages)

    assert "conversions = false" in caught.value.fix


def test_conversions_that_we_may_not_read_are_told(vendor: SellSandbox) -> None:
    """Leads are read all the same; `conversions = false` does not ask."""
    vendor.hidden = {"lead_conversions"}
    pages = pages_of(vendor, "leads")
    with vendor.counting() as calls:
        read(vendor, "leads", conversions=False)

    assert {record.id for page in pages for record in page.records} == all_ids(vendor)
    assert "converted leads" in pages[0].notices[0]
    assert "/v2/lead_conversions" not in [call.path for call in calls]


def test_an_empty_account_is_read_and_goes_on_when_leads_come(vendor: SellSandbox) -> None:
    """The cursor of an empty list is as good as another."""
    vendor.account.clear("users", "pipelines", "stages", "leads", "contacts", "deals", *ACTIVITIES)
    for stream in (*LISTED, "users", "pipelines"):
        records, cursor = read(vendor, stream)
        assert records == []
        assert read(vendor, stream, cursor)[0] == []
    _, cursor = read(vendor, "leads")
    vendor.account.tables["users"] = {1: {"id": 1}}
    added = vendor.account.add_leads(2)

    assert set(ids(read(vendor, "leads", cursor)[0])) == {str(row["id"]) for row in added}


def test_unknown_new_fields_come_along(vendor: SellSandbox) -> None:
    """So that a mapping may read them without a new connector."""
    row = next(iter(vendor.account.tables["leads"].values()))
    row["score"] = {"value": 7}

    records, _ = read(vendor, "leads")

    assert records[0].data["score"] == {"value": 7}
    assert {key: records[0].data[key] for key in row} == row


def test_a_read_since_a_time_takes_what_changed_since(vendor: SellSandbox) -> None:
    """For `--since`, without a read before it."""
    vendor.account.add_leads(1, at="2026-09-01T00:00:00Z")
    vendor.account.add_leads(1, at="2026-09-02T00:00:00Z")
    with connect(vendor) as sell:
        cursor = sell.cursor_since("leads", datetime(2026, 9, 1, 12, tzinfo=UTC))

    records, _ = read(vendor, "leads", cursor)

    assert [r.changed_at for r in records] == ["2026-09-02T00:00:00Z"]


def test_a_time_ahead_of_all_clocks_hides_nothing(vendor: SellSandbox) -> None:
    """The vendor writes the year 9999 for "forever"; as a mark it would be the end of reading."""
    vendor.account.add_leads(1, at="9999-12-31T00:00:00Z")
    _, cursor = read(vendor, "leads", now=time.time())
    added = vendor.account.add_leads(1)

    records, _ = read(vendor, "leads", cursor, now=time.time())

    assert str(added[0]["id"]) in ids(records)


def test_discover_lists_custom_fields_by_the_path_that_a_mapping_writes(vendor: SellSandbox) -> None:
    """A name with a dot stands in quotes; a field that companies do not have is not theirs."""
    with connect(vendor) as sell:
        fields = {stream: {f.path: f for f in sell.discover(stream)} for stream in (*LISTED, "users", "pipelines")}

    assert fields["leads"]["custom_fields.Seats"].type == "number"
    tier = fields["contacts"]['custom_fields."Tier no. 1.5"']
    assert (tier.type, tier.choices, tier.label) == ("enum", ("Gold", "Silver"), "Tier no. 1.5")
    assert 'custom_fields."Tier no. 1.5"' not in fields["companies"]
    assert fields["deals"]["value"].type == "number"
    assert "email" in fields["users"]


def test_check_tells_who_we_are_and_what_we_may_read(vendor: SellSandbox) -> None:
    """Credentials, role, each stream."""
    with connect(vendor) as sell:
        checks = {check.name: check for check in sell.check()}

    assert all(check.ok for check in checks.values())
    assert checks.keys() == {"credentials", "role", "users", "pipelines", *LISTED}


def test_check_warns_when_the_token_is_not_an_admins(vendor: SellSandbox) -> None:
    """Such a token reads less, and nobody is told."""
    vendor.role = "user"

    with connect(vendor) as sell:
        failed = {check.name: check for check in sell.check() if not check.ok}

    assert failed.keys() == {"role"}
    assert "admin" in failed["role"].fix


def test_check_names_the_stream_that_may_not_be_read(vendor: SellSandbox) -> None:
    """And what to ask for."""
    vendor.hidden, vendor.scopes = {"deals"}, {"read"}

    with connect(vendor, sync_api=True) as sell:
        failed = {check.name: check for check in sell.check() if not check.ok}

    assert failed.keys() == {"deals", "sync_api"}
    assert "scope" in failed["deals"].fix
    assert "sync" in failed["sync_api"].fix


def test_a_stream_that_there_is_not_is_refused_by_name(vendor: SellSandbox) -> None:
    with connect(vendor) as sell, pytest.raises(SetupError, match="no stream 'products'"):
        sell.pull("products", None)


def test_a_wrong_token_is_a_matter_of_credentials(vendor: SellSandbox) -> None:
    """And the token is in no word of it."""
    with pytest.raises(CredentialsError) as caught:
        read(vendor, "leads", token="wrong-secret")

    assert "wrong-secret" not in f"{caught.value} {caught.value.fix}"
