"""A hub in a folder of its own, spoken to as people do: by its command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.main import run

TOML = """
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
[destinations.files]
connector = "csv"
folder = "out"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Cli:
    """`sellhub --home HOME …`."""

    home: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        code = run(["--home", str(self.home), *words])
        captured = self.capture.readouterr()
        return Said(code, captured.out, captured.err)

    def ok(self, *words: str) -> Said:
        """Run a command that must end well."""
        said = self(*words)
        assert said.code == 0, said
        return said

    def json(self, *words: str) -> Any:
        """Run a command that must end well, with `--json`."""
        return self.ok(*words, "--json").data

    def settings(self, toml: str) -> None:
        """Write hub.toml."""
        (self.home / "hub.toml").write_text(toml, encoding="utf-8")

    def sheet(self, *rows: Mapping[str, str], name: str = "leads.csv") -> str:
        """Write a spreadsheet; gives its path."""
        path = self.home / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    def bring(self, *rows: Mapping[str, str], source: str = "csv", options: tuple[str, ...] = ()) -> dict[str, int]:
        """Import rows as leads; gives the counts."""
        path = self.sheet(*rows)
        counts: dict[str, int] = self.json("import", path, "--source", source, *options)[0]["counts"]
        return counts


@pytest.fixture
def home_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Cli]:
    """Makes the test's hub from its hub.toml."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def made(toml: str) -> Cli:
        cli = Cli(tmp_path, capsys)
        cli.settings(toml)
        return cli

    return made


@pytest.fixture
def cli(home_of: Callable[[str], Cli]) -> Cli:
    """A hub with two salespeople in a pool and a destination, on SQLite."""
    return home_of(TOML)


def person(first: str, last: str, email: str = "", **more: str) -> dict[str, str]:
    """A row of a spreadsheet."""
    columns = {"company": "Company Name", "mobile": "Mobile Number", "owner": "Owner", "tags": "Tags", "title": "Title"}
    row = {"First Name": first, "Last Name": last, "Email": email}
    return row | {columns.get(name, name): value for name, value in more.items()}
