"""`run list`, `show` and `undo`."""

from __future__ import annotations

from tests.records.conftest import Cli, person


def test_a_run_is_shown_with_counts_that_add_up_and_who_got_how_many(cli: Cli) -> None:
    """What ops look at first when somebody asks what happened this morning."""
    rows = [person("N", f"L{n}", f"n{n}@x.example") for n in range(3)]
    cli.bring(*rows, person("Wanda", "Broken", "wanda(at)example.com"), options=("--pool", "Inbound"))

    shown = cli.json("run", "show", "1")
    text = cli.ok("run", "show", "1").out

    counts = shown["streams"][0]["counts"]
    assert counts["read"] == sum(n for name, n in counts.items() if name != "read") == 4
    assert [(s["user"], s["pool"], s["count"]) for s in shown["assigned"]] == [
        ("Ann Lee", "Inbound", 2),
        ("Bo Park", "Inbound", 1),
    ]
    assert [(h["code"], h["count"], h["still"]) for h in shown["held"]] == [("bad_email", 1, 1)]
    assert shown["options"]["pool"] == "Inbound"
    assert "read 4 = created 3 + held 1" in text
    assert "Ann Lee got 2 leads from pool Inbound" in text
    assert "next: sellhub run undo 1 --dry-run" in text


def test_runs_are_listed_latest_first_page_by_page(cli: Cli) -> None:
    """And narrowed to one source."""
    for n in range(3):
        cli.bring(person("N", f"L{n}", f"n{n}@x.example"), source=f"s{n}")

    first = cli.ok("run", "list", "--limit", "2", "--json")

    assert [run["id"] for run in first.data] == [3, 2]
    assert "--before 2" in first.err
    assert [run["id"] for run in cli.json("run", "list", "--before", "2")] == [1]
    assert [(run["id"], run["counts"]["created"]) for run in cli.json("run", "list", "--source", "s1")] == [(2, 1)]
    assert "read 1 = created 1" in cli.ok("run", "list").out
    assert "sellhub run list" in cli("run", "show", "9").err


def test_an_undo_is_rehearsed_done_and_told(cli: Cli) -> None:
    """The import is gone, its turns are given back, the run says by what it was undone."""
    cli.bring(person("Ann", "Li", "a@x.example"), options=("--pool", "Inbound"))

    would = cli.json("run", "undo", "1", "--dry-run")
    assert [row["id"] for row in cli.json("lead", "list")] == [1]
    done = cli.json("run", "undo", "1")

    assert would["undone"]["lead"] == done["undone"]["lead"] == 1
    assert cli.json("lead", "list") == []
    assert [(m["got"], m["given_back"]) for m in cli.json("pool", "show", "Inbound")["members"]] == [(0, 1), (0, 0)]
    run = cli.json("run", "show", "1")
    assert (run["state"], run["undone_by_run_id"]) == ("undone", done["run"])
    assert "it took back run 1" in cli.ok("run", "show", str(done["run"])).out
    assert cli("run", "undo", "1").code == 1


def test_an_undo_lists_what_it_left_because_it_was_changed_since(cli: Cli) -> None:
    """Nothing that somebody built on is torn away."""
    cli.bring(person("Ann", "Li", "a@x.example"), person("Ed", "Ng", "e@x.example"))
    cli.bring(person("Ann", "Li", "a@x.example", title="CEO"), source="fair")

    text = cli.ok("run", "undo", "1").out

    assert "left as they are" in text
    assert "lead 1: " in text
    assert [row["last_name"] for row in cli.json("lead", "list")] == ["Li"]
