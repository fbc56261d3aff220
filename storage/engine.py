"""Opens the database: SQLite by default, PostgreSQL by URL, brought to the current schema on first use."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sell_model.errors import SetupError, TransientError
from storage.turnstile import begin_in_turn

SCHEMA = "0004"
"""The newest migration; a database at this revision needs no look at Alembic."""

BUSY_SECONDS = 60

# SQLSTATEs of PostgreSQL.
_CROSSED = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_LOCKED = "55P03"
_FULL = "53100"
_DOWN = frozenset({"53300", "57P01", "57P02", "57P03"})  # too many connections; shut down, crashed, starting up
_NO_RIGHTS = frozenset({"25006", "42501"})  # read-only transaction, insufficient privilege

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "cache_size=-65536",  # 64 MB
    "temp_store=MEMORY",
    "wal_autocheckpoint=8000",  # pages: index pages that change in every batch are copied back less often
)


def make_engine(url: str | sa.URL) -> sa.Engine:
    """Make an engine for a database URL; nothing is opened yet.

    Raises:
        SetupError: not a URL of a database the hub knows.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SetupError(
            "[storage] url is not a database URL",
            fix='write it like "sqlite:///hub.db" or "postgresql+psycopg://user@host/database"',
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.drivername in {"postgresql", "postgresql+psycopg", "postgres"}:
        # A plan made while a table was small would be kept while a first load makes it large.
        options = f"-c plan_cache_mode=force_custom_plan -c lock_timeout={BUSY_SECONDS}s"
        arguments = {"options": options}
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=arguments)
    raise SetupError(
        f"[storage] url: no database called {parsed.drivername!r} is known",
        fix="use sqlite:/// or postgresql+psycopg://",
    )


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the hub says BEGIN itself: the driver would begin too late
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE: a transaction that reads and then writes would fail with a busy snapshot otherwise.
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        begin_in_turn(driver, BUSY_SECONDS)


def explained(error: sa.exc.DBAPIError) -> SetupError | TransientError:
    """Say in words why the database would not do it: locked, full, unreachable, or not ours to write."""
    text = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    state = getattr(error.orig, "sqlstate", None)  # of PostgreSQL; a connection that never was has none
    return _by_state(state, text) if state else _by_words(text)


def _by_state(state: str, text: str) -> SetupError | TransientError:
    if state in _CROSSED:
        return TransientError(
            "two runs changed the same records at once, and the database let the other one go first; "
            "what this one had under way was not stored",
            fix="run it again; it goes on where it was",
        )
    if state == _LOCKED:
        return _locked("another process holds what this one needs")
    if state in _DOWN:
        return TransientError(f"the database cannot answer just now: {text}", fix="try again when its server is up")
    if state == _FULL:
        return _full()
    if state in _NO_RIGHTS:
        return _unwritable(text)
    return _refused(text)


def _by_words(text: str) -> SetupError | TransientError:
    if "locked" in text or "busy" in text:
        return _locked(f"the database stayed locked by another process for {BUSY_SECONDS} seconds")
    if "full" in text or "No space left" in text:
        return _full()
    if "readonly" in text or "unable to open" in text:
        return _unwritable(text)
    if "connect" in text or "Connection refused" in text:
        return SetupError(f"the database cannot be reached: {text}", fix="check [storage] url and that the server runs")
    return _refused(text)


def _locked(text: str) -> TransientError:
    return TransientError(text, fix="wait for the other run to finish, or see who it is with: sellhub run list")


def _full() -> SetupError:
    return SetupError("the disk is full; what was under way was not stored", fix="free some space, then run it again")


def _unwritable(text: str) -> SetupError:
    return SetupError(f"the database cannot be written: {text}", fix="check the folder's rights and [storage] url")


def _refused(text: str) -> SetupError:
    return SetupError(f"the database refused: {text}", fix="sellhub db check")


def revision(engine: sa.Engine) -> str | None:
    """Read which migration the database is at; None when it is empty."""
    with engine.connect().execution_options(reading=True) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def upgrade(engine: sa.Engine) -> str | None:
    """Bring the database to the current schema; gives the revision it had, None for an empty one.

    Raises:
        SetupError: the database was written by a newer hub.
    """
    from alembic.util import CommandError

    from storage.migrations import run_upgrade

    before = revision(engine)
    if before == SCHEMA:
        return before
    try:
        run_upgrade(engine)
    except CommandError as error:
        raise SetupError(
            f"the database is at schema {before}, which this hub does not know (it knows up to {SCHEMA})",
            fix="it was written by a newer hub: install that version, or restore a backup",
        ) from error
    return before
