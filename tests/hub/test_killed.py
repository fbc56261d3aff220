"""Kill the process anywhere: the next run ends in the same state as one that was never killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.killing import import_killed, new_home, write_leads
from benchmarks.state import differences, sqlite_url, state_of

ROWS = 20_000


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 20,000 rows with duplicates, holds and owners of every sort."""
    return write_leads(tmp_path_factory.mktemp("rows") / "leads.csv", ROWS)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, rows: Path) -> Path:
    """The home of a hub that imported the file without being disturbed."""
    home = new_home(tmp_path_factory.mktemp("unbroken"), "sqlite:///hub.db")
    import_killed(home, rows, times=0, seconds=0, seed=0)
    return home


def test_ten_kills_on_sqlite_change_nothing(tmp_path: Path, rows: Path, unbroken: Path) -> None:
    """The cursor moves only in the transaction that stored what lies before it."""
    home = new_home(tmp_path / "killed", "sqlite:///hub.db")
    struck = import_killed(home, rows, times=10, seconds=0.4, seed=7)
    assert struck >= 5, "the kills must find the import at work"
    assert differences(state_of(sqlite_url(unbroken)), state_of(sqlite_url(home))) == []


def test_five_kills_on_postgresql_change_nothing(tmp_path: Path, rows: Path, unbroken: Path, postgres_url: str) -> None:
    """The same on PostgreSQL, and the same state as SQLite came to."""
    home = new_home(tmp_path / "killed", postgres_url)
    struck = import_killed(home, rows, times=5, seconds=0.8, seed=8)
    assert struck >= 2, "the kills must find the import at work"
    assert differences(state_of(sqlite_url(unbroken)), state_of(postgres_url)) == []
