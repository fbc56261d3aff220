"""The same looking, replaying, dealing and pushing on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from tests.records.conftest import TOML, Cli, person


def test_every_question_has_the_same_answer_on_each_database(home_of: Callable[[str], Cli], database_url: str) -> None:
    """JSON columns, times, truth values and sums differ between the drivers; what people read does not."""
    toml = f'{TOML}[storage]\nurl = "{database_url}"\n'
    cli = home_of(toml)
    cli.bring(
        person("Ann", "Li", "a@x.example", tags="red, blue", mobile="+14155552671"),
        person("Ed", "Ng", "e@x.example", owner="zed@example.com"),
        options=("--pool", "Inbound"),
    )
    cli.bring(person("Anna", "Li", "a@x.example", title="CEO", tags="green"), source="fair")

    listed = cli.json("lead", "list", "--search", "li", "--owner", "ann lee", "--source", "fair")
    assert [(row["id"], row["title"], sorted(row["tags"])) for row in listed] == [(1, "CEO", ["blue", "green", "red"])]
    assert listed[0]["created_at"].endswith("Z")
    assert len(cli.json("lead", "show", "1")["source_records"]) == 2
    why = cli.json("lead", "why", "1")
    assert (why["owner"]["how"], why["owner"]["turn"]) == ("turn", 1)
    assert why["source_records"][1]["why"] == ["same e-mail a@x.example as csv.lead:a@x.example"]
    stories = {story["field"]: story for story in cli.json("lead", "trace", "1")["fields"]}
    assert (stories["title"]["rule"], stories["last_name"]["rule"]) == ("only source", "newest")

    assert [(cause["code"], cause["count"]) for cause in cli.json("held", "list", "--source", "csv")] == [
        ("unknown_owner", 1)
    ]
    assert cli.json("held", "show", "csv.lead:e@x.example")["raw"]["Owner"] == "zed@example.com"
    cli.ok("pool", "add", "Inbound", "--member", "zed@example.com")
    assert cli.json("held", "replay", "--all", "--dry-run")[0]["counts"]["created"] == 1
    replayed = cli.json("held", "replay", "1")[0]
    assert replayed["counts"]["created"] == 1
    assert [turn["user"] for turn in cli.json("pool", "next", "Inbound", "--count", "2")["coming"]] == [
        "Bo Park",
        "zed@example.com",
    ]
    assert [pool["assigned"] for pool in cli.json("pool", "list")] == [1]

    assert [run["kind"] for run in cli.json("run", "list")] == ["replay", "import", "import"]
    assert cli.json("run", "show", "1")["held"][0]["still"] == 0
    pushed = cli.json("push", "files")
    assert (pushed["upserted"], pushed["waiting"]) == (2, 0)
    assert cli.json("push", "files", "--all")["skipped"] == 2
    assert cli.json("run", "undo", str(replayed["run"]))["undone"]["lead"] == 1
    assert cli.json("push", "files")["deleted"] == 1


def test_deals_and_contacts_too(home_of: Callable[[str], Cli], database_url: str) -> None:
    """Amounts, references by name, and the page's end."""
    cli = home_of(f'{TOML}[storage]\nurl = "{database_url}"\n')
    rows = [{"Deal Name": f"D{n}", "Value": "10.50", "Primary Contact": "Ann Li", "Company": "Acme"} for n in range(3)]
    cli.ok("import", cli.sheet(*rows), "--as", "deal")

    assert [row["value"] for row in cli.json("deal", "list", "--status", "incoming", "--limit", "2")] == ["10.50"] * 2
    assert cli.json("deal", "show", "1")["contacts"] == []
    assert {row["is_organization"] for row in cli.json("contact", "list")} == {True, False}
    assert cli.json("contact", "why", "1")["owner"]["how"] == "none"
    assert cli.json("deal", "trace", "1", "--field", "value")["fields"][0]["value"] == "10.50"
