"""Where a connector is tried: a stand-in, the proxy before it, and reading as the hub reads."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from connectors.connector import Connector, Cursor, Page
from connectors.errors import ConnectorError
from connectors.testing.proxy import Proxy
from connectors.testing.standin import StandIn, offered
from connectors.testing.truth import Known, Storing, Truth

RUNS = 4
"""How often a read that fails for now is taken up again, as a schedule would."""


@dataclass
class Attempt:
    """A read, to its end or until it failed.

    Attributes:
        known: what is stored now, as the hub stores it: up to the last cursor.
        cursor: the last one that was given, as it comes back from the database.
        pages: how many came.
        error: what ended it.
    """

    known: Known
    cursor: Cursor | None = None
    pages: int = 0
    error: ConnectorError | None = None


@dataclass
class Bench:
    """One stand-in, running for all tests of a class."""

    connector: type[Connector[Any]]
    standin: StandIn
    proxy: Proxy | None
    address: str = ""
    """Where the connector is sent: the proxy's address, or the stand-in's where it does not speak HTTP."""
    outside: list[str] = field(default_factory=list)
    """Hosts other than this machine that somebody asked for."""
    truth: Truth = field(init=False)

    def __post_init__(self) -> None:
        self.truth = Truth(self.standin)

    def reset(self) -> None:
        """Begin anew, with an empty account."""
        self.standin.reset()
        self.truth = Truth(self.standin)
        self.outside.clear()
        if self.proxy is not None:
            self.proxy.reset()

    @property
    def vendor(self) -> Proxy:
        """The proxy, of those who speak to a vendor."""
        assert self.proxy is not None
        return self.proxy

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """The settings as they stand in hub.toml."""
        return {**self.standin.settings(self.address), **overrides}

    def connect(self, **overrides: Any) -> Connector[Any]:
        """Make a connector, as the hub does."""
        return self.connector(self.connector.Config.model_validate(self.settings(**overrides)))

    def pages(self, cursor: Cursor | None = None) -> list[Page]:
        """Read to the end."""
        with self.connect() as connector:
            return list(connector.pull(self.standin.stream, cursor))

    def read(
        self, cursor: Cursor | None = None, known: Known | None = None, between: Callable[[int], object] | None = None
    ) -> Attempt:
        """Read and store as the hub does: what has no cursor behind it is not kept when the read fails.

        Args:
            known: what was stored before.
            between: called after each page with its number, from 1 on, before the next is asked for.
        """
        attempt = Attempt(known or Known(), cursor)
        with self.connect() as connector:
            storing = self._storing(connector, attempt.known)
            try:
                for page in connector.pull(self.standin.stream, cursor):
                    attempt.pages += 1
                    if storing.take(page) and page.cursor is not None:
                        attempt.cursor = stored(page.cursor)
                        connector.stored(self.standin.stream, attempt.cursor)
                    if between is not None:
                        between(attempt.pages)
            except ConnectorError as error:
                attempt.error = error
                return attempt
        waiting = len(storing.waiting)
        assert not waiting, f"the last page has no cursor: {waiting} records would never be stored"
        return attempt

    def read_some(self, places: int = 1, attempt: Attempt | None = None) -> Attempt:
        """Read on until so many pages with a cursor are stored, and die. Fewer come: `pages` says how many."""
        begun = attempt or Attempt(Known())
        attempt = Attempt(begun.known, begun.cursor)
        with self.connect() as connector:
            storing = self._storing(connector, attempt.known)
            for page in connector.pull(self.standin.stream, begun.cursor):
                if storing.take(page) and page.cursor is not None:
                    attempt.cursor, attempt.pages = stored(page.cursor), attempt.pages + 1
                    if attempt.pages >= places:
                        return attempt
                    connector.stored(self.standin.stream, attempt.cursor)
        return attempt

    def _storing(self, connector: Connector[Any], known: Known) -> Storing:
        return Storing(known, partial(connector.fetch, self.standin.stream))

    def read_on(self, attempt: Attempt) -> Attempt:
        """Read on from where a read stands, as the next runs do, until one is not broken off.

        Raises:
            ConnectorError: still failing after `RUNS` runs.
        """
        for _ in range(RUNS):
            attempt = self.read(attempt.cursor, attempt.known)
            if attempt.error is None:
                return attempt
        assert attempt.error is not None
        raise attempt.error


def stored(cursor: Cursor) -> Cursor:
    """Give a cursor as it comes back from the database."""
    back: Cursor = json.loads(json.dumps(cursor))
    return back


def running(connector: type[Connector[Any]], standin: type[StandIn]) -> tuple[Bench, ExitStack]:
    """Start a stand-in and the proxy before it; they end with the stack."""
    account, stack = standin(), ExitStack()
    if "start" not in offered(standin):
        return Bench(connector, account, None), stack
    address = account.start()
    stack.callback(account.stop)
    if not standin.speaks_http:
        return Bench(connector, account, None, address), stack
    proxy = stack.enter_context(Proxy(address))
    return Bench(connector, account, proxy, proxy.base_url), stack


def keep_inside(monkeypatch: pytest.MonkeyPatch, outside: list[str]) -> None:
    """Let nobody look up another machine; who does is written down."""
    look_up = socket.getaddrinfo

    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if not _is_here(name):
            outside.append(name)
            raise socket.gaierror(socket.EAI_NONAME, "the conformance kit keeps calls on this machine")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", guarded)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
