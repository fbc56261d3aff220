"""A stand-in that counts the calls of an account, by the window that its headers tell of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Vendor:
    """Takes every call and says what is left; tests look at what it counted."""

    most: int
    seconds: float
    headers: Callable[[Vendor], Mapping[str, str]]
    url: str = ""
    calls: list[float] = field(default_factory=list)
    rolls: bool = True
    began: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> Mapping[str, str]:
        """Count a call and give the headers of its answer."""
        with self.lock:
            self.calls.append(time.monotonic())
            return self.headers(self)

    @property
    def used(self) -> int:
        """Calls in the window that is now."""
        now = time.monotonic()
        since = now - self.seconds if self.rolls else now - (now - self.began) % self.seconds
        return sum(at >= since for at in self.calls)

    @property
    def resets_in(self) -> int:
        """Whole seconds until a window that does not roll begins anew."""
        return int(self.seconds - (time.monotonic() - self.began) % self.seconds)

    def busiest(self) -> int:
        """The most calls that any one window saw."""
        if self.rolls:
            return max(sum(at - self.seconds < one <= at for one in self.calls) for at in self.calls)
        numbers = [int((at - self.began) // self.seconds) for at in self.calls]
        return max(map(numbers.count, numbers))


def like_hubspot(vendor: Vendor) -> Mapping[str, str]:
    """A window that rolls."""
    told = {"Max": vendor.most, "Remaining": vendor.most - vendor.used}
    told |= {"Interval-Milliseconds": round(vendor.seconds * 1000)}
    return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in told.items()}


def like_zendesk(vendor: Vendor) -> Mapping[str, str]:
    """A window that begins anew, the rest of it in whole seconds."""
    told = {"limit": vendor.most, "remaining": vendor.most - vendor.used, "reset": vendor.resets_in}
    return {f"ratelimit-{name}": str(value) for name, value in told.items()}


def like_salesforce(vendor: Vendor) -> Mapping[str, str]:
    """A day's calls, without a word of when they are given anew."""
    return {"Sforce-Limit-Info": f"api-usage={vendor.used}/{vendor.most}"}


def silent(_vendor: Vendor) -> Mapping[str, str]:
    """Says nothing of limits."""
    return {}


@contextmanager
def serving(vendor: Vendor) -> Iterator[Vendor]:
    """Let a vendor answer on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for the other side's delayed ACK

        def do_GET(self) -> None:
            told = vendor.count()
            body = json.dumps({}).encode()
            self.send_response(200)
            for name, value in {**told, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
