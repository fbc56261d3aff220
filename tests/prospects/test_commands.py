"""`sellhub prospect …`, as people type it."""

from __future__ import annotations

from sandbox.prospects import ProspectsSandbox
from tests.records.conftest import Cli


def test_from_a_search_to_leads(cli: Cli, provider: ProspectsSandbox) -> None:
    """Each step names the next one."""
    said = cli.ok("prospect", "search", "CTOs", "--provider", "reach", "--where", "title is CTO")
    assert "new, found: 5" in said.out
    assert "next: sellhub prospect buy CTOs --dry-run" in said.out
    dry = cli.ok("prospect", "buy", "CTOs", "--dry-run").out
    assert "would buy 5 for 5 credits, 500 credits are left" in dry
    assert "next: sellhub prospect buy CTOs --limit 5" in dry
    assert "bought 2 for 2 credits, 498" in cli.ok("prospect", "buy", "CTOs", "--limit", "2").out
    assert "created 2" in cli.ok("prospect", "import", "CTOs", "--dry-run").out
    assert "created 2" in cli.ok("prospect", "import", "CTOs", "--pool", "Inbound").out
    assert "unchanged 2" in cli.ok("prospect", "import", "CTOs").out
    shown = cli.ok("prospect", "show", "CTOs")
    assert "p0@offered.example" in shown.out
    assert "L-" in shown.out
    assert len(cli.ok("lead", "list", "--json").data) == 2


def test_everything_as_json(cli: Cli, provider: ProspectsSandbox) -> None:
    """For scripts; what a provider hashes is nobody's business."""
    searched = cli.ok("prospect", "search", "CTOs", "--provider", "reach", "--json", "--limit", "3").data
    assert (searched["new"], searched["beyond"], searched["dry_run"]) == ({"found": 3}, True, False)
    assert cli.ok("prospect", "buy", "CTOs", "--all", "--json").data["bought"] == 3
    listed = cli.ok("prospect", "list", "--json").data
    assert [(row["name"], row["ready"], row["credits"], row["origin"]) for row in listed] == [
        ("CTOs", 3, 3, "provider reach")
    ]
    shown = cli.ok("prospect", "show", "CTOs", "--json", "--state", "ready", "--limit", "1")
    assert "email_sha256" not in shown.out
    assert shown.data["people"][0]["email"] == "p0@offered.example"
    (report,) = cli.ok("prospect", "import", "CTOs", "--json").data
    assert report["counts"]["created"] == 3
    assert cli.ok("prospect", "remove", "CTOs", "--json", "--dry-run").data["name"] == "CTOs"


def test_nothing_is_spent_without_a_word_on_how_much(cli: Cli, provider: ProspectsSandbox) -> None:
    """Money needs a decision."""
    cli.ok("prospect", "search", "CTOs", "--provider", "reach")
    refused = cli("prospect", "buy", "CTOs")
    assert (refused.code, "--limit CREDITS" in refused.err) == (1, True)
    assert provider.charged == []


def test_lists_and_suppression(cli: Cli) -> None:
    """Empty ones are told; what is suppressed is seen and taken back."""
    assert "no prospect lists yet" in cli.ok("prospect", "list").out
    assert "nobody is suppressed" in cli.ok("prospect", "suppress").out
    assert "@acme.example: suppressed" in cli.ok("prospect", "suppress", "@acme.example", "--dry-run").out
    cli.ok("prospect", "suppress", "@acme.example", "x@y.example")
    assert [row["value"] for row in cli.ok("prospect", "suppress", "--json").data] == ["@acme.example", "x@y.example"]
    assert "as it was" in cli.ok("prospect", "suppress", "@acme.example").out
    assert "suppressed no more" in cli.ok("prospect", "suppress", "@acme.example", "--undo").out
    cli.ok("prospect", "search", "CTOs", "--provider", "reach")
    assert "CTOs" in cli.ok("prospect", "list").out
    assert "dropped CTOs, 5 people" in cli.ok("prospect", "remove", "CTOs").out
    assert cli("prospect", "show", "CTOs").code == 1


def test_a_refused_token_ends_with_the_exit_code_of_credentials(cli: Cli, provider: ProspectsSandbox) -> None:
    """Scripts tell it from other faults."""
    provider.token = "another"
    assert cli("prospect", "search", "CTOs", "--provider", "reach").code == 4
