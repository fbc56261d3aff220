"""Playing a page: its files are written, its console blocks run, and what they print is what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from console.main import run
from tests.docs import Block, Command, blocks, commands

_SAID = re.compile(r"(file|append): (\S+)")


class Player:
    """Plays pages in a folder of its own, from which every command is called.

    A block after `<!-- file: NAME -->` is written to that file, one after `<!-- append: NAME -->` is added to
    it. In a console block the lines below a command are all that it prints, its remarks last; `…` stands for
    any text within a line, and alone on a line for any lines.
    """

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._home = home
        self._capsys = capsys

    def play(self, page: Path) -> int:
        """Play a page from its beginning; gives how many commands it has."""
        played = 0
        for block in blocks(page):
            self._write(block)
            for command in commands(block) if block.language == "console" else ():
                self._run(command, f"{page.name}:{block.line}")
                played += 1
        return played

    def _write(self, block: Block) -> None:
        if not (said := _SAID.fullmatch(block.directive)):
            return
        path = self._home / said[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if said[1] == "append" else "w", encoding="utf-8") as file:
            file.write(block.text)

    def _run(self, command: Command, place: str) -> None:
        code, printed = self.printed(command.words)
        assert code == 0, f"{place}: {command.words}\n{printed}"
        assert re.fullmatch(pattern_of(command.shown), printed), (
            f"{place}: {command.words}\n--- the page shows\n{command.shown}--- it printed\n{printed}"
        )

    def printed(self, words: str) -> tuple[int, str]:
        """Run a command line; gives its exit code and all that it printed."""
        first, *rest = shlex.split(words)
        if first != "sellhub":
            done = subprocess.run(words, shell=True, cwd=self._home, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr
        self._capsys.readouterr()
        code = run(rest)
        return code, "".join(self._capsys.readouterr())


def pattern_of(shown: str) -> str:
    """Make a pattern of the lines that a page shows."""
    return "".join(_line(line) for line in shown.splitlines())


def _line(line: str) -> str:
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    return ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ ]*\n"
