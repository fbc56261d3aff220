"""What a server answers to FETCH, as values. Source of facts: RFC 3501 §7.4.2 and §9.

`imaplib` gives an answer in pieces: the text up to a literal beside the literal itself, then what follows. Here they
become, for each message, its items by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "bytes | list[Value] | None"
"""An atom, a text or a literal; a list in parentheses; NIL."""

DEEPEST = 200
"""Lists within lists; each part of a mail within another takes two."""
_SPACE = b" \t\r\n"
_ATOM = re.compile(rb'[^\s()"\[{]+')
_LITERAL = re.compile(rb"~?\{\d+\}$")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class UnreadableAnswerError(ValueError):
    """What came is no answer to FETCH."""


def fetched(pieces: Sequence[object]) -> Iterator[dict[str, Value]]:
    """Give the items of each message that an answer tells of, by name in capitals: `UID`, `BODYSTRUCTURE` ….

    A section's name goes without its list of headers and its origin: `BODY[HEADER.FIELDS]`, `BODY[1.2]`.

    Raises:
        UnreadableAnswerError: it breaks off, or is something else.
    """
    reader = _Reader(pieces)
    while reader.skip_to_message():
        items = reader.value()
        if not isinstance(items, list) or len(items) % 2:
            raise UnreadableAnswerError("a message's items are no pairs")
        yield {_name(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


def _name(key: Value) -> str:
    if not isinstance(key, bytes):
        raise UnreadableAnswerError("an item without a name")
    name = key.decode("ascii", "replace").upper()
    section = re.match(r"(BODY\[)([^\]\s]*)", name)
    return f"{section[1]}{section[2]}]" if section else name


@dataclass(slots=True)
class _Reader:
    """Reads values from pieces of text and literals."""

    pieces: Sequence[object]
    piece: int = 0
    at: int = 0
    depth: int = 0

    def skip_to_message(self) -> bool:
        """Go to the `(` of the next message; false: there is none."""
        while self.piece < len(self.pieces):
            text = self._text()
            found = re.compile(rb"\s*\d+\s+(?=\()").match(text, self.at)
            if found:
                self.at = found.end()
                return True
            self.piece, self.at = self.piece + 1, 0
        return False

    def value(self) -> Value:
        """Read one value."""
        text = self._text()
        while self.at < len(text) and text[self.at] in _SPACE:
            self.at += 1
        if self.at >= len(text):
            raise UnreadableAnswerError("it breaks off")
        mark = text[self.at : self.at + 1]
        if mark == b"(":
            return self._list()
        if mark == b'"':
            return self._quoted(text)
        if _LITERAL.match(text, self.at):
            return self._literal()
        atom = self._atom(text)
        return None if atom.upper() == b"NIL" else atom

    def _text(self) -> bytes:
        piece = self.pieces[self.piece] if self.piece < len(self.pieces) else b""
        text = piece[0] if isinstance(piece, tuple) else piece
        return text if isinstance(text, bytes) else b""

    def _list(self) -> list[Value]:
        self.at += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableAnswerError("lists within lists without end")
        found: list[Value] = []
        while True:
            text = self._text()
            while self.at < len(text) and text[self.at] in _SPACE:
                self.at += 1
            if self.at >= len(text):
                raise UnreadableAnswerError("it breaks off")
            if text[self.at : self.at + 1] == b")":
                self.at += 1
                self.depth -= 1
                return found
            found.append(self.value())

    def _quoted(self, text: bytes) -> bytes:
        found = _QUOTED.match(text, self.at)
        if found is None:
            raise UnreadableAnswerError("a text that does not end")
        self.at = found.end()
        return _ESCAPED.sub(rb"\1", found[1])

    def _literal(self) -> bytes:
        piece = self.pieces[self.piece]
        self.piece, self.at = self.piece + 1, 0
        if not isinstance(piece, tuple) or not isinstance(piece[1], bytes):
            raise UnreadableAnswerError("a literal is missing")
        return piece[1]

    def _atom(self, text: bytes) -> bytes:
        """An atom; one with a section in brackets goes on to the end of these, and of the origin behind."""
        start = self.at
        while self.at < len(text) and (found := _ATOM.match(text, self.at)):
            self.at = found.end()
            if text[self.at : self.at + 1] != b"[":
                break
            end = text.find(b"]", self.at)
            if end < 0:
                raise UnreadableAnswerError("a section that does not end")
            self.at = end + 1
        if self.at == start:
            raise UnreadableAnswerError(f"unexpected {text[start : start + 1]!r}")
        return text[start : self.at]
