"""A small HTTP server on loopback, for stand-ins: one function from a call to an answer."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a call.

    Attributes:
        cut_at: the connection is closed after so many bytes of the body; None: it is sent whole.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut_at: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A call.

    Attributes:
        query: the last of several values of one name.
        headers: names in lower case.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def json_answer(value: Any, status: int = 200) -> Answer:
    """Answer a value as JSON."""
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(value, ensure_ascii=False).encode())


class Loopback:
    """Listens on this machine, and answers by a function; calls come one at a time.

    Args:
        answer: gives what is answered to a call.
    """

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._server: Server | None = None

    def start(self) -> str:
        """Begin, and give the address."""
        handler = type("Handler", (_Handler,), {"asked": staticmethod(self._one_at_a_time)})
        self._server = Server(handler)
        return self._server.start()

    def stop(self) -> None:
        """End."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _one_at_a_time(self, call: Asked) -> Answer:
        with self._lock:
            return self._answer(call)


class Server(ThreadingHTTPServer):
    """A threaded server that keeps connections, on a free port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    def start(self) -> str:
        """Begin, and give the address."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name="loopback").start()
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """End."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a connection that a test breaks off is no news."""


class Answering(BaseHTTPRequestHandler):
    """Answers calls by `answered`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answered(self, body: bytes) -> Answer | None:
        """Give the answer to the call that `self` holds; None: the connection is reset."""
        raise NotImplementedError

    def handle_call(self) -> None:
        """Take one call."""
        answer = self.answered(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if answer is None:
            self._reset()
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_call  # noqa: N815  -- http.server's names

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if answer.cut_at is None else answer.body[: answer.cut_at])
        if answer.cut_at is not None:
            self._reset()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def finish(self) -> None:
        with suppress(OSError):  # the other side may be gone already
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  -- http.server's name
        """Print nothing."""


class _Handler(Answering):
    asked: Callable[[Asked], Answer]

    def answered(self, body: bytes) -> Answer:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return self.asked(Asked(self.command, parts.path, query, headers, body))
