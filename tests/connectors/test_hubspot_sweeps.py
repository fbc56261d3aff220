"""What touches no time of change is swept: on a schedule of its own, counted apart, resumable, proved."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.connector import Cursor
from connectors.errors import TransientError
from connectors.hubspot.connector import HubSpot
from sandbox.hubspot.standin import HubSpotSandbox
from tests.connectors.test_hubspot import by_id, connect, generous, read

EARLY = 1_788_000_000_000
"""2026-08-29, in epoch milliseconds."""
DAY = 86_400.0
"""Seconds."""


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def after(source: HubSpot, seconds: float) -> HubSpot:
    """The same source at a later time."""
    return HubSpot(source.config, clock=lambda: time.time() + seconds)


def test_a_relation_that_touches_no_time_is_found_by_the_next_sweep(vendor: HubSpotSandbox) -> None:
    """Neither side looks changed when a contact is given another company, or loses one."""
    source = connect(vendor)
    contacts, cursor = read(source)
    vendor.portal.associate("contacts", "101", "companies", "9001")
    company = vendor.portal.records["contacts"][102].properties["associatedcompanyid"]
    vendor.portal.dissociate("contacts", "102", "companies", company)

    assert read(source, cursor=cursor)[0] == []
    swept, cursor = read(after(source, DAY + 60), cursor=cursor)

    before, now = by_id(contacts), by_id(swept)
    assert {id_ for id_, data in now.items() if data != before[id_]} == {"101", "102"}
    assert {"id": "9001", "primary": False} in now["101"]["associations"]["companies"]
    assert now["102"]["associations"]["companies"] == []
    assert read(after(source, DAY + 120), cursor=cursor)[0] == []


def test_a_sweep_is_counted_apart_and_said(vendor: HubSpotSandbox) -> None:
    """Ten calls per 1,000 records, once a day: whoever counts calls per change must know which they were."""
    vendor.reset(empty=True)
    generous(vendor).add_contacts(1000, at=EARLY)
    source = connect(vendor)
    _, cursor = read(source)
    later = after(source, DAY + 60)

    with vendor.counting() as calls:
        pages = list(later.pull("contacts", cursor))

    notices = [notice for page in pages for notice in page.notices]
    assert notices == ["sweep of relations of contacts: 12 calls"]
    assert later.sweep_calls == 1 + 12
    assert later.calls == len(calls) == 1 + 13
    assert Counter(call.path for call in calls)["/crm/v3/objects/contacts"] == 1 + 10


def test_a_quiet_read_sweeps_nothing_but_the_bin(vendor: HubSpotSandbox) -> None:
    """A look into a small recycle bin is a call, and no word is lost on it."""
    source = connect(vendor)
    _, cursor = read(source)

    again = connect(vendor)
    pages = list(again.pull("contacts", cursor))

    assert (again.calls, again.sweep_calls) == (2, 1)
    assert not any(page.notices for page in pages)


def test_activities_are_swept_once_a_week_and_meetings_daily(vendor: HubSpotSandbox) -> None:
    """There are many of them and they hardly change; a meeting that was planned takes place."""
    source = connect(vendor)
    cursors = {stream: read(source, stream)[1] for stream in ("notes", "meetings", "companies")}

    def swept(seconds: float) -> list[str]:
        later = after(source, seconds)
        return [stream for stream, cursor in cursors.items() if read(later, stream, cursor)[0]]

    assert swept(DAY + 60) == ["meetings"]
    assert swept(7 * DAY + 60) == ["notes", "meetings"]


def test_how_often_is_a_setting(vendor: HubSpotSandbox) -> None:
    """An account with calls to spare may look every hour."""
    source = connect(vendor, relations_every=1)
    _, cursor = read(source)
    vendor.portal.associate("contacts", "101", "companies", "9001")

    assert len(read(after(source, 3601), cursor=cursor)[0]) == 58


def test_a_sweep_goes_on_from_any_page(vendor: HubSpotSandbox) -> None:
    """Whoever is killed in the midst of it neither begins anew nor leaves any out."""
    source = connect(vendor, list_page=10)
    _, cursor = read(source)
    later = after(source, DAY + 60)
    pages = list(later.pull("contacts", cursor))
    whole = [record.id for page in pages for record in page.records]

    assert len(pages) == 2 + 6
    for cut in range(2, len(pages)):
        rest, end = read(later, cursor=pages[cut - 1].cursor)
        kept = [record.id for page in pages[:cut] for record in page.records]
        assert [*kept, *(record.id for record in rest)] == whole
        assert end["step"] is None


def test_a_sweep_moves_no_mark(vendor: HubSpotSandbox) -> None:
    """Where changes are read from is a matter of reads that search for them; nothing may be passed over for it."""
    source = connect(vendor)
    _, cursor = read(source)
    later = after(source, DAY + 60)
    *_, before, last = (page.cursor for page in later.pull("contacts", cursor))

    assert before is not None
    assert last is not None
    assert before["mark"] == last["mark"]


def test_a_sweep_that_leaves_a_record_out_is_not_complete(vendor: HubSpotSandbox) -> None:
    """It proves itself like a first read, and begins anew at the next run, after what changed meanwhile."""
    source = connect(vendor, list_page=20)
    _, cursor = read(source)
    later = after(source, DAY + 60)
    vendor.forgotten = {"105"}
    kept: Cursor | None = cursor
    with pytest.raises(TransientError, match="1 records were left out"):  # noqa: PT012
        for page in later.pull("contacts", cursor):
            kept = page.cursor
    vendor.forgotten = set()
    vendor.update("contacts", "110", jobtitle="Chair")

    records, end = read(later, cursor=kept)

    assert records[0].id == "110"
    assert "105" in by_id(records)
    assert end["swept"] > cursor["swept"]


def test_a_cursor_of_before_sweeps_is_read_and_swept(vendor: HubSpotSandbox) -> None:
    """Whoever comes from an earlier release need not read everything anew."""
    source = connect(vendor)
    _, cursor = read(source)
    del cursor["swept"]

    records, cursor = read(source, cursor=cursor)

    assert len(records) == 58
    assert read(source, cursor=cursor)[0] == []


def test_a_read_from_a_time_on_sweeps_nothing(vendor: HubSpotSandbox) -> None:
    """`--since` asks for little; the sweep follows a day later."""
    source = connect(vendor)
    since = source.cursor_since("contacts", datetime(2036, 1, 1, tzinfo=UTC))

    assert read(source, cursor=since)[0] == []


def test_wide_accounts_are_swept_by_their_ids(vendor: HubSpotSandbox) -> None:
    """More properties than a URL holds come by batch/read, in a sweep too."""
    source = connect(vendor, url_limit=0)
    first, cursor = read(source)

    swept, _ = read(after(source, DAY + 60), cursor=cursor)

    assert by_id(swept) == by_id(first)
