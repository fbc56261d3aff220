"""`lead convert`, `lead unconvert`, and what `show` says of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Shell
from tests.conversion.world import HEADER, TOML, lead_row


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub of three leads, two of them colleagues; Ann is at the keyboard."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "ann@example.com")
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML)
    lines = [
        lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme Inc", source="Fair"),
        lead_row(2, "Bob", "Cole", "bob@acme.example", "ACME"),
        lead_row(3, "Cy", "Day", "cy@x.example"),
    ]
    assert shell("import", shell.sheet("leads.csv", HEADER, *lines), "--pool", "Inbound").code == 0
    return shell


def test_the_object_that_others_script_against(shell: Shell) -> None:
    """Ids or null, what was carried over, what was not and why."""
    data = shell("lead", "convert", "3", "--json").json()

    assert data["person"] > 0
    assert (data["company"], data["deal"], data["lead"]) == (None, None, 3)
    assert {"last_name", "email", "owner"} <= set(data["carried"])
    assert {"field": "status", "why": "contacts have no status"} in data["left"]


def test_several_are_a_list_and_one_that_cannot_be_is_told(shell: Shell) -> None:
    """Exit code 1; the others are converted."""
    told = shell("lead", "convert", "1", "L-2", "9", "--json")

    assert told.code == 1
    assert [each["lead"] for each in told.json()] == [1, 2, 9]
    assert told.json()[0]["company"] == told.json()[1]["company"]
    assert "there is no lead L-9" in told.json()[2]["error"]
    assert "L-9 is not converted: there is no lead L-9" in shell("lead", "convert", "1", "9").err


def test_a_deal_in_a_chosen_pipeline(shell: Shell) -> None:
    """As the issue writes it."""
    assert shell("pipeline", "add", "Sales").code == 0
    words = (
        "--deal",
        "Acme rollout",
        "--value",
        "2400",
        "--currency",
        "USD",
        "--pipeline",
        "Sales",
        "--close-date",
        "2027-01-31",
    )
    done = shell("lead", "convert", "1", *words, "--json").json()
    deal = shell("deal", "show", str(done["deal"]), "--json").json()

    assert (deal["name"], deal["value"], deal["currency"], deal["pipeline"]) == (
        "Acme rollout",
        "2400.00",
        "USD",
        "Sales",
    )
    assert (deal["estimated_close_date"], deal["source"]) == ("2027-01-31", "Fair")
    assert deal["converted_from"] == [1]


def test_show_says_what_became_of_a_lead_and_how_to_take_it_back(shell: Shell) -> None:
    """And of a contact and a deal, from which lead."""
    done = shell("lead", "convert", "1", "--deal", "", "--json").json()
    to = shell("lead", "show", "1", "--json").json()["converted_to"]
    back = "by ann@example.com; back with: sellhub lead unconvert L-1"

    assert {name: to[name] for name in ("person", "company", "deal", "by")} == {
        **{name: done[name] for name in ("person", "company", "deal")},
        "by": "ann@example.com",
    }
    shown = shell("lead", "show", "1").out
    assert f"converted to C-{done['person']}, C-{done['company']}, D-{done['deal']}" in shown
    assert back in shown
    assert "converted from L-1" in shell("contact", "show", str(done["person"])).out
    assert "converted from L-1" in shell("deal", "show", str(done["deal"])).out
    assert shell("lead", "show", "2", "--json").json()["converted_to"] is None


def test_there_and_back(shell: Shell) -> None:
    """What goes is named; the lead is in the list again."""
    done = shell("lead", "convert", "1", "--deal", "", "--json").json()
    rehearsed = shell("lead", "unconvert", "L-1", "--dry-run", "--json").json()
    told = shell("lead", "unconvert", "L-1")

    removed = {name: done[name] for name in ("person", "company", "deal")}
    assert rehearsed == {"lead": 1, "removed": removed, "kept": {}, "dry_run": True}
    assert told.out.splitlines()[0] == "L-1 is a lead again"
    assert {lead["id"] for lead in shell("lead", "list", "--json").json()} == {1, 2, 3}


def test_a_refusal_says_all_and_the_way_out(shell: Shell) -> None:
    """Exit code 1, nothing on standard output."""
    told = shell("lead", "convert", "1", "2", "--deal", "x", "--value", "-5", "--currency", "XXQ", "--owner", "zoe")

    assert (told.code, told.out) == (1, "")
    assert [part in told.err for part in ("--value '-5'", "--currency 'XXQ'", "'zoe'", "fix: ")] == [True] * 4
    assert shell("lead", "unconvert", "1").err.startswith("error: L-1 is not converted")
