"""`deal move` and its kin, `pipeline` and its stages, as people type them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.records.conftest import Cli


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str) -> Cli:
    """A hub with two imported deals, of Ann Li's and Bo Ma's."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "mei@example.com")
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings(f'[storage]\nurl = "{database_url}"\n')
    with (tmp_path / "deals.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "Deal Name", "Value", "Currency", "Stage", "Contact"))
        writer.writerow((1, "Rollout", "2400", "USD", "Quote", "Ann Li"))
        writer.writerow((2, "Pilot", "1000.50", "EUR", "Incoming", "Bo Ma"))
    made.ok("import", str(tmp_path / "deals.csv"), "--as", "deal")
    return made


def test_a_deal_is_moved_lost_reopened_and_won(cli: Cli) -> None:
    """Each tells what it came to, and that it holds until it is released."""
    moved = cli.ok("deal", "move", "D-1", "closure", "--by", "ann@example.com").out
    assert "D-1 Rollout: Quote -> Closure (Sales Pipeline)" in moved
    assert "released: sellhub deal move D-1 --release" in moved
    lost = cli.json("deal", "lose", "1", "--reason", "price")
    assert (lost["from_stage"], lost["stage"], lost["outcome"], lost["reason"]) == ("Closure", "Lost", "lost", "Price")
    assert "next: sellhub deal history D-1" in cli.ok("deal", "reopen", "1").out
    assert cli.json("deal", "win", "1")["outcome"] == "won"
    assert cli.json("deal", "move", "1", "--release")["stage"] == "Quote"
    steps = cli.json("deal", "history", "1")["history"]
    assert [step["stage"] for step in steps] == ["Quote", "Closure", "Lost", "Closure", "Won", "Quote"]
    assert [step["by"] for step in steps[:3]] == ["csv", "ann@example.com", "mei@example.com"]
    assert cli.ok("deal", "history", "1").out.count("Sales Pipeline") == 6


def test_show_tells_likelihood_weighted_value_and_history(cli: Cli) -> None:
    """Exactly: no rounding to cents before anything is added up."""
    cli.ok("deal", "move", "2", "Quote")
    cli.ok("pipeline", "stage", "likelihood", "Sales Pipeline", "Quote", "35")
    shown = cli.json("deal", "show", "2")
    assert (shown["win_likelihood"], shown["weighted_value"], shown["value"]) == (35, "350.175", "1000.50")
    assert [step["stage"] for step in shown["history"]] == ["Incoming", "Quote"]
    assert "likelihood 35 %, weighted value 350.175 EUR" in cli.ok("deal", "show", "2").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("deal", "move", "1", "Quot"), "nearest: Quote"),
        (("deal", "move", "1"), "say where the deal goes"),
        (("deal", "move", "1", "Quote", "--release"), "say where the deal goes"),
        (("deal", "move", "99", "Quote"), "there is no deal D-99"),
        (("deal", "move", "L-1", "Quote"), "is not the id of a deal"),
        (("deal", "move", "1", "--pipeline", "Sale Pipeline"), "nearest: Sales Pipeline"),
        (("deal", "lose", "1", "--reason", "Prize"), "nearest: Price"),
        (("deal", "reopen", "1"), "is open"),
        (("deal", "contacts", "1", "add"), "say which contact to add"),
        (("pipeline", "show", "Nowhere"), "there is no pipeline 'Nowhere'"),
        (("pipeline", "add", "New", "--stage", "Quote"), "Name:likelihood"),
        (("pipeline", "stage", "remove", "Sales Pipeline", "Quote"), "1 deal stands in 'Quote'"),
        (("pipeline", "stage", "remove", "Sales Pipeline", "Quote", "--move-deals-to", "quote"), "its own deals"),
        (("pipeline", "stage", "criteria", "Sales Pipeline", "Quote"), "say what must hold"),
        (("pipeline", "stage", "criteria", "Sales Pipeline", "Quote", "valu > 1"), "valu"),
        (("pipeline", "remove", "Sales Pipeline"), "deals are or were in pipeline"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(cli: Cli, words: tuple[str, ...], told: str) -> None:
    """Exit code 1, a way out, nothing changed."""
    said = cli(*words)
    assert said.code == 1
    assert told in said.err
    assert "fix: " in said.err
    assert [row["stage"] for row in cli.json("deal", "list")] == ["Incoming", "Quote"]


def test_a_stage_needs_its_likelihood(cli: Cli) -> None:
    """Sell requires both name and likelihood."""
    assert cli("pipeline", "stage", "add", "Sales Pipeline", "Demo").code == 2


def test_a_warning_goes_beside_the_result(cli: Cli) -> None:
    """On standard error for people, in the object for scripts."""
    cli.ok("pipeline", "stage", "criteria", "Sales Pipeline", "Incoming", "estimated_close_date is not empty")
    said = cli.ok("deal", "move", "2", "Quote", "--json")
    assert said.data["warnings"] == ["to leave Incoming this should hold: estimated_close_date is not empty"]
    assert "warning: to leave Incoming" in said.err


def test_a_pipeline_is_kept_by_commands(cli: Cli) -> None:
    """Made, shown, renamed, disabled, enabled, removed; its stages likewise; each rehearsed on request."""
    for words in (
        ("pipeline", "add", "Renewals", "--stage", "Due:40"),
        ("pipeline", "rename", "Sales Pipeline", "Sales"),
    ):
        assert "DRY RUN" in cli.ok(*words, "--dry-run").out
        assert cli.json(*words)["dry_run"] is False
    assert [p["name"] for p in cli.json("pipeline", "list")] == ["Sales", "Renewals"]
    assert "takes no more deals" in cli.ok("pipeline", "disable", "Renewals").out
    assert "takes no deals" in cli.ok("pipeline", "list").out
    cli.ok("pipeline", "enable", "Renewals")
    cli.ok("pipeline", "stage", "add", "Renewals", "Offer", "--likelihood", "70", "--after", "Due")
    cli.ok("pipeline", "stage", "rename", "Renewals", "Due", "Renewal due")
    cli.ok("pipeline", "stage", "reorder", "Renewals", "Offer", "Renewal due")
    merged = cli.json("pipeline", "stage", "merge", "Renewals", "Offer", "--into", "Renewal due")
    assert [s["name"] for s in merged["pipeline"]["stages"]] == ["Renewal due", "Won", "Unqualified", "Lost"]
    assert cli.json("pipeline", "show", "Renewals")["removed_stages"][0]["merged_into"] == "Renewal due"
    moved = cli.json("pipeline", "stage", "remove", "Sales", "Quote", "--move-deals-to", "Closure")
    assert moved["deals_moved"] == 1
    assert "1 deal moved" in cli.ok("pipeline", "stage", "merge", "Sales", "Closure", "--into", "Incoming").out
    assert cli.json("pipeline", "remove", "Renewals")["pipeline"] is None
    assert all(finding["level"] == "ok" for finding in cli.json("db", "check"))


def test_contacts_are_put_beside_a_deal_by_commands(cli: Cli) -> None:
    """And listed."""
    added = cli.json("deal", "contacts", "1", "add", "C-2", "--role", "Decision maker")
    assert added["contacts"] == [{"contact_id": 2, "name": "Bo Ma", "role": "Decision maker", "is_primary": False}]
    assert "Decision maker" in cli.ok("deal", "contacts", "1").out
    cli.ok("deal", "contacts", "1", "remove", "2")
    assert cli.json("deal", "contacts", "1")["contacts"] == []
