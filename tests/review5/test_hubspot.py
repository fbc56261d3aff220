"""HubSpot against a stand-in that was written from the vendor's own words alone: a plain account, default settings."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectors import clock
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.review5.hubspot import PlainHubSpot, problem
from tests.review5.standin import HTML, RESET, Answer, says

MAIN = ("owners", "pipelines", "companies", "contacts", "deals")


@pytest.fixture
def crm() -> Iterator[PlainHubSpot]:
    with PlainHubSpot() as standin, clock.skipping():
        yield standin


@pytest.fixture
def hub(opened: OpenHub, crm: PlainHubSpot) -> Hub:
    section = {"connector": "hubspot", "base_url": crm.url, "token": "pat-plain", "pool": "Inbound"}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
    return opened(f"{TOML}\n[sources.crm]\n{lines}")


def filled(crm: PlainHubSpot, people: int) -> None:
    crm.put("companies", "9", name="Acme", domain="acme.example")
    for n in range(people):
        names: dict[str, Any] = {"firstname": f"P{n}", "lastname": f"Li{n}", "email": f"p{n}@example.com"}
        crm.put("contacts", str(1001 + n), **names, hubspot_owner_id="7")
        crm.relate("contacts", str(1001 + n), "companies", "9")
    crm.put("deals", "501", dealname="Big", amount="100", pipeline="default", dealstage="s1", hubspot_owner_id="7")
    crm.relate("deals", "501", "companies", "9")


def synced(hub: Hub, **options: object) -> dict[str, StreamReport]:
    return {report.stream: report for report in sync_source(hub, "crm", Options(**options))}  # type: ignore[arg-type]


def leads(hub: Hub) -> list[str]:
    with hub.store.read() as db:
        return [row[0] for row in db.select("SELECT last_name FROM v_leads ORDER BY id", ())]


@pytest.mark.parametrize("unknown", ["404", "403", "400", "html"])
def test_an_account_without_leads_and_activities_is_read_green(hub: Hub, crm: PlainHubSpot, unknown: str) -> None:
    """Most accounts have neither; what they have is complete all the same, and what is missing is said."""
    crm.unknown = unknown
    filled(crm, 250)
    for _ in range(2):
        reports = synced(hub)
        assert {r.stream: r.error for r in reports.values() if r.error} == {}
        assert {reports[name].state for name in MAIN} == {"done"}
        others = [r for r in reports.values() if r.stream not in MAIN]
        assert others
        assert all(r.notices for r in others)
    assert len(leads(hub)) == 250


def test_changes_archives_and_merges_between_runs_are_followed(hub: Hub, crm: PlainHubSpot) -> None:
    """What happened since the last read is read alone, by as few calls as the vendor allows."""
    filled(crm, 120)
    synced(hub)
    later = round(time.time() * 1000) - 130_000
    crm.put("contacts", "1001", later, lastname="Changed")
    crm.put("contacts", "1002", later, hs_merged_object_ids="1003")
    del crm.records["contacts"]["1003"]
    crm.archive("contacts", "1004")
    crm.put("contacts", "2001", later, lastname="New", email="new@example.com")

    before = len(crm.asked)
    reports = synced(hub)

    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    assert {"Changed", "New"} <= set(leads(hub))
    counts = reports["contacts"].counts
    assert counts.read == 5  # changed, winner, loser, new, archived
    calls = [path for path in crm.paths()[before:] if "contacts" in path]
    assert len(calls) <= 6, calls
    again = synced(hub)
    assert again["contacts"].counts.read == 0
    assert again["contacts"].calls == 2


def test_more_in_one_millisecond_than_search_may_show_are_all_read(hub: Hub, crm: PlainHubSpot) -> None:
    """An import gives thousands of records one time; search ends at 10,000, whatever the page."""
    filled(crm, 3)
    synced(hub)
    at = round(time.time() * 1000) - 130_000
    for n in range(10_050):
        crm.put("companies", str(20_000 + n), at, name=f"Firm {n}")
    report = synced(hub, streams=("companies",))["companies"]
    assert (report.state, report.counts.read) == ("done", 10_050)
    assert report.calls <= 3 + 51 + 11


@pytest.mark.parametrize("cap", [7, 100])
def test_pages_that_hold_less_than_asked_for_are_no_end(hub: Hub, crm: PlainHubSpot, cap: int) -> None:
    """Only what the answer says of a next page tells that there is none."""
    crm.page_cap = cap
    filled(crm, 30)
    assert synced(hub)["contacts"].counts.read == 30
    later = round(time.time() * 1000) - 130_000
    for n in range(30):
        crm.put("contacts", str(1001 + n), later + n, lastname="Changed")
    assert synced(hub)["contacts"].counts.read == 30
    assert set(leads(hub)) == {"Changed"}


def _date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


TOO_MANY = {"status": "error", "message": "limit", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}


@pytest.mark.parametrize(
    "fault",
    [
        says(TOO_MANY, 429),
        says(TOO_MANY, 429, **{"Retry-After": "3"}),
        says(TOO_MANY, 429, **{"Retry-After": _date(60)}),
        Answer(429, b"", {}),
        problem(503, "X", "down"),
        Answer(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
        Answer(523, b"", {}),
        HTML,
        RESET,
        Answer(200, b'{"results": [{"id": "1001", "properties"', {"Content-Type": "application/json"}),
        Answer(200, b'{"results": []}' + b" " * 400, {"Content-Type": "application/json"}, cut=True),
    ],
)
@pytest.mark.parametrize("where", ["objects/contacts", "properties/contacts", "owners"])
def test_a_fault_that_passes_costs_a_call_and_no_record(
    opened: OpenHub, crm: PlainHubSpot, fault: Answer, where: str
) -> None:
    """Reads may be asked for again."""
    section = f'[sources.crm]\nconnector = "hubspot"\nbase_url = "{crm.url}"\ntoken = "pat-plain"\npool = "Inbound"\n'
    hub = opened(f"{TOML}\n{section}")
    filled(crm, 150)
    crm.faults, crm.fault_at = [fault, fault], where
    reports = synced(hub, streams=("owners", "contacts"))
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    assert reports["contacts"].counts.read == 150
    assert crm.faults == []


def test_a_date_in_retry_after_is_waited_for(hub: Hub, crm: PlainHubSpot) -> None:
    """RFC 9110 allows a date; taken for nothing, the next call comes too soon and counts against us."""
    filled(crm, 3)
    crm.faults, crm.fault_at = [says(TOO_MANY, 429, **{"Retry-After": _date(60)})], "objects/contacts"
    before = clock.passed_over()
    synced(hub, streams=("contacts",))
    assert clock.passed_over() - before >= 55


def test_an_empty_account_is_read_green(hub: Hub, crm: PlainHubSpot) -> None:
    """Nothing there is a state, not a fault."""
    for _ in range(2):
        assert {r.stream: r.error for r in synced(hub).values() if r.error} == {}


def test_a_record_of_ten_megabytes_is_read(hub: Hub, crm: PlainHubSpot) -> None:
    """Notes may be long; what the vendor keeps is taken in."""
    crm.put("contacts", "1", lastname="Long", email="long@example.com", company="x" * 10_000_000)
    assert synced(hub, streams=("contacts",))["contacts"].counts.read == 1


def test_a_full_read_gives_the_same(hub: Hub, crm: PlainHubSpot) -> None:
    """Whatever was read before, `--full` ends in the same state."""
    filled(crm, 130)
    synced(hub)
    reports = synced(hub, full=True)
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    assert reports["contacts"].counts.unchanged == 130


def test_records_archived_while_the_list_is_read_do_not_break_it(hub: Hub, crm: PlainHubSpot) -> None:
    """The list goes on by id, and the count at its end knows of what went away."""
    filled(crm, 250)
    take = crm.answer

    def answer(asked):  # type: ignore[no-untyped-def]
        if asked.query.get("after", "0") != "0" and "1100" in crm.records["contacts"]:
            crm.records["contacts"].pop("1100")
            crm.archive("contacts", "1200")
            crm.put("contacts", "3000", round(time.time() * 1000), lastname="Late", email="late@example.com")
        return take(asked)

    crm.answer = answer  # type: ignore[method-assign]
    reports = synced(hub)
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    synced(hub)
    assert "Late" in leads(hub)


def test_check_tells_what_an_account_lacks(hub: Hub, crm: PlainHubSpot) -> None:
    """What is not there is nothing to mend."""
    from hub.connecting import open_connector

    filled(crm, 3)
    with open_connector(hub, "crm") as connector:
        checks = connector.check()
    assert [check for check in checks if not check.ok] == []
