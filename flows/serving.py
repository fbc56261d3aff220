"""The Prefect server that flows report to: one that runs already, or one of the hub's own."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker, PrefectConsoleHandler
from prefect.settings import get_current_settings, temporary_settings

from flows.environment import prefect_folder
from flows.processes import ended_softly, running
from sell_model.errors import SetupError

HOST = "127.0.0.1"
START_SECONDS = 120
ADDRESS_FILE = "api-url"
"""Beside Prefect's database: where the server of `sellhub up` listens."""

_BRIEF = {
    f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false"
    for name in ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "TRIGGERS")
} | {"PREFECT_SERVER_UI_ENABLED": "false", "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false"}
"""What a server that lives for one command can do without."""


@contextmanager
def engine(home: Path, *, own: bool = False) -> Iterator[str]:
    """Give flows a server for as long as the block lasts, and keep Prefect's own words off the terminal.

    That is the server that Prefect is set to, else the one `sellhub up` started for this home, else a
    brief one of our own.

    Args:
        own: always a brief one, whatever Prefect is set to.

    Raises:
        SetupError: the server that Prefect is set to cannot be reached, or the brief one does not start.
    """
    known = None if own else known_server(home)
    if known and not answers(known):
        raise SetupError(
            f"the Prefect server at {known} cannot be reached",
            fix="check PREFECT_API_URL; without it a server is started for the run",
        )
    with ended_softly(), _quiet():
        if known:
            with connected(known):
                yield known
        else:
            with server(home, free_port(), brief=True) as url, connected(url):
                yield url


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Let flows of this process report to a server; all they have to tell is sent before the block ends."""
    with temporary_settings({"api.url": url}):
        try:
            yield
        finally:
            APILogWorker.drain_all(timeout=10)
            EventsWorker.drain_all(timeout=10)


@contextmanager
def server(home: Path, port: int, *, brief: bool = False) -> Iterator[str]:
    """Run a Prefect server on loopback, its database in the hub's home; gives its API's address.

    Args:
        brief: for one command: no schedules, no pages.

    Raises:
        SetupError: it did not start.
    """
    folder = prefect_folder(home)
    url = f"http://{HOST}:{port}/api"
    log = folder / "server.log"
    env = {"PREFECT_HOME": str(folder), "PREFECT_API_URL": url, **(_BRIEF if brief else {})}
    words = ["prefect", "server", "start", "--host", HOST, "--port", str(port)]
    with running(words, env, log) as process:
        _await_health(process, url, log)
        yield url


def _await_health(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if answers(url):
            return
        time.sleep(0.1)
    raise SetupError("the Prefect server did not start", fix=f"its last words are in {log}")


def answers(url: str) -> bool:
    """Whether a Prefect server answers at an address, be it to ask who we are."""
    try:
        return not httpx.get(f"{url}/health", timeout=5).is_server_error
    except httpx.HTTPError:
        return False


def known_server(home: Path) -> str | None:
    """Give the server that Prefect is set to, or else the one that `sellhub up` runs for this home."""
    if url := get_current_settings().api.url:
        return url
    file = prefect_folder(home) / ADDRESS_FILE
    if file.exists() and answers(url := file.read_text(encoding="utf-8").strip()):
        return url
    return None


@contextmanager
def announced(home: Path, url: str) -> Iterator[None]:
    """Leave word in the hub's home of where its server listens."""
    file = prefect_folder(home) / ADDRESS_FILE
    file.write_text(url, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def free_port() -> int:
    """Find a free port on loopback."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Prefect's log lines off the terminal, unless somebody asked for a level; the server still has them."""
    consoles = [handler for handler in logging.root.handlers if isinstance(handler, PrefectConsoleHandler)]
    if "PREFECT_LOGGING_LEVEL" in os.environ:
        consoles = []
    before = [handler.level for handler in consoles]
    for handler in consoles:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in zip(consoles, before, strict=True):
            handler.setLevel(level)
