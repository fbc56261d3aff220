"""The rows of a CSV text, one at a time, going on after a row whose quotes do not pair."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

LARGEST_CELL = 16 << 20
"""Characters in one cell. The csv module's own limit is 131,072, and the setting is the whole process's."""

_BLOCK = 1 << 16
_BLOCK_LINES = 512
_SHOWN = 1 << 16


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row whose quotes do not pair: what its first line seems to say, and what is wrong."""

    cells: list[str]
    problem: str


def is_blank(row: list[str] | BrokenRow) -> bool:
    """Whether a row is an empty line."""
    return row in ([], [""])


class RowReader:
    """Iterate over the rows of a text: a list of cells, `[]` for an empty line, or a `BrokenRow`.

    A quote that is never closed would swallow what follows, up to the end of the file. Then the line where it
    opened is given as broken, and reading starts again at the line after it. For that the lines since the
    last whole row are kept, in blocks, so that a whole row costs nothing more. What was swallowed ends at the
    next quote that is not doubled, so no line is read more than a few times, however broken the file.

    Args:
        text: opened with `newline=""`, at its beginning.
        delimiter: one character.
        skipped: lines of the text that were read already.
    """

    def __init__(self, text: TextIO, delimiter: str, *, skipped: int = 0) -> None:
        self.number = skipped
        """Rows given so far, the header and empty lines counted, so the number a spreadsheet shows."""
        self.line = skipped
        """Lines that the rows given so far took."""
        self.loaded = 0
        """Characters taken from the text so far."""
        self._text = text
        self._delimiter = delimiter
        self._kept: deque[list[str]] = deque()
        self._kept_from = skipped
        self._again: deque[list[str]] = deque()

    def __iter__(self) -> Iterator[list[str] | BrokenRow]:
        csv.field_size_limit(LARGEST_CELL)
        while True:
            lines = chain.from_iterable(self._blocks())
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            begin = self.line
            try:
                for row in reader:
                    self.number += 1
                    self.line = begin + reader.line_num
                    yield row
            except csv.Error as error:
                yield self._recover(error, begin + reader.line_num)
            else:
                return

    @property
    def place(self) -> str:
        """Where the row just given stands, for a person."""
        return f"row {self.number}" if self.number == self.line else f"row {self.number} (line {self.line})"

    def _blocks(self) -> Iterator[list[str]]:
        """Hand out the lines that are to be read again, then those of the text, and keep them for a while."""
        while block := self._again.popleft() if self._again else self._loaded():
            while self._kept and self._kept_from + len(self._kept[0]) <= self.line:
                self._kept_from += len(self._kept.popleft())
            self._kept.append(block)
            yield block

    def _loaded(self) -> list[str]:
        block = self._text.readlines(_BLOCK)
        self.loaded += sum(map(len, block))
        return block

    def _recover(self, error: csv.Error, read_to: int) -> BrokenRow:
        """Give the row that begins at the next line as broken; the lines after that one are read again."""
        line, *rest = list(chain.from_iterable(self._kept))[self.line - self._kept_from :]
        self.number += 1
        self.line += 1
        blocks = [rest[at : at + _BLOCK_LINES] for at in range(0, len(rest), _BLOCK_LINES)]
        self._again.extendleft(reversed(blocks))
        self._kept.clear()
        self._kept_from = self.line
        return BrokenRow(self._cells(line), f"{self.place}: {self._what(error, read_to)}")

    def _what(self, error: csv.Error, read_to: int) -> str:
        if "field limit" in str(error):
            return f"a cell is larger than {LARGEST_CELL >> 20} million characters, or its quote is never closed"
        if "unexpected end" in str(error):
            return "a quote opens a cell and is never closed"
        if read_to > self.line:
            return f"a quote opens a cell and closes wrongly on line {read_to}"
        return "a quote stands inside a quoted cell without being doubled"

    def _cells(self, line: str) -> list[str]:
        """Read one line by the csv module's lenient rules, which never fail on quotes."""
        return next(csv.reader([line[:_SHOWN].rstrip("\r\n")], delimiter=self._delimiter), [])
