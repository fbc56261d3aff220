"""A SQLite store's rows copied as they are to an empty PostgreSQL store of the same schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from hub.opening import open_hub
from storage.tables import metadata

_AT_ONCE = 20_000


def copy_store(source: Path, home: Path, url: str) -> None:
    """Fill a hub's PostgreSQL database with the rows of another hub's SQLite file.

    Args:
        source: the SQLite file.
        home: the home whose hub.toml names the database; its tables are made first.
        url: the database, as `postgresql+psycopg://…`.
    """
    with open_hub(home):
        pass
    with (
        sqlite3.connect(source) as lite,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection,
    ):
        for table in metadata.sorted_tables:
            _copy(lite, connection, table)
        connection.execute("VACUUM (ANALYZE)")  # as a server does to whatever has stood for a while


def _copy(lite: sqlite3.Connection, connection: psycopg.Connection[Any], table: sa.Table) -> None:
    """Empty a table and copy it, its indexes made again afterwards."""
    there = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            (table.name,),
        )
    ]
    columns = [column for column in table.columns if column.name in there]
    names = ", ".join(f'"{column.name}"' for column in columns)
    connection.execute(f'TRUNCATE "{table.name}"'.encode())
    if not columns or lite.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1').fetchone() is None:
        return
    indexes = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid = %s::regclass AND NOT i.indisunique",
        (f'"{table.name}"',),
    ).fetchall()
    for index, _ in indexes:
        connection.execute(f"DROP INDEX {index}".encode())
    with connection.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN'.encode()) as copy:
        for row in _rows(lite, table.name, names, [isinstance(column.type, sa.Boolean) for column in columns]):
            copy.write_row(row)
    for _, definition in indexes:
        connection.execute(definition.encode())
    if (key := table.autoincrement_column) is not None:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{key.name}'), max(\"{key.name}\")) "
            f'FROM "{table.name}"'.encode()
        )


def _rows(lite: sqlite3.Connection, table: str, names: str, truths: list[bool]) -> Iterator[list[Any]]:
    cursor = lite.execute(f'SELECT {names} FROM "{table}"')
    while part := cursor.fetchmany(_AT_ONCE):
        for row in part:
            yield [bool(v) if is_truth and v is not None else v for v, is_truth in zip(row, truths, strict=True)]
