"""One PostgreSQL database for many tests, emptied before each: making and dropping one takes longer than most tests."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.store import Store
from storage.tables import metadata


class ReusedDatabase:
    """A database at the current schema, put back to what a new hub's is.

    Args:
        url: of an empty database, which is migrated here.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        store = Store(url)
        store.upgrade()
        store.close()
        self._engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with self._engine.connect() as connection:
            self._planted = {
                table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                for table in metadata.sorted_tables
            }

    def reset(self) -> None:
        """Send everybody else away, and leave only what the migrations planted."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            full = [table for table in metadata.sorted_tables if self._has_rows(connection, table)]
            if full:
                connection.exec_driver_sql(f"TRUNCATE {', '.join(_quoted(table) for table in full)}")
            for table, rows in self._planted.items():
                if rows:
                    connection.execute(table.insert(), rows)
            self._restart(connection)

    @staticmethod
    def _has_rows(connection: sa.Connection, table: sa.Table) -> bool:
        return bool(connection.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table)})").scalar())

    def _restart(self, connection: sa.Connection) -> None:
        """Let every id begin where it begins in a new database."""
        counted: list[tuple[Any, ...]] = [
            (f'"{table.name}"', max((row["id"] for row in rows), default=0))
            for table, rows in self._planted.items()
            if "id" in table.c
        ]
        for name, last in counted:
            connection.execute(
                sa.text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :at, :used)"),
                {"name": name, "at": last or 1, "used": bool(last)},
            )

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()


def _quoted(table: sa.Table) -> str:
    return f'"{table.name}"'
