"""`held list`, `show` and `replay`: nothing is lost, and what was mended comes in."""

from __future__ import annotations

from pathlib import Path

from sandbox.spreadsheet import write_leads_csv
from tests.records.conftest import TOML, Cli, person

BAD = person("Wanda", "Broken", "wanda(at)example.com")
STRANGER = person("Ed", "Ng", "e@x.example", owner="zed@example.com")
WITH_ZED = TOML + '[[users]]\nname = "Zed"\nemail = "zed@example.com"\n'


def test_what_is_held_is_grouped_by_cause_with_the_way_out(cli: Cli) -> None:
    """A thousand rows with one fault are one line."""
    cli.bring(STRANGER, BAD, person("Di", "Ok", "d@x.example", owner="zed@example.com"))

    causes = cli.json("held", "list")

    assert [(cause["count"], cause["code"], cause["field"]) for cause in causes] == [
        (2, "unknown_owner", "owner"),
        (1, "bad_email", "email"),
    ]
    assert causes[0]["example"]["source_id"] == "e@x.example"
    assert "add the user" in causes[0]["fix"]
    text = cli.ok("held", "list").out
    assert "wanda(at)example.com" in text
    assert "next: sellhub held show" in text
    assert [cause["count"] for cause in cli.json("held", "list", "--code", "bad_email")] == [1]
    assert cli.json("held", "list", "--source", "nobody") == []


def test_all_lists_one_line_per_record_page_by_page(cli: Cli) -> None:
    """The numbers go into `held show`."""
    cli.bring(STRANGER, BAD)

    first = cli.ok("held", "list", "--all", "--limit", "1", "--json")
    rest = cli.json("held", "list", "--all", "--after", str(first.data[0]["id"]))

    assert "--after" in first.err
    assert [row["reasons"][0]["code"] for row in [*first.data, *rest]] == ["unknown_owner", "bad_email"]
    assert "number" in cli.ok("held", "list", "--all").out


def test_a_held_record_shows_every_reason_and_what_its_payload_says(cli: Cli) -> None:
    """By number or by name; the payload's own column, not only our field's name."""
    cli.bring(person("", "", "wanda(at)example.com", Company=""))

    held = cli.json("held", "show", "1")
    name = held["record"]

    reasons = {reason["field"]: reason for reason in held["held"][0]["reasons"]}
    assert set(reasons) == {"email", "last_name"}
    assert reasons["email"]["raw"] == {"Email": "wanda(at)example.com"}
    assert cli.json("held", "show", name) == held
    assert "in the payload: Email = wanda(at)example.com" in cli.ok("held", "show", name).out
    assert cli("held", "show", "77").code == 1
    assert cli("held", "show", "csv.lead:nobody").code == 1


def test_a_replay_takes_in_what_was_mended_without_asking_the_source(cli: Cli) -> None:
    """A user is added; the file may be gone; the pool and mapping of its import still hold."""
    before = cli.bring(
        STRANGER, person("P", "Ool", "p@x.example", owner="zed@example.com"), options=("--pool", "Inbound")
    )
    (cli.home / "leads.csv").unlink()
    cli.settings(WITH_ZED)

    reports = cli.json("held", "replay", "--source", "csv")

    assert before["held"] == 2
    assert reports[0]["counts"] == {**dict.fromkeys(before, 0), "read": 2, "created": 2}
    assert {row["owner"] for row in cli.json("lead", "list")} == {"Zed"}
    assert cli.json("held", "list") == []
    run = cli.json("run", "show", str(reports[0]["run"]))
    assert (run["kind"], run["state"], run["streams"][0]["counts"]["read"]) == ("replay", "done", 2)


def test_a_replayed_row_is_dealt_out_by_the_pool_of_its_import(cli: Cli) -> None:
    """The mapping is mended; what then has no owner goes where the import sent it, one turn each."""
    mapping(cli, "email: {from: Email, steps: [email]}")
    cli.bring(BAD, person("Ann", "Li", "a@x.example"), options=("--pool", "Inbound"))
    mapping(cli, "description: Email")

    cli.ok("held", "replay", "1")

    assert [(row["owner"], row["description"]) for row in cli.json("lead", "list")] == [
        ("Bo Park", "wanda(at)example.com"),
        ("Ann Lee", None),
    ]
    assert [member["got"] for member in cli.json("pool", "show", "Inbound")["members"]] == [1, 1]


def mapping(cli: Cli, line: str) -> None:
    """Write a small mapping of one's own."""
    folder = cli.home / "mappings" / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    text = f"from: csv.rows\nto: lead\nfields:\n  first_name: First Name\n  last_name: Last Name\n  {line}\n"
    (folder / "rows.lead.yaml").write_text(text, encoding="utf-8")


def test_a_dry_run_of_a_replay_stores_nothing(cli: Cli) -> None:
    """It tells the counts, and the inbox and the runs stay as they were."""
    cli.bring(STRANGER)
    cli.settings(WITH_ZED)

    would = cli.json("held", "replay", "--all", "--dry-run")
    said = cli.ok("held", "replay", "--all", "--dry-run").out

    assert would[0]["counts"]["created"] == 1
    assert "DRY RUN" in said
    assert len(cli.json("run", "list")) == 1
    assert cli.json("held", "list")[0]["count"] == 1
    assert cli.json("lead", "list") == []


def test_what_is_still_wrong_is_still_held_and_counted(cli: Cli) -> None:
    """A replay is no amnesty: read = created + held, and the reasons are the present ones."""
    cli.bring(STRANGER, BAD)
    cli.settings(WITH_ZED)

    counts = cli.json("held", "replay", "--all")[0]["counts"]

    assert (counts["read"], counts["created"], counts["held"]) == (2, 1, 1)
    assert [cause["code"] for cause in cli.json("held", "list")] == ["bad_email"]
    assert cli.json("held", "replay", "--all")[0]["counts"]["held"] == 1


def test_a_replay_says_what_it_needs_to_know(cli: Cli) -> None:
    """Nothing named, and a source of which nothing is held."""
    cli.bring(person("Ann", "Li", "a@x.example"))

    assert "--all" in cli("held", "replay").err
    assert cli("held", "replay", "--source", "csv").code == 1
    assert "nothing is held" in cli.ok("held", "replay", "--all").out
    assert cli.json("held", "replay", "--all") == []


def test_a_replay_whose_mapping_is_broken_fails_and_keeps_the_inbox(cli: Cli) -> None:
    """The error names the mapping; the run has failed; nothing was released."""
    mapping(cli, "email: {from: Email, steps: [email]}")
    cli.bring(BAD)
    mapping(cli, "shoe_size: Email")

    said = cli("held", "replay", "--all", "--json")

    assert said.code == 1
    assert "shoe_size" in said.data[0]["error"]
    assert cli.json("run", "list")[0]["state"] == "failed"
    assert cli.json("held", "list")[0]["count"] == 1
    assert cli.ok("held", "show", "1").out


def test_the_demo_spreadsheet_holds_its_odd_rows_with_reasons(cli: Cli, tmp_path: Path) -> None:
    """The rows that the demo shows as held: an address, an owner, a name."""
    rows = write_leads_csv(tmp_path / "demo.csv")
    team = "".join(f'[[users]]\nname = "{n}"\nemail = "{n}@example.com"\n' for n in ("chidi", "dana", "eva"))
    cli.settings(TOML + team)

    counts = cli.json("import", str(tmp_path / "demo.csv"), "--pool", "Inbound")[0]["counts"]

    codes = {cause["code"] for cause in cli.json("held", "list")}
    assert counts["read"] == rows == counts["created"] + counts["merged"] + counts["held"]
    assert codes == {"bad_email", "unknown_owner", "missing"}
