"""What `sellhub dup` prints as the next command, or as the way out, runs as it is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from console.main import run
from tests.console import Told
from tests.conversion.world import HEADER, TOML, lead_row

PHONE = "+14155550100"
COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name"
COLES = ("1,Robert,Cole,,+14155550100,", "2,Bob,Cole,,+14155550100,", "3,Mary,Dean,,+14155550100,")
PRINTED = re.compile(r"sellhub (?:--home \S+ )?[a-z].*?(?=$|  |;|, | or )", re.MULTILINE)


class Elsewhere:
    """Calls `sellhub` from another folder than the hub's, which only `--home` names."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self._capsys, self._monkeypatch = home, capsys, monkeypatch

    def __call__(self, *words: str) -> Told:
        """Run one command on the hub."""
        return self.type_("--home", str(self.home), *words)

    def type_(self, *words: str) -> Told:
        """Run one command as it is typed, in a new shell."""
        self._monkeypatch.delenv("SELLHUB_HOME", raising=False)
        self._capsys.readouterr()
        return Told(run([*words]), *self._capsys.readouterr())


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """A hub in a folder whose name has a blank, with two who may be one; somebody stands beside it."""
    home = tmp_path / "our hub"
    home.mkdir()
    (home / "hub.toml").write_text(TOML, encoding="utf-8")
    (home / "coles.csv").write_text("\n".join((COLUMNS, *COLES)) + "\n", encoding="utf-8")
    monkeypatch.setenv("SELLHUB_HOME", "put back after the test")
    monkeypatch.setenv("SELLHUB_USER", "ann@example.com")
    monkeypatch.chdir(tmp_path)
    shell = Elsewhere(home, capsys, monkeypatch)
    assert shell("import", str(home / "coles.csv"), "--pool", "Inbound").code == 0
    return shell


def printed(told: Told) -> list[list[str]]:
    """The commands that were printed, as a shell reads them."""
    lines = [line for line in (told.out + told.err).splitlines() if line.startswith(("next: ", "  fix: "))]
    return [shlex.split(found)[1:] for line in lines for found in PRINTED.findall(line)]


@pytest.mark.parametrize("words", [("list",), ("show", "1"), ("show", "L-1", "L-3"), ("merge", "1"), ("sweep",)])
def test_what_is_printed_as_next_runs(shell: Elsewhere, words: tuple[str, ...]) -> None:
    """Each of them, on the hub that was meant."""
    commands = printed(shell("dup", *words))
    assert commands
    for command in commands:
        assert command[:2] == ["--home", str(shell.home)]
        rehearsed = [*command, "--dry-run"] if {"merge", "never", "unmerge", "undo"} & set(command) else command
        assert shell.type_(*rehearsed).code == 0, command


def test_after_an_answer_too(shell: Elsewhere) -> None:
    """The lists of answers, an unmerge, a sweep that asked."""
    assert shell("dup", "merge", "1").code == 0
    for words in (("list", "--state", "merged"), ("show", "1")):
        (command,) = [c for c in printed(shell("dup", *words)) if "unmerge" in c]
        assert shell.type_(*command, "--dry-run").code == 0
    (shown,) = printed(shell("dup", "unmerge", "L-1"))
    assert shell.type_(*shown).code == 0
    for command in printed(shell("dup", "list", "--state", "never")):
        assert shell.type_(*command).code == 0, command


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "L-1", "L-1"),
        ("merge", "L-1", "L-2", "--keep", "L-3"),
        ("merge", "L-1", "C-1"),
        ("merge", "L-9", "L-1"),
        ("merge", "1", "2"),
        ("show", "77"),
        ("list", "--after", "77"),
        ("unmerge", "77"),
        ("unmerge", "L-3"),
    ],
)
def test_ways_out_run_too(shell: Elsewhere, words: tuple[str, ...]) -> None:
    """Whatever was asked for wrongly."""
    (shell.home / "li.csv").write_text(f"{HEADER}\n{lead_row(9, 'Ann', 'Li', 'ann@li.example', 'Li Trading')}\n")
    assert shell("import", str(shell.home / "li.csv"), "--source", "fair").code == 0
    assert shell("lead", "convert", "4").code == 0
    refused = shell("dup", *words)
    assert refused.code == 1
    for command in printed(refused):
        told = shell.type_(*command) if "run" not in command else Told(0, "", "")
        assert told.code == 0, (command, told.err)


def test_an_answer_given_before_names_the_way_back(shell: Elsewhere) -> None:
    """By the records it was about, ready to be typed."""
    assert shell("dup", "merge", "1").code == 0
    (command,) = printed(shell("dup", "never", "1"))
    assert command[2:] == ["dup", "unmerge", "L-1"]
    assert shell.type_(*command).code == 0
    (command,) = printed(shell("dup", "merge", "1"))
    assert command[2:] == ["dup", "merge", "L-1", "L-2"]
    assert shell.type_(*command).code == 0


def test_a_side_that_was_deleted_can_be_brought_back(shell: Elsewhere) -> None:
    """The question waits; its records are named by the command that restores them."""
    assert shell("lead", "delete", "L-2").code == 0
    refused = shell("dup", "merge", "1")
    assert "its records were deleted" in refused.err
    (command,) = printed(refused)
    assert command[2:] == ["lead", "restore", "L-2"]
    assert shell.type_(*command).code == 0
    assert shell("dup", "merge", "1").code == 0


def test_at_home_no_home_is_named(shell: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands in the hub's folder types no more than they must."""
    monkeypatch.chdir(shell.home)
    assert "next: sellhub dup show 1\n" in shell.type_("dup", "list").out
    assert "next: sellhub dup show 1\n" in shell.type_("--home", ".", "dup", "list").out
