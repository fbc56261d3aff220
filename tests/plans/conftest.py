"""A hub on each database, spoken to by its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.records.conftest import Cli


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A hub without a plan."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings("")
    return made
