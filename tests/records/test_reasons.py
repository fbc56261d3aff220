"""`lead why` and `lead trace`: every owner and every value can say where it came from."""

from __future__ import annotations

from typing import Any

from tests.records.conftest import TOML, Cli, person


def field(cli: Cli, name: str) -> dict[str, Any]:
    """The story of one field of lead 1."""
    stories: list[dict[str, Any]] = cli.json("lead", "trace", "1", "--field", name)["fields"]
    return stories[0]


def test_an_owner_by_turn_names_pool_position_and_run(cli: Cli) -> None:
    """Ops can answer "why me?" without asking an engineer."""
    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(3)), options=("--pool", "Inbound"))

    owner = cli.json("lead", "why", "L-2")["owner"]

    assert (owner["owner"], owner["how"], owner["pool"], owner["turn"]) == ("Bo Park", "turn", "Inbound", 2)
    assert (owner["position"], owner["members"], owner["run"], owner["skipped"]) == (2, 2, 1, [])
    assert "turn 2 of pool 'Inbound', position 2 of 2, run 1" in cli.ok("lead", "why", "2").out


def test_who_was_passed_over_is_named(cli: Cli) -> None:
    """An inactive member is skipped, and the lead's own story says so."""
    users = cli.home / "hub.toml"
    users.write_text(TOML, encoding="utf-8")
    cli.ok("pool", "list")
    inactive(cli, "ann@example.com")

    cli.bring(person("N", "L", "n@x.example"), options=("--pool", "Inbound"))

    owner = cli.json("lead", "why", "1")["owner"]
    assert (owner["owner"], owner["skipped"]) == ("Bo Park", ["Ann Lee"])


def inactive(cli: Cli, email: str) -> None:
    """Let a user be inactive, as a sync of users would."""
    from hub.opening import open_hub

    with open_hub(cli.home) as hub, hub.store.write() as db:
        db.execute("UPDATE \"user\" SET status = 'inactive' WHERE email = ?", (email,))


def test_an_owner_that_a_source_names_says_which_source_record(cli: Cli) -> None:
    """The mapped owner stands over the pool, and is told as such."""
    cli.bring(person("Ann", "Li", "a@x.example", owner="Bo Park"), options=("--pool", "Inbound"))

    owner = cli.json("lead", "why", "1")["owner"]

    assert (owner["how"], owner["record"], owner["value"]) == ("mapped", "csv.lead:a@x.example", "Bo Park")


def test_a_lead_without_an_owner_says_why_and_the_way_out(cli: Cli) -> None:
    """No pool at all, and a pool with nobody in it, have different ways out."""
    cli.bring(person("Ann", "Li", "a@x.example"))
    cli.ok("pool", "remove", "Inbound", "--member", "ann@example.com", "--member", "bo@example.com")
    cli.bring(person("Ed", "Ng", "e@x.example"), options=("--pool", "Inbound"), source="fair")

    nobody = cli.json("lead", "why", "1")["owner"]
    empty = cli.json("lead", "why", "2")["owner"]

    assert (nobody["owner"], nobody["how"]) == (None, "none")
    assert "no pool deals out what comes from csv" in nobody["text"]
    assert "--pool" in nobody["fix"]
    assert (empty["how"], empty["pool"]) == ("none", "Inbound")
    assert "sellhub pool add" in empty["fix"]


def test_why_merged_names_the_shared_keys_in_words(cli: Cli) -> None:
    """The first that came needs no reason; each further one says what it shares, and with whom."""
    cli.bring(person("Ann", "Li", "ann.li@x.example", mobile="+14155552671", company="Acme"))
    cli.bring(person("Annie", "Li", "Ann.Li@X.example"), source="fair")
    cli.bring(person("Ann", "Li", "private@y.example", mobile="+14155552671", company="Acme"), source="web")

    joins = cli.json("lead", "why", "1")["source_records"]

    assert [join["record"] for join in joins] == [
        "csv.lead:ann.li@x.example",
        "fair.lead:ann.li@x.example",
        "web.lead:private@y.example",
    ]
    assert joins[0]["why"] == []
    assert joins[1]["why"] == ["same e-mail ann.li@x.example as csv.lead:ann.li@x.example"]
    first = "csv.lead:ann.li@x.example"
    assert joins[2]["why"] == [f"same phone +14155552671 as {first}", f"same name as {first}"]


def test_a_value_says_its_record_its_mapping_and_that_it_is_the_only_one(cli: Cli) -> None:
    """The mapping's version is the one that `map` and the database know."""
    cli.bring(person("Ann", "Li", "a@x.example", title="CEO"))

    story = field(cli, "title")

    assert (story["value"], story["rule"], story["record"]) == ("CEO", "only source", "csv.lead:a@x.example")
    assert (story["mapping"], story["others"]) == ("csv/rows.lead", [])
    assert story["mapping_version"] == version_in_force(cli)
    assert story["time"].endswith("Z")


def version_in_force(cli: Cli) -> str:
    """The version of the leads' mapping that was activated last."""
    from hub.opening import open_hub

    with open_hub(cli.home) as hub, hub.store.read() as db:
        found: str = db.select("SELECT version FROM mapping_version ORDER BY id DESC LIMIT 1")[0][0]
        return found


def test_where_sources_disagree_the_newest_stands_and_the_others_are_beside_it(cli: Cli) -> None:
    """Nobody's word is lost: it is shown with who said it."""
    cli.bring(person("Ann", "Li", "a@x.example", title="CEO", tags="red"))
    cli.bring(person("Ann", "Li", "a@x.example", title="Founder", tags="blue"), source="fair")

    title, tags = field(cli, "title"), field(cli, "tags")

    assert (title["value"], title["rule"], title["record"]) == ("Founder", "newest", "fair.lead:a@x.example")
    assert [(other["value"], other["record"]) for other in title["others"]] == [("CEO", "csv.lead:a@x.example")]
    assert (sorted(tags["value"]), tags["rule"]) == (["blue", "red"], "united")
    assert "beside it: CEO, csv.lead:a@x.example" in cli.ok("lead", "trace", "1").out


def test_a_higher_priority_stands_over_a_newer_word(cli: Cli) -> None:
    """`priority` in hub.toml, and `--existing overwrite`, each told by its own name."""
    cli.settings(TOML + '[sources.crm]\nconnector = "csv"\npath = "crm.csv"\npriority = 5\n')
    cli.sheet(person("Ann", "Li", "a@x.example", title="CEO"), name="crm.csv")
    cli.ok("sync", "crm")
    cli.bring(person("Ann", "Li", "a@x.example", title="Founder"), source="fair")

    assert (field(cli, "title")["value"], field(cli, "title")["rule"]) == ("CEO", "highest priority")

    cli.bring(person("Ann", "Li", "a@x.example", title="Owner"), source="web", options=("--existing", "overwrite"))

    assert (field(cli, "title")["value"], field(cli, "title")["rule"]) == ("Owner", "imported to overwrite")


def test_an_order_of_sources_that_was_changed_since_is_said(cli: Cli) -> None:
    """What stands was computed under the old order; the trace does not pretend otherwise."""
    cli.bring(person("Ann", "Li", "a@x.example", title="CEO"))
    cli.bring(person("Ann", "Li", "a@x.example", title="Founder"), source="fair")
    cli.settings(TOML + '[sources.csv]\nconnector = "csv"\npath = "leads.csv"\npriority = 5\n')

    story = field(cli, "title")

    assert (story["value"], story["said"]) == ("Founder", "CEO")
    assert "the order of sources was changed" in story["rule"]


def test_what_no_source_said_tells_where_it_is_from(cli: Cli) -> None:
    """A status nobody gave, and an owner from a pool."""
    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Inbound"))

    assert (field(cli, "status")["value"], field(cli, "status")["rule"]) == (
        "New",
        "where no source says, a lead is New",
    )
    assert (field(cli, "owner")["value"], field(cli, "owner")["rule"]) == ("Ann Lee", "given by the hub: see why")
    said = cli("lead", "trace", "1", "--field", "shoe_size")
    assert said.code == 1
    assert "fields that have a value" in said.err


def test_a_contact_made_for_a_deal_is_traced_too(cli: Cli) -> None:
    """Implied records come from the deal's own row; references are told by name."""
    path = cli.sheet({"Deal Name": "Pilot", "Value": "10", "Primary Contact": "Ann Li", "Company": "Acme Inc."})
    cli.ok("import", path, "--as", "deal")

    deal = {story["field"]: story for story in cli.json("deal", "trace", "1")["fields"]}
    person_id = cli.json("deal", "show", "1")["contact_id"]
    contact = {story["field"]: story for story in cli.json("contact", "trace", str(person_id))["fields"]}

    assert (deal["contact"]["value"], deal["company"]["value"]) == ("Ann Li", "Acme Inc.")
    assert deal["stage"]["rule"] == "where no source says, a deal starts at the first open stage"
    assert contact["last_name"]["mapping"] == "csv/rows.deal#contact"
    assert contact["name"]["rule"] == "made of the first and the last name"
    assert cli.json("deal", "why", "1")["owner"]["how"] == "none"
