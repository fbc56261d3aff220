"""`field`: defined, shown, refused; by hand and by mappings; the shipped examples."""

from __future__ import annotations

import pytest

from tests.by_hand.conftest import PEOPLE
from tests.custom_fields.conftest import MAPPING, bring, custom, mapped, row, the_lead
from tests.records.conftest import Cli


def test_a_field_is_defined_and_holds_what_its_type_allows(cli: Cli) -> None:
    """By hand and by edit; the fault names the field, the value and the type."""
    cli.ok("field", "add", "Seats", "--of", "lead", "--type", "number")
    cli.ok("field", "add", "Plan", "--of", "lead", "--type", "list", "--choice", "Small", "--choice", "Large")
    cli.ok("field", "add", "Office", "--of", "lead", "--type", "address")

    made = cli.json("lead", "add", "last_name=Last1", "seats=12.5", "Plan=small", "Office.city=Bern")
    assert made["custom_fields"] == {"Seats": "12.5", "Plan": "Small", "Office": {"city": "Bern"}}
    said = cli("lead", "edit", the_lead(cli, 1), "Seats=many", "Plan=Huge")
    assert "Seats=many: not a number" in said.err
    assert "Plan=Huge: none of the choices Small, Large" in said.err
    cli.ok("lead", "edit", the_lead(cli, 1), "Seats=", "Plan=LARGE", "Office.country=CH", "Office.city=")
    assert custom(cli) == {"Plan": "Large", "Office": {"country": "CH"}}
    assert "nearest: Seats" in cli("lead", "edit", the_lead(cli, 1), "Seat=1").err


def test_fields_are_listed_and_shown_with_what_uses_them(cli: Cli) -> None:
    """Records, hand edits, mappings."""
    bring(cli, row("1", Budget="10", Tier="A"), row("2", Budget="20"))
    cli.ok("lead", "edit", the_lead(cli, 2), "Budget=30")
    cli.ok("field", "add", "Budget", "--of", "deal", "--type", "number")

    assert [(f["of"], f["name"], f["type"]) for f in cli.json("field", "list", "--of", "lead")] == [
        ("lead", "Budget", "number"),
        ("lead", "Colours", "multi_select_list"),
        ("lead", "Remark", "string"),
        ("lead", "Tier", "list"),
    ]
    assert "say which: --of deal or lead" in cli("field", "show", "Budget").err
    shown = cli.json("field", "show", "budget", "--of", "lead")
    assert (shown["records"], shown["hand_edits"], shown["mappings"]) == (2, 1, ["csv/rows.lead"])


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("field", "add", "Tier", "--of", "lead", "--type", "string"), "a type never changes"),
        (("field", "add", "tier", "--of", "lead", "--type", "list"), "there is a field 'Tier'"),
        (("field", "add", "X", "--of", "lead", "--choice", "A"), "has no choices"),
        (("field", "add", " ", "--of", "lead"), "cannot be a name"),
        (("field", "add", "a=b", "--of", "lead"), "cannot be a name"),
        (("field", "show", "Teir"), "nearest: Tier"),
        (("field", "rename", "Tier", "Budget", "--of", "lead"), "there is a field 'Budget'"),
        (("field", "remove", "Tier"), "1 record holds a value; mapping csv/rows.lead feeds it"),
        (("field", "choice", "add", "Budget", "X"), "of type number and has no choices"),
        (("field", "choice", "rename", "Tier", "C", "D"), "its choices: A, B"),
        (("field", "choice", "rename", "Tier", "A", "B"), "--into 'B'"),
        (("field", "choice", "remove", "Tier", "A"), "1 record holds it"),
        (("field", "choice", "remove", "Tier", "A", "--into", "A"), "no other choice 'A'"),
        (("field", "choice", "remove", "Tier", "A", "--into", "B", "--clear"), "say --into OTHER or --clear"),
    ],
)
def test_what_cannot_be_is_refused(cli: Cli, words: tuple[str, ...], part: str) -> None:
    """With the count, the nearest, or the way out."""
    bring(cli, row("1", Tier="A"))
    said = cli(*words)

    assert said.code == 1
    assert part in said.err
    assert custom(cli) == {"Tier": "A"}


def test_a_mapping_that_says_another_type_is_refused_with_both(cli: Cli) -> None:
    """All of them at once, before anything is taken in."""
    cli.ok("field", "add", "Budget", "--of", "lead", "--type", "string")
    cli.ok("field", "add", "Tier", "--of", "lead", "--type", "number")
    path = cli.sheet(row("1"), name="crm.csv")
    said = cli("import", path, "--source", "crm")

    assert said.code == 1
    assert "'Budget' of leads is of type string here, and mapping csv/rows.lead says number" in said.err
    assert "'Tier' of leads is of type number here, and mapping csv/rows.lead says list" in said.err
    assert cli.json("lead", "list") == []


def test_a_mapping_adds_the_choices_that_it_names(cli: Cli) -> None:
    """Those that were taken out stay out."""
    bring(cli, row("1"))
    cli.ok("field", "choice", "remove", "Tier", "B")
    mapped(cli, MAPPING.replace("[A, B]", "[A, B, C]"))
    bring(cli, row("1", Remark="again"))

    assert cli.json("field", "show", "Tier")["choices"] == ["A", "C"]


def test_the_examples_are_planted_once(cli: Cli) -> None:
    """What is there, also under another type, stays as it is."""
    cli.ok("field", "add", "Company tier", "--of", "contact", "--type", "string")
    rehearsed = cli.json("field", "examples", "--dry-run")
    planted = cli.json("field", "examples")

    assert rehearsed["added"] == planted["added"]
    assert planted["there"] == ["field 'Company tier' of contacts, of type string"]
    assert len(planted["added"]) == 5
    assert cli.json("field", "examples")["added"] == []
    assert [s["name"] for s in cli.json("pipeline", "show", "Renewals")["stages"]] == [
        "Renewal due", "Contacted", "Offer", "Won", "Unqualified", "Lost",
    ]  # fmt: skip
    cli.ok("contact", "add", "--last-name", "Fox", "Renewal date=2027-01-31")
    deal = cli.json(
        "deal", "add", "--name", "Renewal", "--contact", "C-1", "--pipeline", "Renewals", "Deal type=upsell"
    )
    assert (deal["stage"], deal["custom_fields"]) == ("Renewal due", {"Deal type": "Upsell"})


def test_a_plans_limits_hold(cli: Cli, database_url: str) -> None:
    """The examples are planted whole or not at all; the limit, the figure and the way out are told."""
    pipelines = '[[pipelines]]\nname = "Second"\nstages = [{name = "Start", category = "incoming"}]\n'
    cli.settings(
        f'[hub]\nplan = "team"\n{PEOPLE}{pipelines}[storage]\nurl = "{database_url}"\n'.replace(
            PEOPLE, PEOPLE.partition("[[pools]]")[0]
        )
    )
    cli.ok("pipeline", "add", "Third") if len(cli.json("pipeline", "list")) < 2 else None
    said = cli("field", "examples")

    assert said.code == 1
    assert "limit 'pipelines': the Team plan has at most 2 pipelines" in said.err
    assert cli.json("field", "list") == []
    many = [word for n in range(1_001) for word in ("--choice", f"c{n}")]
    assert "limit 'choices'" in cli("field", "add", "X", "--of", "lead", "--type", "list", *many).err
