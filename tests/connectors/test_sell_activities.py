"""Notes, tasks, calls and visits of Zendesk Sell: read as any list, each with what it stands at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.sell.standin import SellSandbox
from tests.connectors.sell_reading import ACTIVITIES, all_ids, connect, ids, pages_of, read

NOW = datetime(2026, 9, 1, tzinfo=UTC).timestamp()
PLACES = ("lead_id", "contact_person_id", "contact_company_id", "deal_id")


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


@pytest.mark.parametrize("stream", ACTIVITIES)
def test_all_come_and_then_what_changed(vendor: SellSandbox, stream: str) -> None:
    """As leads do."""
    rows = list(vendor.account.tables[stream].values())
    first, cursor = read(vendor, stream, overlap=0, now=NOW)
    vendor.account.change(stream, rows[0], content="Changed", summary="Changed")
    added = vendor.account.add(stream, **{name: rows[0][name] for name in rows[0] if name not in {"id", "updated_at"}})

    later, cursor = read(vendor, stream, cursor, overlap=0, now=NOW + 100)

    assert set(ids(first)) == {str(row["id"]) for row in rows}
    assert {str(rows[0]["id"]), str(added["id"])} <= set(ids(later))
    assert len(later) <= 3, "the row at the mark comes again"


def test_an_activity_says_under_a_name_of_its_own_what_it_stands_at(vendor: SellSandbox) -> None:
    """The vendor's id alone may be a lead's and a contact's."""
    contacts = vendor.account.tables["contacts"]

    for record in read(vendor, "notes")[0]:
        kind, id_ = record.data["resource_type"], record.data["resource_id"]
        if kind == "contact":
            kind = "contact_company" if contacts[id_]["is_organization"] else "contact_person"
        assert {name: record.data[name] for name in PLACES} == {**dict.fromkeys(PLACES), f"{kind}_id": id_}


def test_a_floating_task_stands_at_nothing(vendor: SellSandbox) -> None:
    """Sell lets a task stand by itself."""
    floating = [r for r in read(vendor, "tasks")[0] if r.data["resource_type"] is None]

    assert len(floating) == 1
    assert [floating[0].data[name] for name in PLACES] == [None] * 4


def test_what_the_run_has_read_of_people_and_users_is_not_asked_for_again(vendor: SellSandbox) -> None:
    """A call for the activities, one for the names of outcomes."""
    with connect(vendor) as sell:
        for stream in ("users", "companies", "contacts"):
            list(sell.pull(stream, None))
        with vendor.counting() as calls:
            records = [record for page in sell.pull("calls", None) for record in page.records]

    assert [call.path for call in calls] == ["/v2/calls", "/v2/call_outcomes"]
    assert {record.data["user_name"] for record in records} == {
        next(iter(vendor.account.tables["users"].values()))["name"]
    }
    assert {record.data["outcome_name"] for record in records} == {"Interested"}


@pytest.mark.parametrize("stream", ["calls", "visits"])
def test_a_list_that_is_not_sorted_by_time_is_read_whole_each_time(vendor: SellSandbox, stream: str) -> None:
    """What the vendor sorts these lists by is not told for sure."""
    vendor.refuses_sort = True
    rows = vendor.account.tables[stream]
    vendor.account.tables[stream] |= {n: {**next(iter(rows.values())), "id": n} for n in range(1, 151)}
    pages = pages_of(vendor, stream, now=NOW)
    cursor = pages[-1].cursor

    with vendor.counting() as calls:
        again, after = read(vendor, stream, cursor, now=NOW + 100)

    assert {record.id for page in pages for record in page.records} == set(ids(again)) == all_ids(vendor, stream)
    assert cursor == after == {"read": "all"}
    assert all("updated_at" not in call.query for call in calls)


def test_a_whole_read_that_was_cut_short_is_gone_on_with(vendor: SellSandbox) -> None:
    """From any page."""
    vendor.refuses_sort = True
    rows = vendor.account.tables["calls"]
    vendor.account.tables["calls"] |= {n: {**next(iter(rows.values())), "id": n} for n in range(1, 251)}
    pages = pages_of(vendor, "calls", {"read": "all"}, now=NOW)

    rest, _ = read(vendor, "calls", pages[0].cursor, now=NOW)

    assert len(pages) > 2
    assert {*ids(pages[0].records), *ids(rest)} == all_ids(vendor, "calls")


def test_a_plan_without_visits_is_told_with_the_way_out(vendor: SellSandbox) -> None:
    """The other streams are read all the same."""
    vendor.hidden = {"visits"}

    (page,) = pages_of(vendor, "visits")

    assert (page.records, page.cursor) == ([], None)
    assert "insufficient_scope" in page.notices[0]
    assert "`streams`" in page.notices[0]


def test_the_sync_api_gives_the_same_records(vendor: SellSandbox) -> None:
    """Else each would look changed when the setting is turned."""
    with connect(vendor, sync_api=True) as sell:
        found = {s: [r for page in sell.pull(s, None) for r in page.records] for s in ("companies", *ACTIVITIES)}

    for stream in ACTIVITIES:
        listed, _ = read(vendor, stream)
        assert {r.id: r.data for r in found[stream]} == {r.id: r.data for r in listed}


def test_a_deleted_note_is_told_by_the_sync_api(vendor: SellSandbox) -> None:
    """By list nothing tells it."""
    with connect(vendor, sync_api=True) as sell:
        for page in sell.pull("notes", None):
            assert page.cursor is not None
            sell.stored("notes", page.cursor)
            cursor = page.cursor
    gone = next(iter(vendor.account.tables["notes"].values()))
    vendor.account.delete("notes", gone)

    records, _ = read(vendor, "notes", cursor, sync_api=True)

    assert [(r.id, r.event) for r in records if r.event == "deleted"] == [(str(gone["id"]), "deleted")]
