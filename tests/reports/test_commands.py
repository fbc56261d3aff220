"""`sellhub report …`: what people and spreadsheets see."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tests.records.conftest import TOML, Cli, cli, home_of

__all__ = ["cli", "home_of"]

DEALS = (
    {"Name": "Rollout", "Value": "2400", "Currency": "USD", "Stage": "Quote", "Contact": "Ann Li", "Source": "Web"},
    {"Name": "Pilot", "Value": "100.50", "Currency": "USD", "Stage": "Won", "Contact": "Bo Park", "Source": "=1+1"},
)


def deals(cli: Cli) -> None:
    """Import two deals, one of which is won."""
    cli.ok("import", cli.sheet(*DEALS, name="deals.csv"), "--as", "deal")


def test_a_funnel_says_its_rule_and_population_beside_the_figures(cli: Cli) -> None:
    """The same deals give other figures by another rule; a figure alone would be argued about."""
    deals(cli)
    out = cli.ok("report", "funnel", "--from", "2026-01-01").out

    assert "deals of Sales Pipeline added since 2026-01-01: 2" in out
    assert "rule reached: a deal counts in every stage up to the highest open one" in out
    assert "2,500.50 USD" in out
    assert "overall conversion: 50.0 %" in out
    assert "next: sellhub deal list" in out


@pytest.mark.parametrize("report", ["funnel", "sources", "owners", "recurring"])
def test_every_report_is_a_table_an_object_and_a_spreadsheet(cli: Cli, report: str) -> None:
    """The spreadsheet has rows of one width and no formulas."""
    deals(cli)
    rows = list(csv.reader(io.StringIO(cli.ok("report", report, "--csv").out)))

    assert cli.ok("report", report).out
    assert isinstance(cli.json("report", report), dict)
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize("report", ["funnel", "sources", "speed", "owners", "recurring"])
def test_every_report_of_an_empty_hub_says_so(cli: Cli, report: str) -> None:
    """And what to do next."""
    said = cli.ok("report", report)

    assert "next: sellhub" in said.out
    assert cli.ok("report", report, "--csv").code == 0


def test_speed_is_told_in_units_that_fit(cli: Cli) -> None:
    """Seconds for a form, days for an old list."""
    cli.bring({"Last Name": "Li", "Added on": "2020-01-01"}, source="old-list")
    out = cli.ok("report", "speed").out

    assert "old-list" in out
    assert "days" in out
    assert cli.ok("report", "speed", "--csv").out.startswith("source,measure,count,median_seconds,p90_seconds")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--from", "yesterday"), "is not a date"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "lies before"),
        (("--pipeline", "Sales Pipelin"), "did you mean 'Sales Pipeline'"),
        (("--to", "9999-12-31"), "the last day that there is"),
    ],
)
def test_bad_questions_are_refused_with_what_would_be_right(cli: Cli, words: tuple[str, ...], text: str) -> None:
    """One line of what is wrong, one of what to do."""
    said = cli("report", "funnel", *words)

    assert (said.code, said.out) == (1, "")
    assert text in said.err
    assert "fix:" in said.err


def test_an_unknown_rule_is_wrong_usage(cli: Cli) -> None:
    """There are three."""
    assert cli("report", "funnel", "--rule", "guessed").code == 2


def test_what_is_left_out_is_told_with_its_fix_and_the_fix_works(home_of: Callable[[str], Cli]) -> None:
    """`deal basis` gives the value anew."""
    cli = home_of('[hub]\nvalue_basis = "contract_total"\n' + TOML)
    deals(cli)
    cli.settings('[hub]\nvalue_basis = "mrr"\n' + TOML)
    out = cli.ok("report", "funnel").out

    assert "2 deals are contract_total (D-1, D-2): counted, but their values are not added in: 2500.50 USD" in out
    assert "fix: give the value as mrr: sellhub deal basis D-1 mrr --value AMOUNT" in out

    assert "nothing was stored" in cli.ok("deal", "basis", "D-1", "mrr", "--value", "100", "--dry-run").out
    assert cli.json("report", "funnel")["left_out"][0]["deals"] == 2
    assert cli.json("deal", "basis", "D-1", "mrr", "--value", "100") == {
        "id": 1,
        "value_basis": "mrr",
        "value": "100.00",
        "currency": "USD",
        "before": "contract_total",
        "dry_run": False,
    }
    assert cli.json("report", "funnel")["open"]["value"] == "100.00"
    assert cli.json("report", "funnel")["left_out"][0]["deals"] == 1


@pytest.mark.parametrize("value", ["-5", "1.234", "many", "1e400"])
def test_a_basis_takes_no_value_that_is_none(cli: Cli, value: str) -> None:
    """Negative, finer than cents, not a number."""
    deals(cli)
    said = cli("deal", "basis", "D-1", "mrr", f"--value={value}")

    assert (said.code, said.out) == (1, "")
    assert f"{value!r}" in said.err
