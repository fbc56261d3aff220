"""A Salesforce org in the hub, by the shipped mappings: conversions, activities, campaigns, consent; both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from connectors.salesforce.values import stamp
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from sandbox.salesforce.standin import SalesforceSandbox
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import section


@pytest.fixture
def sandbox() -> Iterator[SalesforceSandbox]:
    with SalesforceSandbox() as vendor:
        yield vendor


@pytest.fixture
def hub(opened: OpenHub, sandbox: SalesforceSandbox) -> Hub:
    return opened(TOML + section("sf", sandbox))


def sync(hub: Hub, **options: Any) -> dict[str, StreamReport]:
    reports = {report.stream: report for report in sync_source(hub, "sf", Options(**options))}
    assert [report.error for report in reports.values() if report.error] == []
    return reports


def rows(hub: Hub, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def fed(hub: Hub, source_id: str) -> list[tuple[str, int]]:
    """What a source record feeds: record type and id."""
    return [
        (kind, id_)
        for kind, id_ in rows(
            hub, "SELECT record_type, record_id FROM v_source_links WHERE source_id = ? ORDER BY 1", source_id
        )
    ]


def pat(sandbox: SalesforceSandbox, **values: Any) -> str:
    """A lead of one Pat Quill."""
    usual = {"FirstName": "Pat", "LastName": "Quill", "Company": "Quill", "Email": "pat@quill.example"}
    status = {"Status": "Open - Not Contacted", "IsConverted": False}
    return sandbox.org.add("Lead", **usual | status | values)


@pytest.mark.parametrize("case", ["same address", "no address", "to one who was there"])
def test_a_lead_converted_at_the_source_is_its_contact_and_nobody_is_there_twice(
    hub: Hub, sandbox: SalesforceSandbox, case: str
) -> None:
    """ConvertedContactId is proof, whatever the addresses say; calls and tags go along."""
    lead = pat(sandbox, **({"Email": None} if case == "no address" else {}))
    call = sandbox.org.add("Task", WhoId=lead, IsClosed=True, TaskSubtype="Call", Subject="First call")
    sandbox.org.add("CampaignMember", CampaignId=next(iter(sandbox.org.tables["Campaign"])), LeadId=lead)
    there = sandbox.org.add("Contact", FirstName="Patricia", LastName="Quill", Email="office@other.example")
    sync(hub)
    (lead_id,) = [id_ for kind, id_ in fed(hub, lead) if kind == "lead"]

    contact = sandbox.org.convert(lead, there if case == "to one who was there" else None)
    reports = sync(hub)

    assert reports["Lead"].counts.held == 0
    (found,) = fed(hub, contact)
    assert fed(hub, lead) == [found]
    assert found[0] == "contact"
    assert rows(hub, "SELECT gone_at_source FROM lead WHERE id = ?", lead_id) == [("converted",)]
    assert rows(hub, "SELECT lead_id, individual_id FROM conversion") == [(lead_id, found[1])]
    expected = 1 if case == "to one who was there" else 2
    assert rows(hub, "SELECT COUNT(*) FROM v_contacts WHERE last_name = 'Quill'") == [(expected,)]
    assert fed(hub, call)[0][0] == "call"
    kinds = rows(hub, "SELECT resource_type, resource_id FROM call WHERE summary = 'First call'")
    assert kinds in ([found], [("lead", lead_id)])  # the lead is looked through to the contact
    assert "Spring Webinar" in str(rows(hub, "SELECT tags FROM contact WHERE id = ?", found[1]))


def test_a_first_read_takes_a_converted_lead_and_its_contact_for_one(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """An old org is full of them, with other names and addresses by now."""
    lead = pat(sandbox)
    contact = sandbox.org.convert(lead)
    sandbox.org.update(contact, LastName="Quill-Sommer", Email="pat@sommer.example", Phone="+1 415 555 2671")
    sync(hub)
    assert fed(hub, lead) == fed(hub, contact) == [("contact", fed(hub, contact)[0][1])]
    told = rows(hub, "SELECT last_name, email FROM v_contacts WHERE id = ?", fed(hub, contact)[0][1])
    assert told == [("Quill-Sommer", "pat@sommer.example")]
    assert rows(hub, "SELECT COUNT(*) FROM v_leads WHERE last_name LIKE 'Quill%'") == [(0,)]


def test_what_people_did_stands_at_lead_contact_deal_and_company_and_again_is_nothing_new(
    hub: Hub, sandbox: SalesforceSandbox
) -> None:
    """Tasks, calls, e-mails, visits, notes, with their own times and authors."""
    reports = sync(hub)
    for stream in ("Task", "Event", "Note", "CampaignMember"):
        counts = reports[stream].counts
        assert (counts.held, counts.failed, counts.read) == (0, 0, len(sandbox.org.tables[stream])), stream
    kinds = {"task": 13, "call": 6, "email": 6, "visit": 5}  # 24 tasks, and the one meeting that is to come
    assert {kind: rows(hub, f"SELECT COUNT(*) FROM {kind}")[0][0] for kind in kinds} == kinds
    assert {kind for (kind,) in rows(hub, "SELECT DISTINCT resource_type FROM task")} == {"lead", "contact", "deal"}
    assert rows(hub, "SELECT COUNT(*) FROM call WHERE user_id IS NULL OR made_at >= '2026-11-04'") == [(0,)]
    assert rows(hub, "SELECT COUNT(*) FROM note WHERE content LIKE 'Responded to the campaign %'") == [(5,)]
    for report in sync(hub).values():
        counts = report.counts
        assert (counts.created, counts.updated, counts.merged, counts.held) == (0, 0, 0, 0), report.stream


def test_a_meeting_whose_time_has_come_is_a_visit_and_no_task_any_more(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """Nobody changes it at the source."""
    lead, now = pat(sandbox), datetime.now(UTC)
    start = now - timedelta(hours=1)
    met = sandbox.org.add("Event", WhoId=lead, Subject="Demo", StartDateTime=stamp(start), IsArchived=False)
    config = SalesforceConfig.model_validate(sandbox.settings())
    for moment, kind in ((now - timedelta(hours=2), "task"), (now, "visit"), (now, "visit")):
        sync_source(hub, "sf", connector=Salesforce(config, moment.timestamp))
        assert [found for found, _ in fed(hub, met)] == [kind]
    assert rows(hub, "SELECT COUNT(*) FROM task WHERE content = 'Demo'") == [(0,)]


def test_a_campaign_s_name_is_a_tag_of_its_members_until_they_are_removed(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """Who left the campaign loses the tag, and the note on their answer."""
    lead = pat(sandbox)
    campaign = sandbox.org.add("Campaign", Name="Fair, Boston")
    member = sandbox.org.add("CampaignMember", CampaignId=campaign, LeadId=lead, HasResponded=True, Status="Registered")
    sync(hub)
    (lead_id,) = [id_ for kind, id_ in fed(hub, lead) if kind == "lead"]
    assert "Fair, Boston" in str(rows(hub, "SELECT tags FROM lead WHERE id = ?", lead_id))
    said = ("Responded to the campaign Fair, Boston (Registered)",)
    assert said in rows(hub, "SELECT content FROM note WHERE resource_type = 'lead' AND resource_id = ?", lead_id)
    sandbox.org.delete(member)
    sync(hub)
    assert "Fair, Boston" not in str(rows(hub, "SELECT tags FROM lead WHERE id = ?", lead_id))
    assert said not in rows(hub, "SELECT content FROM note WHERE resource_id = ?", lead_id)


def test_who_opted_out_or_must_not_be_called_is_marked(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """Nobody is to write to them because another field says less."""
    out = pat(sandbox, HasOptedOutOfEmail=True, DoNotCall=True)
    bounced = pat(sandbox, LastName="Bell", Email="bell@bell.example", EmailBouncedDate="2026-10-01T00:00:00.000+0000")
    sync(hub)
    (one,), (two,) = fed(hub, out), fed(hub, bounced)
    said = "SELECT email_consent, phone_consent FROM v_leads WHERE id = ?"
    assert rows(hub, said, one[1]) == [("unsubscribed", "refused")]
    assert rows(hub, said, two[1]) == [("bounced", None)]


def test_accounts_and_contacts_merged_at_the_source_are_merged(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """MasterRecordId names the winner."""
    sync(hub)
    for sobject in ("Account", "Contact"):
        winner, loser = list(sandbox.org.tables[sobject])[:2]
        ids = [fed(hub, source_id)[0][1] for source_id in (winner, loser)]
        sandbox.org.merge(winner, loser)
        sync(hub)
        assert rows(hub, "SELECT merged_into FROM contact WHERE id = ?", ids[1]) == [(ids[0],)]


def test_what_was_purged_without_a_trace_is_found_by_a_full_read(hub: Hub, sandbox: SalesforceSandbox) -> None:
    """The recycle bin keeps it for fifteen days, or less."""
    sync(hub)
    lead, task = list(sandbox.org.tables["Lead"])[-1], next(iter(sandbox.org.tables["Task"]))
    (of_lead,) = fed(hub, lead)
    for source_id in (lead, task):
        sandbox.org.purge(source_id)
    assert sync(hub)["Lead"].counts.updated == 0
    reports = sync(hub, full=True)
    assert rows(hub, "SELECT gone_at_source FROM lead WHERE id = ?", of_lead[1]) == [("deleted",)]
    assert fed(hub, task) == []
    assert "not listed any more" in " ".join(reports["Lead"].notices)
