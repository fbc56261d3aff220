"""A hub on each database, spoken to by its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.records.conftest import Cli

PEOPLE = """
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str) -> Cli:
    """Two salespeople in a pool; whoever types is nobody of them unless a test says so."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "the desk")
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings(f'{PEOPLE}[storage]\nurl = "{database_url}"\n')
    return made
