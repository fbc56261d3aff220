"""`lead|contact|deal list` and `show`."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from tests.records.conftest import Cli, person


def five(cli: Cli) -> None:
    """Five leads, L-1 to L-5."""
    cli.bring(*(person(f"N{n}", f"Last{n}", f"n{n}@acme.example", company="Acme") for n in range(1, 6)))


def test_a_list_goes_on_where_the_page_before_ended(cli: Cli) -> None:
    """Keyset paging: what comes in meanwhile neither repeats nor hides a record."""
    five(cli)

    first = cli.ok("lead", "list", "--limit", "2", "--json")
    cli.bring(person("New", "Comer", "new@acme.example"))
    rest = cli.json("lead", "list", "--limit", "10", "--after", "L-4")

    assert [row["id"] for row in first.data] == [5, 4]
    assert "sellhub lead list --limit 2 --after L-4" in first.err
    assert [row["id"] for row in rest] == [3, 2, 1]


def test_a_list_is_narrowed_by_owner_status_source_and_text(cli: Cli) -> None:
    """Each filter alone and several together; a percent sign is a percent sign."""
    cli.bring(
        person("Ann", "Li", "a@x.example", owner="bo@example.com", Status="Working"), person("Ed", "Ng", "e@x.example")
    )
    cli.bring(person("100% Sure", "Fox", "f@y.example"), source="fair")

    def found(*words: str) -> list[str]:
        return [row["last_name"] for row in cli.json("lead", "list", *words)]

    assert found("--owner", "BO@example.com") == ["Li"]
    assert found("--owner", "Bo Park", "--status", "working") == ["Li"]
    assert found("--owner", "none") == ["Fox", "Ng"]
    assert found("--source", "fair") == ["Fox"]
    assert found("--search", "X.EXAMPLE") == ["Ng", "Li"]
    assert found("--search", "100%") == ["Fox"]
    assert found("--search", "0_%") == []


def test_a_list_as_csv_runs_no_formula(cli: Cli) -> None:
    """A spreadsheet opens it: what begins like a formula is made text."""
    cli.bring(person("=HYPERLINK(0)", "Li", "a@x.example", tags="a, b"))

    rows = list(csv.DictReader(io.StringIO(cli.ok("lead", "list", "--csv").out)))

    assert [(row["first_name"], row["tags"]) for row in rows] == [("'=HYPERLINK(0)", "a,b")]


def test_a_lead_is_shown_with_its_owner_and_what_feeds_it(cli: Cli) -> None:
    """The same by `17`, `L-17` and `l-17`."""
    cli.bring(person("Ann", "Li", "a@x.example", owner="bo@example.com", tags="vip", company="Acme"))

    shown = cli.json("lead", "show", "L-1")

    assert (shown["last_name"], shown["owner"], shown["owner_name"], shown["tags"]) == (
        "Li",
        "bo@example.com",
        "Bo Park",
        ["vip"],
    )
    assert shown["source_records"] == [
        {"source": "csv", "stream": "lead", "source_id": "a@x.example", "mapping": "csv/rows.lead", "gone": False}
    ]
    assert cli.json("lead", "show", "1") == cli.json("lead", "show", "l-1") == shown
    text = cli.ok("lead", "show", "1").out
    assert "csv.lead:a@x.example" in text
    assert "next: sellhub lead why L-1" in text


def test_a_deal_is_shown_with_its_amount_as_decimal_text(cli: Cli) -> None:
    """Minor units are how it is kept, not what people read."""
    path = cli.sheet(
        {
            "Deal Name": "Pilot",
            "Value": "1250.50",
            "Currency": "EUR",
            "Primary Contact": "Ann Li",
            "Company": "Acme Inc.",
        },
        {"Deal Name": "Yen", "Value": "1000", "Currency": "JPY", "Company": "Acme Inc."},
    )
    cli.ok("import", path, "--as", "deal")

    listed = cli.json("deal", "list")
    shown = cli.json("deal", "show", "D-1")

    assert [(row["name"], Decimal(row["value"]), row["currency"]) for row in listed] == [
        ("Yen", Decimal(1000), "JPY"),
        ("Pilot", Decimal("1250.50"), "EUR"),
    ]
    assert (shown["value"], shown["contact"], shown["organization"]) == ("1250.50", "Ann Li", "Acme Inc.")
    assert "value_minor" not in shown
    assert [row["name"] for row in cli.json("contact", "list", "--search", "acme")] != []
    assert "EUR" in cli.ok("deal", "list").out


def test_what_is_no_id_is_said_with_the_way_out(cli: Cli) -> None:
    """A wrong letter names the right command; an unknown number names the list."""
    five(cli)

    assert "sellhub contact show C-1" in cli("lead", "show", "C-1").err
    assert "sellhub lead list" in cli("lead", "show", "99").err
    assert "not the id" in cli("lead", "why", "Ann").err
    assert cli("lead", "list", "--limit", "0").code == 1
    assert cli("lead", "show", "99999999999999999999").code == 1


def test_an_empty_list_says_what_to_do(cli: Cli) -> None:
    """Nothing there, and nothing that matches, are two things."""
    assert "sellhub import" in cli.ok("lead", "list").out
    assert "that match" in cli.ok("lead", "list", "--search", "x").out
    assert cli.json("deal", "list") == []


def test_control_characters_of_a_source_do_not_reach_the_terminal(cli: Cli) -> None:
    """A name that clears the screen is shown as text."""
    cli.bring(person("\x1b[2JAnn", "Li", "a@x.example"))

    assert "\x1b" not in cli.ok("lead", "show", "1").out + cli.ok("lead", "list").out
