"""Nothing is lost: large windows, ties, drift, lag, and a reader that is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.connector import Cursor, SourceRecord
from connectors.errors import SetupError, TransientError
from connectors.hubspot.connector import HubSpot
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.vendor import Fault
from tests.connectors.test_hubspot import by_id, connect, generous, read

EARLY = 1_788_000_000_000
"""2026-08-29, in epoch milliseconds."""
SINCE = datetime.fromtimestamp(EARLY / 1000, UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def refill(vendor: HubSpotSandbox, count: int, at: int) -> None:
    """Leave nothing in an account but so many contacts, all changed at one time."""
    vendor.reset(empty=True)
    generous(vendor).add_contacts(count, at=at)


def before(act: Callable[[], None]) -> Fault:
    """Act when a call arrives, then let it through."""

    def fault(_: Request) -> Response | None:
        act()
        return None

    return fault


def test_more_than_ten_thousand_changes_at_one_millisecond_are_all_read(server: HubSpotSandbox) -> None:
    """Search gives no more than 10,000 per query, and an import gives thousands one and the same time."""
    refill(server, 10_001, EARLY)
    with connect(server) as source:
        records, cursor = read(source, cursor=source.cursor_since("contacts", SINCE))

        assert [record.id for record in records] == [str(id_) for id_ in server.portal.records["contacts"]]
        assert read(source, cursor=cursor)[0] == []


def test_an_import_that_was_read_is_not_read_again_at_each_run(server: HubSpotSandbox) -> None:
    """A quiet read costs one search even when the last change was a large import."""
    refill(server, 1_500, EARLY)
    with connect(server) as source:
        _, cursor = read(source)
        with server.counting() as calls:
            records, _ = read(source, cursor=cursor)

    assert records == []
    assert len(calls) == 2


@pytest.mark.parametrize(("stream", "page"), [("contacts", 10), ("deals", 5)])
def test_a_first_read_goes_on_from_any_page(vendor: HubSpotSandbox, stream: str, page: int) -> None:
    """Page and cursor are stored together: whoever is killed after any page loses nothing."""
    source = connect(vendor, list_page=page)
    pages = list(source.pull(stream, None))
    whole = by_id([record for part in pages for record in part.records])

    assert len(pages) >= 5
    for cut in range(1, len(pages) + 1):
        rest, _ = read(connect(vendor, list_page=page), stream, pages[cut - 1].cursor)
        kept = [record for part in pages[:cut] for record in part.records]
        assert by_id(kept) | by_id(rest) == whole
        assert not set(by_id(kept)) & set(by_id(rest))


def test_a_read_of_changes_goes_on_from_any_page(vendor: HubSpotSandbox) -> None:
    """The keyset is in the cursor, and so are the versions that were read."""
    small = {"search_page": 4, "relations_batch": 8, "lag": 0}
    source = connect(vendor, **small)
    _, cursor = read(source)
    for id_ in range(101, 131):
        vendor.update("contacts", str(id_), jobtitle="Chair")
    vendor.archive("contacts", "140")
    pages = list(source.pull("contacts", cursor))
    whole = [(record.id, record.event) for page in pages for record in page.records]

    assert len(pages) == 5
    for cut in range(1, len(pages)):
        rest, _ = read(connect(vendor, **small), cursor=pages[cut - 1].cursor)
        kept = [record for page in pages[:cut] for record in page.records]
        assert [(record.id, record.event) for record in (*kept, *rest)] == whole


def test_what_changes_while_a_first_read_is_killed_is_not_lost(vendor: HubSpotSandbox) -> None:
    """A read that goes on asks for what changed in between as well."""
    pages = connect(vendor, list_page=10).pull("contacts", None)
    first = next(pages)
    vendor.update("contacts", first.records[0].id, jobtitle="Chair")

    records, _ = read(connect(vendor), cursor=first.cursor)

    changed = [record.data for record in records if record.id == first.records[0].id]
    assert [data["properties"]["jobtitle"] for data in changed] == ["Chair"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writes=st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from(["update", "add", "archive", "merge"]), st.integers(1, 11)),
        max_size=8,
    ),
    kills=st.sets(st.integers(1, 12), max_size=3),
)
def test_whatever_drifts_while_we_read_is_there_after_the_next_read(
    server: HubSpotSandbox, writes: list[tuple[int, str, int]], kills: set[int]
) -> None:
    """Records change, appear, vanish between any two pages, the reader is killed: nothing differs at last."""
    refill(server, 12, EARLY)
    seen: dict[str, dict[str, Any]] = {}
    cursor: Cursor | None = None
    read_pages = 0
    with connect(server, list_page=3, search_page=2, relations_batch=4) as source:
        for _ in range(len(kills) + 3):
            for page in source.pull("contacts", cursor):
                _keep(seen, page.records)
                cursor = page.cursor
                read_pages += 1
                for _, action, target in (w for w in writes if w[0] == read_pages):
                    _write(server, action, 101 + target)
                if read_pages in kills:
                    break
        for page in source.pull("contacts", cursor):
            _keep(seen, page.records)

    live = {str(i): r for i, r in server.portal.records["contacts"].items() if r.archived is None}
    assert set(seen) == set(live)
    assert all(seen[i]["properties"]["firstname"] == r.properties["firstname"] for i, r in live.items())


def _keep(seen: dict[str, dict[str, Any]], records: list[SourceRecord]) -> None:
    for record in records:
        if record.event == "live":
            seen[record.id] = record.data
        else:
            seen.pop(record.id, None)


def _write(vendor: HubSpotSandbox, action: str, id_: int) -> None:
    """Write to a record, if it is still live; 101 wins all merges."""
    record = vendor.portal.records["contacts"].get(id_)
    if record is None or record.archived is not None:
        return
    match action:
        case "update":
            vendor.update("contacts", str(id_), firstname="Di")
        case "add":
            vendor.add_contacts(1)
        case "archive":
            vendor.archive("contacts", str(id_))
        case "merge":
            vendor.merge("contacts", "101", str(id_))


def test_a_record_that_search_shows_late_is_found_by_the_next_read(vendor: HubSpotSandbox) -> None:
    """Search trails writes; what is overlapped makes up for it."""
    source = connect(vendor)
    _, cursor = read(source)
    vendor.index_lag = 60
    (late,) = vendor.add_contacts(1)
    vendor.update("contacts", "102", jobtitle="Chair")
    records, cursor = read(source, cursor=cursor)
    assert records == []
    vendor.index_lag = 0
    (newer,) = vendor.add_contacts(1)
    records, cursor = read(source, cursor=cursor)

    assert set(by_id(records)) == {"102", late, newer}


def test_a_change_of_this_minute_is_read_once_more_and_then_no_more(vendor: HubSpotSandbox) -> None:
    """Two writes may share a millisecond: a version is only taken as final when search has settled."""
    source = connect(vendor)
    _, cursor = read(source)
    vendor.update("contacts", "102", jobtitle="Chair")
    first, cursor = read(source, cursor=cursor)
    again, cursor = read(source, cursor=cursor)
    later = HubSpot(source.config, clock=lambda: time.time() + 3600)
    settled, cursor = read(later, cursor=cursor)

    assert first == again == settled
    assert [record.id for record in first] == ["102"]
    assert read(later, cursor=cursor)[0] == []


def test_a_record_merged_between_list_and_fetch_is_left_to_the_winner(vendor: HubSpotSandbox) -> None:
    """batch/read by a loser's id answers with the winner: the id asked for is compared with the one got."""
    vendor.faults.add(before(lambda: vendor.merge("contacts", "150", "101")), at="/crm/v3/objects/contacts/batch/read")

    records, _ = read(connect(vendor, url_limit=0))

    assert "101" not in by_id(records)
    assert len(by_id(records)) == len(vendor.portal.records["contacts"])


def test_a_list_that_leaves_a_record_out_is_not_complete(vendor: HubSpotSandbox) -> None:
    """Green means complete: the search's total is the proof, and the next run begins anew."""
    source = connect(vendor, list_page=20)

    cursor = last_cursor(source, None, vendor)
    records, _ = read(source, cursor=cursor)

    assert "105" in by_id(records)


def last_cursor(source: HubSpot, cursor: Cursor | None, vendor: HubSpotSandbox) -> Cursor | None:
    """Give the cursor that a read leaves which fails for want of record 105."""
    vendor.forgotten = {"105"}
    with pytest.raises(TransientError, match=r"1 .*records were left out"):  # noqa: PT012
        for page in source.pull("contacts", cursor):
            cursor = page.cursor
    vendor.forgotten = set()
    return cursor


def test_a_search_that_leaves_a_record_out_is_not_complete(vendor: HubSpotSandbox) -> None:
    """Each page says how many are left: one that vanishes without being given raises a doubt."""
    source = connect(vendor, search_page=20)
    since = source.cursor_since("contacts", datetime(2026, 1, 1, tzinfo=UTC))

    cursor = last_cursor(source, since, vendor)
    records, _ = read(source, cursor=cursor)

    assert "105" in by_id(records)


def test_a_cursor_of_something_else_is_refused(vendor: HubSpotSandbox) -> None:
    """A clear word, and the way out, rather than a KeyError."""
    with pytest.raises(SetupError, match="cursor") as caught:
        read(connect(vendor), cursor={"offset": 3})

    assert "--full" in caught.value.fix


def test_search_out_of_order_is_noticed(vendor: HubSpotSandbox) -> None:
    """A keyset over rows that are not in order would lose some: better to fail."""
    source = connect(vendor)
    since = source.cursor_since("contacts", datetime(2026, 1, 1, tzinfo=UTC))
    row = {"properties": {}, "createdAt": "2026-08-01T00:00:00Z", "updatedAt": "2026-08-01T00:00:00Z"}
    shuffled = {"total": 2, "results": [row | {"id": "9"}, row | {"id": "8"}]}
    vendor.faults.add(lambda _: JSONResponse(shuffled), at="/search", times=2)

    with pytest.raises(TransientError, match="rising hs_object_id"):
        read(source, cursor=since)
