"""Fields and choices renamed and taken out: every value follows, mappings go on, killed anywhere it ends the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from hub import custom_fields, field_choices, field_portions
from hub.opening import Hub, open_hub
from tests.custom_fields.conftest import MAPPING, bring, custom, mapped, row, the_lead
from tests.records.conftest import Cli


def test_a_renamed_field_keeps_its_values_and_its_mapping_goes_on(cli: Cli) -> None:
    """From sources, from edits, blanked ones too; what the mapping brings under the old name lands under the new."""
    bring(cli, row("1", Budget="10", Remark="a"), row("2", Budget="20"), row("3"))
    cli.ok("lead", "edit", the_lead(cli, 2), "Budget=25")
    cli.ok("lead", "edit", the_lead(cli, 3), "Budget=")
    change = cli.json("field", "rename", "Budget", "Budget (EUR)")

    assert (change["what"], change["was"], change["records"]) == ("renamed", "Budget", 3)
    assert "csv/rows.lead may go on by the old name" in change["notes"][0]
    assert [custom(cli, n) for n in (1, 2, 3)] == [{"Budget (EUR)": "10", "Remark": "a"}, {"Budget (EUR)": "25"}, {}]

    counts = bring(cli, row("1", Budget="11"), row("2", Budget="21"), row("3", Budget="31"), row("4", Budget="41"))
    assert counts["created"] == 1
    assert [custom(cli, n).get("Budget (EUR)") for n in (1, 2, 3, 4)] == ["11", "25", None, "41"]
    assert custom(cli, 1) == {"Budget (EUR)": "11"}
    cli.ok("lead", "edit", the_lead(cli, 2), "--release", "budget (eur)")
    assert custom(cli, 2) == {"Budget (EUR)": "21"}
    told = cli.json("lead", "trace", the_lead(cli, 4), "--field", "Budget (EUR)")["fields"][0]
    assert (told["value"], told["rule"]) == ("41", "only source")
    assert [f["name"] for f in cli.json("field", "list")] == ["Budget (EUR)", "Colours", "Remark", "Tier"]


def test_a_mapping_may_name_the_field_as_it_is_called_now(cli: Cli) -> None:
    """Drafts of before and after stand side by side until all were mapped anew."""
    bring(cli, row("1", Budget="10"))
    cli.ok("field", "rename", "Budget", "Money")
    cli.ok("field", "rename", "Money", "Budget in EUR")
    mapped(cli, MAPPING.replace("Budget: {from", "Budget in EUR: {from"))
    bring(cli, row("2", Budget="20"))

    assert [custom(cli, n) for n in (1, 2)] == [{"Budget in EUR": "10"}, {"Budget in EUR": "20"}]
    assert "is what 'Budget in EUR' was called" in cli("field", "add", "Money", "--of", "lead", "--type", "number").err
    cli.ok("field", "rename", "Budget in EUR", "Budget")
    assert [custom(cli, n) for n in (1, 2)] == [{"Budget": "10"}, {"Budget": "20"}]


def test_a_renamed_choice_is_renamed_on_all_records_and_at_their_sources(cli: Cli) -> None:
    """In drop-downs, in lists of several, in what people set by hand."""
    bring(cli, row("1", Tier="A", Colours="Red;Blue"), row("2", Tier="B", Colours="Blue"))
    cli.ok("lead", "edit", the_lead(cli, 2), "Tier=A")
    assert cli.json("field", "choice", "rename", "Tier", "A", "Gold")["records"] == 2
    cli.ok("field", "choice", "rename", "Colours", "Blue", "Azure")

    assert custom(cli, 1) == {"Tier": "Gold", "Colours": ["Red", "Azure"]}
    assert custom(cli, 2) == {"Tier": "Gold", "Colours": ["Azure"]}
    bring(cli, row("1", Tier="A", Colours="Blue;Green"), row("2", Tier="B"), row("3", Tier="A"))
    assert [custom(cli, n).get("Tier") for n in (1, 2, 3)] == ["Gold", "Gold", "Gold"]
    assert custom(cli, 1)["Colours"] == ["Azure", "Green"]
    assert cli.json("field", "show", "Tier")["choices"] == ["Gold", "B"]


def test_a_choice_goes_into_another_one_or_is_cleared(cli: Cli) -> None:
    """What sources bring of it goes the same way, until it is added again."""
    bring(cli, row("1", Tier="A", Colours="Red;Blue"), row("2", Tier="B", Colours="Blue"))
    assert cli.json("field", "choice", "remove", "Tier", "A", "--into", "B")["records"] == 1
    cli.ok("field", "choice", "remove", "Colours", "Blue", "--clear")

    assert [custom(cli, n) for n in (1, 2)] == [{"Tier": "B", "Colours": ["Red"]}, {"Tier": "B"}]
    bring(cli, row("3", Tier="A", Colours="Blue;Green"))
    assert custom(cli, 3) == {"Tier": "B", "Colours": ["Green"]}
    assert cli.json("field", "choice", "add", "Colours", "Blue")["records"] == 3
    assert [custom(cli, n).get("Colours") for n in (1, 2, 3)] == [["Red", "Blue"], ["Blue"], ["Blue", "Green"]]


def test_a_removed_field_comes_back_with_what_sources_say(cli: Cli) -> None:
    """What people set by hand does not: they took it out."""
    bring(cli, row("1", Tier="A", Remark="x"), row("2", Remark="y"))
    cli.ok("lead", "edit", the_lead(cli, 2), "Remark=z", "Tier=B")
    change = cli.json("field", "remove", "Remark", "--clear")

    assert (change["records"], change["notes"]) == (
        2, ["mapping csv/rows.lead feeds it: what it brings stands nowhere until the field is added again"],
    )  # fmt: skip
    assert [custom(cli, n) for n in (1, 2)] == [{"Tier": "A"}, {"Tier": "B"}]
    bring(cli, row("3", Remark="new"))
    assert custom(cli, 3) == {}
    assert "no field of a lead" in cli("lead", "edit", the_lead(cli, 1), "Remark=x").err

    assert cli.json("field", "add", "Remark", "--of", "lead")["what"] == "added again"
    assert [custom(cli, n).get("Remark") for n in (1, 2, 3)] == ["x", "y", "new"]


def test_filters_and_links_that_name_a_field_go_along(cli: Cli) -> None:
    """A list that asked for the old name would fail; one that names a field keeps it from being removed."""
    bring(cli, row("1", Tier="A", Budget="10"))
    with open_hub(cli.home) as hub, hub.store.write() as db:
        columns = ("record_type", "name", "filter", "columns", "sort", "created_at", "updated_at")
        filter_ = 'custom_fields.Tier is any of (A) and "Budget" > 5'
        named = ("lead", "Good", filter_, '["name", "custom_fields.Tier"]', "custom_fields.Budget:desc", "x", "x")
        db.insert("smart_list", columns, [named])
    cli.ok("link", "add", "Portal", "--of", "lead", "--template", 'https://x.example/{{ custom_fields["Tier"] }}')

    assert "smart list 'Good', smart link 'Portal'" in cli("field", "remove", "Tier", "--clear").err
    cli.ok("field", "rename", "Tier", "Class")
    cli.ok("field", "rename", "Budget", "Money")
    cli.ok("field", "choice", "rename", "Class", "A", "First class")
    with open_hub(cli.home) as hub, hub.store.read() as db:
        found = db.select("SELECT filter, columns, sort FROM smart_list")[0]
    assert found[0] == 'custom_fields.Class is any of ("First class") and custom_fields.Money > 5'
    assert "custom_fields.Class" in str(found[1])
    assert found[2] == "custom_fields.Money:desc"
    assert cli.json("link", "list")[0]["template"] == 'https://x.example/{{ custom_fields["Class"] }}'


@pytest.mark.parametrize("moment", range(2, 16, 2))
@pytest.mark.parametrize(
    "do",
    [
        lambda hub: custom_fields.rename(hub, "Tier", "Class"),
        lambda hub: custom_fields.remove(hub, "Tier", clear=True),
        lambda hub: field_choices.rename(hub, "Tier", "A", "Gold"),
        lambda hub: field_choices.remove(hub, "Tier", "A", into="B"),
        lambda hub: field_choices.remove(hub, "Tier", "A", clear=True),
    ],
    ids=["rename", "remove", "choice rename", "choice into", "choice clear"],
)
def test_what_dies_on_the_way_is_run_again_to_the_same_end(
    cli: Cli, do: Callable[[Hub], object], moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definition changes first, then portions follow; each is one transaction."""
    monkeypatch.setattr(field_portions, "PORTION", 2)
    bring(cli, *(row(str(n), Tier="AB"[n % 2], Remark="x") for n in range(6)))
    cli.ok("lead", "edit", the_lead(cli, 1), "Tier=B")
    cli.ok("lead", "edit", the_lead(cli, 2), "Tier=A")
    with open_hub(cli.home) as hub:
        with hub.store.rehearsal():
            do(hub)
            wanted = stored(hub)
        try:
            do(dying(hub, moment))
        except KeyboardInterrupt:
            do(hub)
        assert stored(hub) == wanted


def stored(hub: Hub) -> list[object]:
    """What the rows and the hand edits hold."""
    with hub.store.read() as db:
        rows = [str(row[0]) for row in db.select("SELECT custom_fields FROM lead ORDER BY id")]
        edits = db.select("SELECT record_id, field, value FROM hand_edit ORDER BY record_id, field")
        fields = db.select("SELECT name, choices, former_names, former_choices FROM custom_field ORDER BY name")
        return [rows, [tuple(e) for e in edits], [tuple(map(str, f)) for f in fields]]


def dying(hub: Hub, moment: int) -> Hub:
    """The hub, whose clock ends the process when it is asked for the time so many times."""
    asked: Iterator[int] = iter(range(1, moment))

    def clock() -> datetime:
        if next(asked, None) is None:
            raise KeyboardInterrupt
        return hub.clock()

    return replace(hub, clock=clock)
