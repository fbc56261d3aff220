"""How a CSV file is to be read: its delimiter and its header, found in its first rows."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from connectors.csv.encoding import LONE, Encoding, detect_encoding, open_text
from connectors.csv.rows import BrokenRow, RowReader, is_blank
from connectors.errors import SetupError

DELIMITERS = (",", ";", "\t", "|")
"""What is tried, in this order where the evidence is equal."""

PROBLEM = "_problem"
"""Key of `SourceRecord.data`: a sentence that says why the row could not be read whole."""
REST = "_rest"
"""Key of `SourceRecord.data`: the cells beyond the last column."""

_SAMPLE_CHARS = 1 << 18
_SAMPLE_ROWS = 200
_UNUSUAL = "^~:#¦，；\x01\x1f"
"""Separators that are known from the wild and must be set by hand."""
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything that must be known of a file before its first row can be read."""

    encoding: Encoding
    delimiter: str
    delimiter_set: bool
    header: tuple[str, ...]
    """The columns' names in NFC, without blanks around them; all different, none empty."""
    skipped: int = 0
    """Lines before the header: 1 where Excel's `sep=;` stands."""

    def said(self) -> str:
        """Tell a person what was found, in half a sentence."""
        how = "set" if self.delimiter_set else "detected"
        name = _NAMES.get(self.delimiter, repr(self.delimiter))
        return (
            f"encoding {self.encoding.name} ({self.encoding.why}), delimiter {name} ({how}), {len(self.header)} columns"
        )


def detect_dialect(path: Path, encoding: str | None, delimiter: str | None) -> Dialect:
    """Find encoding, delimiter and header of a file; what is given is taken and checked.

    Raises:
        SetupError: the file cannot be read as CSV with a header; the text says what was seen.
        OSError: it cannot be opened.
    """
    found = detect_encoding(path, encoding)
    with open_text(path, found.name) as text:
        sample = text.read(_SAMPLE_CHARS)
    if len(sample) == _SAMPLE_CHARS:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    skipped = 0
    if hint := re.match(r"sep=(.)\r?\n", sample, re.IGNORECASE):
        skipped, sample, said = 1, sample[hint.end() :], hint[1]
        delimiter = delimiter or said
    chosen = delimiter or _likeliest(sample)
    rows = _rows(sample, chosen)
    if not rows:
        raise SetupError(f"{path} is empty", fix="row 1 must name the columns")
    _refuse_broken_header(path, sample, chosen)
    _refuse_one_column(path, sample, chosen, rows)
    header = _header(path, rows)
    return Dialect(found, chosen, delimiter is not None, header, skipped)


@contextmanager
def read_rows(path: Path, dialect: Dialect) -> Iterator[RowReader]:
    """Open a file at the first row after its header."""
    with open_text(path, dialect.encoding.name) as text:
        for _ in range(dialect.skipped):
            text.readline()
        yield RowReader(text, dialect.delimiter, skipped=dialect.skipped)


def _rows(sample: str, delimiter: str) -> Rows:
    """Read the sample's rows that are not blank; a broken one comes without cells."""
    return [[] if isinstance(row, BrokenRow) else row for row in islice(_some(sample, delimiter), _SAMPLE_ROWS)]


def _some(sample: str, delimiter: str) -> Iterator[list[str] | BrokenRow]:
    reader = RowReader(io.StringIO(sample, newline=""), delimiter)
    return (row for row in reader if not is_blank(row))


def _likeliest(sample: str) -> str:
    """Choose the delimiter by which most rows have as many cells as the header, two at least."""
    scores = {delimiter: _score(_rows(sample, delimiter)) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score(rows: Rows) -> tuple[float, int]:
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    return sum(len(row) == width for row in rows) / len(rows), width


def _refuse_broken_header(path: Path, sample: str, delimiter: str) -> None:
    first = next(_some(sample, delimiter))
    if isinstance(first, BrokenRow):
        raise SetupError(f"{path}: {first.problem}", fix="row 1 must name the columns; mend its quotes")


def _refuse_one_column(path: Path, sample: str, delimiter: str, rows: Rows) -> None:
    """One column is well, a list of addresses say, unless something else plainly separates more."""
    if len(rows[0]) > 1:
        return
    head = sample.lstrip("\r\n").splitlines()[0][:80]
    others = [other for other in (*DELIMITERS, *_UNUSUAL) if other != delimiter]
    for other in others:
        score, width = _score(_rows(sample, other))
        if width > 1 and score > 0.5:
            raise SetupError(
                f"{path}: with delimiter {delimiter!r} there is one column, {head!r}; {other!r} would give {width}",
                fix=f"set delimiter = {_toml(other)}"
                + (", or leave it out to have it detected" if other in DELIMITERS else ""),
            )
    if len(rows) > 1 and sum(len(row) > 1 for row in rows) * 2 > len(rows):
        raise SetupError(
            f"{path}: row 1 has one cell, {head!r}, most rows after it have {len(rows[1])}",
            fix="row 1 must name the columns: remove what stands above them, or put the cells in quotes",
        )


def _toml(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'


def _header(path: Path, rows: Rows) -> tuple[str, ...]:
    """Check and clean row 1. Empty names at its end are dropped where no row has a cell there."""
    names = [unicodedata.normalize("NFC", cell).strip() for cell in rows[0]]
    while names and not names[-1] and not any(any(row[len(names) - 1 :]) for row in rows[1:]):
        names.pop()
    _refuse_data_as_header(path, names)
    faults = [*_blank(names), *_repeated(names), *_unusable(names)]
    if faults or not names:
        raise SetupError(
            f"{path}: {'; '.join(faults) or 'row 1 is blank'}",
            fix="row 1 must give every column a name of its own",
        )
    return tuple(names)


def _refuse_data_as_header(path: Path, names: list[str]) -> None:
    address = next((name for name in names if re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", name)), None)
    filled = [name for name in names if name]
    if address or (filled and all(re.fullmatch(r"[\d\s.,:/+-]+", name) for name in filled)):
        shown = address or ", ".join(names[:5])
        raise SetupError(
            f"{path}: row 1 looks like data ({shown}), not like the names of columns",
            fix="put a first row above it that names the columns, such as First Name, Last Name, Email",
        )


def _blank(names: list[str]) -> list[str]:
    places = [str(at) for at, name in enumerate(names, 1) if not name]
    return [f"no name for column {', '.join(places)}"] if places else []


def _repeated(names: list[str]) -> list[str]:
    places: dict[str, list[str]] = {}
    for at, name in enumerate(names, 1):
        places.setdefault(name, []).append(str(at))
    return [
        f"{name!r} names columns {' and '.join(found)}" for name, found in places.items() if name and len(found) > 1
    ]


def _unusable(names: list[str]) -> list[str]:
    kept = [f"{name!r} is a name that the hub keeps for itself" for name in names if name in {PROBLEM, REST}]
    places = [str(at) for at, name in enumerate(names, 1) if "\0" in name or LONE.search(name)]
    return kept + ([f"the name of column {', '.join(places)} cannot be read"] if places else [])
