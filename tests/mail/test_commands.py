"""`sellhub suggestion …`, as people type it."""

from __future__ import annotations

import pytest

from sandbox.imap import ImapSandbox
from tests.mail.test_suggestions import write
from tests.records.conftest import Cli


@pytest.fixture
def asked(cli: Cli, mailbox: ImapSandbox) -> Cli:
    """Three people wrote, one of them twice."""
    write(mailbox)
    write(mailbox, subject="Again", days=3)
    write(mailbox, "Cy <cy@else.example>", days=1)
    write(mailbox, "dee@else.example", days=2)
    cli.ok("sync")
    return cli


def test_the_list_says_who_wrote_and_what_to_do(asked: Cli) -> None:
    """The latest first; as JSON, too."""
    said = asked.ok("suggestion", "list")
    assert [line.split()[0] for line in said.out.splitlines()] == [
        "address", "ann@acme.example", "dee@else.example", "cy@else.example", "next:",
    ]  # fmt: skip
    (first, *_) = asked.ok("suggestion", "list", "--json", "--limit", "1").data
    assert first == {
        "address": "ann@acme.example",
        "name": "Ann Li",
        "subject": "Again",
        "mails": 2,
        "first_at": "2026-08-03T09:00:00Z",
        "last_at": "2026-08-06T09:00:00Z",
        "sources": ["mail"],
    }
    assert "2 more" in asked.ok("suggestion", "list", "--limit", "1").err
    assert asked("suggestion", "list", "--source", "nowhere").code == 1


def test_one_address_with_its_mail(asked: Cli) -> None:
    """Before and after somebody decided."""
    assert "from them  Again" in asked.ok("suggestion", "show", "ann@acme.example").out
    asked.ok("suggestion", "ignore", "@acme.example", "--by", "ann@hub.example")
    shown = asked.ok("suggestion", "show", "ann@acme.example", "--json").data
    assert (shown["state"], shown["decided_about"], shown["decided_by"]) == (
        "ignored",
        "@acme.example",
        "ann@hub.example",
    )
    assert [mail["subject"] for mail in shown["latest"]] == ["Again", "Delivery"]


def test_accepting_tells_who_it_is_and_that_their_mail_is_in(asked: Cli) -> None:
    """A dry run tells the same and stores nothing; a second time it is told who is there."""
    dry = asked.ok("suggestion", "accept", "ann@acme.example", "--dry-run").out
    assert dry.startswith("DRY RUN")
    assert "mails taken in: 2" in dry
    words = ["--as", "contact", "--tag", "mail", "title=CTO", "--by", "ann@hub.example"]
    made = asked.ok("suggestion", "accept", "ann@acme.example", *words, "--json").data
    assert (made["made"], made["record_type"], made["name"], made["taken_in"]) == ("created", "contact", "Ann Li", 2)
    shown = asked.ok("contact", "show", str(made["id"]), "--json").data
    assert (shown["title"], shown["tags"], shown["owner_email"]) == ("CTO", ["mail"], "ann@hub.example")
    again = asked.ok("suggestion", "accept", "ann@acme.example")
    assert again.out.startswith("ann@acme.example is C-1 Ann Li already, accepted by ann@hub.example")


def test_ignoring_and_restoring(asked: Cli) -> None:
    """Each twice is once, or told."""
    assert "suggestions that this concerns: 2" in asked.ok("suggestion", "ignore", "@else.example", "--dry-run").out
    assert "suggestions that this concerns: 2" in asked.ok("suggestion", "ignore", "@else.example").out
    assert "ignored already, by the desk" in asked.ok("suggestion", "ignore", "@else.example").out
    assert [row["address"] for row in asked.ok("suggestion", "list", "--ignored", "--json").data] == ["@else.example"]
    assert "@else.example" in asked.ok("suggestion", "list", "--ignored").out
    assert asked.ok("suggestion", "restore", "@else.example").out.startswith("@else.example is ignored no more")
    refused = asked("suggestion", "restore", "@else.example")
    assert (refused.code, "sellhub suggestion list --ignored" in refused.err) == (1, True)


def test_nothing_to_suggest_is_told(cli: Cli) -> None:
    """An empty list is a result."""
    assert "nobody is suggested" in cli.ok("suggestion", "list").out
    assert "nobody is ignored" in cli.ok("suggestion", "list", "--ignored").out
    assert cli("suggestion", "accept", "ann@acme.example").code == 1
