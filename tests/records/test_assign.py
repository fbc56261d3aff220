"""`assign`: records given by ids; what is not clear is refused."""

from __future__ import annotations

import pytest

from tests.records.conftest import Cli, person


@pytest.fixture
def leads(cli: Cli) -> Cli:
    """A hub with three leads that a pool dealt out."""
    cli.bring(*(person("N", f"L{n}", f"n{n}@x.example") for n in range(3)), options=("--pool", "Inbound"))
    return cli


def test_ids_are_given_by_a_pool_a_turn_each(leads: Cli) -> None:
    """The object is what others script against; the text says the same and the next command."""
    rehearsed = leads.json("assign", "L-2", "1", "--pool", "Inbound", "--by", "mei@example.com", "--dry-run")
    done = leads.json("assign", "L-2", "1", "--pool", "Inbound", "--by", "mei@example.com")

    assert rehearsed["dry_run"]
    assert rehearsed["records"] == done["records"]
    assert done == {
        "record_type": "lead",
        "by": "mei@example.com",
        "pool": "Inbound",
        "owner": None,
        "count": 2,
        "owners": {"bo@example.com": 1, "ann@example.com": 1},
        "records": [
            {"id": 2, "owner": "bo@example.com", "how": "turn", "from": "bo@example.com"},
            {"id": 1, "owner": "ann@example.com", "how": "turn", "from": "ann@example.com"},
        ],
        "unassigned": [],
        "kept": [],
        "left": [],
        "runs": done["runs"],
        "remarks": [],
        "dry_run": False,
    }
    why = leads.json("lead", "why", "2")
    assert (why["owner"]["how"], why["owner"]["by"], len(why["assignments"])) == ("turn", "mei@example.com", 2)
    assert leads.ok("lead", "why", "2").out.count("a turn of pool 'Inbound'") == 2


def test_ids_are_given_to_a_user(leads: Cli) -> None:
    """Who says nothing about themselves acts by their login name, or SELLHUB_USER."""
    said = leads.ok("assign", "L-1", "L-2", "--owner", "bo@example.com").out

    assert "2 leads given to bo@example.com" in said
    assert "L-1  bo@example.com (hand, until now ann@example.com)" in said
    assert "next: sellhub lead why L-1" in said
    assert leads.json("lead", "why", "1")["owner"]["how"] == "hand"
    assert "release: sellhub lead edit L-1 --release owner" in leads.ok("lead", "why", "1").out


def test_what_is_not_clear_is_refused(leads: Cli) -> None:
    """Which records, of what kind, to whom: nothing is guessed."""
    assert "not clear which records" in leads("assign", "--pool", "Inbound").err
    assert "not clear which records" in leads("assign", "1", "--where", "owner is empty", "--pool", "Inbound").err
    assert "not clear to whom" in leads("assign", "1").err
    assert "not clear to whom" in leads("assign", "1", "--pool", "Inbound", "--owner", "bo@example.com").err
    assert "D-1 is not the id of a lead" in leads("assign", "L-1", "D-1", "--pool", "Inbound").err
    assert "there is no pool 'Inbound' of deals" in leads("assign", "D-1", "--pool", "Inbound").err
    assert "L-9 is not there" in leads("assign", "9", "--pool", "Inbound").err


def test_nobody_available_is_said(leads: Cli) -> None:
    """And the way out named."""
    leads.ok("pool", "pause", "Inbound", "--member", "ann@example.com", "--member", "bo@example.com")
    leads.bring(person("Zed", "Ng", "z@x.example"), options=("--pool", "Inbound"))

    said = leads.ok("assign", "L-1", "L-4", "--pool", "Inbound").out

    assert "0 leads given by pool Inbound" in said
    assert "nobody was available for L-4" in said
    assert "stays with its owner, nobody else was available: L-1" in said
    assert "next: sellhub pool show Inbound" in said
    fix = leads.json("lead", "why", "4")["owner"]["fix"]
    assert "sellhub assign L-4 --of lead --pool 'Inbound'" in fix


def test_the_run_tells_how_each_got_what(leads: Cli) -> None:
    """By hand, as a fallback, by turns: each in its own words; an import adds up what somebody got."""
    run = leads.json("assign", "L-1", "--owner", "bo@example.com")["runs"][0]
    assert "Bo Park got 1 lead by hand" in leads.ok("run", "show", str(run)).out

    leads.ok("pool", "set", "Inbound", "--fallback", "bo@example.com")
    leads.ok("pool", "pause", "Inbound", "--member", "ann@example.com", "--member", "bo@example.com")
    path = leads.sheet(person("Zed", "Ng", "z@x.example"))
    assert "dealt out: Bo Park 1 lead" in leads.ok("import", path, "--pool", "Inbound").out
    last = leads.json("run", "list")[0]["id"]
    assert "Bo Park got 1 lead as the fallback, from pool Inbound" in leads.ok("run", "show", str(last)).out
    assert "WARN" in leads("doctor").out


def test_a_filter_is_given_and_asked_again_gives_what_came_meanwhile(leads: Cli) -> None:
    """Who asks for the ownerless goes on where the last time ended; every other filter deals out anew."""
    leads.bring(*(person("M", f"M{n}", f"m{n}@x.example") for n in range(3)), source="fair")
    where = ("--where", "owner is empty", "--pool", "Inbound")

    assert leads.json("assign", *where, "--dry-run")["count"] == 3
    given = leads.json("assign", *where)
    assert [record["owner"] for record in given["records"]] == ["bo@example.com", "ann@example.com", "bo@example.com"]
    assert leads.json("assign", *where)["count"] == 0
    assert leads.json("assign", "--where", "fed_by is fair", "--pool", "Inbound")["count"] == 3
    assert "nearest: status" in leads("assign", "--where", "statu is New", "--pool", "Inbound").err


def test_a_smart_list_is_given_whatever_it_is_of(leads: Cli) -> None:
    """Saved or shipped; a private one by its owner only. What it is of need not be said."""
    path = leads.sheet({"Deal Name": "Pilot", "Value": "10", "Primary Contact": "Ann Li"}, name="deals.csv")
    leads.ok("import", path, "--as", "deal")
    leads.ok("list", "save", "Small", "--of", "deal", "--where", "value < 100", "--by", "ann@example.com")
    leads.bring(person("Zed", "Ng", "z@x.example"), source="fair")

    small = leads.json("assign", "--list", "Small", "--owner", "bo@example.com", "--by", "ann@example.com")
    unassigned = leads.json("assign", "--list", "unassigned", "--pool", "Inbound")

    assert (small["record_type"], small["owners"]) == ("deal", {"bo@example.com": 1})
    assert (unassigned["record_type"], [record["id"] for record in unassigned["records"]]) == ("lead", [4])
    assert "no list called 'Small'" in leads("assign", "--list", "Small", "--owner", "bo@example.com").err
