"""Stands between a connector and a stand-in: writes down every call, and spoils answers when told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Self
from urllib.parse import urlsplit

from connectors import clock
from connectors.testing.server import Answer, Answering, Server

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "date"})

Fault = Callable[[Callable[[], Answer]], Answer | None]
"""Spoils a call: is given how to have the real answer, gives what is answered; None: the connection is reset."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that came by."""

    method: str
    path: str
    query: str
    at: float
    """When, by `connectors.clock.monotonic`."""


@dataclass
class _Armed:
    fault: Fault
    first: int
    """The number of the first call that it spoils."""
    left: float


@dataclass
class Proxy:
    """Listens on loopback in front of a stand-in. Use it as a context manager.

    Args:
        behind: the stand-in's address.

    Attributes:
        base_url: where the connector is sent.
    """

    behind: str
    base_url: str = ""
    calls: list[Heard] = field(default_factory=list)
    _armed: _Armed | None = None
    _server: Server | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spoil(self, fault: Fault, *, at: int = 0, times: float = 1) -> None:
        """Spoil so many calls (`math.inf`: all), from the one that comes after `at` others on."""
        with self._lock:
            self._armed = _Armed(fault, len(self.calls) + at, times)

    def reset(self) -> None:
        """Forget the calls, and spoil none."""
        with self._lock:
            self.calls.clear()
            self._armed = None

    def hear(self, call: Heard) -> Fault | None:
        """Write a call down; gives the fault to be played."""
        with self._lock:
            number, armed = len(self.calls), self._armed
            self.calls.append(call)
            if armed is None or number < armed.first or armed.left <= 0:
                return None
            armed.left -= 1
            return armed.fault

    def __enter__(self) -> Self:
        self._server = Server(type("Handler", (_Handler,), {"proxy": self}))
        self.base_url = self._server.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.stop()


class _Handler(Answering):
    proxy: Proxy
    _upstream: HTTPConnection | None = None

    def answered(self, body: bytes) -> Answer | None:
        parts = urlsplit(self.path)
        fault = self.proxy.hear(Heard(self.command, parts.path, parts.query, clock.monotonic()))
        return fault(lambda: self._real(body)) if fault else self._real(body)

    def _real(self, body: bytes) -> Answer:
        """Ask the stand-in; once more when it has closed the connection that was kept."""
        for attempt in range(2):
            try:
                return self._ask(body)
            except (HTTPException, OSError):
                self._hang_up()
                if attempt:
                    raise
        raise AssertionError

    def _ask(self, body: bytes) -> Answer:
        if self._upstream is None:
            behind = urlsplit(self.proxy.behind)
            self._upstream = HTTPConnection(str(behind.hostname), behind.port or 80, timeout=30)
            self._upstream.connect()
            self._upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # `Host` stays as it came, so that links in answers lead here too.
        self._upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                self._upstream.putheader(name, value)
        self._upstream.putheader("Content-Length", str(len(body)))
        self._upstream.endheaders(body)
        response = self._upstream.getresponse()
        headers = tuple(item for item in response.getheaders() if item[0].lower() not in HOP_BY_HOP)
        return Answer(response.status, headers, response.read())

    def _hang_up(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
            self._upstream = None

    def finish(self) -> None:
        self._hang_up()
        super().finish()
