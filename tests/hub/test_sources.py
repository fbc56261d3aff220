"""Syncing vendors: through the real connectors and SDKs, against stand-ins over HTTP, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.salesforce.standin import SalesforceSandbox
from sandbox.vendor import Vendor, html, status
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML

CHANGED = "mappings/hubspot/contacts.lead.yaml"


def section(name: str, vendor: Vendor, **settings: Any) -> str:
    """A source's section of hub.toml."""
    values = {"connector": vendor.name, "pool": "Inbound", **vendor.settings(), **settings}
    return f"\n[sources.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


@pytest.fixture
def hubspot() -> Iterator[HubSpotSandbox]:
    """A HubSpot account."""
    with HubSpotSandbox() as vendor:
        yield vendor


@pytest.fixture
def salesforce() -> Iterator[SalesforceSandbox]:
    """A Salesforce org."""
    with SalesforceSandbox() as vendor:
        yield vendor


@pytest.fixture
def hub(opened: OpenHub, hubspot: HubSpotSandbox, salesforce: SalesforceSandbox) -> Hub:
    """A hub that reads both."""
    quick = {"lag": 0, "search_per_second": 1000}
    return opened(TOML + section("crm", hubspot, **quick) + section("sf", salesforce))


def by_stream(reports: list[StreamReport]) -> dict[str, StreamReport]:
    """Reports by stream."""
    return {report.stream: report for report in reports}


def one(hub: Hub, sql: str, *values: Any) -> Any:
    """The first row of a query; a single column bare."""
    with hub.store.read() as db:
        row = db.select(sql, values)[0]
    return row[0] if len(row) == 1 else tuple(row)


LEAD_OF = (
    "SELECT {} FROM v_leads v JOIN v_source_links k ON k.record_id = v.id AND k.record_type = 'lead' "
    "WHERE k.source = 'crm' AND k.stream = 'contacts' AND k.source_id = ?"
)


def some_lead(hub: Hub) -> str:
    """The HubSpot id of some contact that feeds a lead alone."""
    found: str = one(
        hub,
        "SELECT k.source_id FROM v_source_links k JOIN v_leads v ON v.id = k.record_id WHERE k.record_type = 'lead' "
        "AND k.source = 'crm' AND NOT EXISTS (SELECT 1 FROM v_source_links o WHERE o.record_type = 'lead' "
        "AND o.record_id = k.record_id AND o.source <> 'crm') ORDER BY k.source_id LIMIT 1",
    )
    return found


def test_people_known_to_two_systems_stand_once(hub: Hub) -> None:
    """Salesforce first, then HubSpot: who is known joins, who is new is made, and every sum adds up."""
    sync_source(hub, "sf")
    contacts = by_stream(sync_source(hub, "crm"))["contacts"].counts
    assert contacts.merged > 10
    assert contacts.created > 10
    assert contacts.read == sum(v for k, v in contacts.to_json().items() if k != "read") == 58
    with hub.store.read() as db:
        assert db.select("SELECT email, COUNT(*) FROM v_leads GROUP BY lower(email), email HAVING COUNT(*) > 1") == []


def test_a_second_sync_creates_updates_and_merges_nothing(hub: Hub) -> None:
    """Twice is once."""
    for source in ("sf", "crm"):
        sync_source(hub, source)
    for source in ("sf", "crm"):
        for report in sync_source(hub, source):
            counts = report.counts
            assert (counts.created, counts.updated, counts.merged, counts.held) == (0, 0, 0, 0), report.stream


def test_every_owner_is_the_mapped_one_or_the_next_in_the_pool(hub: Hub) -> None:
    """Nobody is left without an owner, and the pool is fair to one."""
    sync_source(hub, "sf")
    sync_source(hub, "crm")
    with hub.store.read() as db:
        assert db.select("SELECT COUNT(*) FROM v_leads WHERE owner_id IS NULL") == [(0,)]
        turns = [row[0] for row in db.select("SELECT turns FROM pool_member")]
    assert max(turns) - min(turns) <= 1


def test_a_changed_mapping_is_applied_to_what_is_landed_without_asking_the_vendor(
    hub: Hub, hubspot: HubSpotSandbox
) -> None:
    """One line changes: the job title goes into the description; held records are mapped again too."""
    sync_source(hub, "crm")
    held = one(hub, "SELECT COUNT(*) FROM v_held WHERE source = 'crm'")
    shipped = hub.library.path("hubspot/contacts.lead").read_text(encoding="utf-8")
    changed = hub.home / CHANGED
    changed.parent.mkdir(parents=True)
    changed.write_text(
        shipped.replace("  title: properties.jobtitle\n", "  description: properties.jobtitle\n"), "utf-8"
    )
    with hubspot.counting() as calls:
        report = by_stream(sync_source(hub, "crm", Options(streams=("contacts",))))["contacts"]
    assert report.remapped == 58
    assert not [call for call in calls if "/objects/contacts/" in call.path and "batch/read" in call.path]
    title, description = one(hub, LEAD_OF.format("v.title, v.description"), some_lead(hub))
    assert title is None
    assert description
    assert one(hub, "SELECT COUNT(*) FROM v_held WHERE source = 'crm'") == held


def test_a_mapping_that_learns_a_value_releases_what_was_held_for_it(hub: Hub) -> None:
    """The admin adds the unknown status to the table: the next run takes the record in."""
    sync_source(hub, "crm")
    assert one(hub, "SELECT COUNT(*) FROM v_held WHERE code = 'unknown_value'") == 1
    shipped = hub.library.path("hubspot/contacts.lead").read_text(encoding="utf-8")
    (hub.home / CHANGED).parent.mkdir(parents=True)
    assert "NEW: New" in shipped
    (hub.home / CHANGED).write_text(
        shipped.replace("      NEW: New\n", "      NEW: New\n      Nurture_X: Working\n", 1), "utf-8"
    )
    report = by_stream(sync_source(hub, "crm", Options(streams=("contacts",))))["contacts"]
    assert report.counts.created == 1
    assert one(hub, "SELECT COUNT(*) FROM v_held WHERE code = 'unknown_value'") == 0


def test_an_archived_contact_marks_its_lead_and_keeps_it(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Gone at the source is no reason to forget who it was; back again, it is as before."""
    sync_source(hub, "crm")
    contact = some_lead(hub)
    lead_id = one(hub, LEAD_OF.format("v.id"), contact)
    hubspot.archive("contacts", contact)
    assert by_stream(sync_source(hub, "crm"))["contacts"].counts.updated == 1
    assert one(hub, "SELECT gone_at_source FROM v_leads WHERE id = ?", lead_id) == "archived"


def test_contacts_merged_at_the_source_become_one_lead(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """The loser's lead keeps its row and points to the winner's."""
    sync_source(hub, "crm")
    with hub.store.read() as db:
        rows = db.select(
            "SELECT k.source_id, k.record_id FROM v_source_links k WHERE k.source = 'crm' AND k.stream = 'contacts' "
            "AND k.record_type = 'lead' ORDER BY k.record_id LIMIT 2"
        )
    (winner, winner_lead), (loser, loser_lead) = rows
    hubspot.merge("contacts", winner, loser)
    sync_source(hub, "crm")
    assert one(hub, "SELECT merged_into FROM lead WHERE id = ?", loser_lead) == winner_lead
    with hub.store.read() as db:
        assert db.select("SELECT 1 FROM v_leads WHERE id = ?", (loser_lead,)) == []


def test_a_lead_that_becomes_a_customer_goes_on_as_a_contact(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """The source record moves from the lead's mapping to the contact's; person and owner stay."""
    sync_source(hub, "crm")
    contact = some_lead(hub)
    lead_id, person, owner = one(hub, LEAD_OF.format("v.id, v.person_id, v.owner_id"), contact)
    hubspot.update("contacts", contact, lifecyclestage="customer")
    sync_source(hub, "crm")
    assert one(hub, "SELECT gone_at_source FROM lead WHERE id = ?", lead_id) == "converted"
    found = one(hub, "SELECT person_id, owner_id FROM v_contacts WHERE person_id = ?", person)
    assert found[0] == person
    assert owner is not None


def test_deals_stand_on_their_source_s_stages_with_company_and_contacts(hub: Hub) -> None:
    """Amounts are exact, stages are the source's own, the primary contact role is believed."""
    sync_source(hub, "sf")
    with hub.store.read() as db:
        bad = db.select("SELECT id FROM v_deals WHERE stage IS NULL OR contact_id IS NULL")
        assert bad == []
        roles = db.select("SELECT COUNT(*) FROM association a JOIN deal d ON d.id = a.deal_id WHERE a.is_primary")
        named = db.select(
            "SELECT COUNT(*) FROM association a JOIN deal d ON d.id = a.deal_id "
            "WHERE a.is_primary AND d.contact_id = a.contact_id"
        )
    assert roles == named == [(25,)]


def test_a_source_that_fails_leaves_its_cursor_and_says_why(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """HTML where JSON is due, five times over: the stream fails in words, and the next run reads all."""
    hubspot.faults.add(html(), at="/objects/contacts", times=50)
    failed = by_stream(sync_source(hub, "crm"))["contacts"]
    assert failed.state == "failed"
    assert failed.error
    assert "HubSpot" in failed.error
    hubspot.faults = type(hubspot.faults)()
    assert by_stream(sync_source(hub, "crm"))["contacts"].counts.read == 58


def test_wrong_credentials_stop_the_run_with_a_way_out(hub: Hub, hubspot: HubSpotSandbox) -> None:
    """Nothing is stored, nothing else is tried, no secret is said."""
    hubspot.faults.add(
        status(401, body='{"status":"error","category":"INVALID_AUTHENTICATION","message":"no"}'), times=99
    )
    reports = sync_source(hub, "crm")
    assert [r.state for r in reports] == ["failed"]
    assert reports[0].credentials
    assert hubspot.settings()["token"] not in str(reports[0].to_json())


def test_limit_reads_that_many_and_moves_no_cursor_past_a_cut_page(hub: Hub, tmp_path: Path) -> None:
    """A rehearsal of twenty records, then the real thing: nothing is lost between."""
    few = by_stream(sync_source(hub, "crm", Options(streams=("contacts",), limit=20)))["contacts"]
    assert few.counts.read == 20
    rest = by_stream(sync_source(hub, "crm", Options(streams=("contacts",))))["contacts"]
    assert rest.counts.read == 58
    assert rest.counts.unchanged >= 18
