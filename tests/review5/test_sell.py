"""Zendesk Sell against a stand-in that was written from the vendor's own words alone: default settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors import clock
from hub.connecting import open_connector
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.review5.sell import TOKEN, PlainSell, error
from tests.review5.standin import HTML, RESET, Answer, Asked

MAIN = ("users", "pipelines", "companies", "contacts", "leads", "deals")
ACTIVITIES = ("notes", "tasks", "calls", "visits")


@pytest.fixture
def sell() -> Iterator[PlainSell]:
    with PlainSell() as standin, clock.skipping():
        yield standin


@pytest.fixture
def hub(opened: OpenHub, sell: PlainSell) -> Hub:
    lines = f'connector = "sell"\nbase_url = "{sell.url}"\ntoken = "{TOKEN}"\n'
    return opened(f'{TOML}\n[sources.sell]\n{lines}pool = "Inbound"\n')


def filled(sell: PlainSell, leads: int) -> None:
    sell.put("users", 1, name="Ann Lee", email="ann@example.com", role="admin", status="active")
    sell.put("pipelines", 1, name="Sales")
    sell.put("stages", 11, name="New", category="incoming", position=1, pipeline_id=1, likelihood=10, active=True)
    sell.put("lead_sources", 3, name="Fair")
    sell.put("contacts", 501, is_organization=True, name="Acme", owner_id=1)
    names = {"first_name": "Bo", "last_name": "Ng", "email": "bo.ng@example.com"}
    sell.put("contacts", 502, is_organization=False, **names, contact_id=501, owner_id=1)
    sell.put("deals", 601, name="Big", value="100.00", currency="EUR", stage_id=11, contact_id=502, owner_id=1)
    for n in range(1, leads + 1):
        fields = {"first_name": f"P{n}", "last_name": f"Li{n}", "email": f"p{n}@example.com"}
        sell.put("leads", n, **fields, owner_id=1, source_id=3, status="New")


def synced(hub: Hub, **options: object) -> dict[str, StreamReport]:
    return {report.stream: report for report in sync_source(hub, "sell", Options(**options))}  # type: ignore[arg-type]


def leads(hub: Hub) -> list[str]:
    with hub.store.read() as db:
        return [row[0] for row in db.select("SELECT last_name FROM v_leads ORDER BY id", ())]


@pytest.mark.parametrize("unknown", ["404", "403", "html"])
def test_an_account_without_activities_is_read_green(hub: Hub, sell: PlainSell, unknown: str) -> None:
    """What a plan does not have is said in a note; all else is complete."""
    sell.unknown = unknown
    filled(sell, 150)
    for run in range(2):
        reports = synced(hub)
        assert {r.stream: r.error for r in reports.values() if r.error} == {}
        assert {r.stream: r.state for r in reports.values()} == dict.fromkeys((*MAIN, *ACTIVITIES), "done")
        assert all(reports[name].notices for name in ACTIVITIES)
        if run == 0:
            assert reports["leads"].counts.created == 150
    assert len(leads(hub)) == 150


def test_check_is_green_where_the_plan_lacks_activities(hub: Hub, sell: PlainSell) -> None:
    """What is not there is nothing to mend."""
    filled(sell, 1)
    with open_connector(hub, "sell") as connector:
        assert [check for check in connector.check() if not check.ok] == []


def test_includes_that_are_not_known_are_left_out(hub: Hub, sell: PlainSell) -> None:
    """Deals come without their other contacts, and the note says it."""
    sell.no_includes = True
    filled(sell, 2)
    for _ in range(2):
        deals = synced(hub)["deals"]
        assert (deals.state, deals.error) == ("done", None)
        assert "associated" in " ".join(deals.notices)
    with hub.store.read() as db:
        assert [row[0] for row in db.select("SELECT name FROM v_deals", ())] == ["Big"]


@pytest.mark.parametrize("unsorted", [("calls", "visits"), ACTIVITIES])
def test_activities_that_may_not_be_sorted_are_read(hub: Hub, sell: PlainSell, unsorted: tuple[str, ...]) -> None:
    """The vendor's pages name no order for calls and visits."""
    sell.unsorted = set(unsorted)
    filled(sell, 3)
    for name in ACTIVITIES:
        sell.lists[name] = {}
        for n in range(1, 131):
            place = {"resource_type": "lead", "resource_id": 1}
            sell.put(name, n, **place, content=f"Text {n}", phone_number="+14155552671", summary="x", creator_id=1)
    for run in range(2):
        reports = synced(hub)
        assert {r.stream: r.error for r in reports.values() if r.error} == {}
        if run == 0:
            assert {reports[name].counts.created for name in ACTIVITIES} == {130}


@pytest.mark.parametrize(("links", "cap"), [(True, 20), (True, 100), (False, 100)])
def test_changes_are_read_alone(hub: Hub, sell: PlainSell, links: bool, cap: int) -> None:
    """With links to the next page and without; where links are, a page may hold less than was asked for."""
    sell.links, sell.page_cap = links, cap
    filled(sell, 250)
    reports = synced(hub)
    assert reports["leads"].counts.created == 250
    now = time.time()
    sell.put("leads", 7, now, last_name="Changed")
    sell.put("leads", 900, now, last_name="New", email="new@example.com")
    reports = synced(hub)
    assert {"Changed", "New"} <= set(leads(hub))
    counts = reports["leads"].counts
    assert (counts.created, counts.updated) == (1, 1)  # beside them the overlap is read again
    assert reports["leads"].calls <= (3 if cap == 100 else 8)
    full = synced(hub, full=True)
    assert {r.error for r in full.values()} == {None}
    assert full["leads"].counts.read == 251


def test_a_converted_lead_is_followed_to_its_contact(hub: Hub, sell: PlainSell) -> None:
    """It is no longer in the list of leads; the contact was there before, under another name and address."""
    filled(sell, 3)
    sell.lists["lead_conversions"] = {}
    synced(hub)
    del sell.lists["leads"][2]
    sell.put("lead_conversions", 9, time.time(), lead_id=2, individual_id=502, organization_id=501, deal_id=601)

    reports = synced(hub)

    assert {r.error for r in reports.values()} == {None}
    assert leads(hub) == ["Li1", "Li3"]
    with hub.store.read() as db:
        made = db.select("SELECT l.last_name, c.last_name FROM conversion n JOIN lead l ON l.id = n.lead_id "
                         "JOIN contact c ON c.id = n.individual_id")  # fmt: skip
    assert [tuple(row) for row in made] == [("Li2", "Ng")]


def test_rows_of_one_second_are_all_read(hub: Hub, sell: PlainSell) -> None:
    """An import gives thousands one time."""
    filled(sell, 3)
    synced(hub)
    now = time.time()
    for n in range(2000, 2650):
        sell.put("contacts", n, now, is_organization=True, name=f"Firm {n}")
    report = synced(hub)["companies"]
    assert (report.state, report.counts.created) == ("done", 650)


def test_rows_deleted_while_the_list_is_read_hide_nobody(hub: Hub, sell: PlainSell) -> None:
    """Pages shift; whoever was there all the time is read."""
    filled(sell, 450)
    take = sell.answer

    def answer(asked: Asked) -> Answer:
        if asked.path == "/v2/leads" and asked.query.get("page") == "2":
            for id_ in range(1, 40):
                sell.lists["leads"].pop(id_, None)
        return take(asked)

    sell.answer = answer  # type: ignore[method-assign]
    report = synced(hub)["leads"]
    assert report.error is None
    assert {f"Li{n}" for n in range(40, 451)} <= set(leads(hub))


@pytest.mark.parametrize(
    "fault",
    [
        error(429, "rate_limit_exceeded"),
        Answer(429, b"Too many", {"Content-Type": "text/plain", "Retry-After": "2"}),
        Answer(
            429,
            b"",
            {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)},
        ),
        error(503, "temporarily_unavailable"),
        Answer(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
        error(500, "server_error"),
        HTML,
        RESET,
        Answer(200, b'{"items": []}' + b" " * 400, {"Content-Type": "application/json"}, cut=True),
        Answer(200, b'{"items": [{"data"', {"Content-Type": "application/json"}),
    ],
)
@pytest.mark.parametrize("where", ["leads", "stages"])
def test_a_fault_that_passes_costs_no_record(opened: OpenHub, sell: PlainSell, fault: Answer, where: str) -> None:
    """Reads may be asked for again, in the run or at the next."""
    lines = f'connector = "sell"\nbase_url = "{sell.url}"\ntoken = "{TOKEN}"\nstreams = ["users", "pipelines", "leads"]'
    hub = opened(f'{TOML}\n[sources.sell]\n{lines}\npool = "Inbound"\n')
    filled(sell, 120)
    sell.faults, sell.fault_at = [fault], where
    reports = synced(hub)
    if fault.status == 500:
        assert {r.transient for r in reports.values() if r.error} == {True}
        reports = synced(hub)
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    assert len(leads(hub)) == 120


def test_an_empty_account_is_read_green(hub: Hub, sell: PlainSell) -> None:
    """Nothing there is a state, not a fault."""
    sell.put("users", 1, name="Ann Lee", email="ann@example.com", role="admin", status="active")
    for _ in range(2):
        assert {r.stream: r.error for r in synced(hub).values() if r.error} == {}


def test_a_first_read_costs_few_calls(hub: Hub, sell: PlainSell) -> None:
    """Ten pages would be the fewest for 1,000."""
    filled(sell, 1000)
    reports = synced(hub)
    assert reports["leads"].counts.created == 1000
    assert reports["leads"].calls <= 15
    assert max(r.calls for name, r in synced(hub).items() if name != "pipelines") <= 3
