"""`pool`: who is in, who is next, joining and leaving; and that the hub deals fairly whatever comes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import pool_changes, pooling
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
            pool_changes.add(hub, "Inbound", None, [f"new{number}@example.com"])
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


def test_order_pause_and_resume_say_what_they_did_and_rehearse(cli: Cli) -> None:
    """A dry run stores nothing; the pool shows who pauses."""
    assert cli.json("pool", "order", "Inbound", "--member", "bo@example.com", "--dry-run")["order"] == [
        "bo@example.com",
        "ann@example.com",
    ]
    assert coming(cli, 1) == ["Ann Lee"]

    assert (
        "in this order: bo@example.com, ann@example.com"
        in cli.ok("pool", "order", "Inbound", "--member", "bo@example.com").out
    )
    assert coming(cli, 1) == ["Bo Park"]
    cli.ok("pool", "pause", "Inbound", "--member", "bo@example.com")
    assert (
        "was so already"
        in cli.ok("pool", "pause", "Inbound", "--member", "bo@example.com", "--member", "ann@example.com").out
    )
    assert "nobody in pool Inbound is available" in cli.ok("pool", "next", "Inbound").out
    assert [m["absent"] for m in cli.json("pool", "show", "Inbound")["members"]] == ["paused", "paused"]
    assert "takes turns again: bo@example.com" in cli.ok("pool", "resume", "Inbound", "--member", "bo@example.com").out
    assert coming(cli, 2) == ["Bo Park", "Bo Park"]
    assert "nobody is named" in cli("pool", "pause", "Inbound").err
    assert "nobody is named to go first" in cli("pool", "order", "Inbound").err
    said = cli("pool", "resume", "Inbound", "--member", "x@example.com", "--member", "y@example.com").err
    assert "x@example.com, y@example.com are no members of pool 'Inbound'" in said


def test_away_is_said_listed_and_cleared(cli: Cli) -> None:
    """Without options it lists; what is not clear is refused."""
    assert "nobody is away" in cli.ok("pool", "away").out
    assert cli.json("pool", "away", "ann@example.com", "--to", "2099-01-02", "--dry-run")["noted"][0]["now"] is True
    assert cli.json("pool", "away") == []

    told = cli.ok(
        "pool", "away", "ann@example.com", "--from", "2020-01-01", "--to", "2099-01-02", "--reason", "ill"
    ).out
    assert "Ann Lee: away from all pools: 2020-01-01 to 2099-01-02 (ill)" in told
    assert cli.json("pool", "away", "ann@example.com") == [
        {
            "user": "Ann Lee",
            "email": "ann@example.com",
            "from": "2020-01-01",
            "to": "2099-01-02",
            "reason": "ill",
            "now": True,
        }
    ]
    assert "away until 2099-01-03" in cli.ok("pool", "show", "Inbound").out
    assert "further notice" in cli.ok("pool", "away", "bo@example.com", "--from", "2098-01-01").out
    assert "is still away" in cli.ok("pool", "resume", "Inbound", "--member", "ann@example.com").out
    assert len(cli.json("pool", "away", "ann@example.com", "--clear")["cleared"]) == 1
    assert "was not away" in cli.ok("pool", "away", "ann@example.com", "--clear").out
    assert "not clear what is meant" in cli("pool", "away", "--clear").err
    assert "not clear what is meant" in cli("pool", "away", "bo@example.com", "--clear", "--to", "2099-01-01").err


def test_settings_are_set_shown_and_simulated(cli: Cli) -> None:
    """`pool show` says what comes before a turn and after it."""
    cli.ok("pool", "add", "Backup", "--member", "bo@example.com")
    change = cli.json(
        "pool", "set", "Inbound", "--fallback-pool", "Backup", "--known-owner-first", "--skip-present-owner"
    )
    assert change["settings"] == {
        "fallback": None,
        "fallback_pool": "Backup",
        "known_owner_first": True,
        "skip_present_owner": True,
    }
    shown = cli.ok("pool", "show", "Inbound").out
    assert "when nobody is available: pool Backup" in shown
    assert "the owner of a known account comes first" in shown
    assert "goes to somebody else than its owner" in shown
    cli.ok("pool", "pause", "Inbound", "--member", "ann@example.com", "--member", "bo@example.com")

    turns = cli.json("pool", "simulate", "Inbound", "--next", "2")["turns"]

    assert [(turn["n"], turn["owner"]) for turn in turns] == [(1, "bo@example.com"), (2, "bo@example.com")]
    assert turns[0]["why"].endswith("; next in line of pool 'Backup': position 1 of 1, 0 before")
    assert "shares: bo@example.com 5" in cli.ok("pool", "simulate", "Inbound", "--next", "5").out
    assert "ask for 1 to 1,000" in cli("pool", "simulate", "Inbound", "--next", "1001").err
    cli.ok("pool", "set", "Inbound", "--no-fallback", "--no-known-owner-first", "--no-skip-present-owner")
    assert cli.json("pool", "simulate", "Inbound", "--next", "1")["turns"][0]["owner"] is None


def test_history_pages_from_the_latest_back(cli: Cli) -> None:
    """Each page says how to go on."""
    assert "has given nothing yet" in cli.ok("pool", "history", "Inbound").out
    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(3)), options=("--pool", "Inbound"))

    said = cli.ok("pool", "history", "Inbound", "--limit", "2")
    rows = cli.json("pool", "history", "Inbound", "--limit", "2")

    assert [(row["record_id"], row["owner"], row["how"], row["turn_spent"]) for row in rows] == [
        (3, "Ann Lee", "turn", True),
        (2, "Bo Park", "turn", True),
    ]
    assert f"more: sellhub pool history Inbound --limit 2 --before {rows[-1]['id']}" in said.err
    assert "L-1" in cli.ok("pool", "history", "Inbound", "--before", str(rows[-1]["id"])).out
    assert "from 1 to 10,000" in cli("pool", "history", "Inbound", "--limit", "0").err


def test_a_removed_pool_leaves_the_database_in_order(cli: Cli) -> None:
    """The ledger keeps its number; that is no fault."""
    cli.ok("pool", "add", "Big", "--member", "bo@example.com")
    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Big"))
    cli.ok("pool", "remove", "Big")

    assert "0 failed" in cli.ok("db", "check").out
