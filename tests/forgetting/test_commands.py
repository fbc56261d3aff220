"""`forget` and `forgotten`: nothing goes without a yes; what went is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Shell
from tests.conversion.world import HEADER, TOML, lead_row


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub of one lead."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML)
    assert shell("import", shell.sheet("leads.csv", HEADER, lead_row(1, "Ada", "Byron", "ada@acme.example"))).code == 0
    return shell


def test_it_asks_before_it_forgets(shell: Shell) -> None:
    """Without --yes it shows what would go."""
    told = shell("lead", "forget", "L-1")
    assert "would be forgotten: L-1" in told.out
    assert "sellhub lead forget L-1 --yes" in told.out + told.err
    assert shell("lead", "show", "L-1").code == 0
    assert shell("lead", "forget", "L-1", "--yes", "--dry-run").code == 0
    assert shell("lead", "show", "L-1").code == 0


def test_what_went_is_told(shell: Shell) -> None:
    """And where they are known still."""
    told = shell("lead", "forget", "L-1", "--yes", "--json").json()
    assert (told["records"], told["still_at"], told["done"]) == (["L-1"], ["csv.lead"], True)
    assert told["removed"]["source_record"] == 1
    assert shell("lead", "show", "L-1").code == 1
    assert shell("forgotten", "check", "ADA@acme.example", "--json").json()["forgotten_at"]
    again = shell("import", str(shell.home / "leads.csv"), "--json").json()
    assert again[0]["counts"]["skipped"] == 1
    assert shell("forgotten", "allow", "ada@acme.example").code == 0
    assert shell("import", str(shell.home / "leads.csv"), "--json").json()[0]["counts"]["created"] == 1


def test_an_undo_of_what_was_forgotten_brings_nothing_back(shell: Shell) -> None:
    """The run's journal holds no more of them."""
    assert shell("lead", "forget", "L-1", "--yes").code == 0
    assert shell("run", "undo", "1").code == 0
    assert "ada@" not in shell.dump()
    assert shell("db", "check").code == 0
