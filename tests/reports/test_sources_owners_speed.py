"""Where leads come from, who has them, how fast they are met; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.by_hand import by_hand
from hub.importing import Import, import_file
from hub.opening import Hub
from hub.reporting.owners import report_owners
from hub.reporting.period import Period
from hub.reporting.sources import report_sources
from hub.reporting.speed import report_speed
from tests.conftest import OpenHub
from tests.reports import INCOMING, LOST, WON, Sale, at, sell

TOML = '[[users]]\nname = "Ann Li"\nemail = "ann@example.com"\n[[users]]\nname = "Bo Park"\nemail = "bo@example.com"\n'
EVER = Period()


def bring(hub: Hub, tmp_path: Path, text: str, source: str = "csv") -> None:
    """Import a file of leads under a source's name."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8")
    import_file(hub, Import(path, source=source))


def by_name(rows: list[dict[str, Any]], name: str = "source") -> dict[str | None, dict[str, Any]]:
    """Rows by what they are about."""
    return {row[name]: row for row in rows}


def mark_converted(hub: Hub, lead: int, contact: int, deal: int | None) -> None:
    """A lead that was converted, as storage keeps it; its links lead to the person now."""
    with hub.store.write() as db:
        db.execute("UPDATE lead SET gone_at_source = 'converted' WHERE id = ?", (lead,))
        db.execute(
            "UPDATE link SET record_type = 'contact', record_id = ? WHERE record_type = 'lead' AND record_id = ?",
            (contact, lead),
        )
        row = (lead, contact, deal, hub.now())
        db.insert("conversion", ("lead_id", "individual_id", "deal_id", "created_at"), [row])


def test_sources_tell_what_came_of_their_leads_and_deals(opened: OpenHub, tmp_path: Path) -> None:
    """By Sell's field Source; what says none is told as such."""
    hub = at(opened(TOML))
    bring(
        hub,
        tmp_path,
        "id,Last Name,Source,Status\n1,Li,Trade fair,New\n2,Park,Trade fair,Unqualified\n3,Wu,,New\n4,Oz,Web,New\n",
    )
    deal, _, _ = sell(hub, Sale([INCOMING, WON], "10", source="Trade fair"), Sale([LOST], source="Web"), Sale())
    mark_converted(hub, 1, 1, deal)
    found = by_name(report_sources(hub, EVER).to_json()["sources"])

    fair = found["Trade fair"]
    assert [fair[name] for name in ("leads", "converted", "unqualified", "qualified")] == [2, 1, 1, 0.5]
    assert [fair[name] for name in ("deals", "won", "value")] == [1, 1, "10.00"]
    assert (found["Web"]["leads"], found["Web"]["deals"], found["Web"]["won"]) == (1, 1, 0)
    assert (found[None]["leads"], found[None]["deals"]) == (1, 1)


def test_systems_keep_the_credit_for_converted_leads_and_their_deals(opened: OpenHub, tmp_path: Path) -> None:
    """The links of a converted lead lead to its person; a deal made of it is the hub's own record."""
    hub = at(opened(TOML))
    bring(hub, tmp_path, "id,Last Name\n1,Li\n2,Park\n", "fair")
    bring(hub, tmp_path, "id,Last Name\n1,Wu\n", "form")
    deal, _ = sell(hub, Sale([WON], "10"), Sale([WON], "5"))
    mark_converted(hub, 1, 1, deal)
    found = by_name(report_sources(hub, EVER).to_json()["systems"])

    assert {name: (row["leads"], row["converted"], row["won"], row["value"]) for name, row in found.items()} == {
        "fair": (2, 1, 1, "10.00"),
        "form": (1, 0, 0, "0.00"),
        "hand": (0, 0, 1, "5.00"),
    }


def test_every_lead_is_credited_once_whatever_feeds_it(opened: OpenHub, tmp_path: Path) -> None:
    """The system that brought it first has it; merged and deleted leads are nobody's."""
    hub = at(opened(TOML))
    bring(hub, tmp_path, "id,Last Name,Email\n1,Li,li@x.example\n2,Park,park@x.example\n", "fair")
    bring(hub, tmp_path, "id,Last Name,Email\n1,Li,li@x.example\n", "form")
    with by_hand(hub, "lead delete") as hand:
        hand.edit("lead", 2, {"deleted_at": hand.now})
    systems = report_sources(hub, EVER).to_json()["systems"]

    assert [(row["source"], row["leads"]) for row in systems] == [("fair", 1)]


def test_owners_have_their_leads_and_deals(opened: OpenHub, tmp_path: Path) -> None:
    """Those of nobody come last."""
    hub = at(opened(TOML))
    bring(
        hub, tmp_path, "id,Last Name,Owner\n1,Li,ann@example.com\n2,Park,ann@example.com\n3,Wu,\n4,Oz,bo@example.com\n"
    )
    sell(
        hub,
        Sale([WON], "10", owner="ann@example.com"),
        Sale([INCOMING], "5", owner="ann@example.com"),
        Sale([LOST], "7", owner="bo@example.com"),
    )
    with hub.store.write() as db:
        row = ("lead", 1, hub.now(), 0)
        db.insert("figure", ("record_type", "record_id", "first_activity_at", "open_tickets"), [row])
    rows = report_owners(hub, EVER).to_json()["owners"]

    assert [row["owner"] for row in rows] == ["Ann Li", "Bo Park", None]
    ann = rows[0]
    assert [ann[name] for name in ("leads", "worked", "converted", "open", "won", "lost")] == [2, 1, 0, 1, 1, 0]
    assert (ann["value"], ann["open_value"]) == ("10.00", "5.00")
    assert (rows[1]["lost"], rows[1]["value"]) == (1, "0.00")


def test_speed_is_measured_from_the_sources_own_time(opened: OpenHub, tmp_path: Path) -> None:
    """Ten leads, added 1 to 10 hours before they came; the tenth has waited longest."""
    hub = at(opened(TOML), days=1)
    came = hub.clock()
    rows = [f"{n},L{n},{came.replace(hour=came.hour - n).isoformat()},ann@example.com" for n in range(1, 11)]
    bring(hub, tmp_path, "\n".join(["id,Last Name,Added on,Owner", *rows, ""]), "form")
    with hub.store.write() as db:
        acted = ("lead", 4, came.replace(hour=came.hour + 2).isoformat().replace("+00:00", ".000000Z"), 0)
        db.insert("figure", ("record_type", "record_id", "first_activity_at", "open_tickets"), [acted])
    found = {row["measure"]: row for row in report_speed(hub, EVER).to_json()["speed"] if row["source"] == "form"}

    assert (found["arrival"]["count"], found["arrival"]["median_seconds"]) == (10, 5.5 * 3600)
    assert found["arrival"]["p90_seconds"] == 9 * 3600
    assert found["owner"]["median_seconds"] == 5.5 * 3600
    assert (found["first_activity"]["count"], found["first_activity"]["median_seconds"]) == (1, 6 * 3600)


def test_a_turn_that_came_later_is_when_a_lead_had_its_owner(opened: OpenHub, tmp_path: Path) -> None:
    """A turn that was given back is none."""
    hub = at(opened(TOML))
    bring(hub, tmp_path, "id,Last Name,Added on\n1,Li,2026-03-02T12:00:00Z\n")
    columns = ("user_id", "record_type", "record_id", "assigned_at", "given_back_at")
    with hub.store.write() as db:
        db.insert(
            "assignment",
            columns,
            [(1, "lead", 1, at(hub, days=1).now(), hub.now()), (2, "lead", 1, at(hub, days=2).now(), None)],
        )
        db.execute("UPDATE lead SET owner_id = 2")
    found = {lag.measure: lag.spread.median for lag in report_speed(hub, EVER).lags if lag.system == "all"}

    assert found == {"arrival": 0.0, "owner": 2 * 86_400.0}


def test_a_source_that_does_not_say_when_has_no_arrival(opened: OpenHub, tmp_path: Path) -> None:
    """Zero would make it the fastest of all."""
    hub = at(opened(TOML))
    bring(hub, tmp_path, "id,Last Name,Owner\n1,Li,ann@example.com\n")

    lags = [(lag.system, lag.measure, lag.spread.median) for lag in report_speed(hub, EVER).lags]
    assert lags == [("all", "owner", 0.0), ("csv", "owner", 0.0)]


def test_periods_are_of_when_leads_were_added_at_their_source(opened: OpenHub, tmp_path: Path) -> None:
    """Not of import day."""
    hub = at(opened(TOML))
    bring(hub, tmp_path, "id,Last Name,Added on\n1,Li,2025-06-30\n2,Park,2025-07-01\n")
    summer = Period(date(2025, 7, 1), date(2025, 7, 31))

    assert report_sources(hub, summer).to_json()["sources"][0]["leads"] == 1
    assert report_owners(hub, summer).to_json()["owners"][0]["leads"] == 1


def test_a_hub_with_nothing_in_it_reports_nothing(opened: OpenHub) -> None:
    """Every report begins empty."""
    hub = replace(opened(), clock=lambda: datetime.fromisoformat("2026-01-01T00:00:00+00:00"))

    assert report_sources(hub, EVER).to_json()["sources"] == []
    assert report_owners(hub, EVER).to_json()["owners"] == []
    assert report_speed(hub, EVER).to_json()["speed"] == []
