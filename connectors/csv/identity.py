"""What a row is called: the same row of the next export must get the same id.

1. The cell of the id column, where there is one. Two rows with one id are one record seen twice: both are
   given, in order, and the later one stands.
2. Else the e-mail, in lower case. Several rows may share it and still be different records (two deals of one
   contact), so the second is `ann@example.com#2`, the third `#3`: nothing is overwritten. These numbers go by
   order; give such a file an id column.
3. Else a hash of all cells, numbered in the same way, so equal rows stay apart and the order of rows does
   not matter. A changed cell makes another record.

Each row takes the first of the three that it can. Names are told apart within one file; the same name in
another file of the same source is the same record, seen later.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from hashlib import blake2b

from connectors.errors import SetupError

EMAIL_HEADERS = frozenset(
    {"email", "e-mail", "e mail", "email address", "e-mail address", "mail", "邮箱", "电子邮件", "电子邮箱"}
)

NameRow = Callable[[list[str]], str]
"""Gives a row's id; an empty one for a row whose cells are all blank."""


class Occurrences:
    """Counts how often a text was seen, in 8 bytes a text: 16 MB for a million, 0.3 µs each.

    Kept are 64-bit hashes in a flat table with open addressing; counts only for what came twice. Two of a
    million texts share a hash with a chance of 3 in 10⁸; the later would be numbered `#2`, and not lost.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 << 12))
        self._mask = len(self._slots) - 1
        self._used = 0
        self._again: dict[int, int] = {}

    def number(self, text: str) -> int:
        """Say which occurrence of `text` this is, counting from 1."""
        key = (hash(text) & 0xFFFF_FFFF_FFFF_FFFF) or 1  # 0 marks a free slot
        slots, mask = self._slots, self._mask
        at = key & mask
        while (there := slots[at]) != key:
            if not there:
                return self._first(at, key)
            at = (at + 1) & mask
        self._again[key] = count = self._again.get(key, 1) + 1
        return count

    def _first(self, at: int, key: int) -> int:
        self._slots[at] = key
        self._used += 1
        if self._used * 5 > len(self._slots) * 3:
            self._grow()
        return 1

    def _grow(self) -> None:
        old, size = self._slots, len(self._slots) * 2
        self._slots, self._mask = array("Q", bytes(8 * size)), size - 1
        slots, mask = self._slots, self._mask
        for key in old:
            if key:
                at = key & mask
                while slots[at]:
                    at = (at + 1) & mask
                slots[at] = key


def id_column_of(header: Sequence[str], wanted: str | None) -> int | None:
    """Find the column that holds the id: as set, else one called id; None when there is none.

    Raises:
        SetupError: `wanted` is not a column.
    """
    if wanted is None:
        return _first_in(header, {"id"})
    if wanted in header:
        return header.index(wanted)
    found = _first_in(header, {wanted.strip().casefold()})
    if found is None:
        raise SetupError(
            f"id_column {wanted!r} is not among the columns: {', '.join(header)}",
            fix="name one of them, or leave id_column out",
        )
    return found


def email_column_of(header: Sequence[str]) -> int | None:
    """Find the column that holds the e-mail, by its usual names."""
    return _first_in(header, EMAIL_HEADERS)


def _first_in(header: Sequence[str], names: set[str] | frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name.casefold() in names), None)


def namer(header: Sequence[str], id_column: str | None) -> NameRow:
    """Compile the rule of this file; it counts, so each reading of a file needs its own.

    Raises:
        SetupError: `id_column` is not a column.
    """
    name = _by_hash(Occurrences())
    if (email := email_column_of(header)) is not None:
        name = _by_email(email, Occurrences(), name)
    if (at := id_column_of(header, id_column)) is not None:
        name = _by_id(at, name)
    return name


def _by_id(at: int, otherwise: NameRow) -> NameRow:
    def name(row: list[str]) -> str:
        return (row[at].strip() if len(row) > at else "") or otherwise(row)

    return name


def _by_email(at: int, seen: Occurrences, otherwise: NameRow) -> NameRow:
    def name(row: list[str]) -> str:
        email = row[at].strip().lower() if len(row) > at else ""
        return _numbered(email, seen) if "@" in email else otherwise(row)

    return name


def _by_hash(seen: Occurrences) -> NameRow:
    def name(row: list[str]) -> str:
        text = "\x1f".join(row)
        if not text.strip("\x1f \t\r\n"):
            return ""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return _numbered(f"row:{digest}", seen)

    return name


def _numbered(name: str, seen: Occurrences) -> str:
    number = seen.number(name)
    return name if number == 1 else f"{name}#{number}"
