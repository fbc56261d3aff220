"""A hub in which people and companies are there twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.opening import Hub
from tests.console import Shell
from tests.conversion.world import ANN, TOML


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub with salespeople, at the command line; Ann is at the keyboard."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", ANN)
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML)
    return shell
