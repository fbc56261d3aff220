"""`lead|contact|deal edit` and `lead unqualify`: what people set holds, is told, and is let go again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.by_hand.conftest import PEOPLE
from tests.records.conftest import Cli, person


def changed(said: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What an edit says it changed: field → before, after."""
    return {each["field"]: (each["before"], each["after"]) for each in said["changes"]}


def added(cli: Cli, kind: str, *words: str) -> str:
    """Add a record; gives its id, for ids have gaps."""
    return f"{kind[0].upper()}-{cli.json(kind, 'add', *words)['id']}"


def lead(cli: Cli, id_: int | str = 1) -> dict[str, Any]:
    """A lead as it is shown."""
    shown: dict[str, Any] = cli.json("lead", "show", str(id_))
    return shown


def test_an_edit_tells_what_became_what_and_holds_against_the_source(cli: Cli) -> None:
    """A sync that undid a person's correction would be corrected every morning."""
    cli.bring(person("Ann", "Li", "ann@li.example", title="CTO", tags="fair"))
    said = cli.json(
        "lead", "edit", "L-1", "title=CEO", "phone=", "first_name=", "--owner", "bo@example.com", "--add-tag", "vip",
        "--remove-tag", "fair", "--by", "mei@example.com",
    )  # fmt: skip
    cli.bring(person("Anna", "Li", "ann@li.example", title="COO", tags="fair, red", owner="ann@example.com"))

    assert changed(said) == {
        "title": ("CTO", "CEO"),
        "first_name": ("Ann", None),
        "owner": (None, "Bo Park"),
        "tags": (["fair"], ["vip"]),
    }
    assert set(said["held"]) == {"title", "phone", "first_name", "tags", "owner"}
    now = lead(cli)
    assert (now["title"], now["first_name"], now["owner_name"], sorted(now["tags"])) == (
        "CEO",
        None,
        "Bo Park",
        ["red", "vip"],
    )

    released = cli.json("lead", "edit", "1", "--release", "title", "--release", "first_name", "--release", "tags")
    assert changed(released) == {
        "title": ("CEO", "COO"),
        "first_name": (None, "Anna"),
        "tags": (["red", "vip"], ["fair", "red"]),
    }
    assert cli.json("lead", "edit", "1", "--release-all")["released"] == ["owner", "phone"]


def test_trace_tells_who_set_it_and_what_the_source_says(cli: Cli) -> None:
    """Of a blanked field, too."""
    cli.bring(person("Ann", "Li", "ann@li.example", title="CTO", tags="fair"))
    cli.ok("lead", "edit", "1", "title=CEO", "first_name=", "--remove-tag", "fair", "--by", "mei@example.com")

    told = {story["field"]: story for story in cli.json("lead", "trace", "1")["fields"]}
    assert told["title"]["rule"].startswith("set by hand by mei@example.com at ")
    assert [(other["value"], other["record"]) for other in told["title"]["others"]] == [
        ("CTO", "csv.lead:ann@li.example")
    ]
    assert (told["first_name"]["value"], told["first_name"]["others"][0]["value"]) == (None, "Ann")
    assert "removed fair by hand by mei@example.com" in told["tags"]["rule"]
    text = cli.ok("lead", "trace", "1", "--field", "title").out
    assert "set by hand by mei@example.com" in text
    assert "beside it: CTO, csv.lead:ann@li.example" in text
    assert cli.json("lead", "why", "1")["owner"]["how"] == "none"


def test_a_pool_as_owner_spends_a_turn_on_a_record_that_is_there(cli: Cli) -> None:
    """So Sell counts; the ledger says by whom, and the owner holds."""
    cli.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))
    first = cli.json("lead", "edit", "1", "owner=Inbound", "--by", "mei@example.com")
    cli.ok("lead", "edit", "2", "--owner", "Inbound", "title=CTO")

    assert changed(first) == {"owner": (None, "Ann Lee")}
    assert [lead(cli, n)["owner_name"] for n in (1, 2)] == ["Ann Lee", "Bo Park"]
    assert lead(cli, 2)["title"] == "CTO"
    assert [m["got"] for m in cli.json("pool", "show", "Inbound")["members"]] == [1, 1]


def test_tags_typed_as_a_field_are_all_the_tags_there_are(cli: Cli) -> None:
    """Sell replaces tags as a whole; one by one they add up over several edits."""
    cli.bring(person("Ann", "Li", "a@x.example", tags="a, b"))
    cli.ok("lead", "edit", "1", "--add-tag", "c", "--remove-tag", "a")
    cli.ok("lead", "edit", "1", "--add-tag", "a", "--remove-tag", "c", "--add-tag", "d")
    assert sorted(lead(cli)["tags"]) == ["a", "b", "d"]

    cli.ok("lead", "edit", "1", "tags=x, y")
    assert lead(cli)["tags"] == ["x", "y"]
    assert cli("lead", "edit", "1", "tags=", "--add-tag", "z").code == 1
    cli.ok("lead", "edit", "1", "tags=")
    assert lead(cli)["tags"] is None


def test_an_address_is_edited_by_its_parts(cli: Cli) -> None:
    """What is not named stays."""
    cli.ok("lead", "add", "--last-name", "Li", "address.city=Bern", "address.country=CH")
    said = cli.json("lead", "edit", "1", "address.city=Basel", "address.country=", "address.line1=Rheinweg 1")

    assert changed(said)["address"][1] == {"city": "Basel", "line1": "Rheinweg 1"}
    assert "…: string should have at most 255" in cli("lead", "edit", "1", f"address.city={'x' * 300}").err
    cli.ok("lead", "edit", "1", 'address={"city": "Biel"}')
    assert lead(cli)["address"] == {"city": "Biel"}
    cli.ok("lead", "edit", "1", "address=")
    assert lead(cli)["address"] is None


def test_a_deals_value_and_currency_hold_together(cli: Cli) -> None:
    """An amount is kept in the minor units of its currency: one without the other would mean another amount."""
    cli.ok("contact", "add", "--last-name", "Fox")
    cli.ok("deal", "add", "--name", "Rollout", "--contact", "C-1", "--value", "1000", "--currency", "USD")

    assert changed(cli.json("deal", "edit", "1", "currency=JPY")) == {
        "currency": ("USD", "JPY"),
        "value": ("1000.00", "1000"),
    }
    assert changed(cli.json("deal", "edit", "1", "value=2500")) == {"value": ("1000", "2500")}
    assert "more decimals than JPY has (0)" in cli("deal", "edit", "1", "value=0.5").err
    assert changed(cli.json("deal", "edit", "1", "value=0.5", "currency=eur", "hot=yes")) == {
        "value": ("2500", "0.50"),
        "currency": ("JPY", "EUR"),
        "hot": (False, True),
    }
    assert changed(cli.json("deal", "edit", "1", "--release", "value")) == {
        "value": ("0.50", "1000.00"),
        "currency": ("EUR", "USD"),
    }
    assert changed(cli.json("deal", "edit", "1", "value=", "hot=")) == {
        "value": ("1000.00", None),
        "hot": (True, False),
    }


def test_references_are_edited_by_id(cli: Cli) -> None:
    """A deal's organization follows its contact; a company cannot belong to itself over others."""
    acme, beta, core = (added(cli, "contact", "--company-name", name) for name in ("Acme", "Beta", "Core"))
    fox = added(cli, "contact", "--last-name", "Fox", "--company", acme)
    gil = added(cli, "contact", "--last-name", "Gil", f"company={beta}")
    deal = added(cli, "deal", "--name", "Rollout", "--contact", fox)

    assert changed(cli.json("deal", "edit", deal, f"contact={gil}")) == {
        "contact": ("Fox", "Gil"),
        "organization": ("Acme", "Beta"),
    }
    assert changed(cli.json("contact", "edit", gil, "company=")) == {"company": ("Beta", None)}
    cli.ok("contact", "edit", acme, f"parent_company={beta}")
    cli.ok("contact", "edit", beta, f"parent_company={core}")
    assert f"belongs to {core} itself" in cli("contact", "edit", core, f"parent_company={acme}").err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("lead", "edit", "1"), "nothing to edit"),
        (("lead", "edit", "1", "last_name="), "a lead needs a last name or an organization name"),
        (("lead", "edit", "1", "status="), "cannot be blank"),
        (("lead", "edit", "1", "status=Hot"), "statuses: New, Working, Unqualified"),
        (("lead", "edit", "1", "stage=Won"), "no field of a lead"),
        (("lead", "edit", "1", "unqualified_reason=No need"), "sellhub lead unqualify"),
        (("lead", "edit", "1", "last_name=", "organization_name=Acme"), "needs a last name"),
        (("lead", "edit", "1", "--release", "title"), "nobody holds title"),
        (("lead", "edit", "1", "--owner", "an@example.com"), "nearest: ann@example.com"),
        (("lead", "edit", "1", "--add-tag", "a", "--remove-tag", "a"), "both to be added and to be removed"),
        (("contact", "edit", "1", "last_name="), "a contact needs it"),
        (("contact", "edit", "1", "name=Li"), "made of first_name and last_name"),
        (("contact", "edit", "1", "is_organization=yes"), "a person never becomes a company"),
        (("contact", "edit", "ACME", "name="), "a contact needs it"),
        (("contact", "edit", "ACME", "first_name=Ann"), "a company has none"),
        (("deal", "edit", "1", "stage=Won"), "sellhub deal move"),
        (("deal", "edit", "1", "name="), "a deal needs it"),
        (("deal", "edit", "1", "contact="), "a deal needs its contact"),
        (("deal", "edit", "1", "loss_reason=Price"), "sellhub deal lose"),
        (("deal", "edit", "9", "name=X"), "there is no deal D-9"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(cli: Cli, words: tuple[str, ...], part: str) -> None:
    """With what would be right, or the command that does it."""
    cli.ok("lead", "add", "--first-name", "Ann", "--last-name", "Li")
    cli.ok("contact", "add", "--last-name", "Fox")
    acme = added(cli, "contact", "--company-name", "Acme")
    cli.ok("deal", "add", "--name", "Rollout", "--contact", "C-1")
    said = cli(*(acme if word == "ACME" else word for word in words))

    assert said.code == 1
    assert part in said.err
    assert len(cli.json("run", "list")) == 4


def test_a_status_that_nobody_has_is_one_when_somebody_says_so(cli: Cli) -> None:
    """From then on it is known, whatever its case."""
    cli.ok("lead", "add", "--last-name", "Li")
    cli.ok("lead", "edit", "1", "status=Nurturing", "--new")
    cli.ok("lead", "add", "--last-name", "Ng", "--status", "nurturing")

    assert [row["status"] for row in cli.json("lead", "list")] == ["Nurturing", "Nurturing"]


def test_a_lead_is_unqualified_with_a_reason_and_taken_up_again(cli: Cli) -> None:
    """A reason that nobody knows is refused; taking the lead up clears it."""
    cli.ok("lead", "add", "--last-name", "Li")
    assert "make it one: --new-reason" in cli("lead", "unqualify", "1", "--reason", "Bored").err
    cli.ok("lead", "unqualify", "1", "--reason", "Bored", "--new-reason", "--note", "called twice")
    said = cli.json("lead", "unqualify", added(cli, "lead", "--last-name", "Ng"), "--reason", "bored")

    assert changed(said) == {"status": ("New", "Unqualified"), "unqualified_reason": (None, "Bored")}
    assert [row["text"] for row in lead(cli)["activities"]] == ["called twice"]
    again = cli.json("lead", "edit", "1", "status=working")
    assert changed(again) == {"status": ("Unqualified", "Working"), "unqualified_reason": ("Bored", None)}


def test_a_reason_is_required_where_the_settings_say_so(cli: Cli, database_url: str) -> None:
    """`[hub] require_reasons = true`."""
    cli.settings(f'[hub]\nrequire_reasons = true\n{PEOPLE}[storage]\nurl = "{database_url}"\n')
    cli.ok("lead", "add", "--last-name", "Li")

    assert "without a reason" in cli("lead", "unqualify", "1").err
    assert lead(cli)["status"] == "New"


def test_a_dry_run_of_an_edit_stores_nothing(cli: Cli) -> None:
    """Not even the turn of the pool that it would have spent."""
    cli.ok("lead", "add", "--last-name", "Li")
    said = cli.json("lead", "edit", "1", "title=CEO", "--owner", "Inbound", "--dry-run")

    assert changed(said) == {"title": (None, "CEO"), "owner": (None, "Ann Lee")}
    assert (lead(cli)["title"], lead(cli)["owner"]) == (None, None)
    assert [m["got"] for m in cli.json("pool", "show", "Inbound")["members"]] == [0, 0]


def test_an_inactive_user_is_given_nothing(cli: Cli, database_url: str) -> None:
    """By edit and by add alike; the text names them."""
    path = cli.sheet({"name": "Zed", "email": "zed@example.com", "status": "inactive"}, name="users.csv")
    assert path
    cli.ok("lead", "add", "--last-name", "Li")
    from hub.opening import open_hub
    from storage import roster

    with open_hub(cli.home) as hub, hub.store.write() as db:
        roster.add_user(db, {"email": "zed@example.com", "name": "Zed", "status": "inactive"}, hub.now())

    assert "is no active user" in cli("lead", "edit", "1", "--owner", "Zed").err
    assert "is no active user" in cli("lead", "add", "--last-name", "Ng", "--owner", "Zed").err


def test_a_first_value_set_by_hand_has_the_accounts_basis(cli: Cli, database_url: str) -> None:
    """As one that came from a source: reports would leave the deal out otherwise."""
    cli.settings(f'[hub]\nvalue_basis = "mrr"\n{PEOPLE}[storage]\nurl = "{database_url}"\n')
    fox = added(cli, "contact", "--last-name", "Fox")
    deal = added(cli, "deal", "--name", "Rollout", "--contact", fox)
    cli.ok("deal", "edit", deal, "value=100")

    assert cli.json("deal", "show", deal)["value_basis"] == "mrr"
