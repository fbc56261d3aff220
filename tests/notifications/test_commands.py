"""`sellhub notification`, and what `doctor` says of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.notifications.conftest import ANN, BO, TOML
from tests.notifications.post_office import PostOffice
from tests.records.conftest import Cli, person
from tests.records.conftest import home_of as home_of


@pytest.fixture
def cli(home_of: Callable[[str], Cli], office: PostOffice, database_url: str) -> Cli:
    """A hub with two salespeople, a mail server, on each database."""
    return home_of(f'{TOML}[storage]\nurl = "{database_url}"\n')


def test_notifications_are_listed_and_read(cli: Cli) -> None:
    """Of one user, unread, page by page; reading what was read changes nothing."""
    cli.bring(person("Ann", "Li", "a@x.example", company="Acme"), person("Ed", "Ng"), options=("--pool", "Inbound"))

    listed = cli.json("notification", "list", "--user", ANN, "--unread")
    assert [(n["user_email"], n["records"], n["text"]) for n in listed] == [
        (ANN, ["L-1"], "1 lead was assigned to you: L-1 Ann Li, Acme")
    ]
    assert [(d["channel"], d["state"]) for d in listed[0]["deliveries"]] == [("email", "sent"), ("web", "sent")]
    first = cli.ok("notification", "list", "--limit", "1")
    assert ("2   " in first.out, "--after 2" in first.err) == (True, True)

    assert cli.json("notification", "read", "1", "--dry-run")["read"] == [1]
    assert cli.json("notification", "read", "1")["read"] == [1]
    assert cli.json("notification", "read", "1")["read"] == []
    assert [n["id"] for n in cli.json("notification", "list", "--unread")] == [2]
    assert cli.json("notification", "read", "--all", "--user", ANN)["read"] == []
    assert "read: 1" in cli.ok("notification", "read", "--all").out
    assert cli("notification", "read").code == 1
    assert "no notification 9" in cli("notification", "read", "9").err


def test_choices_hold_and_are_said(cli: Cli, office: PostOffice) -> None:
    """What is not said stays; a chat's address itself is not taken."""
    assert cli.json("notification", "choose", ANN, "--no-email", "--dry-run")["email"] is False
    assert cli.json("notification", "choose", ANN)["email"] is True
    chosen = cli.json("notification", "choose", ANN.upper(), "--no-email", "--chat", "env:NOT_THERE")
    assert (chosen["web"], chosen["email"], chosen["chat"]) == (True, False, "env:NOT_THERE")
    assert "NOT_THERE" in chosen["remarks"][0]
    assert "in the list and by chat" in cli.ok("notification", "choose", ANN).out
    assert cli.json("notification", "choose", ANN, "--chat", "none")["chat"] is None

    refused = cli("notification", "choose", ANN, "--chat", "slack://a/b/c")
    assert (refused.code, "--chat env:ANN_CHAT" in refused.err) == (1, True)
    assert "was ann@example.com meant?" in cli("notification", "choose", "anm@example.com").err

    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Inbound"))
    assert office.letters == []


def test_what_did_not_arrive_is_shown_and_flushed(cli: Cli, office: PostOffice) -> None:
    """The import ends well and says so on standard error; flush tries again; doctor warns until then."""
    office.refuses = True
    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Inbound"))

    failed = cli.json("notification", "list", "--failed")
    assert [d["state"] for d in failed[0]["deliveries"] if d["channel"] == "email"] == ["failed"]
    assert "not taken" in cli.ok("notification", "list", "--failed").out
    assert "not taken 1" in cli("doctor", "--offline").out
    said = cli("notification", "flush")
    assert (said.code, "not taken 1" in said.out) == (1, True)

    office.refuses = False
    assert cli.json("notification", "flush") == {"made": 0, "sent": 1, "failed": 0, "busy": False}
    assert cli.json("notification", "list", "--failed") == []
    assert "all that were sent have arrived" in cli("doctor", "--offline").out
    assert [whose for whose, _ in office.letters] == [ANN]


def test_a_mail_url_that_is_none_is_said_by_doctor(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody waits for a mail."""
    monkeypatch.setenv("MAIL_URL", "nonsense://x")
    cli.ok("notification", "list")
    assert "is not a URL that Apprise knows" in cli("doctor", "--offline").out
    monkeypatch.delenv("MAIL_URL")
    assert "MAIL_URL" in cli("doctor", "--offline").out


def test_who_is_given_a_record_by_hand_is_told_and_who_takes_it_is_not(cli: Cli, office: PostOffice) -> None:
    """By the commands that people use."""
    cli.bring(person("Ann", "Li", "a@x.example"))
    cli.ok("assign", "L-1", "--owner", BO, "--by", ANN)
    cli.ok("assign", "L-1", "--owner", ANN, "--by", ANN)

    assert [whose for whose, _ in office.letters] == [BO]
