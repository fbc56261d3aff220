"""What every stand-in shares: a real HTTP server on loopback, a log of calls, faults on demand."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a stand-in received."""

    method: str
    path: str
    query: str


Fault = Callable[[Request], Response | None]
"""Answers a request in the vendor's place; None lets the request through."""


@dataclass
class Faults:
    """Faults waiting to be played, each at the next call whose path contains `at`."""

    _waiting: deque[tuple[str, Fault]] = field(default_factory=deque)

    def add(self, fault: Fault, *, at: str = "", times: int = 1) -> None:
        """Play `fault` at the next `times` calls whose path contains `at`."""
        self._waiting.extend([(at, fault)] * times)

    def answer(self, request: Request) -> Response | None:
        """Take the first waiting fault that fits this call."""
        for waiting in list(self._waiting):
            if waiting[0] in request.url.path:
                self._waiting.remove(waiting)
                return waiting[1](request)
        return None


def status(code: int, *, body: str = "", retry_after: float | None = None) -> Fault:
    """A bare answer with a status, such as 429 or 503, with or without Retry-After."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda _: Response(body, status_code=code, headers=headers)


def html(code: int = 200) -> Fault:
    """A proxy's HTML page where JSON is due."""
    page = "<html><body><h1>Service temporarily unavailable</h1></body></html>"
    return lambda _: Response(page, status_code=code, media_type="text/html")


def cut_body(_: Request) -> Response:
    """Promise 1,000 bytes, send twelve, and close the connection."""

    async def stream() -> AsyncIterator[bytes]:
        yield b'{"results":['
        raise ConnectionResetError

    return StreamingResponse(stream(), headers={"Content-Length": "1000"}, media_type="application/json")


def hang_up(_: Request) -> Response:
    """Promise 1,000 bytes, and close the connection before the first."""

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(1):
            raise ConnectionResetError
        yield b""

    return StreamingResponse(stream(), headers={"Content-Length": "1000"}, media_type="application/json")


class Vendor:
    """A stand-in of one vendor. Use it as a context manager; `base_url` is its address.

    Derived classes give `name` and `routes`, and keep their state in plain attributes that a test
    may change while the server runs. Handlers are plain functions, run in threads: guard with `lock`.
    """

    name = ""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults = Faults()
        self.lock = threading.RLock()
        self.base_url = ""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """The vendor's API, as Starlette routes."""
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        """What a source's section of hub.toml needs to reach this stand-in, secrets in the clear."""
        return {"base_url": self.base_url}

    def start(self, port: int = 0) -> Self:
        """Listen on loopback and answer until `stop`."""
        listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on: 40 ms a call
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = self._watched(Starlette(routes=list(self.routes())))
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), daemon=True, name=f"sandbox-{self.name}"
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop answering."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(timeout=10)
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @contextmanager
    def counting(self) -> Iterator[list[Call]]:
        """Give the list of calls made inside the block, filled as they come."""
        start = len(self.calls)
        made: list[Call] = []
        try:
            yield made
        finally:
            made.extend(self.calls[start:])

    def _watched(self, inner: ASGIApp) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            self.calls.append(Call(request.method, request.url.path, request.url.query))
            await (self.faults.answer(request) or inner)(scope, receive, send)

        return app
