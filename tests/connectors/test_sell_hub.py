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
from hub.sync import sync_source
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
