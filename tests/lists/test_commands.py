"""`sellhub list`: run, save, show, list, remove, templates, fields."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from sell_model.list_templates import TEMPLATES
from tests.records.conftest import TOML, Cli, person
from tests.records.conftest import home_of as home_of

ANN, BO = ("--by", "ann@example.com"), ("--by", "bo@example.com")


@pytest.fixture
def fair(home_of: Callable[[str], Cli], database_url: str) -> Cli:
    """Five leads from a fair, two of them being worked; on each database."""
    cli = home_of(f'{TOML}[storage]\nurl = "{database_url}"\n')
    cli.bring(
        *(
            person(f"N{n}", f"Last{n}", f"n{n}@x.example", owner="ann@example.com", tags="fair", Status="Working")
            for n in (1, 2)
        ),
        *(person(f"N{n}", f"Last{n}", f"n{n}@x.example", tags="fair, vip" if n == 3 else "") for n in (3, 4, 5)),
    )
    return cli


def ids(answer: dict[str, Any]) -> list[int]:
    """The ids of a page."""
    return [row["id"] for row in answer["rows"]]


def test_a_filter_is_run_at_once_with_the_columns_one_asks_for(fair: Cli) -> None:
    """The shape that others script against."""
    found = fair.json(
        "list", "run", "--of", "lead", "--where", "status is Working and tags has any (fair)",
        "--columns", "name,owner,tags,last_activity,days_since_last_activity", "--sort", "last_name:asc",
    )  # fmt: skip

    assert found == {
        "count": 2,
        "rows": [
            {"id": n, "name": f"N{n} Last{n}", "owner": "ann@example.com", "tags": ["fair"], "last_activity": None,
             "days_since_last_activity": None}
            for n in (1, 2)
        ],
        "next": None,
    }  # fmt: skip


def test_pages_go_on_behind_their_mark_whatever_comes_in_meanwhile(fair: Cli) -> None:
    """Keyset paging; a mark of another list is refused."""
    first = fair.json("list", "run", "--of", "lead", "--sort", "last_name:asc", "--limit", "2")
    fair.bring(person("A", "Aaron", "a@x.example"))
    rest = fair.json("list", "run", "--of", "lead", "--sort", "last_name:asc", "--after", first["next"])

    assert (ids(first), first["count"]) == ([1, 2], 5)
    assert (ids(rest), rest["next"]) == ([3, 4, 5], None)
    assert "another list" in fair("list", "run", "--of", "lead", "--after", first["next"]).err
    assert "no mark" in fair("list", "run", "--of", "lead", "--after", "???").err
    more = fair.ok("list", "run", "--of", "lead", "--where", "status is New", "--limit", "1").err
    assert "more: sellhub list run --of lead --where 'status is New' --limit 1 --after " in more


def test_a_list_as_csv_runs_no_formula(fair: Cli) -> None:
    """And has its header when it is empty."""
    fair.bring(person("=HYPERLINK(0)", "Zed", "z@x.example", tags="a, b"))

    shown = fair.ok("list", "run", "--where", "last_name is zed", "--columns", "first_name,tags", "--csv").out
    empty = fair.ok("list", "run", "--where", "last_name is nobody", "--columns", "first_name", "--csv").out

    assert [row[1:] for row in csv.reader(io.StringIO(shown))] == [["first_name", "tags"], ["'=HYPERLINK(0)", "a,b"]]
    assert empty.split() == ["id,first_name"]


def test_only_the_count_is_told_on_request(fair: Cli) -> None:
    """Exact as long as an index serves."""
    assert fair.json("list", "run", "--of", "lead", "--count-only") == {"count": 5}
    assert fair.ok("list", "run", "--where", "status is New", "--count-only").out == "3 leads\n"


def test_a_saved_list_is_its_owners_until_it_is_shared(fair: Cli) -> None:
    """A private list is neither seen nor run by others; its name does not tell what is in it."""
    fair.ok("list", "save", "Mine", "--where", "owner is me", *ANN)

    assert [row["name"] for row in fair.json("list", "list", *ANN)] == ["Mine"]
    assert fair.json("list", "list", *BO) == []
    assert ids(fair.json("list", "run", "mine", *ANN)) == [2, 1]
    for words in (("run", "Mine"), ("show", "Mine"), ("remove", "Mine")):
        assert "no list called 'Mine'" in fair("list", *words, *BO).err
    assert "taken" in fair("list", "save", "mine", "--where", "status is New", *BO).err

    fair.ok("list", "save", "Mine", "--where", "owner is me", "--shared", *ANN)
    assert ids(fair.json("list", "run", "Mine", *BO)) == []
    assert "is a list of ann@example.com's" in fair("list", "remove", "Mine", *BO).err


def test_a_saved_list_is_shown_replaced_and_removed(fair: Cli) -> None:
    """A rehearsal of either stores nothing."""
    saved = fair.json(
        "list", "save", "Working", "--where", "status = working", "--columns", "name, tags", "--sort", "added_on:desc",
        "--about", "Being worked", *ANN,
    )  # fmt: skip
    rehearsed = fair.json("list", "save", "Working", "--dry-run", *ANN)
    shown = fair.json("list", "show", "working", *ANN)

    assert (saved["new"], rehearsed["new"], rehearsed["dry_run"]) == (True, False, True)
    assert shown == {
        "of": "lead", "name": "Working", "description": "Being worked", "where": "status is Working",
        "columns": ["name", "tags"], "sort": "added_at:desc", "shared": False, "owner": "ann@example.com",
    }  # fmt: skip
    assert "where     status is Working" in fair.ok("list", "show", "Working", *ANN).out
    fair.ok("list", "remove", "Working", "--dry-run", *ANN)
    fair.ok("list", "remove", "Working", *ANN)
    assert "no list called 'Working'" in fair("list", "remove", "Working", *ANN).err


def test_a_saved_list_can_be_narrowed_and_shown_otherwise(fair: Cli) -> None:
    """Its own filter still holds."""
    fair.ok("list", "save", "Fair", "--where", "tags has fair or status is New", *ANN)

    found = fair.json("list", "run", "Fair", "--where", "status is New", "--columns", "status", "--sort", "id", *ANN)

    assert found["rows"] == [{"id": n, "status": "New"} for n in (3, 4, 5)]


def test_two_kinds_may_have_a_list_of_one_name(fair: Cli) -> None:
    """Then one says which."""
    for of in ("lead", "deal"):
        fair.ok("list", "save", "All", "--of", of, *ANN)

    assert "--of deal or --of lead" in fair("list", "run", "All", *ANN).err
    assert fair.json("list", "run", "All", "--of", "deal", *ANN)["count"] == 0


def test_a_filter_on_what_is_not_there_is_refused_with_what_is(fair: Cli) -> None:
    """Field, column, sort, value, and what cannot be sorted by."""
    said = fair("list", "run", "--of", "lead", "--where", "statsu is New")
    assert (said.code, "nearest: status" in said.err, "sellhub list fields --of lead" in said.err) == (1, True, True)
    assert "nearest: owner" in fair("list", "run", "--of", "lead", "--columns", "name,ownr").err
    assert "nearest: last_name" in fair("list", "run", "--of", "lead", "--sort", "last_nam:desc").err
    assert "no direction" in fair("list", "run", "--of", "lead", "--sort", "last_name:dsec").err
    assert "cannot be sorted by tags" in fair("list", "run", "--of", "lead", "--sort", "tags").err
    assert "status is never 'Old'" in fair("list", "save", "Old", "--where", "status is Old").err
    assert "from 1 to 10,000" in fair("list", "run", "--of", "lead", "--limit", "0").err
    assert "not said what to show" in fair("list", "run").err
    assert "no name of a list" in fair("list", "save", " ").err


def test_a_plan_allows_so_many_lists(fair: Cli) -> None:
    """Sell's hard limit, whatever the plan; a hub without a plan has none."""
    from hub.opening import open_hub

    with open_hub(fair.home) as hub, hub.store.write() as db:
        columns = ("id", "record_type", "name", "shared", "owner", "created_at", "updated_at")
        rows = [(n, "lead", f"L{n}", False, "x", "", "") for n in db.allocate("smart_list", 1_000)]
        db.insert("smart_list", columns, rows)
    fair.ok("list", "save", "One more", *ANN)
    fair.settings((fair.home / "hub.toml").read_text(encoding="utf-8") + '\n[hub]\nplan = "growth"\n')

    assert "1,000" in fair("list", "save", "Another", *ANN).err
    fair.ok("list", "save", "Another", "--of", "deal", *ANN)


def test_everybody_has_the_templates(fair: Cli) -> None:
    """Each can be run once the custom fields that it needs are there; a list of one's own takes its name over."""
    told = fair.json("list", "templates")
    assert [each["name"] for each in told] == [each.name for each in TEMPLATES]
    assert {name for each in told for name in each["missing"]} == {"Renewal date"}

    for each in TEMPLATES:
        if not each.needs:
            assert "count" in fair.json("list", "run", each.name, "--of", each.record_type, *ANN)
    assert "have no field 'custom_fields.Renewal date'" in fair("list", "run", "Renewals in the next 60 days").err
    assert "template" in fair("list", "remove", "Going cold").err
    fair.ok("list", "save", "Going cold", "--where", "status is New", *ANN)
    assert fair.json("list", "run", "Going cold", *ANN)["count"] == 3


def test_templates_of_accounts_run_where_the_shipped_fields_are(fair: Cli) -> None:
    """`Renewal date` is one of the examples of custom fields."""
    fair.ok("field", "examples")

    for each in TEMPLATES:
        assert fair.json("list", "run", each.name, "--of", each.record_type, *ANN)["count"] is not None
    assert all(each["missing"] == [] for each in fair.json("list", "templates"))


def test_the_fields_that_can_be_asked_are_listed(fair: Cli) -> None:
    """With their values and operators, custom ones too."""
    fields = {each["field"]: each for each in fair.json("list", "fields", "--of", "lead")}

    assert fields["status"]["values"] == ["New", "Working", "Unqualified"]
    assert fields["owner"]["values"] == ["ann@example.com", "bo@example.com"]
    assert "more than N days ago" in fields["last_activity"]["operators"]
    text = fair.ok("list", "fields", "--of", "deal").out
    assert "what each kind can be asked" in text
    assert "value " in text


def test_an_empty_list_says_so(fair: Cli) -> None:
    """Nothing there is an answer."""
    assert fair.ok("list", "run", "--where", "last_name is nobody").out == "no leads in this list\n"
    assert "no lists yet" in fair.ok("list", "list").out


def test_bulk_assignment_goes_by_a_list(fair: Cli) -> None:
    """The lists of others' commands are these."""
    fair.ok("list", "save", "Unowned", "--where", "owner is empty", *ANN)

    fair.ok("assign", "--list", "Unowned", "--owner", "bo@example.com", *ANN)

    assert fair.json("list", "run", "Unowned", *ANN)["count"] == 0
    assert fair.json("list", "run", "--where", "owner is Bo Park", *ANN)["count"] == 3
