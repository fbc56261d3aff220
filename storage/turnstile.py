"""Whose turn it is to write on SQLite: whoever waits comes next, however fast another writes batch after batch.

SQLite's own waiting looks again and again, ever more seldom, and whoever holds the lock has taken it again by then: a
lead that came by a form waited ten seconds for an import to end. So writers pass a turnstile first, one at a time, and
leave it once their transaction has begun: who comes back for the next one finds it occupied by who waits.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without it: SQLite's own waiting must do
    fcntl = None  # type: ignore[assignment]

AGAIN = 0.003
"""Seconds between two looks; one process at a time looks at the database so often."""


def begin_in_turn(connection: sqlite3.Connection, seconds: float) -> None:
    """Begin a transaction that writes, as soon as it is this one's turn.

    Args:
        seconds: how long to wait at most.

    Raises:
        sqlite3.OperationalError: it stayed locked.
    """
    until = time.monotonic() + seconds
    with _turn(_file_of(connection), until):
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while not _begun(connection, last=time.monotonic() >= until):
                time.sleep(AGAIN)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1_000)}")


def _begun(connection: sqlite3.Connection, *, last: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise
        return False
    return True


def _file_of(connection: sqlite3.Connection) -> Path | None:
    """Name the turnstile of a database; None: it lies in memory, and nobody else can write it."""
    name = next((row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main"), "")
    return Path(f"{name}-turn") if name else None


@contextmanager
def _turn(path: Path | None, until: float) -> Iterator[None]:
    """Occupy the turnstile; where it cannot be made, or nobody lets go of it in time, go on without."""
    file = _opened(path) if path is not None and fcntl is not None else None
    if file is None:
        yield
        return
    try:
        while not _occupied(file) and time.monotonic() < until:
            time.sleep(AGAIN)
        yield
    finally:
        os.close(file)  # which also lets go of it, as does the end of the process


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return None


def _occupied(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
