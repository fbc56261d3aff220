"""Leads that Sell converted, against what was there before, what comes after, and an undo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.editing import Editing, edit
from hub.merging import merge
from hub.opening import Hub, open_hub
from hub.runs import Options
from hub.sync import sync_source
from hub.undo import undo_run
from sandbox.sell.account import contact
from sandbox.sell.standin import SellSandbox
from tests.connectors.test_sell_hub import totals
from tests.conversion.world import ANN, TOML, breaches, bring, convert, lead_row
from tests.hub.test_review_helpers import rows


@pytest.fixture
def vendor() -> Iterator[SellSandbox]:
    """A running stand-in with its seeded account."""
    with SellSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=[False, True], ids=["by list", "by the Sync API"])
def hub(request: pytest.FixtureRequest, vendor: SellSandbox, tmp_path: Path) -> Iterator[Hub]:
    """A hub that reads it, one way and the other, and deals who belongs to nobody to a pool."""
    values = {
        "connector": "sell", "pool": "Inbound", **vendor.settings(), "calls_per_second": 60_000,
        "sync_api": request.param,
    }  # fmt: skip
    text = TOML + "[sources.sell]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    with open_hub(tmp_path) as hub:
        yield hub


def by_sync(hub: Hub) -> bool:
    return bool(hub.settings.sources["sell"].connector_settings["sync_api"])


def here(hub: Hub, stream: str, source_id: int) -> int:
    """Our id of a record of Sell's."""
    sql = "SELECT record_id FROM v_source_links WHERE source = 'sell' AND stream = ? AND source_id = ?"
    ((found,),) = rows(hub, sql, stream, str(source_id))
    return int(found)


def state(hub: Hub) -> dict[str, list[Any]]:
    return {
        "leads": rows(
            hub, "SELECT id, last_name, email, owner_id, title, gone_at_source, merged_into FROM lead ORDER BY id"
        ),
        "contacts": rows(hub, "SELECT id, last_name, email, owner_id, title, gone_at_source FROM contact ORDER BY id"),
        "conversions": rows(hub, "SELECT lead_id, individual_id FROM conversion WHERE undone_at IS NULL"),
        "people": rows(hub, "SELECT COUNT(*) FROM person WHERE merged_into IS NULL"),
    }


def test_contact_deleted_in_sell_after_its_conversion(hub: Hub, vendor: SellSandbox, tmp_path: Path) -> None:
    """Nothing of theirs is at the source any more: the record here is marked so, as any other."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    sync_source(hub, "sell")
    conversion = account.convert(lead)
    sync_source(hub, "sell")
    contact_id = here(hub, "contacts", conversion["individual_id"])

    row = account.tables["contacts"][conversion["individual_id"]]
    account.delete("contacts", row)
    sync_source(hub, "sell")

    gone = "SELECT gone_at_source FROM contact WHERE id = ?"
    assert rows(hub, gone, contact_id) == [("deleted" if by_sync(hub) else None,)]
    assert breaches(hub) == []
    bring(hub, tmp_path, lead_row(1, lead["first_name"], lead["last_name"], lead["email"], title="CTO"))
    assert rows(hub, gone, contact_id) == [(None,)], "another source knows them still"

    account.tables["contacts"][row["id"]] = row
    account.change("contacts", row, description="Back")
    assert totals(sync_source(hub, "sell"))["held"] == 0
    assert rows(hub, "SELECT gone_at_source, description FROM contact WHERE id = ?", contact_id) == [(None, "Back")]


def test_a_lead_that_came_and_was_converted_between_two_reads(hub: Hub, vendor: SellSandbox) -> None:
    """There is one contact, and no lead that was none."""
    account = vendor.account
    sync_source(hub, "sell")
    before = state(hub)
    (lead,) = account.add_leads(1)
    account.convert(lead)

    reports = sync_source(hub, "sell")

    after = state(hub)
    assert totals(reports)["held"] == 0
    assert after["leads"] == before["leads"]
    assert len(after["contacts"]) == len(before["contacts"]) + 1
    assert after["conversions"] == []
    assert breaches(hub) == []
    assert totals(sync_source(hub, "sell"))["updated"] == 0


@pytest.mark.parametrize("first", ["leads", "contacts"])
def test_conversion_and_contact_in_any_order(hub: Hub, vendor: SellSandbox, first: str) -> None:
    """The conversion may be read before the contact that it made."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    sync_source(hub, "sell")
    lead_id, before = here(hub, "leads", lead["id"]), state(hub)
    conversion = account.convert(lead)

    for stream in (first, *({"leads", "contacts"} - {first})):
        sync_source(hub, "sell", Options(streams=(stream,)))
    sync_source(hub, "sell")

    after = state(hub)
    assert after["conversions"] == [(lead_id, here(hub, "contacts", conversion["individual_id"]))]
    assert len(after["contacts"]) == len(before["contacts"]) + 1
    assert breaches(hub) == []


def test_what_people_edited_and_who_had_it_from_a_pool_goes_along(hub: Hub, vendor: SellSandbox) -> None:
    """A conversion takes nothing from anybody: neither what was typed nor who it was dealt to."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    lead["owner_id"] = None
    account.change("leads", lead, title="Boss")
    sync_source(hub, "sell")
    lead_id = here(hub, "leads", lead["id"])
    ((owner,),) = rows(hub, "SELECT owner_id FROM lead WHERE id = ?", lead_id)
    assert owner is not None
    edit(hub, Editing("lead", lead_id, {"title": "Chief"}, add_tags=("hot",)), by=ANN)
    turns = rows(hub, "SELECT COUNT(*) FROM assignment")

    conversion = account.convert(lead)
    made = account.tables["contacts"][conversion["individual_id"]]
    account.change("contacts", made, owner_id=None, title="Boss")
    sync_source(hub, "sell")

    contact_id = here(hub, "contacts", conversion["individual_id"])
    ((its_owner, its_title, tags),) = rows(hub, "SELECT owner_id, title, tags FROM contact WHERE id = ?", contact_id)
    assert (its_owner, its_title) == (owner, "Chief")
    assert "hot" in str(tags)
    assert rows(hub, "SELECT COUNT(*) FROM assignment") == turns
    assert breaches(hub) == []


def test_undoing_the_run_makes_it_a_lead_again(hub: Hub, vendor: SellSandbox) -> None:
    """And the next sync converts it once more."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    there = account.add("contacts", **contact(lead["owner_id"]) | {"last_name": "Quill", "email": "q@quill.example"})
    sync_source(hub, "sell")
    edit(hub, Editing("lead", here(hub, "leads", lead["id"]), {"title": "Chief"}), by=ANN)
    before = state(hub)
    account.convert(lead, there)
    reports = sync_source(hub, "sell")
    after = state(hub)
    assert after != before

    report = undo_run(hub, reports[0].run)

    assert report.left == []
    assert state(hub) == before
    assert breaches(hub) == []
    if not by_sync(hub):  # what its queue told is confirmed and is not told again
        sync_source(hub, "sell")
        assert state(hub) == after


@pytest.mark.parametrize("known_as", ["lead", "contact"])
def test_converted_to_somebody_whom_another_source_brought(
    hub: Hub, vendor: SellSandbox, tmp_path: Path, known_as: str
) -> None:
    """One person, whatever each of the sources calls them."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    bring(hub, tmp_path, lead_row(1, lead["first_name"], lead["last_name"], lead["email"], "Acme", title="CTO"))
    if known_as == "contact":
        convert(hub, 1)
    sync_source(hub, "sell")
    before = state(hub)

    conversion = account.convert(lead)
    reports = sync_source(hub, "sell")

    after = state(hub)
    assert totals(reports)["held"] == 0
    assert after["people"] == before["people"]
    same = rows(hub, "SELECT id FROM contact WHERE email = ? AND merged_into IS NULL", lead["email"])
    assert same == [(here(hub, "contacts", conversion["individual_id"]),)]
    assert rows(hub, "SELECT COUNT(*) FROM v_leads WHERE email = ?", lead["email"])[0][0] <= 1
    assert breaches(hub) == []
    assert totals(sync_source(hub, "sell"))["updated"] == 0


def test_a_token_that_may_not_read_conversions_reads_the_leads(hub: Hub, vendor: SellSandbox) -> None:
    """It is told once a run; once it may, conversions are followed from then on."""
    account = vendor.account
    vendor.hidden.add("lead_conversions")
    first, second = account.add_leads(2)
    reports = {report.stream: report for report in sync_source(hub, "sell")}
    assert reports["leads"].error is None
    assert sum("converted leads are not told" in notice for notice in reports["leads"].notices) == 1
    account.convert(first)
    reports = {report.stream: report for report in sync_source(hub, "sell")}
    assert reports["leads"].error is None

    vendor.hidden.clear()
    assert {report.error for report in sync_source(hub, "sell")} == {None}
    lead_id = rows(hub, "SELECT id FROM lead WHERE email = ?", second["email"])[0][0]
    conversion = account.convert(second)
    assert {report.error for report in sync_source(hub, "sell")} == {None}

    made = rows(hub, "SELECT lead_id, individual_id FROM conversion")
    assert made == [(lead_id, here(hub, "contacts", conversion["individual_id"]))]
    assert breaches(hub) == []


def test_a_right_that_is_taken_back_stops_the_leads_with_a_way_out(hub: Hub, vendor: SellSandbox) -> None:
    """To go on would lose conversions for good; when it is given again none is lost."""
    account = vendor.account
    first, second = account.add_leads(2)
    sync_source(hub, "sell")
    lead_id = here(hub, "leads", first["id"])
    vendor.hidden.add("lead_conversions")
    conversion = account.convert(first)
    account.change("leads", second, title="Chief")

    reports = {report.stream: report for report in sync_source(hub, "sell")}

    assert reports["leads"].state == "failed"
    assert reports["leads"].fix
    vendor.hidden.clear()
    assert {report.error for report in sync_source(hub, "sell")} == {None}
    assert rows(hub, "SELECT title FROM lead WHERE email = ?", second["email"]) == [("Chief",)]
    made = rows(hub, "SELECT lead_id, individual_id FROM conversion")
    assert made == [(lead_id, here(hub, "contacts", conversion["individual_id"]))]


def test_converted_here_first_and_then_in_sell(hub: Hub, vendor: SellSandbox) -> None:
    """Both mean one person: what was made here is that contact."""
    account = vendor.account
    (lead,) = account.add_leads(1)
    sync_source(hub, "sell")
    lead_id = here(hub, "leads", lead["id"])
    made = convert(hub, lead_id).person
    people = state(hub)["people"]

    conversion = account.convert(lead)
    reports = sync_source(hub, "sell")

    assert totals(reports)["held"] == 0
    assert here(hub, "contacts", conversion["individual_id"]) == made
    assert state(hub)["people"] == people
    assert rows(hub, "SELECT lead_id, individual_id FROM conversion WHERE undone_at IS NULL") == [(lead_id, made)]
    assert breaches(hub) == []
    assert totals(sync_source(hub, "sell"))["updated"] == 0


def test_two_leads_become_one_contact(hub: Hub, vendor: SellSandbox) -> None:
    """Somebody saw in Sell that they were one."""
    account = vendor.account
    first, second = account.add_leads(2)
    sync_source(hub, "sell")
    ids = [here(hub, "leads", lead["id"]) for lead in (first, second)]
    conversion = account.convert(first)
    account.convert(second, account.tables["contacts"][conversion["individual_id"]])

    reports = sync_source(hub, "sell")

    assert totals(reports)["held"] == 0
    contact_id = here(hub, "contacts", conversion["individual_id"])
    made = rows(hub, "SELECT lead_id, individual_id FROM conversion ORDER BY lead_id")
    assert made == [(id_, contact_id) for id_ in ids]
    assert breaches(hub) == []
    assert totals(sync_source(hub, "sell"))["updated"] == 0


def test_a_lead_that_was_merged_here_is_converted_there(hub: Hub, vendor: SellSandbox) -> None:
    """Two leads are one here; Sell makes one of them a contact: what is here becomes that contact."""
    account = vendor.account
    first, second = account.add_leads(2)
    sync_source(hub, "sell")
    one, other = (here(hub, "leads", lead["id"]) for lead in (first, second))
    merge(hub, ("lead", one), ("lead", other), by=ANN)

    conversion = account.convert(second)
    reports = sync_source(hub, "sell")

    assert totals(reports)["held"] == 0
    contact_id = here(hub, "contacts", conversion["individual_id"])
    assert rows(hub, "SELECT lead_id, individual_id FROM conversion") == [(one, contact_id)]
    assert breaches(hub) == []
    assert totals(sync_source(hub, "sell"))["updated"] == 0
