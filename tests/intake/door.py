"""A hub that receives, over real HTTP, and what tests ask of it."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from connectors.connector import Request
from console.web.server import make_server
from hub.opening import Hub, open_hub
from sandbox.webform import signed, submissions
from storage.inbox import Inbox

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
OTHER_SECRET = "whsec_c29tZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw=="
TOKEN = "a-token-for-those-who-cannot-sign"
SOON = 5.0
"""Seconds after which a test gives up; what must be faster says so itself."""

HUB = f"""
[sources.site]
connector = "webhook"
secret = "{SECRET}"
pool = "Inbound"

[sources.partner]
connector = "webhook"
secret = "{OTHER_SECRET}"

[sources.form]
connector = "webhook"
token = "{TOKEN}"

[sources.list]
connector = "csv"
path = "leads.csv"

[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""


def make_home(folder: Path, settings: str = HUB) -> Path:
    """Give a folder its hub.toml."""
    (folder / "hub.toml").write_text(settings, encoding="utf-8")
    return folder


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run the application in a thread; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = make_server(home)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(0.01)
    assert server.started
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
        assert not thread.is_alive()


def post(address: str, submission: dict[str, Any], source: str = "site", secret: str = SECRET) -> requests.Response:
    """Post a submission as the website does."""
    headers, body = signed(secret, submission, datetime.now(UTC))
    return requests.post(f"{address}/hooks/{source}", data=body, headers=headers, timeout=30)


def request(submission: dict[str, Any], secret: str = SECRET, at: datetime | None = None) -> Request:
    """The same as it arrives at the hub."""
    now = at or datetime.now(UTC)
    headers, body = signed(secret, submission, now)
    return Request("POST", "https://hub.example.com/hooks/site", headers, body, now)


def submission(number: int, **fields: Any) -> dict[str, Any]:
    """Somebody's own submission, unlike any other."""
    own = {"id": f"s{number}", "email": f"p{number}@example{number}.com", "phone": "", "company": f"Company {number}"}
    return {**submissions()[0], "first_name": f"First{number}", "last_name": f"Last{number}", **own, **fields}


def rows(hub: Hub, sql: str) -> list[Any]:
    """Ask the hub's database."""
    with hub.store.read() as db:
        return db.select(sql)


def leads(home: Path) -> list[tuple[str, str | None]]:
    """The leads as they stand: address, and owner's address."""
    with open_hub(home) as hub:
        return [(row[0], row[1]) for row in rows(hub, "SELECT email, owner_email FROM v_leads ORDER BY id")]


def in_inbox(home: Path) -> list[tuple[str, str]]:
    """The inbox's deliveries: source and key."""
    with closing(sqlite3.connect(home / "inbox.db")) as database:
        found: list[tuple[str, str]] = database.execute("SELECT source, key FROM delivery ORDER BY id").fetchall()
    return found


def refused(home: Path) -> dict[tuple[str, int], int]:
    """How many requests were refused, by source and status."""
    counts: dict[tuple[str, int], int] = {}
    with Inbox(home / "inbox.db") as inbox:
        for row in inbox.refused():
            counts[row.source, row.status] = counts.get((row.source, row.status), 0) + row.count
    return counts


def soon(holds: Callable[[], bool], within: float = SOON) -> bool:
    """Wait until something holds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return holds()
