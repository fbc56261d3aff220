"""The database as the hub uses it: reads, and transactions that know who may write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa

from storage.engine import BUSY_SECONDS, explained, make_engine, upgrade
from storage.hot import Writer
from storage.leases import Lease, renew

READERS_SECONDS = 5
"""How long to wait for whoever reads what a file held before it was written anew."""


class Store:
    """One hub's database.

    Args:
        url: SQLAlchemy database URL.

    Raises (any method):
        SetupError: full disk, no rights, unreachable server.
        TransientError: locked for too long.
    """

    def __init__(self, url: str | sa.URL) -> None:
        self.engine = make_engine(url)
        self._within: sa.Connection | None = None
        """Of the one transaction in which all is done just now."""
        self._rehearsing = False

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def is_rehearsing(self) -> bool:
        """Whether all that is done now is taken back."""
        return self._rehearsing

    def upgrade(self) -> str | None:
        """Bring the database to the current schema; gives the revision it had."""
        try:
            return upgrade(self.engine)
        except sa.exc.DBAPIError as error:
            raise explained(error) from error

    @contextmanager
    def read(self) -> Iterator[Writer]:
        """Open a consistent view for reading."""
        if self._within is not None:
            yield Writer(self._within)
            return
        reading = self.engine.execution_options(reading=True)
        with self._told(), reading.begin() as connection:
            yield Writer(connection)

    @contextmanager
    def write(self, lease: Lease | None = None) -> Iterator[Writer]:
        """Open a transaction: all of it is stored, or none.

        Args:
            lease: renewed first; where it was lost, nothing is written.

        Raises:
            LeaseLostError: somebody else holds the lease now.
        """
        with self._told(), self._transaction() as connection:
            writer = Writer(connection)
            if lease is not None:
                renew(writer, lease)
            yield writer

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Do everything inside in one transaction, and take it all back at the end."""
        with self._told(), self.engine.connect() as connection:
            outer = connection.begin()
            self._within, self._rehearsing = connection, True
            try:
                yield
            finally:
                self._within, self._rehearsing = None, False
                outer.rollback()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Do everything inside in one transaction, all of it or none: for what is small and should not wait often.

        Nobody else may use this store meanwhile: their reads and writes would be part of it.
        """
        if self._within is not None:
            yield
            return
        with self._told(), self.engine.begin() as connection:
            self._within = connection
            try:
                yield
            finally:
                self._within = None

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if self._within is not None:
            with self._within.begin_nested():
                yield self._within
            return
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise explained(error) from error
        except self.engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            raise explained(sa.exc.DBAPIError(None, None, error)) from error

    def rewrite(self, *, waits: bool = True) -> bool:
        """Write SQLite's file anew; vacuum PostgreSQL's tables, which lets what was removed be overwritten.

        On SQLite what was removed is in its log still: see `empty_log`.

        Args:
            waits: wait for whoever writes, or on PostgreSQL reads; else raise or give up at once.

        Returns:
            Whether it was done: on PostgreSQL not while somebody has a view in which it is there still.

        Raises:
            TransientError: the file stayed locked.
        """
        with self._told(), closing(self.engine.raw_connection()) as pooled:
            driver: Any = pooled.driver_connection
            if self.is_sqlite:
                with _busy_for(driver, BUSY_SECONDS if waits else 0):
                    driver.execute("VACUUM")
                return True
            driver.rollback()
            driver.autocommit = True
            try:
                is_free = _no_view_before_now(driver, READERS_SECONDS if waits else 0)
                if is_free:
                    driver.execute("VACUUM")
                return is_free
            finally:
                driver.autocommit = False

    def empty_log(self, *, waits: bool = True) -> bool:
        """Bring what is in SQLite's log into the file, and leave nothing in it.

        Returns:
            Whether it was done: not while somebody reads what was there before. PostgreSQL reuses its own by itself.
        """
        if not self.is_sqlite:
            return True
        with self._told(), closing(self.engine.raw_connection()) as pooled:
            driver: Any = pooled.driver_connection
            with _busy_for(driver, READERS_SECONDS if waits else 0):
                return not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


@contextmanager
def _busy_for(driver: Any, seconds: int) -> Iterator[None]:
    """Let SQLite wait so long for others."""
    driver.execute(f"PRAGMA busy_timeout = {seconds * 1_000}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")


_VIEWS_BEFORE = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' "
    "AND (age(backend_xmin) > age(CAST(%(now)s AS xid)) OR age(backend_xid) > age(CAST(%(now)s AS xid)))"
)
"""Sessions that may see what was removed before a transaction; those of other users do not say."""


def _no_view_before_now(driver: Any, seconds: int) -> bool:
    """Wait so long for PostgreSQL's sessions that hold a view from before now; false: there is one still."""
    now = driver.execute("SELECT CAST(CAST(pg_current_xact_id() AS xid) AS text)").fetchone()[0]
    until = time.monotonic() + seconds
    while driver.execute(_VIEWS_BEFORE, {"now": now}).fetchone()[0]:
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)
    return True
