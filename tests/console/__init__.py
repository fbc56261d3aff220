"""The command line as people call it: words in; exit code, output and remarks out."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from console.main import run

PEOPLE = """
[[users]]
name = "Ann Li"
email = "ann@example.com"
[[users]]
name = "Bo Berg"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""


class Told(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The output of `--json`."""
        return json.loads(self.out)


class Shell:
    """Calls `sellhub` on one home."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *words: str) -> Told:
        """Run one command."""
        self._capsys.readouterr()
        code = run(["--home", str(self.home), *words])
        return Told(code, *self._capsys.readouterr())

    def settings(self, text: str) -> None:
        """Write hub.toml."""
        (self.home / "hub.toml").write_text(text, encoding="utf-8")

    def sheet(self, name: str, *rows: str) -> str:
        """Write a CSV file from lines; gives its path."""
        path = self.home / name
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return str(path)

    def dump(self) -> str:
        """All that the SQLite database holds."""
        with sqlite3.connect(self.home / "hub.db") as connection:
            text = "\n".join(connection.iterdump())
        connection.close()
        return text

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the SQLite database."""
        with sqlite3.connect(self.home / "hub.db") as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found


def many_people(path: Path, count: int) -> str:
    """Write a CSV file of so many people; gives its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "First Name", "Last Name", "Email", "Company"])
        writer.writerows([n, f"First{n}", f"Last{n}", f"p{n}@x{n}.example", f"Firm {n}"] for n in range(count))
    return str(path)
