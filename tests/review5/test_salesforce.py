"""Salesforce against a stand-in that was written from the vendor's own words alone: a plain org, default settings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from connectors import clock
from hub.connecting import open_connector
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.review5.salesforce import PlainOrg, fault
from tests.review5.standin import HTML, RESET, Answer

MAIN = ("User", "OpportunityStage", "Account", "Contact", "Lead", "Opportunity")
OLD = time.time() - 86_400
"""Rows of ten minutes before the newest are read a second time: they may have been late."""


@pytest.fixture
def org() -> Iterator[PlainOrg]:
    with PlainOrg() as standin, clock.skipping():
        yield standin


@pytest.fixture
def opened_hub(opened: OpenHub, org: PlainOrg) -> Callable[..., Hub]:
    def open_(**settings: str) -> Hub:
        section = {"connector": "salesforce", "base_url": org.url, "pool": "Inbound"} | (
            settings or {"access_token": org.token}
        )
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
        return opened(f"{TOML}\n[sources.sf]\n{lines}")

    return open_


def filled(org: PlainOrg, people: int) -> None:
    ann = org.put("User", 1, OLD, Name="Ann Lee", Email="ann@example.com", IsActive=True)
    org.put("OpportunityStage", 1, OLD, MasterLabel="New", ApiName="New", IsClosed=False, IsWon=False, SortOrder=1)
    acme = org.put("Account", 1, OLD, Name="Acme", OwnerId=ann)
    org.put("Contact", 1, OLD, LastName="Quill", Email="q@acme.example", AccountId=acme, OwnerId=ann)
    org.put("Opportunity", 1, OLD, Name="Big", StageName="New", Amount=100.0, AccountId=acme, OwnerId=ann)
    for n in range(people):
        lead(org, n + 1, OLD + n)


def lead(org: PlainOrg, n: int, at: float, **values: object) -> str:
    usual = {"LastName": f"Li{n}", "Company": f"Firm {n}", "Email": f"p{n}@example.com"}
    return org.put("Lead", n, at, **usual | {"Status": "Open - Not Contacted", "IsConverted": False} | values)


def synced(hub: Hub, **options: object) -> dict[str, StreamReport]:
    reports = {report.stream: report for report in sync_source(hub, "sf", Options(**options))}  # type: ignore[arg-type]
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    return reports


def leads(hub: Hub) -> list[str]:
    with hub.store.read() as db:
        return [row[0] for row in db.select("SELECT last_name FROM v_leads ORDER BY id", ())]


@pytest.mark.parametrize("unknown", [404, 403, 400])
def test_an_org_without_activities_and_campaigns_is_read_green(
    opened_hub: Callable[..., Hub], org: PlainOrg, unknown: int
) -> None:
    """What an org does not have, or hides from us, is said and fails nothing."""
    org.unknown = unknown
    filled(org, 50)
    hub = opened_hub()
    for _ in range(2):
        reports = synced(hub)
        assert {reports[name].state for name in MAIN} == {"done"}
        others = [r for r in reports.values() if r.stream not in MAIN]
        assert others
        assert all(r.notices for r in others)
    assert len(leads(hub)) == 50


def test_an_object_that_is_described_and_may_not_be_queried_is_said(
    opened_hub: Callable[..., Hub], org: PlainOrg
) -> None:
    """Some objects show in describe and refuse every query."""
    org.refused = {"Task", "Note", "Event"}
    filled(org, 5)
    reports = synced(opened_hub())
    assert all(reports[name].notices for name in ("Task", "Event"))


@pytest.mark.parametrize("slash", ["with", "without"])
def test_a_host_is_read_whichever_way_it_writes_its_query_path(
    opened_hub: Callable[..., Hub], org: PlainOrg, slash: str
) -> None:
    """The vendor takes both; its guide writes both."""
    org.slash = slash
    filled(org, 20)
    hub = opened_hub()
    assert synced(hub)["Lead"].counts.read == 20
    lead(org, 3, time.time() - 60, LastName="Changed")
    synced(hub)
    assert "Changed" in leads(hub)


@pytest.mark.parametrize("people", [2_500])
def test_many_leads_come_by_bulk_and_later_changes_by_rest(
    opened_hub: Callable[..., Hub], org: PlainOrg, people: int
) -> None:
    """A job's answers need no count of rows, no removal and one locator header alone."""
    filled(org, people)
    hub = opened_hub()
    first = synced(hub)["Lead"]
    assert (first.state, first.counts.read) == ("done", people)
    lead(org, 1, time.time() - 60, LastName="Changed")
    lead(org, 2, time.time() - 60, IsDeleted=True)
    winner = lead(org, 3, time.time() - 60)
    lead(org, 4, time.time() - 60, IsDeleted=True, MasterRecordId=winner)
    second = synced(hub)["Lead"]
    assert 4 <= second.counts.read <= 605  # those of the last ten minutes may have been late
    assert second.calls <= 2
    assert "Changed" in leads(hub)
    assert synced(hub, full=True)["Lead"].state == "done"


@pytest.mark.parametrize("page", [7, 200])
def test_small_pages_are_followed_to_the_end(opened_hub: Callable[..., Hub], org: PlainOrg, page: int) -> None:
    """The page's size is the vendor's wish, not ours."""
    org.page = page
    filled(org, 300)
    hub = opened_hub()
    assert synced(hub)["Lead"].counts.read == 300
    for n in range(300):
        lead(org, n + 1, time.time() - 60, LastName="Changed")
    assert synced(hub)["Lead"].counts.read == 300
    assert set(leads(hub)) == {"Changed"}


def test_ten_thousand_of_one_second_are_all_read(opened_hub: Callable[..., Hub], org: PlainOrg) -> None:
    """An import stamps all rows with one second."""
    filled(org, 3)
    hub = opened_hub()
    synced(hub)
    at = time.time() - 60
    for n in range(10_050):
        org.put("Account", 100 + n, at, Name=f"Firm {n}")
    assert synced(hub, streams=("Account",))["Account"].counts.read == 10_051  # Acme within the overlap


@pytest.mark.parametrize(
    "broken",
    [
        fault(503, "SERVER_UNAVAILABLE", "down"),
        Answer(502, b"<html>", {"Content-Type": "text/html"}),
        Answer(429, b"", {"Retry-After": "2"}),
        HTML,
        RESET,
        Answer(200, b'{"totalSize": 3, "records": [' + b" " * 500, {"Content-Type": "application/json"}, cut=True),
        fault(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    ],
)
@pytest.mark.parametrize("where", ["/query", "/describe"])
def test_a_fault_that_passes_costs_no_record(
    opened_hub: Callable[..., Hub], org: PlainOrg, broken: Answer, where: str
) -> None:
    """Reads may be asked for again; a session that is over is had anew."""
    filled(org, 150)
    org.faults, org.fault_at = [broken], where
    hub = opened_hub(client_id="id", client_secret="secret")
    assert synced(hub)["Lead"].counts.read == 150
    assert org.faults == []


def test_an_empty_org_is_read_green(opened_hub: Callable[..., Hub], org: PlainOrg) -> None:
    """Nothing there is a state, not a fault."""
    hub = opened_hub()
    for _ in range(2):
        synced(hub)


def test_a_lead_of_ten_megabytes_is_read(opened_hub: Callable[..., Hub], org: PlainOrg) -> None:
    """What the vendor keeps is taken in."""
    lead(org, 1, OLD, Company="x" * 10_000_000)
    assert synced(opened_hub(), streams=("Lead",))["Lead"].counts.read == 1


def test_check_tells_what_an_org_lacks(opened_hub: Callable[..., Hub], org: PlainOrg) -> None:
    """The objects that every org has pass; of the others it says what to ask for."""
    filled(org, 3)
    with open_connector(opened_hub(), "sf") as connector:
        checks = connector.check()
    failed = {check.name: check.fix for check in checks if not check.ok}
    assert not [name for name in failed if any(main in name.split() for main in MAIN)], failed
    assert all(failed.values())
