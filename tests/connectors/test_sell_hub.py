"""A Sell account in the hub: through the real connector and the shipped mappings, twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.opening import Hub, open_hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from sandbox.sell.account import contact
from sandbox.sell.standin import SellSandbox


@pytest.fixture
def vendor() -> Iterator[SellSandbox]:
    """A running stand-in with its seeded account."""
    with SellSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=[False, True], ids=["by list", "by the Sync API"])
def hub(request: pytest.FixtureRequest, vendor: SellSandbox, tmp_path: Path) -> Iterator[Hub]:
    """A hub that reads it, one way and the other."""
    values = {"connector": "sell", **vendor.settings(), "calls_per_second": 60_000, "sync_api": request.param}
    text = "[sources.sell]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    with open_hub(tmp_path) as hub:
        yield hub


def rows(hub: Hub, sql: str, *values: Any) -> list[Any]:
    with hub.store.read() as db:
        return list(db.select(sql, values))


def totals(reports: list[StreamReport]) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "merged", "held", "skipped", "failed")
    return {name: sum(getattr(report.counts, name) for report in reports) for name in names}


def test_an_account_comes_whole_and_the_second_time_nothing_changes(hub: Hub, vendor: SellSandbox) -> None:
    """Everything but the one whose address is none; with owners, stages, companies and money in their places."""
    tables = vendor.account.tables

    first = sync_source(hub, "sell")
    second = sync_source(hub, "sell")

    assert totals(first)["held"] == 1
    assert totals(first)["failed"] == 0
    assert totals(second)["created"] == totals(second)["updated"] == totals(second)["merged"] == 0
    assert len(rows(hub, "SELECT id FROM lead")) == len(tables["leads"]) - 1
    assert len(rows(hub, "SELECT id FROM contact")) == len(tables["contacts"])
    assert len(rows(hub, "SELECT id FROM deal")) == len(tables["deals"])
    assert rows(hub, "SELECT id FROM lead WHERE owner_id IS NULL") == []
    assert rows(hub, "SELECT id FROM contact WHERE is_organization = ? AND contact_id IS NULL", False) == []


def test_deals_stand_in_their_stages_with_contacts_money_and_reasons(hub: Hub, vendor: SellSandbox) -> None:
    """As the vendor has them."""
    sync_source(hub, "sell")
    stages = vendor.account.tables["stages"]

    found = rows(
        hub,
        "SELECT k.source_id, s.name, s.category, d.value_minor, d.contact_id, d.organization_id, r.name FROM deal d "
        "JOIN stage s ON s.id = d.stage_id "
        "JOIN v_source_links k ON k.record_type = 'deal' AND k.record_id = d.id "
        "LEFT JOIN loss_reason r ON r.id = d.loss_reason_id",
    )

    assert len(found) == len(vendor.account.tables["deals"])
    for source_id, name, category, minor, contact_id, organization_id, reason in found:
        deal = vendor.account.tables["deals"][int(source_id)]
        stage = stages[deal["stage_id"]]
        assert (name, category) == (stage["name"], stage["category"].rstrip("1"))
        assert minor == round(float(deal["value"]) * 100)
        assert contact_id is not None
        assert organization_id is not None
        assert (reason is not None) == (deal["loss_reason_id"] is not None)


def test_a_contact_of_a_company_that_joins_later_waits_for_it(hub: Hub, vendor: SellSandbox) -> None:
    """And what was changed, added and deleted meanwhile is there after the next sync."""
    sync_source(hub, "sell")
    lead = next(iter(vendor.account.tables["leads"].values()))
    vendor.account.change("leads", lead, title="Chief of all")
    vendor.account.add_leads(3)

    reports = {report.stream: report.counts for report in sync_source(hub, "sell")}

    assert (reports["leads"].created, reports["leads"].updated) == (3, 1)
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE title = ?", "Chief of all")[0][0] == 1


def test_a_rehearsal_confirms_nothing_to_the_vendor(hub: Hub, vendor: SellSandbox) -> None:
    """What is taken back must come again when it is meant."""
    with hub.store.rehearsal():
        sync_source(hub, "sell")

    assert rows(hub, "SELECT id FROM lead") == []
    sync_source(replace(hub), "sell")
    assert len(rows(hub, "SELECT id FROM lead")) == len(vendor.account.tables["leads"]) - 1


def test_deletions_are_told_by_the_sync_api_alone(hub: Hub, vendor: SellSandbox) -> None:
    """By list a lead that is not returned is not taken for deleted; the hub keeps the record in either case."""
    sync_source(hub, "sell")
    gone = next(iter(vendor.account.tables["leads"].values()))
    vendor.account.delete("leads", gone)

    sync_source(hub, "sell")

    by_sync = hub.settings.sources["sell"].connector_settings["sync_api"]
    marked = rows(hub, "SELECT COUNT(*) FROM lead WHERE gone_at_source IS NOT NULL")[0][0]
    assert marked == (1 if by_sync else 0)
    assert len(rows(hub, "SELECT id FROM lead")) == len(vendor.account.tables["leads"])


KINDS = {"note": "notes", "task": "tasks", "call": "calls", "visit": "visits"}


def places(hub: Hub, kind: str) -> dict[int, tuple[Any, Any]]:
    """Where each activity stands, by its id at the vendor."""
    sql = (
        f'SELECT r.source_id, a.resource_type, a.resource_id FROM "{kind}" a '
        "JOIN link k ON k.record_type = ? AND k.record_id = a.id JOIN source_record r ON r.id = k.source_record_id"
    )
    return {int(source_id): (type_, id_) for source_id, type_, id_ in rows(hub, sql, kind)}


def ours(hub: Hub) -> dict[tuple[str, int], tuple[str, int]]:
    """The vendor's leads, contacts and deals → ours."""
    sql = (
        "SELECT s.name, r.source_id, k.record_type, k.record_id FROM link k "
        "JOIN source_record r ON r.id = k.source_record_id JOIN stream s ON s.id = r.stream_id WHERE k.identity"
    )
    kinds = {"companies": "contact", "contacts": "contact", "leads": "lead", "deals": "deal"}
    return {
        (kinds[stream], int(source_id)): (kind, id_)
        for stream, source_id, kind, id_ in rows(hub, sql)
        if stream in kinds
    }


def test_activities_stand_where_they_stood_with_their_own_times_and_authors(hub: Hub, vendor: SellSandbox) -> None:
    """At leads, people, companies and deals; a floating task at nothing."""
    reports = sync_source(hub, "sell")
    known, tables = ours(hub), vendor.account.tables

    assert {report.stream: report.error for report in reports if report.error} == {}
    for kind, table in KINDS.items():
        expected = {
            id_: known[row["resource_type"], row["resource_id"]] if row["resource_type"] else (None, None)
            for id_, row in tables[table].items()
        }
        assert places(hub, kind) == expected
    assert {at[0] for at in places(hub, "note").values()} == {"lead", "contact", "deal"}
    ((name,),) = rows(hub, 'SELECT DISTINCT u.name FROM note n JOIN "user" u ON u.id = n.user_id')
    assert name == next(iter(tables["users"].values()))["name"]
    assert {t[:19] + "Z" for (t,) in rows(hub, "SELECT noted_at FROM note")} == {
        row["created_at"] for row in tables["notes"].values()
    }
    outcomes = "SELECT o.name FROM call c JOIN call_outcome o ON o.id = c.outcome_id"
    assert rows(hub, outcomes) == [("Interested",), ("Interested",)]
    assert rows(hub, "SELECT COUNT(*) FROM task WHERE completed") == [(1,)]


def test_the_same_number_may_be_a_lead_and_a_contact(hub: Hub, vendor: SellSandbox) -> None:
    """The vendor numbers each by itself: what stands at the one must never appear at the other."""
    account = vendor.account
    lead = next(iter(account.tables["leads"].values()))
    twin = {**next(row for row in account.tables["contacts"].values() if not row["is_organization"]), "id": lead["id"]}
    account.tables["contacts"][lead["id"]] = twin | {"email": "twin@example.com", "last_name": "Twin"}
    account.on_change("contacts", lead["id"], False)
    for kind in ("lead", "contact"):
        at = {"resource_type": kind, "resource_id": lead["id"], "creator_id": None, "is_important": False}
        account.add("notes", **at, content=f"At the {kind}")

    sync_source(hub, "sell")

    found = dict(rows(hub, "SELECT content, resource_type FROM note WHERE content LIKE 'At the %'"))
    assert found == {"At the lead": "lead", "At the contact": "contact"}


def test_a_converted_leads_note_follows_to_the_contact(hub: Hub, vendor: SellSandbox) -> None:
    """Sell moves it to the contact that it made of the lead."""
    account = vendor.account
    note = next(row for row in account.tables["notes"].values() if row["resource_type"] == "lead")
    lead = account.tables["leads"][note["resource_id"]]
    sync_source(hub, "sell")
    conversion = account.convert(lead)
    account.change("notes", note, resource_type="contact", resource_id=conversion["individual_id"])

    sync_source(hub, "sell")

    assert places(hub, "note")[note["id"]] == ours(hub)["contact", conversion["individual_id"]]
    assert len(places(hub, "note")) == len(account.tables["notes"])


@pytest.mark.parametrize("case", ["made of it", "there before", "gone since"])
def test_a_lead_converted_in_sell_is_its_contact_here(hub: Hub, vendor: SellSandbox, case: str) -> None:
    """The vendor's own word that two are one: no likeness is asked for, and nobody is there twice."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    there = account.add("contacts", **contact(lead["owner_id"]) | {"last_name": "Quill", "email": "q@quill.example"})
    sync_source(hub, "sell")
    (lead_id,) = [id_ for (kind, source_id), (_, id_) in ours(hub).items() if (kind, source_id) == ("lead", lead["id"])]
    people = len(rows(hub, "SELECT id FROM contact"))

    conversion = account.convert(lead, there if case == "there before" else None)
    if case == "gone since":
        account.delete("contacts", account.tables["contacts"][conversion["individual_id"]])
    reports = sync_source(hub, "sell")

    assert totals(reports)["held"] == 0
    made = rows(hub, "SELECT lead_id, individual_id FROM conversion")
    ((how,),) = rows(hub, "SELECT gone_at_source FROM lead WHERE id = ?", lead_id)
    if case == "gone since":
        assert (made, how) == ([], "deleted")
        return
    assert how == "converted"
    assert made == [(lead_id, ours(hub)["contact", conversion["individual_id"]][1])]
    assert len(rows(hub, "SELECT id FROM contact")) == people + (case == "made of it")
    assert totals(sync_source(hub, "sell"))["updated"] == 0


def test_a_lead_that_became_a_company_alone_is_gone(hub: Hub, vendor: SellSandbox) -> None:
    """There is no person to go on as."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    sync_source(hub, "sell")
    account.delete("leads", lead)
    account.add("lead_conversions", lead_id=lead["id"], individual_id=None, organization_id=None, deal_id=None)

    sync_source(hub, "sell")

    gone = rows(hub, "SELECT gone_at_source FROM lead WHERE email = ?", lead["email"])
    assert gone == [("deleted",)]
    assert rows(hub, "SELECT id FROM conversion") == []


def test_what_changed_around_a_record_changes_and_what_is_deleted_goes(hub: Hub, vendor: SellSandbox) -> None:
    """By list a deletion is not told: the note stays."""
    sync_source(hub, "sell")
    account = vendor.account
    changed, gone = list(account.tables["notes"].values())[:2]
    account.change("notes", changed, content="Something else")
    account.delete("notes", gone)

    reports = {report.stream: report.counts for report in sync_source(hub, "sell")}

    by_sync = hub.settings.sources["sell"].connector_settings["sync_api"]
    assert rows(hub, "SELECT COUNT(*) FROM note WHERE content = ?", "Something else") == [(1,)]
    assert (gone["id"] in places(hub, "note")) is not by_sync
    assert reports["notes"].updated == (2 if by_sync else 1)


def test_a_hub_that_read_sell_before_it_knew_activities_gets_all_of_them(hub: Hub, vendor: SellSandbox) -> None:
    """Also by the Sync API, whose queue was emptied of them long ago."""
    sync_source(hub, "sell", Options(streams=("companies", "contacts", "leads", "deals")))

    sync_source(hub, "sell")
    again = sync_source(hub, "sell")

    assert {kind: set(places(hub, kind)) for kind in KINDS} == {
        kind: set(vendor.account.tables[table]) for kind, table in KINDS.items()
    }
    assert totals(again)["created"] == totals(again)["updated"] == 0
    assert [len(device.pending) for device in vendor.queues.devices.values() if device.pending] == []
