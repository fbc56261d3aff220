"""Zendesk Sell by its Sync API: a queue that the vendor keeps until we say what we have stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.connector import Cursor, SourceRecord
from connectors.errors import SetupError, TransientError
from connectors.sell.connector import Sell
from sandbox.sell.standin import SellSandbox
from sandbox.vendor import status
from tests.connectors.sell_reading import LISTED, all_ids, connect, ids, read


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


def taken(
    vendor: SellSandbox, cursors: dict[str, Cursor], *, store: bool = True, streams: tuple[str, ...] = LISTED
) -> dict[str, list[SourceRecord]]:
    """Read the streams in one run, as the hub does: store each page, say so, keep its cursor."""
    found: dict[str, list[SourceRecord]] = {}
    with connect(vendor, sync_api=True) as sell:
        for stream in streams:
            found[stream] = _taken(sell, stream, cursors, store)
    return found


def _taken(sell: Sell, stream: str, cursors: dict[str, Cursor], store: bool) -> list[SourceRecord]:
    records: list[SourceRecord] = []
    for page in sell.pull(stream, cursors.get(stream)):
        records += page.records
        assert page.cursor is not None
        if store:
            cursors[stream] = page.cursor
            sell.stored(stream, page.cursor)
    return records


def waiting(vendor: SellSandbox) -> list[int]:
    return [len(device.pending) for device in vendor.queues.devices.values()]


def test_a_first_read_takes_everything_by_one_device(vendor: SellSandbox) -> None:
    """One queue holds all kinds of records: it is read once for all streams."""
    vendor.account.add_leads(250)

    with vendor.counting() as calls:
        found = taken(vendor, {})

    assert set(ids(found["leads"])) == all_ids(vendor)
    assert set(ids(found["deals"])) == all_ids(vendor, "deals")
    assert {*ids(found["companies"]), *ids(found["contacts"])} == all_ids(vendor, "contacts")
    assert waiting(vendor) == [0]
    assert [call.path for call in calls].count("/v2/sync/start") == 1


def test_records_are_the_same_whichever_way_they_came(vendor: SellSandbox) -> None:
    """Else the hub would take every one of them for changed when the setting is turned."""
    found = taken(vendor, {})

    for stream in LISTED:
        listed, _ = read(vendor, stream)
        assert {r.id: r.data for r in found[stream]} == {r.id: r.data for r in listed}


def test_nothing_new_costs_one_call_for_all_streams(vendor: SellSandbox) -> None:
    """204 at the start of a session: nothing waits."""
    cursors: dict[str, Cursor] = {}
    taken(vendor, cursors)

    with vendor.counting() as calls:
        found = taken(vendor, cursors)

    assert [records for records in found.values() if records] == []
    assert len(calls) == 1


def test_only_what_changed_comes_and_deletions_are_told(vendor: SellSandbox) -> None:
    """A deleted contact bears its id alone: it may be a person or a company, so both streams are told."""
    cursors: dict[str, Cursor] = {}
    taken(vendor, cursors)
    account = vendor.account
    lead, gone = list(account.tables["leads"].values())[:2]
    account.change("leads", lead, title="CEO")
    account.change("leads", lead, title="CTO")
    account.delete("leads", gone)
    person = list(account.tables["contacts"].values())[-1]
    account.delete("contacts", person)

    found = taken(vendor, cursors)

    assert [(r.id, r.event, r.data.get("title")) for r in found["leads"]] == [
        (str(lead["id"]), "live", "CTO"),
        (str(gone["id"]), "deleted", None),
    ]
    assert [(r.id, r.event) for r in found["companies"]] == [(str(person["id"]), "deleted")]
    assert [(r.id, r.event) for r in found["contacts"]] == [(str(person["id"]), "deleted")]
    assert waiting(vendor) == [0]


def test_what_was_not_stored_comes_again(vendor: SellSandbox) -> None:
    """Nothing is acknowledged that the hub has not stored: a run that dies loses nothing."""
    taken(vendor, {}, store=False)
    left = waiting(vendor)
    cursors: dict[str, Cursor] = {}
    with connect(vendor, sync_api=True) as sell:
        page = next(iter(sell.pull("companies", None)))
        assert page.cursor is not None
        cursors = {stream: {"device": page.cursor["device"], "page": 0} for stream in LISTED}

    found = taken(vendor, cursors)

    assert left[0] >= sum(len(records) for records in found.values()) - 1
    assert set(ids(found["leads"])) == all_ids(vendor)


def test_a_read_killed_between_pages_goes_on_with_what_is_left(vendor: SellSandbox) -> None:
    """What was stored is acknowledged page by page, and does not come again."""
    vendor.sync_page = 30
    vendor.account.add_leads(100)
    seen: list[str] = []
    cursor: Cursor | None = None
    for _ in range(12):
        with connect(vendor, sync_api=True) as sell:
            for number, page in enumerate(sell.pull("leads", cursor)):
                seen += ids(page.records)
                cursor = page.cursor
                assert cursor is not None
                sell.stored("leads", cursor)
                if number == 4:
                    break

    assert set(seen) == all_ids(vendor)
    assert len(seen) == len(set(seen))


def test_an_item_that_changes_while_we_read_comes_again(vendor: SellSandbox) -> None:
    """Acknowledged is one revision of a record, not what came after it."""
    cursors: dict[str, Cursor] = {}
    lead = next(iter(vendor.account.tables["leads"].values()))
    with connect(vendor, sync_api=True) as sell:
        for page in sell.pull("leads", None):
            if any(r.id == str(lead["id"]) for r in page.records):
                vendor.account.change("leads", lead, title="Changed meanwhile")
            assert page.cursor is not None
            cursors["leads"] = page.cursor
            sell.stored("leads", page.cursor)

    found = taken(vendor, cursors, streams=("leads",))

    assert [r.data["title"] for r in found["leads"]] == ["Changed meanwhile"]


def test_an_empty_page_is_not_the_end(vendor: SellSandbox) -> None:
    """Only 204 is; a client of the vendor's own stops wrongly."""
    vendor.empty_sync_pages = 3

    found = taken(vendor, {})

    assert set(ids(found["leads"])) == all_ids(vendor)


def test_a_queue_that_stalls_is_not_green(vendor: SellSandbox) -> None:
    """Empty pages without end are no proof of anything."""
    vendor.empty_sync_pages = 10_000

    with pytest.raises(TransientError, match="stalls"):
        taken(vendor, {})


def test_a_session_that_ended_is_begun_anew(vendor: SellSandbox) -> None:
    """How long one lives is not told: what was not acknowledged comes in the next."""
    vendor.faults.add(status(404), at="/queues/main")

    found = taken(vendor, {})

    assert set(ids(found["leads"])) == all_ids(vendor)
    assert len(vendor.queues.sessions) == 2


def test_a_session_that_never_lives_is_told(vendor: SellSandbox) -> None:
    vendor.faults.add(status(404), at="/queues/main", times=9)

    with pytest.raises(SetupError, match="404"):
        taken(vendor, {})


def test_a_stream_that_joins_later_is_given_everything(vendor: SellSandbox) -> None:
    """It has a device of its own: what the other one acknowledged was not for it."""
    cursors: dict[str, Cursor] = {}
    taken(vendor, cursors, streams=("leads",))

    found = taken(vendor, cursors)

    assert set(ids(found["deals"])) == all_ids(vendor, "deals")
    assert cursors["deals"]["device"] != cursors["leads"]["device"]


def test_two_devices_leave_nothing_waiting_for_a_stream_that_the_other_one_reads(vendor: SellSandbox) -> None:
    """Else each run would be given again, by both, all that the other one's streams are."""
    cursors: dict[str, Cursor] = {}
    taken(vendor, cursors, streams=LISTED[:4])
    taken(vendor, cursors)
    account = vendor.account
    account.change("leads", next(iter(account.tables["leads"].values())), title="CEO")
    account.change("notes", next(iter(account.tables["notes"].values())), content="Changed")

    found = taken(vendor, cursors)
    with vendor.counting() as calls:
        taken(vendor, cursors)

    assert (len(found["leads"]), len(found["notes"])) == (1, 1)
    assert waiting(vendor) == [0, 0]
    assert len(calls) == 2


def test_a_stream_whose_first_read_died_leaves_nothing_waiting_at_the_device_it_had(vendor: SellSandbox) -> None:
    """The next run gives it a device of its own, and everything."""
    cursors: dict[str, Cursor] = {}
    taken(vendor, cursors, streams=("companies", "contacts", "leads"))

    found = taken(vendor, cursors)

    assert set(ids(found["deals"])) == all_ids(vendor, "deals")
    assert waiting(vendor) == [0, 0]


def test_users_and_pipelines_are_read_by_list_all_the_same(vendor: SellSandbox) -> None:
    records, cursor = read(vendor, "users", sync_api=True)

    assert set(ids(records)) == all_ids(vendor, "users")
    assert cursor == {"read": "all"}


def test_a_point_in_time_is_not_to_be_had(vendor: SellSandbox) -> None:
    """The queue knows devices, no times."""
    with connect(vendor, sync_api=True) as sell, pytest.raises(SetupError, match="point in time"):
        sell.cursor_since("leads", datetime.now(UTC))


@pytest.mark.parametrize("setting", [True, False])
def test_the_setting_may_be_turned_at_any_time(vendor: SellSandbox, setting: bool) -> None:
    """The other way's cursor means a first read."""
    _, cursor = read(vendor, "leads", now=time.time(), sync_api=not setting)
    values: dict[str, Any] = {"sync_api": setting}

    records, _ = read(vendor, "leads", cursor, now=time.time(), **values)

    assert set(ids(records)) == all_ids(vendor)
