"""One mapping file: its text, what it says, and what keeps it from being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import ValidationError

from mappings.errors import Fault, nearest
from mappings.language import KEYS, Language, MappingSpec
from mappings.marks import Loc, MarkedYaml, read_yaml

SpecT = TypeVar("SpecT", bound=Language)


@dataclass(frozen=True)
class LanguageFile(Generic[SpecT]):
    """A YAML file in a language of ours. It is read when first asked for, and then kept."""

    language: ClassVar[type[Language]]
    """What the file says, as a model."""
    keys: ClassVar[frozenset[str]]
    """Every key of the language."""

    path: Path
    name: str = ""
    """As the library calls it, `hubspot/contacts.lead`; empty: it stands outside of any library."""
    shipped: bool = False
    text: str | None = None
    """What it is to say, before it is written; None: what stands there."""

    @property
    def title(self) -> str:
        """How people are told about it: its name, or the file's own name."""
        return self.name or self.path.name

    @cached_property
    def _marked(self) -> MarkedYaml:
        try:
            text = self.path.read_text(encoding="utf-8") if self.text is None else self.text
        except UnicodeDecodeError:
            return MarkedYaml(faults=[Fault(str(self.path), 1, 1, "not UTF-8 text", "save it as UTF-8")])
        except OSError as error:
            return MarkedYaml(faults=[Fault(str(self.path), 1, 1, f"not readable: {error.strerror}")])
        return read_yaml(text, str(self.path))

    @cached_property
    def _read(self) -> tuple[SpecT | None, tuple[Fault, ...]]:
        marked = self._marked
        if marked.faults:
            return None, tuple(marked.faults)
        if not isinstance(marked.data, dict):
            return None, (self.fault((), "an empty file" if marked.data is None else "keys are expected"),)
        try:
            return cast("SpecT", self.language.model_validate(marked.data)), ()
        except ValidationError as error:
            return None, tuple(self._language_fault(dict(fault)) for fault in error.errors(include_url=False))

    @property
    def spec(self) -> SpecT | None:
        """What the file says; None where it cannot be read."""
        return self._read[0]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps the file from being read as the language."""
        return self._read[1]

    def fault(self, loc: Sequence[str | int], message: str, suggestion: str = "", *, key: bool = False) -> Fault:
        """Make a fault that points at a part of this file."""
        line, column = self._marked.at(loc, key=key)
        return Fault(str(self.path), line, column, message, suggestion)

    def _language_fault(self, error: dict[str, Any]) -> Fault:
        loc = self._in_file(error["loc"])
        word = str(error["loc"][-1]) if error["loc"] else ""
        where = ".".join(str(part) for part in loc[:-1])
        within = f" in {where}" if where else ""
        match error["type"]:
            case "extra_forbidden":
                near = nearest(word, self.keys)
                return self.fault(loc, f"there is no key {word!r}{within}", near, key=True)
            case "missing":
                return self.fault(loc, f"the key {word!r} is missing in {'.'.join(map(str, loc)) or 'the file'}")
            case "literal_error":
                allowed = str(error["ctx"]["expected"]).replace("'", "")
                near = nearest(str(error["input"]), allowed.replace(" or ", ", ").split(", "))
                return self.fault(loc, f"{error['input']!r} is none of {allowed}", near)
        text = str(error["msg"]).removeprefix("Value error, ")
        return self.fault(loc, f"{word}: {text[0].lower()}{text[1:]}")

    def _in_file(self, loc: Sequence[str | int]) -> Loc:
        """Drop from a validator's place what stands in no file: names of alternatives, long forms."""
        node: Any = self._marked.data
        found: list[str | int] = []
        for part in loc:
            inside = (isinstance(node, dict) and part in node) or (
                isinstance(node, list) and isinstance(part, int) and part < len(node)
            )
            if inside:
                found.append(part)
                node = node[part]
        return tuple(found)


class MappingFile(LanguageFile[MappingSpec]):
    """A mapping file, shipped or the admin's."""

    language = MappingSpec
    keys = KEYS
