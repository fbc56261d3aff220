"""A provider that runs, and a hub that has an account with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import clock
from hub.opening import Hub
from sandbox.prospects import ProspectsSandbox
from tests.conftest import OpenHub
from tests.records.conftest import Cli

PEOPLE = """
[[users]]
name = "Ann Lee"
email = "ann@hub.example"
[[pools]]
name = "Inbound"
members = ["ann@hub.example"]
"""


@pytest.fixture(scope="module")
def running() -> Iterator[ProspectsSandbox]:
    """One server for all tests of a module."""
    with ProspectsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def provider(running: ProspectsSandbox) -> Iterator[ProspectsSandbox]:
    """An account with 500 credits, and five people to be had; waiting costs no time."""
    running.reset()
    running.people.clear()
    for number in range(5):
        running.add(f"p{number}")
    with clock.skipping():
        yield running


def section(provider: ProspectsSandbox) -> str:
    """The provider's section of hub.toml."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in provider.settings().items())
    return f"\n[prospects.reach]\ncalls_per_second = 1e6\n{lines}"


@pytest.fixture
def hub(opened: OpenHub, provider: ProspectsSandbox) -> Hub:
    """A hub that may buy there, on each database."""
    return opened(PEOPLE + section(provider))


@pytest.fixture
def cli(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    provider: ProspectsSandbox,
    database_url: str,
) -> Cli:
    """The command line of such a hub."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "the desk")
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings(f'{PEOPLE}{section(provider)}[storage]\nurl = "{database_url}"\n')
    return made
