"""`map survivors` and `map check survivors`, as an admin calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Shell
from tests.survivors.telling import with_rules

SOURCES = "".join(f'[sources.{name}]\nconnector = "csv"\npath = "{name}.csv"\n' for name in ("fair", "web"))
RULES = "lead:\n  title: [{source: [web]}, longest]\n"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub in which two spreadsheets know Ann."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "ann@example.com")
    shell = Shell(tmp_path, capsys)
    shell.settings(SOURCES)
    shell.sheet("web.csv", "id,First Name,Last Name,Email,Title", "1,Ann,Li,ann@x.example,CEO")
    shell.sheet("fair.csv", "id,First Name,Last Name,Email,Title", "1,Ann,Li,ann@x.example,Chief of sales")
    assert shell("sync").code == 0
    return shell


def test_a_preview_then_applying(shell: Shell) -> None:
    """What would change is read before it does; afterwards a trace tells by which rule."""
    assert "the usual rules" in shell("map", "survivors").out
    with_rules(shell.home, "lead:\n  title: longest\n")

    seen = shell("map", "survivors")

    assert "records that several source records feed: 1, of which 1 would change" in seen.out
    assert "sellhub map survivors --apply" in seen.out + seen.err
    told = shell("map", "survivors", "--json").json()
    applied = shell("map", "survivors", "--apply", "--json").json()
    assert (told["applied"], applied["applied"]) == (False, True)
    assert {**told, "applied": True} == applied
    trace = shell("lead", "trace", "L-1", "--field", "title", "--json").json()["fields"][0]
    assert (trace["value"], trace["rule"]) == ("Chief of sales", "longest of 2 (rule: the longest)")


def test_a_sync_applies_the_file_and_its_dry_run_does_not(shell: Shell) -> None:
    """A dry run leaves all as it is."""
    with_rules(shell.home, RULES)
    assert shell("sync", "fair", "--dry-run").code == 0
    assert shell("map", "survivors", "--json").json()["applied"] is False
    assert shell("sync", "fair").code == 0
    assert shell("map", "survivors", "--json").json()["applied"] is True
    assert shell("lead", "show", "L-1", "--json").json()["title"] == "CEO"


def test_check_looks_at_the_file_too(shell: Shell) -> None:
    """By name, by path, and with all others."""
    assert shell("map", "check", "survivors").code == 1
    with_rules(shell.home, RULES)
    assert "ok    survivors" in shell("map", "check", "survivors").out
    assert "ok    survivors" in shell("map", "check").out
    with_rules(shell.home, "lead:\n  titel: longest\n")
    told = shell("map", "check", str(shell.home / "mappings" / "survivors.yaml"), "--json")
    assert told.code == 1
    assert told.json()[0]["faults"][0]["suggestion"] == "title"
    assert shell("map", "check").code == 1
    doctor = shell("doctor", "--offline")
    assert doctor.code == 1
    assert "survivorship rules" in doctor.out + doctor.err


def test_a_wrong_file_is_told_wherever_it_is_needed(shell: Shell) -> None:
    """With its line and the way out, and nothing is done."""
    with_rules(shell.home, "lead:\n  title: {source: [wbe]}\n")
    for words in (
        ("map", "survivors"),
        ("sync", "web"),
        ("lead", "trace", "L-1"),
        ("lead", "edit", "L-1", "title=x"),
    ):
        told = shell(*words)
        assert told.code == 1, words
        assert "no source is called 'wbe'" in told.out + told.err
        assert "web" in told.out + told.err
