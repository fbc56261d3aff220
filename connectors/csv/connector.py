"""CSV files as a source: one file, or all that fit a pattern, read as one stream.

A file is always read from its beginning to its end, and what did not change is for the hub to notice; a
cursor says only how far an unfinished reading got. Nothing is given before every file was found readable.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Page,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.csv.dialect import PROBLEM, Dialect, detect_dialect, read_rows
from connectors.csv.fields import describe_column
from connectors.csv.identity import email_column_of, id_column_of
from connectors.csv.paths import find_files, fingerprint
from connectors.csv.records import read_records
from connectors.errors import SetupError, TransientError

PAGE = 1_000
"""Records in a page."""
_PAGE_CHARS = 16 << 20
"""Characters after which a page is full, however few its records: cells may be large."""
_SAMPLE = 1_000
"""Rows that `discover` and `check` look at."""
_SHOWN = 200
"""Characters of a cell that `discover` looks at."""


class CsvConfig(ConnectorConfig):
    """What to read, and what is known of it beforehand."""

    path: str = Field(min_length=1, description="File, or pattern such as exports/leads-*.csv")
    mapping: str | None = Field(None, description="The mapping to use; the hub's business, not ours")
    encoding: str | None = Field(None, description="Python's name of the encoding; left out: detected")
    delimiter: str | None = Field(None, description="One character, or tab; left out: detected")
    id_column: str | None = Field(None, description="Column that names a row; left out: id, then e-mail")
    stream: str = Field("rows", min_length=1, description="What the stream is called")

    @field_validator("encoding")
    @classmethod
    def _is_a_text_codec(cls, value: str | None) -> str | None:
        try:
            "".encode(value or "utf-8")
            return codecs.lookup(value).name if value else None
        except LookupError as error:
            raise ValueError(f"{value!r} is not an encoding; try utf-8, cp1252 or utf-16") from error

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, value: str | None) -> str | None:
        value = "\t" if value in {"tab", "\\t"} else value
        if value is not None and (len(value) != 1 or value in '"\r\n\0'):
            raise ValueError(f"{value!r} cannot separate cells; give one character, or tab")
        return value


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    dialect: Dialect
    mark: str
    """Changes when the file does."""


class CsvFile(Connector[CsvConfig]):
    """Rows of CSV files, each as `{column: cell}`, every cell the text it is, empty ones too.

    A row that cannot be read whole comes with a sentence under `_problem`, and is to be held. How a row gets
    its id: see `connectors.csv.identity`.
    """

    name = "csv"
    title = "CSV file"
    Config: ClassVar[type[ConnectorConfig]] = CsvConfig

    def streams(self) -> Sequence[Stream]:
        return [Stream(self.config.stream, "people")]

    def check(self) -> list[Check]:
        """Find the files, read the first rows of each, and say what was found."""
        checks: list[Check] = []
        try:
            for file in self._files():
                checks.extend(self._checked(file))
        except SetupError as error:
            checks.append(Check("file", False, str(error), error.fix))
        return checks

    def discover(self, stream: str) -> list[SourceField]:
        """List the columns of all files, in order of appearance, typed by their first 1,000 rows."""
        self._expect(stream)
        cells: dict[str, list[str]] = {}
        for file in self._files():
            cells.update((name, []) for name in file.dialect.header if name not in cells)
            for record in self._first_records(file):
                for name in record.data.keys() & cells.keys():
                    cells[name].append(record.data[name][:_SHOWN])
        return [describe_column(name, found) for name, found in cells.items()]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read all rows of all files, in the order of the files' names.

        An unfinished cursor goes on behind its row as long as no file has changed; else all is read again.

        Raises:
            SetupError: before the first page, when any file cannot be read.
            TransientError: a file changed while it was read.
        """
        self._expect(stream)
        files = self._files()
        reading = self._reading(files)
        at, row = _resume(cursor, reading, len(files))
        for number, file in enumerate(files[at:], at):
            place = {"reading": reading, "file": number}
            yield from self._pages(file, row, place, last=number == len(files) - 1)
            row = 0

    def _pages(self, file: _File, row: int, place: Cursor, *, last: bool) -> Iterator[Page]:
        """Give the pages of a file behind a row; the last one, perhaps empty, says that the file ends."""
        notices: tuple[str, ...] = (self._said(file),)
        page: list[SourceRecord] = []
        try:
            with read_rows(file.path, file.dialect) as rows:
                full = _PAGE_CHARS
                for record in islice(read_records(rows, file.dialect, self.config.id_column), row, None):
                    page.append(record)
                    if len(page) >= PAGE or rows.loaded > full:
                        row += len(page)
                        yield Page(page, {**place, "row": row, "done": False}, notices)
                        page, notices, full = [], (), rows.loaded + _PAGE_CHARS
            changed = fingerprint(file.path) != file.mark
        except OSError as error:
            raise TransientError(f"{file.path} cannot be read to its end: {error.strerror or error}") from error
        if changed:
            raise TransientError(f"{file.path} changed while it was read", fix="run it again")
        yield Page(page, {**place, "row": row + len(page), "done": last}, notices)

    def _files(self) -> list[_File]:
        return [self._opened(path) for path in find_files(self.config.path)]

    def _reading(self, files: Sequence[_File]) -> str:
        """Name what is read and how: a cursor counts rows, so it holds for the same reading only."""
        parts = [f"{file.mark} {file.dialect.encoding.name} {file.dialect.delimiter}" for file in files]
        return sha256("\n".join([*parts, str(self.config.id_column)]).encode()).hexdigest()[:16]

    def _opened(self, path: Path) -> _File:
        try:
            mark = fingerprint(path)  # before all else, so that a change from now on is noticed
            dialect = detect_dialect(path, self.config.encoding, self.config.delimiter)
        except OSError as error:
            raise SetupError(
                f"{path} cannot be read: {error.strerror or error}", fix="check the path and its permissions"
            ) from error
        id_column_of(dialect.header, self.config.id_column)
        return _File(path, dialect, mark)

    def _first_records(self, file: _File) -> Iterator[SourceRecord]:
        with read_rows(file.path, file.dialect) as rows:
            yield from islice(read_records(rows, file.dialect, self.config.id_column), _SAMPLE)

    def _checked(self, file: _File) -> Iterator[Check]:
        header = file.dialect.header
        yield Check("file", True, f"{file.path}: {file.path.stat().st_size:,} bytes")
        yield Check("format", True, self._said(file))
        yield Check("columns", True, f"{file.path}: {', '.join(header)}")
        found = [record.data.get(PROBLEM, "") for record in self._first_records(file)]
        problems = [problem for problem in found if problem]
        text = f"{file.path}: {len(found)} read, {len(problems)} of them not whole"
        shown = "; ".join(problems[:3])
        fix = "mend them in the file, or find them among the held records" if problems else ""
        yield Check("first rows", not problems, f"{text}: {shown}" if shown else text, fix)

    def _said(self, file: _File) -> str:
        return f"{file.path}: {file.dialect.said()}; {self._identity(file.dialect.header)}"

    def _identity(self, header: tuple[str, ...]) -> str:
        if (at := id_column_of(header, self.config.id_column)) is not None:
            return f"a row's id is its {header[at]}"
        if (at := email_column_of(header)) is not None:
            return f"a row's id is its {header[at]}, numbered where it is repeated"
        return "no id and no e-mail column: a row's id is a hash of its cells"

    def _expect(self, stream: str) -> None:
        if stream != self.config.stream:
            raise SetupError(f"CSV has no stream {stream!r}", fix=f"its only stream is {self.config.stream}")


def _resume(cursor: Cursor | None, reading: str, files: int) -> tuple[int, int]:
    """Give the file and the row to go on with: from the start, unless a reading of these files stopped midway."""
    if cursor is None or cursor.get("done") or cursor.get("reading") != reading:
        return 0, 0
    at, row = cursor.get("file"), cursor.get("row")
    return (at, row) if isinstance(at, int) and isinstance(row, int) and at < files else (0, 0)
