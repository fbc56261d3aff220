"""Sell's Sync API under any history of runs: streams that join late, runs that die, records that change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Cursor
from sandbox.sell.standin import SellSandbox
from tests.connectors.sell_reading import LISTED, connect

TABLE = {"companies": "contacts", "contacts": "contacts"}

Run = tuple[frozenset[str], int | None, str]
"""The streams of a run, after how many pages it dies (None: it does not), and what changes before it."""

runs = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from(LISTED), min_size=1),
        st.one_of(st.none(), st.integers(0, 12)),
        st.sampled_from(["nothing", "change", "add", "delete"]),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def running() -> Iterator[SellSandbox]:
    """One server for all examples."""
    with SellSandbox() as sandbox:
        yield sandbox


def happen(vendor: SellSandbox, what: str) -> None:
    """Something changes in the account."""
    account = vendor.account
    if what == "change":
        account.change("leads", next(iter(account.tables["leads"].values())), title="Changed")
        account.change("notes", next(iter(account.tables["notes"].values())), content="Changed")
    elif what == "add":
        account.add_leads(1)
    elif what == "delete":
        account.delete("tasks", list(account.tables["tasks"].values())[-1])


def carried_out(
    vendor: SellSandbox,
    cursors: dict[str, Cursor],
    known: dict[str, dict[str, Any]],
    streams: frozenset[str],
    dies: int | None,
) -> None:
    """Read as the hub does: each page is stored with its cursor, then confirmed; a run that dies stops anywhere."""
    pages = 0
    with connect(vendor, sync_api=True) as sell:
        for stream in (each for each in LISTED if each in streams):
            for page in sell.pull(stream, cursors.get(stream)):
                if dies is not None and pages >= dies:
                    return
                pages += 1
                for record in page.records:
                    if record.event == "live":
                        known[stream][record.id] = record.data
                    else:
                        known[stream].pop(record.id, None)
                assert page.cursor is not None
                cursors[stream] = page.cursor
                sell.stored(stream, page.cursor)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=runs)
def test_whatever_happened_before_a_full_run_knows_everything_and_leaves_nothing_waiting(
    running: SellSandbox, history: list[Run]
) -> None:
    """Nothing is lost, and nothing is given again and again for ever."""
    running.reset()
    running.sync_page = 7
    cursors: dict[str, Cursor] = {}
    known: dict[str, dict[str, Any]] = {stream: {} for stream in LISTED}
    for streams, dies, what in history:
        happen(running, what)
        carried_out(running, cursors, known, streams, dies)

    for _ in range(2):
        carried_out(running, cursors, known, frozenset(LISTED), None)
    with running.counting() as calls:
        carried_out(running, cursors, known, frozenset(LISTED), None)

    tables = running.account.tables
    for stream in LISTED:
        rows = tables[TABLE.get(stream, stream)].items()
        expected = {str(id_) for id_, row in rows if row.get("is_organization", None) in (None, stream == "companies")}
        assert set(known[stream]) == expected
    assert all(known["notes"][str(id_)]["content"] == row["content"] for id_, row in tables["notes"].items())
    devices = {cursor["device"] for cursor in cursors.values()}
    assert [len(running.queues.devices[device].pending) for device in devices] == [0] * len(devices)
    assert len(calls) == len(devices)
