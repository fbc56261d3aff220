"""CSV files as a destination: leads.csv, contacts.csv and deals.csv in a folder, in Sell's import format.

What was pushed is kept in a small SQLite file in that folder, `.sellhub-csv.sqlite`, and is safe there when
the receipts are given. `close` writes the CSV files anew, each under another name first, so that a reader
sees the old file whole or the new one whole. What a crash left unwritten is written by the next `close`.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from connectors.connector import Change, ConnectorConfig, Destination, Receipt
from connectors.csv.columns import COLUMNS, ID, custom_row_of, header_of, row_of
from connectors.errors import SetupError, TransientError

STATE = ".sellhub-csv.sqlite"
_LOCK_SECONDS = 30
_SCHEMA = """
pragma secure_delete = on;  -- what is deleted is to be gone from this file too, however SQLite was built
create table if not exists record (
    type text not null, id integer not null, cells text not null, primary key (type, id)
) without rowid;
create table if not exists custom_column (
    type text not null, name text not null, primary key (type, name)
) without rowid;
create table if not exists unwritten (type text primary key) without rowid;
"""


class CsvDestinationConfig(ConnectorConfig):
    """Where the files go."""

    folder: str = Field(min_length=1, description="Folder of the CSV files; made if it is not there")
    bom: bool = Field(False, description="Begin with a byte order mark, by which Excel knows UTF-8")


class CsvDestination(Destination[CsvDestinationConfig]):
    """Keeps each record once, in its latest state, one file per record type."""

    name = "csv"
    title = "CSV files"
    Config: ClassVar[type[ConnectorConfig]] = CsvDestinationConfig

    def __init__(self, config: CsvDestinationConfig) -> None:
        super().__init__(config)
        self._folder = Path(config.folder).expanduser()

    def push(self, changes: Sequence[Change]) -> list[Receipt]:
        """Keep what changed; a receipt's `outside_id` is the cell `Id` of the record's row.

        Raises:
            SetupError: the folder cannot be made, or something else stands in its place.
            TransientError: disk full, or another push holds the files.
        """
        with self._transaction() as state:
            for change in changes:
                if change.record_type in COLUMNS:
                    _keep(state, change)
        return [_receipt(change) for change in changes]

    def close(self) -> None:
        """Write the files whose records changed since they were last written.

        Raises:
            TransientError: they could not be written; the old ones stand, and the next `close` tries again.
        """
        if (self._folder / STATE).exists():
            with self._transaction() as state:
                for record_type in self._stale(state):
                    self._write(state, record_type)
                state.execute("delete from unwritten")

    def _file(self, record_type: str) -> Path:
        return self._folder / f"{record_type}s.csv"

    def _stale(self, state: sqlite3.Connection) -> list[str]:
        unwritten = {row[0] for row in state.execute("select type from unwritten")}
        kept = {row[0] for row in state.execute("select distinct type from record")}
        return sorted(unwritten | {each for each in kept if not self._file(each).exists()})

    def _write(self, state: sqlite3.Connection, record_type: str) -> None:
        """Replace one file; the transaction that is open keeps every other writer away."""
        final = self._file(record_type)
        part = final.with_name(f".{final.name}.part")
        names = state.execute("select name from custom_column where type = ?", (record_type,))
        header = header_of(record_type, (name for (name,) in names))
        rows = state.execute("select id, cells from record where type = ? order by id", (record_type,))
        with part.open("w", newline="", encoding="utf-8-sig" if self.config.bom else "utf-8") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows({ID: number, **json.loads(cells)} for number, cells in rows)
            file.flush()
            os.fsync(file.fileno())
        part.replace(final)
        _sync_folder(self._folder)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the kept state for writing, alone; commit when all went well."""
        state = None
        try:
            self._make_folder()
            state = sqlite3.connect(self._folder / STATE, timeout=_LOCK_SECONDS, isolation_level=None)
            state.executescript(_SCHEMA)
            state.execute("begin immediate")
            yield state
            state.execute("commit")
        except (sqlite3.Error, OSError) as error:
            raise TransientError(
                f"{self._folder} cannot be written: {error}",
                fix="free disk space, check the folder's permissions, or wait for another push to end",
            ) from error
        finally:
            if state is not None:
                state.close()

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"the folder {self._folder} cannot be made: {error.strerror or error}",
                fix="set `folder` to a folder that you may write to",
            ) from error


def _keep(state: sqlite3.Connection, change: Change) -> None:
    key = (change.record_type, change.record_id)
    state.execute("insert or ignore into unwritten values (?)", key[:1])
    if change.action == "delete":
        state.execute("delete from record where type = ? and id = ?", key)
        return
    custom = custom_row_of(change.record_type, change.data)
    names = [(change.record_type, name) for name in custom]
    state.executemany("insert or ignore into custom_column values (?, ?)", names)
    cells = json.dumps({**row_of(change.record_type, change.data), **custom}, ensure_ascii=False)
    state.execute("insert or replace into record values (?, ?, ?)", (*key, cells))


def _receipt(change: Change) -> Receipt:
    if change.record_type in COLUMNS:
        return Receipt(change.key, ok=True, outside_id=str(change.record_id))
    return Receipt(change.key, ok=False, text=f"there is no CSV file for a {change.record_type}")


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
