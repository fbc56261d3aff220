"""`pool`: who is in, who is next, joining and leaving; and that the hub deals fairly whatever comes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import pooling
from hub.importing import Import, import_file
from hub.opening import Hub, open_hub
from tests.records.conftest import TOML, Cli, person


def coming(cli: Cli, count: int = 4) -> list[str]:
    """Who is next, in order."""
    return [turn["user"] for turn in cli.json("pool", "next", "Inbound", "--count", str(count))["coming"]]


def test_next_tells_the_turns_and_spends_none(cli: Cli) -> None:
    """Asked twice it says the same; then the import does what it said."""
    foretold = coming(cli, 3)
    assert coming(cli, 3) == foretold == ["Ann Lee", "Bo Park", "Ann Lee"]

    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(3)), options=("--pool", "Inbound"))

    assert [row["owner"] for row in reversed(cli.json("lead", "list"))] == foretold
    assert coming(cli, 2) == ["Bo Park", "Ann Lee"]


def test_who_joins_comes_last_and_starts_at_the_lowest_count(cli: Cli) -> None:
    """Nobody catches up in a row."""
    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(3)), options=("--pool", "Inbound"))

    change = cli.json("pool", "add", "Inbound", "--member", "eve@example.com")

    assert (change["made"], change["joined"], change["new_users"]) == (False, ["eve@example.com"], ["eve@example.com"])
    members = cli.json("pool", "show", "inbound")["members"]
    assert [(m["name"], m["got"], m["turns"]) for m in members] == [
        ("Ann Lee", 2, 2),
        ("Bo Park", 1, 1),
        ("eve@example.com", 0, 1),
    ]
    assert coming(cli) == ["Bo Park", "eve@example.com", "Ann Lee", "Bo Park"]


def test_a_pool_is_made_changed_and_removed(cli: Cli) -> None:
    """Each with a dry run that stores nothing; what was dealt out stays."""
    assert cli.json("pool", "add", "Big", "--of", "deal", "--member", "bo@example.com", "--dry-run")["made"]
    assert [pool["name"] for pool in cli.json("pool", "list")] == ["Inbound"]

    cli.ok("pool", "add", "Big", "--member", "bo@example.com", "--member", "ann@example.com")
    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Big"))
    cli.ok("pool", "remove", "Big", "--member", "ann@example.com")
    assert [m["email"] for m in cli.json("pool", "show", "Big")["members"]] == ["bo@example.com"]
    assert cli.json("pool", "remove", "Big", "--dry-run")["removed"]
    assert [pool["name"] for pool in cli.json("pool", "list")] == ["Big", "Inbound"]

    assert cli.json("pool", "remove", "Big")["left"] == ["bo@example.com"]

    assert [pool["name"] for pool in cli.json("pool", "list")] == ["Inbound"]
    owner = cli.json("lead", "why", "1")["owner"]
    assert (owner["owner"], owner["how"], owner["pool"]) == ("Bo Park", "turn", None)
    assert "a pool that was removed since" in owner["text"]


def test_a_pool_that_hub_toml_plants_is_not_removed_in_vain(cli: Cli) -> None:
    """It would be back at the next command: the way out is said instead."""
    said = cli("pool", "remove", "Inbound")

    assert said.code == 1
    assert "hub.toml" in said.err
    assert [pool["name"] for pool in cli.json("pool", "list")] == ["Inbound"]

    cli.settings(TOML.partition("[[pools]]")[0] + '[sources.x]\nconnector = "csv"\npath = "x.csv"\npool = "Inbound"\n')
    change = cli.json("pool", "remove", "Inbound")
    assert change["removed"]
    assert "source x deals out by this pool" in change["remarks"][0]


def test_a_mistyped_member_or_pool_is_said_with_the_nearest(cli: Cli) -> None:
    """A lead dealt to an address that does not exist is a lost lead."""
    assert "was bo@example.com meant?" in cli.ok("pool", "add", "Inbound", "--member", "b0@example.com").out
    assert "cannot be a member" in cli("pool", "add", "Inbound", "--member", "bo").err
    assert "nearest: Inbound" in cli("pool", "show", "Imbound").err
    assert "members: ann@example.com" in cli("pool", "remove", "Inbound", "--member", "zed@example.com").err
    assert "was in it already: bo@example.com" in cli.ok("pool", "add", "Inbound", "--member", "bo@example.com").out


def test_a_name_that_two_pools_bear_needs_of(cli: Cli) -> None:
    """Leads and deals may have pools of one name."""
    cli.ok("pool", "add", "Inbound", "--of", "deal", "--member", "bo@example.com")

    assert "--of deal or lead" in cli("pool", "show", "Inbound").err
    assert cli.json("pool", "show", "Inbound", "--of", "deal")["members"][0]["email"] == "bo@example.com"


def test_an_empty_pool_says_what_it_means(cli: Cli) -> None:
    """Nobody in it: what it should deal out stays without an owner."""
    cli.ok("pool", "add", "Empty")

    assert "without an owner" in cli.ok("pool", "show", "Empty").out
    assert "without an owner" in cli.ok("pool", "next", "Empty").out


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.integers(1, 9), st.just("joins")), min_size=1, max_size=8))
def test_the_hub_deals_fairly_whatever_the_batches_and_whoever_joins(steps: list[int | str]) -> None:
    """Among those who were there all along counts differ by at most one, always, and each gets what `next` foretold."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "hub.toml").write_text(TOML, encoding="utf-8")
        with open_hub(home) as hub:
            _deal_and_join(hub, home, steps)


def _deal_and_join(hub: Hub, home: Path, steps: list[int | str]) -> None:
    rows = 0
    for number, step in enumerate(steps):
        if step == "joins":
            before = {member.user_id: member.turns for member in pooling.show(hub, "Inbound", None).members}
            pooling.add(hub, "Inbound", None, [f"new{number}@example.com"])
            newest = pooling.show(hub, "Inbound", None).members[-1]
            assert newest.turns == min(before.values())
        else:
            path = home / "batch.csv"
            emails = [f"p{rows + n}@x.example" for n in range(int(step))]
            path.write_text("Last Name,Email\n" + "".join(f"Li,{email}\n" for email in emails), encoding="utf-8")
            rows += len(emails)
            _bring_as_foretold(hub, path, len(emails))
        members = pooling.show(hub, "Inbound", None).members
        assert max(m.turns for m in members) - min(m.turns for m in members) <= 1
        assert sum(m.got for m in members) == rows


def _bring_as_foretold(hub: Hub, path: Path, count: int) -> None:
    foretold = Counter(turn.email for turn in pooling.preview(hub, "Inbound", None, count).coming)
    before = {m.email: m.got for m in pooling.show(hub, "Inbound", None).members}
    report = import_file(hub, Import(path, pool="Inbound"))[0]
    assert report.counts.created == count
    after = {m.email: m.got for m in pooling.show(hub, "Inbound", None).members}
    assert {email: got - before[email] for email, got in after.items() if got != before[email]} == dict(foretold)
