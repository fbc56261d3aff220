"""A shell on a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """`sellhub --home <a new folder>`, called from that folder; nothing of the environment's settings reaches it."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))  # `--home` sets it: put back after the test
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)
