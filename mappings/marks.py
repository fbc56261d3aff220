"""Reads a mapping's YAML as plain JSON values, and remembers the line and column of each.

Scalars mean what they mean in JSON: `true`, `false`, `null`, numbers; everything else is text. So `no`
is text and not false, `2026-01-02` is text and not a date, and `+14155552671` keeps its plus.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from mappings.errors import Fault

Loc: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the keys and places that lead to it."""
Mark: TypeAlias = tuple[int, int]
"""Line and column, from 1."""


class _Loader(yaml.CSafeLoader):
    """YAML with JSON's scalars."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 -- yaml's own name


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
    list("-0123456789"),
)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./()*@-]*(?: [A-Za-z0-9_./()*-]+)*")


@dataclass(slots=True)
class MarkedYaml:
    """A file's plain data, the place of each part, and what kept it from being read."""

    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    keys: dict[Loc, Mark] = field(default_factory=dict)
    values: dict[Loc, Mark] = field(default_factory=dict)

    def at(self, loc: Sequence[str | int], *, key: bool = False) -> Mark:
        """Give the mark of a part, or of the nearest part around it that stands in the file.

        Args:
            key: of its key rather than its value.
        """
        parts = tuple(loc)
        while parts:
            if key and parts in self.keys:
                return self.keys[parts]
            if parts in self.values:
                return self.values[parts]
            parts = parts[:-1]
        return (1, 1)


def read_yaml(text: str, file: str) -> MarkedYaml:
    """Read a mapping file's text. Faults are listed, never raised; `file` is how they name it."""
    read = MarkedYaml()
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"not readable as YAML: {error.problem or error.context}"
        read.faults.append(Fault(file, line, column, problem, "check indentation, colons and quotes"))
        return read
    except yaml.YAMLError as error:
        read.faults.append(Fault(file, 1, 1, f"not readable as YAML: {str(error).splitlines()[0]}"))
        return read
    read.data = _Reading(read, file).value(node, ()) if node is not None else None
    return read


def quoted(text: str) -> str:
    """Write a text as YAML reads it back: plain where nothing can go wrong, as JSON otherwise."""
    if _PLAIN.fullmatch(text) and text not in {"true", "false", "null"}:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    letters = (letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in escaped)
    return f'"{"".join(letters)}"'


class _Reading:
    def __init__(self, into: MarkedYaml, file: str) -> None:
        self.into = into
        self.file = file
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        self.into.values[loc] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in self.seen:
            self._fault(node, "anchors and aliases (& and *) are not used in mappings", "write it out twice")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*loc, place)) for place, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, "a key must be plain text", "quote it")
                continue
            key = str(key_node.value)
            if key in found:
                self._fault(key_node, f"{key!r} stands here twice", "keep one of them")
                continue
            self.into.keys[(*loc, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            found[key] = self.value(child, (*loc, key))
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text == "true"
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "str":
                return text
        self._fault(node, f"the tag {node.tag} is not used in mappings", "leave the tag out")
        return None

    def _fault(self, node: yaml.Node, message: str, suggestion: str) -> None:
        mark = node.start_mark
        self.into.faults.append(Fault(self.file, mark.line + 1, mark.column + 1, message, suggestion))
