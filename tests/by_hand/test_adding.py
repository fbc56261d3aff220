"""`lead|contact|deal add`: always a new record, told what it is like, refused with all that is wrong."""

from __future__ import annotations

import pytest

from tests.records.conftest import Cli, person


def test_a_lead_is_added_with_all_that_was_said(cli: Cli) -> None:
    """Words and options mean the same; what comes back is what `show --json` prints."""
    made = cli.json(
        "lead", "add", "--last-name", "Li", "--email", "ann@li.example", "--owner", "Bo Park", "--tag", "fair",
        "--tag", "vip", "--source", "Trade fair", "--status", "working", "title=CTO", "address.city=Berlin",
    )  # fmt: skip

    shown = cli.json("lead", "show", str(made["id"]))
    assert {name: made[name] for name in ("title", "status", "tags", "owner_email", "source", "address")} == {
        "title": "CTO",
        "status": "Working",
        "tags": ["fair", "vip"],
        "owner_email": "bo@example.com",
        "source": "Trade fair",
        "address": {"city": "Berlin"},
    }
    assert made["notes"] == ["'Trade fair' is a new source of leads"]
    assert made["like"] == []
    assert shown["last_name"] == made["last_name"] == "Li"


def test_who_adds_it_owns_it_unless_somebody_else_is_named(cli: Cli) -> None:
    """Sell's default owner is the creator; somebody who is no user owns nothing."""
    mine = cli.json("lead", "add", "--last-name", "Li", "--by", "ANN@example.com")
    nobodys = cli.json("lead", "add", "--last-name", "Ng", "owner=", "--by", "ann@example.com")
    desk = cli.json("lead", "add", "--last-name", "Fox")

    assert [each["owner_email"] for each in (mine, nobodys, desk)] == ["ann@example.com", None, None]


def test_a_pool_as_owner_spends_a_turn(cli: Cli) -> None:
    """The record's owner is the real user; the next one gets the next."""
    owners = [cli.json("lead", "add", "--last-name", f"L{n}", "--owner", "inbound")["owner"] for n in range(3)]

    assert owners == ["ann@example.com", "bo@example.com", "ann@example.com"]


def test_records_of_a_like_name_or_address_are_told_and_block_nothing(cli: Cli) -> None:
    """Sell shows them while one types and creates all the same; leads and contacts, by name, e-mail, phone, company."""
    cli.bring(person("Ann", "Li", "ann@li.example", mobile="+14155552671", company="Acme Inc."))
    company = cli.json("contact", "add", "--company-name", "ACME, Inc")["id"]
    ann = cli.json("contact", "add", "--first-name", "ann", "--last-name", "LI")["id"]

    made = cli.json(
        "lead", "add", "--first-name", "Ann", "--last-name", "Li", "email=Ann@Li.example", "phone=+14155552671",
        "organization_name=Acme",
    )  # fmt: skip

    assert [(each["record_type"], each["id"], each["why"]) for each in made["like"]] == [
        ("lead", 1, "same e-mail, same phone, same name"),
        ("contact", company, "same company"),
        ("contact", ann, "same name"),
    ]
    assert made["id"] != 1
    told = cli.ok("lead", "add", "--first-name", "Ann", "--last-name", "Li", "--dry-run").out
    assert told.index("like it:") < told.index("DRY RUN")


def test_unless_like_stores_nothing_where_there_is_one(cli: Cli) -> None:
    """For scripts that try again: hundreds of copies by retries is what people tell of Sell."""
    words = ("lead", "add", "--last-name", "Li", "--email", "a@li.example", "--unless-like")
    cli.ok(*words)
    said = cli(*words, "--json")

    assert (said.code, said.data["id"], len(said.data["like"])) == (1, None, 1)
    assert "nothing was stored" in said.err
    assert len(cli.json("lead", "list")) == 1
    assert len(cli.json("run", "list")) == 1


def test_all_that_is_wrong_is_said_at_once(cli: Cli) -> None:
    """Each fault with what would be right."""
    said = cli("lead", "add", "titel=x", "--email", "nope", "--status", "Hot", "--owner", "zoe", "junk", "company")

    assert said.code == 1
    for part in (
        "titel=x: no field of a lead",
        "nearest: title",
        "not an e-mail address",
        "statuses: New, Working, Unqualified; or let it be one: --new",
        "users: ann@example.com, bo@example.com; pools: Inbound",
        "junk: not of the form FIELD=VALUE",
        "last_name or organization_name is required",
    ):
        assert part in said.err
    assert cli.json("run", "list") == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("lead", "add", "--first-name", "Ann", "--organization-name", "Acme"), "needs a last name"),
        (("contact", "add", "--first-name", "Ann"), "last_name is required"),
        (("contact", "add", "--is-organization"), "name is required"),
        (("contact", "add", "name=Ann Li", "--last-name", "Li"), "made of first_name and last_name"),
        (("contact", "add", "--company-name", "Acme", "--last-name", "Li"), "a company has none"),
        (("contact", "add", "--last-name", "Li", "--company", "C-99"), "there is no contact C-99"),
        (("contact", "add", "--last-name", "Li", "--company", "C-1"), "is a person"),
        (("deal", "add", "--name", "Rollout"), "contact or company"),
        (("deal", "add", "--contact", "C-1"), "name is required"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--value", "-1"), "amounts run from 0"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--value", "1.234"), "more decimals"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--value", "1", "--currency", "XQZ"), "currency"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--stage", "Quot"), "nearest: Quote"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--pipeline", "Sales Pipelin"), "nearest: Sales Pipeline"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--likelihood", "101"), "less than or equal to 100"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "--close-date", "soon"), "YYYY-MM-DD"),
        (("deal", "add", "--contact", "L-1", "--name", "X"), "not the id of a contact"),
        (("deal", "add", "--contact", "C-1", "--name", "X", "name=Y"), "said twice"),
    ],
)
def test_what_cannot_be_added_is_refused(cli: Cli, words: tuple[str, ...], part: str) -> None:
    """Source of the required fields: Sell's API documentation and clients."""
    cli.ok("contact", "add", "--last-name", "Fox")
    said = cli(*words)

    assert said.code == 1
    assert part in said.err
    assert len(cli.json("run", "list")) == 1


def test_a_person_works_for_a_company_and_their_deal_is_the_companys(cli: Cli) -> None:
    """Sell sets a deal's organization where its primary contact is a person with a company."""
    company = cli.json("contact", "add", "--company-name", "Acme", "website=acme.example")
    person_ = cli.json("contact", "add", "--last-name", "Fox", "--company", f"C-{company['id']}")
    fox = f"C-{person_['id']}"
    deal = cli.json(
        "deal", "add", "--name", "Rollout", "--contact", fox, "--value", "1250.5", "--currency", "eur", "--hot",
        "--close-date", "2027-01-31", "--likelihood", "35", "--stage", "quote", "--source", "Web",
    )  # fmt: skip

    assert (company["is_organization"], person_["company"]) == (True, "Acme")
    assert {n: deal[n] for n in ("value", "currency", "hot", "stage", "pipeline", "organization", "contact")} == {
        "value": "1250.50",
        "currency": "EUR",
        "hot": True,
        "stage": "Quote",
        "pipeline": "Sales Pipeline",
        "organization": "Acme",
        "contact": "Fox",
    }
    assert (deal["estimated_close_date"], deal["customized_win_likelihood"]) == ("2027-01-31", 35)
    again = cli.json("deal", "add", "--name", "rollout", "--contact", fox)
    assert again["like"] == [
        {"record_type": "deal", "id": deal["id"], "name": "Rollout", "why": "same contact, same name"}
    ]
    assert (again["stage"], again["value"]) == ("Incoming", None)


def test_a_dry_run_shows_the_record_and_stores_nothing(cli: Cli) -> None:
    """Not even the source that it would have made."""
    shown = cli.json("lead", "add", "--last-name", "Li", "--source", "Fair", "--owner", "Inbound", "--dry-run")

    assert (shown["last_name"], shown["owner"], shown["dry_run"]) == ("Li", "ann@example.com", True)
    assert cli.json("lead", "list") == []
    made = cli.json("lead", "add", "--last-name", "Ng", "--source", "Fair", "--owner", "Inbound")
    assert made["owner_name"] == "Ann Lee"


def test_names_in_any_script_are_found_again(cli: Cli) -> None:
    """Chinese, accents and emoji are ordinary input."""
    for last in ("李", "García", "🦊"):
        cli.ok("lead", "add", "--last-name", last)
        assert cli.json("lead", "add", "--last-name", last)["like"][0]["why"] == "same name"


def test_a_lead_added_by_hand_is_found_by_what_a_file_brings_later(cli: Cli) -> None:
    """It is a source record as any other: matched, merged and traced."""
    cli.ok("lead", "add", "--first-name", "Ann", "--last-name", "Li", "--email", "ann@li.example")
    counts = cli.bring(person("Ann", "Li", "ann@li.example", title="CTO"))

    assert counts["merged"] == 1
    assert [row["title"] for row in cli.json("lead", "list")] == ["CTO"]


def test_a_pool_that_has_nobody_is_said_when_the_record_is_added(cli: Cli) -> None:
    """Whoever typed its name would take the lead for given."""
    cli.ok("pool", "add", "Empty")

    made = cli.json("lead", "add", "--last-name", "Ng", "--owner", "Empty")

    assert (made["owner"], made["notes"]) == (None, ["pool 'Empty' had nobody available: it has no owner yet"])
