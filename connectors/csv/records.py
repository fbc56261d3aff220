"""From a row to a record: cells by the columns' names, an id, and what is wrong with the row."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import SourceRecord
from connectors.csv.dialect import PROBLEM, REST, Dialect
from connectors.csv.encoding import LONE
from connectors.csv.identity import namer
from connectors.csv.rows import BrokenRow, RowReader, is_blank

REPLACEMENT = "\ufffd"
"""Stands where a character could not be read, or cannot be kept (NUL)."""


def read_records(rows: RowReader, dialect: Dialect, id_column: str | None) -> Iterator[SourceRecord]:
    """Give the record of each row after the header; blank rows give none.

    A row that cannot be read whole is a record all the same: its cells as far as they go, cells beyond the
    last column under `_rest`, and under `_problem` a sentence that names row and column.
    """
    header, width, clean = dialect.header, len(dialect.header), dialect.encoding.clean
    name = namer(header, id_column)
    for row in _after_header(rows):
        if clean and row.__class__ is list and len(row) == width:
            if record_id := name(row):
                yield SourceRecord(record_id, dict(zip(header, row, strict=False)))
        elif (record := _odd(row, rows, dialect)) is not None:
            cells, problem = record
            if record_id := name(cells):
                yield SourceRecord(record_id, _data(header, cells, problem))


def _after_header(rows: RowReader) -> Iterator[list[str] | BrokenRow]:
    reading = iter(rows)
    next((row for row in reading if not is_blank(row)), None)
    return reading


def _odd(row: list[str] | BrokenRow, rows: RowReader, dialect: Dialect) -> tuple[list[str], str] | None:
    """Give the cells and the problem of a row that did not take the straight way; None for a blank one."""
    if isinstance(row, BrokenRow):
        cells, _ = _cleaned(row.cells, dialect)
        return cells, row.problem
    width = len(dialect.header)
    while len(row) > width and not row[-1]:
        row.pop()  # empty cells at the end, as spreadsheets write them, say nothing
    cells, faults = _cleaned(row, dialect)
    if row and len(row) != width:
        faults.append(f"{len(row)} cells, but the header has {width} columns")
    return (cells, f"{rows.place}: {'; '.join(faults)}" if faults else "") if row else None


def _cleaned(row: list[str], dialect: Dialect) -> tuple[list[str], list[str]]:
    """Replace what cannot be kept, and name it."""
    if dialect.encoding.clean:
        return row, []
    faults = []
    for at, cell in enumerate(row):
        column = dialect.header[at] if at < len(dialect.header) else f"number {at + 1}"
        if bad := LONE.findall(cell):
            shown = " ".join(f"0x{ord(char) - 0xDC00:02x}" for char in bad[:4])
            faults.append(f"column {column}: byte {shown} cannot be read as {dialect.encoding.name}")
        if "\0" in cell:
            faults.append(f"column {column}: a NUL character")
    return [LONE.sub(REPLACEMENT, cell).replace("\0", REPLACEMENT) for cell in row], faults


def _data(header: tuple[str, ...], cells: list[str], problem: str) -> dict[str, object]:
    data: dict[str, object] = dict(zip(header, cells, strict=False))
    if len(cells) > len(header):
        data[REST] = cells[len(header) :]
    if problem:
        data[PROBLEM] = problem
    return data
