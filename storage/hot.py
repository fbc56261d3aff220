"""The hot writes: many rows a statement, prepared SQL, the fastest way each database offers.

On SQLite `executemany` through the driver; on PostgreSQL COPY, straight for new rows and through a
temporary table where a row may exist. SQLAlchemy's compiled path costs twice as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

Row = Sequence[Any]

PORTION = 500
_FULL = f"({', '.join('?' * PORTION)})"


class Writer:
    """Writes and reads rows of the open transaction's connection, in bulk.

    Names of tables and columns come from `storage.tables`, never from data.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection
        self._taken: dict[str, int] = {}
        """On SQLite, the highest id taken of each table in this transaction, used or not."""

    def allocate(self, table: str, count: int) -> Iterator[int]:
        """Take `count` ids that no row ever had."""
        if not self.is_sqlite:
            rows = self.select(
                f"SELECT nextval(pg_get_serial_sequence('{_quoted(table)}', 'id')) FROM generate_series(1, ?)",
                (count,),
            )
            return iter(sorted(row[0] for row in rows))
        found = self.select("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        first = max(found[0][0] if found else 0, self._taken.get(table, 0)) + 1
        self._taken[table] = first + count - 1
        return iter(range(first, first + count))

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows that are not there yet."""
        if not rows:
            return
        if self.is_sqlite:
            self._driver.executemany(_insert(table, columns), rows)
        else:
            self._copy(_quoted(table), columns, rows)

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows, or replace the other columns of those whose key is there; keys are unique in `rows`."""
        if not rows:
            return
        sets = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in key)
        tail = f" ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {sets}" if sets else "NOTHING")
        if self.is_sqlite:
            self._driver.executemany(_insert(table, columns) + tail, rows)
            return
        names = ", ".join(columns)
        self._temporary(table, columns, rows)
        self._driver.execute(f"INSERT INTO {_quoted(table)} ({names}) SELECT {names} FROM incoming{tail}")
        self._driver.execute("DROP TABLE incoming")

    def update(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row]) -> None:
        """Set columns of rows that are there; each row holds the columns' values, then the key's."""
        if not rows:
            return
        where = " AND ".join(f"{k} = ?" for k in key)
        self.many(f"UPDATE {_quoted(table)} SET {', '.join(f'{c} = ?' for c in columns)} WHERE {where}", rows)

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Row]) -> None:
        """Remove rows by key."""
        if rows:
            self.many(f"DELETE FROM {_quoted(table)} WHERE {' AND '.join(f'{k} = ?' for k in key)}", rows)

    def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement, written with `?`, for many rows."""
        if self.is_sqlite:
            self._driver.executemany(sql, rows)
        else:
            with self._driver.cursor() as cursor:
                cursor.executemany(_numbered(sql), rows)

    def execute(self, sql: str, row: Row = ()) -> int:
        """Run one statement, written with `?`; gives how many rows it touched."""
        count: int = self._driver.execute(sql if self.is_sqlite else _numbered(sql), row).rowcount
        return count

    def select(self, sql: str, row: Row = ()) -> list[Any]:
        """Fetch the rows of one query, written with `?`."""
        rows: list[Any] = self._driver.execute(sql if self.is_sqlite else _numbered(sql), row).fetchall()
        return rows

    def select_in(self, sql: str, values: Iterable[Any], before: Row = ()) -> list[Any]:
        """Fetch the rows of one query for many values: `IN {in}` in the SQL becomes the test for them.

        On SQLite the values go in portions, so their number is not limited; on PostgreSQL as one array.
        """
        wanted = list(values)
        if not wanted:
            return []
        if not self.is_sqlite:
            return self.select(sql.replace("IN {in}", "= ANY(?)"), (*before, wanted))
        found: list[Any] = []
        for start in range(0, len(wanted), PORTION):
            part = wanted[start : start + PORTION]
            marks = _FULL if len(part) == PORTION else f"({', '.join('?' * len(part))})"
            found += self._driver.execute(sql.replace("{in}", marks), (*before, *part)).fetchall()
        return found

    def none_of(self, column: str, values: Sequence[Any]) -> tuple[str, Row]:
        """Give a condition that a column is none of these values, and the values to bind for it."""
        if not values:
            return "1 = 1", ()
        if self.is_sqlite:
            return f"{column} NOT IN ({', '.join('?' * len(values))})", tuple(values)
        return f"{column} <> ALL(?)", (list(values),)

    def claim(self, table: str, column: str, values: Sequence[int]) -> None:
        """On PostgreSQL, add values that are not there yet, waiting for whoever is adding one of them just now."""
        self._driver.execute(
            f"INSERT INTO {table} ({column}) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", (list(values),)
        )

    def analyze(self, tables: Sequence[str]) -> None:
        """On PostgreSQL, tell the planner how large these tables have become, if it knows of less than half.

        Args:
            tables: the first one, which has ids, tells how they have grown: a million rows take seconds to look at.
        """
        if self.is_sqlite:
            return
        first = _quoted(tables[0])
        known = self.select("SELECT reltuples FROM pg_class WHERE oid = CAST(? AS regclass)", (first,))[0][0]
        if 2 * known < (self.select(f"SELECT max(id) FROM {first}")[0][0] or 0):
            self._driver.execute(f"ANALYZE {', '.join(map(_quoted, tables))}")

    def _copy(self, target: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        with (
            self._driver.cursor() as cursor,
            cursor.copy(f"COPY {target} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _temporary(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._driver.execute(
            f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {', '.join(columns)} FROM {_quoted(table)} LIMIT 0"
        )
        self._copy("incoming", columns, rows)


def _quoted(table: str) -> str:
    return f'"{table}"'


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {_quoted(table)} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _numbered(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")
