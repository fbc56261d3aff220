"""Conditions (`only_if`): JMESPath, read by the library's own parser.

Comparisons, `&&`, `||`, `!` and `contains(path, 'text')` become functions of ours, some fifteen times
faster than the library; whatever is richer is left to the library, which then decides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult, Parser

from mappings.paths import Reader
from sell_model.draft import JsonObject

Condition: TypeAlias = Callable[[JsonObject], bool]
Find: TypeAlias = Callable[[str], str | None]
"""Gives the key by which a record really has a top-level key; None: it does not have it."""
_Node: TypeAlias = dict[str, Any]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class ConditionError(ValueError):
    """Not a condition; `place` is the character at which it goes wrong, from 0."""

    def __init__(self, text: str, place: int) -> None:
        super().__init__(text)
        self.place = place


def parse_condition(text: str) -> ParsedResult:
    """Read a condition.

    Raises:
        ConditionError: not JMESPath.
    """
    try:
        return Parser().parse(text)
    except JMESPathError as error:
        place = getattr(error, "lex_position", 0) or 0
        hint = ": texts stand in single quotes, == compares" if "=" in text or '"' in text else ""
        raise ConditionError(f"not a condition{hint}", place) from error


def condition_keys(parsed: ParsedResult) -> frozenset[str]:
    """Name the top-level keys of a record that a condition reads."""
    tree: Any = parsed.parsed
    return frozenset(_first_keys(tree))


def _first_keys(node: _Node) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    inside = node["children"]
    follow = inside[:1] if node["type"] in {"subexpression", "index_expression", "projection"} else inside
    for child in follow:
        if isinstance(child, dict):
            yield from _first_keys(child)


def condition(parsed: ParsedResult, find: Find) -> Condition:
    """Make the function that decides a condition. It never raises; what cannot be decided is false."""
    tree: Any = parsed.parsed
    own = _function(tree, find)
    if own is not None:
        return lambda record: _true(own(record))
    names = [(key, find(key)) for key in sorted(condition_keys(parsed))]

    def decide(record: JsonObject) -> bool:
        named = {**record, **{key: record.get(found) if found else None for key, found in names}}
        try:
            return _true(parsed.search(named))
        except (JMESPathError, TypeError):  # the library itself fails on a number compared with a text
            return False

    return decide


def _true(value: Any) -> bool:
    """Decide as JMESPath does: zero is true, what is empty is not."""
    return value is not None and value is not False and value not in ("", [], {})


def _equal(left: Any, right: Any) -> bool:
    """Compare as JMESPath does: 1 is not true, 0 is not false."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _function(node: _Node, find: Find) -> Reader | None:
    match node["type"]:
        case "field" | "subexpression":
            return _field_path(node, find)
        case "literal":
            constant = node["value"]
            return lambda _record: constant
        case "not_expression":
            inner = _function(node["children"][0], find)
            return inner and (lambda record: not _true(inner(record)))
        case "comparator" | "and_expression" | "or_expression":
            return _of_two(node, find)
        case "function_expression":
            return _contains(node, find) if node["value"] == "contains" else None
    return None


def _field_path(node: _Node, find: Find) -> Reader | None:
    keys = _keys(node)
    if not keys:
        return None
    first = find(keys[0])
    if first is None:
        return lambda _record: None
    rest = keys[1:]

    def read(record: JsonObject) -> Any:
        value = record.get(first)
        for key in rest:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return read


def _keys(node: _Node) -> list[str]:
    if node["type"] == "field":
        return [node["value"]]
    inside = [_keys(child) for child in node["children"]] if node["type"] == "subexpression" else []
    return [key for keys in inside for key in keys] if all(inside) else []


def _of_two(node: _Node, find: Find) -> Reader | None:
    left, right = (_function(child, find) for child in node["children"])
    if left is None or right is None:
        return None
    match node["type"], node["value"] if node["type"] == "comparator" else "":
        case "and_expression", _:
            return lambda record: right(record) if _true(value := left(record)) else value
        case "or_expression", _:
            return lambda record: value if _true(value := left(record)) else right(record)
        case _, "eq":
            return lambda record: _equal(left(record), right(record))
        case _, "ne":
            return lambda record: not _equal(left(record), right(record))
    return _ordered(_ORDER[node["value"]], left, right)


def _ordered(compare: Callable[[Any, Any], bool], left: Reader, right: Reader) -> Reader:
    def decide(record: JsonObject) -> bool | None:
        one, other = left(record), right(record)
        alike = (_number(one) and _number(other)) or (isinstance(one, str) and isinstance(other, str))
        return compare(one, other) if alike else None

    return decide


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contains(node: _Node, find: Find) -> Reader | None:
    if len(node["children"]) != 2:
        return None
    whole, part = (_function(child, find) for child in node["children"])
    if whole is None or part is None:
        return None

    def decide(record: JsonObject) -> bool:
        inside, wanted = whole(record), part(record)
        if isinstance(inside, str):
            return isinstance(wanted, str) and wanted in inside
        return isinstance(inside, list) and wanted in inside

    return decide
