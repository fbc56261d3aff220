"""A small, true evaluator of SOQL over rows in memory: SELECT, WHERE, ORDER BY, LIMIT, OFFSET.

Not in it, answered with MALFORMED_QUERY: aggregates but COUNT(), GROUP BY, subqueries, TYPEOF.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sandbox.salesforce.ids import id18

Value: TypeAlias = Any
Lookup: TypeAlias = Callable[[str], Value]
"""Gives a field of the row at hand, by path."""
Condition: TypeAlias = Callable[[Lookup], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:\\.|[^'\\])*')"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class SoqlError(Exception):
    """A query that Salesforce would refuse.

    Args:
        code: its errorCode.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `fields` is empty for `SELECT COUNT()`."""

    fields: tuple[str, ...]
    sobject: str
    where: Condition
    mentioned: tuple[str, ...]
    """Fields in WHERE and ORDER BY."""
    order: tuple[tuple[str, bool], ...]
    """Field and whether descending."""
    limit: int | None
    offset: int

    def run(self, rows: list[dict[str, Value]], look: Callable[[dict[str, Value], str], Value]) -> list[Any]:
        """Give the rows that fit, in order; `look(row, path)` reads a field."""
        found = [row for row in rows if self.where(lambda path: look(row, path))]  # noqa: B023 -- used at once
        for path, descending in reversed(self.order):
            found.sort(key=lambda row: _sort_key(look(row, path)), reverse=descending)
        end = None if self.limit is None else self.offset + self.limit
        return found[self.offset : end]


def _sort_key(value: Value) -> tuple[bool, Value]:
    return (value is not None, value if value is not None else 0)


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        SoqlError: MALFORMED_QUERY.
    """
    return _Parser(text).query()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text[at : at + 10]}'")
        tokens.append(_Token(match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._mentioned: list[str] = []

    def query(self) -> Query:
        self._expect("SELECT")
        fields = self._fields()
        self._expect("FROM")
        sobject = self._next("word").text
        where = self._or() if self._take("WHERE") else _always
        order = self._order() if self._take("ORDER") else ()
        limit = int(self._next("number").text) if self._take("LIMIT") else None
        offset = int(self._next("number").text) if self._take("OFFSET") else 0
        if self._at < len(self._tokens):
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{self._tokens[self._at].text}'")
        return Query(fields, sobject, where, tuple(self._mentioned), order, limit, offset)

    def _fields(self) -> tuple[str, ...]:
        first = self._next("word").text
        if first.upper() == "COUNT" and self._take("("):
            self._expect(")")
            return ()
        fields = [first]
        while self._take(","):
            fields.append(self._next("word").text)
        return tuple(fields)

    def _or(self) -> Condition:
        parts = [self._and()]
        while self._take("OR"):
            parts.append(self._and())
        return lambda row: any(part(row) for part in parts)

    def _and(self) -> Condition:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Condition:
        if self._take("NOT"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        field = self._field()
        if self._take("NOT"):
            self._expect("IN")
            barred = self._list()
            return lambda row: _plain(row(field)) not in barred
        if self._take("IN"):
            allowed = self._list()
            return lambda row: _plain(row(field)) in allowed
        if self._take("LIKE"):
            pattern = _like(self._next("string").text)
            return lambda row: bool(pattern.fullmatch(str(row(field) or "")))
        return _compared(field, self._next("sign").text, self._literal())

    def _field(self) -> str:
        name = self._next("word").text
        self._mentioned.append(name)
        return name

    def _list(self) -> list[Value]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return values

    def _literal(self) -> Value:
        token = self._next()
        if token.kind == "string":
            return _plain(_unquoted(token.text))
        if token.kind == "time":
            return _time(token.text)
        if token.kind == "number":
            return float(token.text)
        words = {"true": True, "false": False, "null": None}
        if token.text.lower() not in words:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{token.text}'")
        return words[token.text.lower()]

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY")
        terms = [self._term()]
        while self._take(","):
            terms.append(self._term())
        return tuple(terms)

    def _term(self) -> tuple[str, bool]:
        field = self._field()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        if self._take("NULLS") and not self._take("FIRST"):
            self._expect("LAST")
        return field, descending

    def _next(self, kind: str = "") -> _Token:
        if self._at >= len(self._tokens):
            raise SoqlError("MALFORMED_QUERY", "unexpected end of query")
        token = self._tokens[self._at]
        if kind and token.kind != kind:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{token.text}'")
        self._at += 1
        return token

    def _take(self, word: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at].text.upper() == word
        self._at += taken
        return taken

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise SoqlError("MALFORMED_QUERY", f"expected {word}")


def _always(_: Lookup) -> bool:
    return True


def _compared(field: str, sign: str, literal: Value) -> Condition:
    if sign not in _COMPARE:
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{sign}'")
    compare = _COMPARE[sign]

    def holds(row: Lookup) -> bool:
        value = _plain(row(field))
        if value is None or literal is None:
            return sign in {"=", "!=", "<>"} and compare(value, literal)
        return compare(value, literal)

    return holds


def _plain(value: Value) -> Value:
    """Bring a value to a form in which SOQL's comparison is Python's: no case in text, 18-digit ids."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"[A-Za-z0-9]{15}", value) and value[:2] in {"00", "01"}:
        return id18(value)
    if re.fullmatch(r"[A-Za-z0-9]{18}", value) and value[:2] in {"00", "01"}:
        return value
    return value.casefold() if not re.match(r"\d{4}-\d\d-\d\d", value) else value


def _unquoted(text: str) -> str:
    plain = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\(.)", lambda m: plain.get(m[1], m[1]), text[1:-1])


def _time(text: str) -> str:
    if "T" not in text:
        return text
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _like(text: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(c, re.escape(c)) for c in _unquoted(text))
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)
