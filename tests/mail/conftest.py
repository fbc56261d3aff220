"""A mailbox that runs, and a hub that reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import clock
from hub.opening import Hub
from sandbox.imap import ImapSandbox
from tests.conftest import OpenHub
from tests.records.conftest import Cli

PEOPLE = """
[[users]]
name = "Ann Lee"
email = "ann@hub.example"
[[users]]
name = "Bo Park"
email = "bo@hub.example"
"""


@pytest.fixture(scope="module")
def running() -> Iterator[ImapSandbox]:
    """One server for all tests of a module."""
    with ImapSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def mailbox(running: ImapSandbox) -> Iterator[ImapSandbox]:
    """An empty mailbox; waiting costs no time."""
    running.reset()
    running.empty()
    with clock.skipping():
        yield running


def section(mailbox: ImapSandbox, name: str = "mail") -> str:
    """The source's section of hub.toml."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in mailbox.settings().items())
    return f'\n[sources.{name}]\nconnector = "imap"\n{lines}'


@pytest.fixture
def hub(opened: OpenHub, mailbox: ImapSandbox) -> Hub:
    """A hub that reads it, on each database."""
    return opened(PEOPLE + section(mailbox))


@pytest.fixture
def cli(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mailbox: ImapSandbox,
    database_url: str,
) -> Cli:
    """The command line of such a hub; whoever types is nobody of its users unless a test says so."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "the desk")
    monkeypatch.setenv("COLUMNS", "200")
    made = Cli(tmp_path, capsys)
    made.settings(f'{PEOPLE}{section(mailbox)}[storage]\nurl = "{database_url}"\n')
    return made
