"""`sellhub note|task|call|visit|email`, a record's story, and the count of calls and visits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tests.records.conftest import TOML, Cli, person
from tests.records.conftest import home_of as home_of

ANN = "ann@example.com"


@pytest.fixture
def cli(home_of: Callable[[str], Cli], database_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A hub with a lead of Acme, where Ann works; on each database."""
    monkeypatch.setenv("SELLHUB_USER", ANN)
    made = home_of(f'{TOML}[storage]\nurl = "{database_url}"\n')
    made.bring(person("Ann", "Li", "a@x.example", company="Acme", owner="bo@example.com"))
    return made


def test_a_lead_is_shown_with_what_happened_last(cli: Cli) -> None:
    """Five lines, newest first, and what they come to; the rest by `activities`, page by page."""
    for number in range(6):
        cli.ok("note", "add", "L-1", f"Note {number}", "--at", f"2025-11-{number + 1:02}T10:00")
    cli.ok("call", "add", "l-1", "--phone", "+14155552671", "--outcome", "left MESSAGE", "--at", "2025-11-20T09:30Z")
    cli.ok("task", "add", "L-1", "Call back", "--due", "2026-12-01")

    shown = cli.json("lead", "show", "1")
    assert [line["type"] for line in shown["activities"]] == ["task", "call", "note", "note", "note"]
    assert (shown["figures"]["last_communication"], shown["figures"]["next_task"]) == (
        "2025-11-20T09:30:00.000000Z",
        "2026-12-01T23:59:59.000000Z",
    )
    text = cli.ok("lead", "show", "1").out
    assert all(words in text for words in ("CALL-1", "Left message", "next task T-1", "last communication"))

    page = cli.ok("lead", "activities", "L-1", "--limit", "3", "--json")
    assert [line["id"] for line in page.data["activities"]] == [1, 1, 6]
    assert "--after N-6" in page.err
    rest = cli.json("lead", "activities", "1", "--after", "N-6")["activities"]
    assert [line["id"] for line in rest] == [5, 4, 3, 2, 1]
    assert "nothing more" in cli.ok("lead", "activities", "1", "--after", "N-1").out
    assert "no such activity" in cli("lead", "activities", "1", "--after", "N-99").err


def test_each_kind_is_added_listed_shown_and_removed(cli: Cli) -> None:
    """With a dry run that stores nothing; who did it stands beside it."""
    added = {
        "note": cli.json("note", "add", "L-1", "Likes it", "--important"),
        "task": cli.json("task", "add", "L-1", "Call back", "--remind", "tomorrow"),
        "call": cli.json("call", "add", "L-1", "--phone", "1", "--missed", "--incoming", "--duration", "120"),
        "visit": cli.json("visit", "add", "L-1", "--outcome", "Interested", "--summary", "At the fair"),
        "email": cli.json("email", "add", "L-1", "Offer", "--incoming", "--external-id", "<1@x>"),
    }
    assert {row["user"] for row in added.values()} == {"Ann Lee"}
    assert (added["call"]["missed"], added["call"]["duration"], added["visit"]["outcome"]) == (True, 120, "Interested")
    for kind, row in added.items():
        assert [each["id"] for each in cli.json(kind, "list")] == [row["id"]]
        assert cli.json(kind, "list", "L-1")[0]["resource_id"] == 1
        assert "Ann Lee" in cli.ok(kind, "show", str(row["id"])).out
        assert cli.json(kind, "show", "1")["type"] == kind
        assert cli.json(kind, "remove", "1", "--dry-run")["dry_run"]
        cli.ok(kind, "remove", "1")
        assert cli.json(kind, "list") == []
        assert f"sellhub {kind} list" in cli(kind, "show", "1").err
    assert cli.json("lead", "show", "1")["figures"]["last_activity"] is None


def test_a_list_goes_on_where_the_page_before_ended(cli: Cli) -> None:
    """By when calls were made, not by when they were noted."""
    for day in (3, 1, 2, 4):
        cli.ok("call", "add", "L-1", "--phone", str(day), "--at", f"2025-11-{day:02}T10:00")
    page = cli.ok("call", "list", "L-1", "--limit", "2", "--json")
    assert ([row["phone_number"] for row in page.data], "--after CALL-1" in page.err) == (["4", "3"], True)
    assert [row["phone_number"] for row in cli.json("call", "list", "--after", "CALL-1")] == ["2", "1"]


def test_tasks_are_done_and_found_by_whose_they_are(cli: Cli) -> None:
    """Whoever adds one has it, unless it is given to somebody; who is no user leaves it to the record's owner."""
    cli.ok("task", "add", "L-1", "Mine")
    cli.ok("task", "add", "L-1", "His", "--owner", "bo@example.com")
    cli.ok("task", "add", "L-1", "The owner's", "--by", "night shift")
    cli.ok("task", "add", "none", "Floating")
    cli.ok("task", "done", "T-2")

    def found(*words: str) -> list[str]:
        return [row["content"] for row in cli.json("task", "list", *words)]

    assert found() == ["Floating", "The owner's", "His", "Mine"]
    assert found("--open", "--owner", "bo@example.com") == ["The owner's"]
    assert found("--owner", ANN) == ["Floating", "Mine"]
    assert found("L-1", "--open") == ["The owner's", "Mine"]
    assert cli.json("task", "reopen", "2")["completed"] is False
    assert "was bo@example.com meant?" in cli("task", "add", "L-1", "x", "--owner", "b0@example.com").err


def test_what_cannot_be_is_said_and_stores_nothing(cli: Cli) -> None:
    """A record that is not there, a call in the future, an unknown outcome, two of them, a call at a deal."""
    refused = {
        ("note", "add", "17", "x"): "L-17 for a lead",
        ("note", "add", "L-99", "x"): "there is no lead L-99",
        ("note", "add", "L-1", " "): "content",
        ("call", "add", "L-1", "--phone", "1", "--at", "2100-01-01"): "lies in the future",
        ("call", "add", "L-1", "--phone", "1", "--outcome", "Left mesage"): "nearest: Left message",
        ("call", "add", "L-1", "--phone", "1", "--deal", "D-9"): "there is no deal D-9",
        ("call", "add", "D-1", "--phone", "1"): "the deal by --deal",
        ("task", "add", "L-1", "x", "--due", "soon"): "not a time",
        ("call", "show", "N-1"): "not the id of a call",
        ("call", "list", "--limit", "0"): "from 1 to",
    }
    for words, text in refused.items():
        said = cli(*words)
        assert (said.code, text in said.err) == (1, True), (words, said)
    assert cli("call", "add", "L-1", "--phone", "1", "--outcome", "Other", "--outcome", "Interested").code == 2
    assert cli("call", "add", "L-1").code == 2
    assert cli.json("call", "list") == cli.json("note", "list") == cli.json("task", "list") == []


def test_outcomes_are_made_renamed_and_removed(cli: Cli) -> None:
    """Five are shipped; one that is in use is removed into another only."""
    shipped = ["Interested", "Not interested", "Left message", "No answer", "Other"]
    assert [row["name"] for row in cli.json("visit", "outcomes", "list")] == shipped
    cli.ok("call", "outcomes", "add", "Busy")
    cli.ok("call", "add", "L-1", "--phone", "1", "--outcome", "busy")
    assert cli.json("call", "outcomes", "rename", "busy", "Engaged")["before"] == "Busy"
    assert "already" in cli("call", "outcomes", "add", "ENGAGED").err
    assert "already" in cli("call", "outcomes", "rename", "Other", "engaged").err
    assert cli.json("call", "show", "1")["outcome"] == "Engaged"

    assert "1 call has it" in cli("call", "outcomes", "remove", "Engaged").err
    assert "into itself" in cli("call", "outcomes", "remove", "Engaged", "--into", "engaged").err
    assert cli.json("call", "outcomes", "remove", "Engaged", "--into", "No answer", "--dry-run")["moved"] == 1
    assert "1 call has 'No answer'" in cli.ok("call", "outcomes", "remove", "Engaged", "--into", "No answer").out
    assert (cli.json("call", "show", "1")["outcome"], cli.json("call", "show", "1")["version"]) == ("No answer", 2)
    cli.ok("visit", "outcomes", "remove", "Other")
    assert [row["name"] for row in cli.json("visit", "outcomes", "list")] == shipped[:-1]
    assert [row["name"] for row in cli.json("call", "outcomes", "list")] == shipped
    assert [f["level"] for f in cli.json("db", "check") if f["level"] != "ok"] == []


def test_calls_and_visits_are_counted(cli: Cli) -> None:
    """Per outcome and owner, in a period; as table, JSON and CSV."""
    for day, outcome, by in ((1, "No answer", ANN), (2, "No answer", ANN), (2, "Interested", "bo@example.com")):
        words = ("--outcome", outcome, "--by", by, "--at", f"2025-11-{day:02}T23:59", "--duration", "60")
        cli.ok("call", "add", "L-1", "--phone", "1", *words)
    cli.ok("visit", "add", "L-1", "--at", "2025-11-02")

    report = cli.json("report", "activities")
    assert (report["total"], report["from"], report["of"]) == (4, None, ["call", "visit"])
    assert [(r["of"], r["outcome"], r["owner"], r["count"], r["duration"]) for r in report["rows"]] == [
        ("call", "No answer", "Ann Lee", 2, 120),
        ("call", "Interested", "Bo Park", 1, 60),
        ("visit", None, "Ann Lee", 1, None),
    ]
    narrowed = cli.json("report", "activities", "--of", "call", "--by", "outcome", "--from", "2025-11-02")
    assert [(row["outcome"], row["count"]) for row in narrowed["rows"]] == [("Interested", 1), ("No answer", 1)]
    assert "owner" not in narrowed["rows"][0]
    until = cli.json("report", "activities", "--by", "owner", "--to", "2025-11-01")
    assert [(row["owner_email"], row["count"]) for row in until["rows"]] == [(ANN, 1)]
    rows = list(csv.DictReader(io.StringIO(cli.ok("report", "activities", "--csv").out)))
    assert rows[0]["count"] == "2"
    assert "(none said)" in cli.ok("report", "activities").out
    assert cli("report", "activities", "--from", "soon").code == 1


def test_control_characters_do_not_reach_the_terminal(cli: Cli) -> None:
    """A note that clears the screen is shown as text."""
    cli.ok("note", "add", "L-1", "\x1b[2JHi")
    assert "\x1b" not in cli.ok("lead", "show", "1").out + cli.ok("note", "list").out + cli.ok("note", "show", "1").out


def test_what_is_added_stays_in_the_journal_of_its_run(cli: Cli) -> None:
    """Who did what and when is a run of its own."""
    cli.ok("note", "add", "L-1", "Hi")
    run = cli.json("run", "list")[0]
    assert (run["kind"], run["options"]) == ("hand", {"what": "note add", "by": ANN})
