"""By which rule a field survives where several sources know the same person: declared by admins, field by field.

A rule is a list of criteria, tried in order until one tells two values apart; what is left is told by the usual
order: the source's priority, then recency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from sell_model.draft import Draft
from sell_model.types import JsonObject

Criterion: TypeAlias = Literal["priority", "recent", "longest", "complete", "verified"]
CRITERIA: tuple[Criterion, ...] = ("priority", "recent", "longest", "complete", "verified")

UNION = "union"
"""The rule of fields of several values: all that anybody says, each once."""


class Word(Protocol):
    """What one source record says."""

    priority: int
    draft: Draft
    changed_at: str
    source: str


@dataclass(frozen=True, slots=True)
class Sources:
    """A criterion: these sources before others, the first one foremost."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field survives."""

    criteria: tuple[Criterion | Sources, ...] = ()
    union: bool = False
    """All values are united; the criteria say in whose order."""

    @property
    def text(self) -> str:
        """The rule as `lead trace` tells it."""
        told = [_WORDS[each] if isinstance(each, str) else f"source {', '.join(each.names)}" for each in self.criteria]
        return ", then ".join([*(["all that sources say"] if self.union else []), *told])


_WORDS: dict[Criterion, str] = {
    "priority": "the source of the highest priority",
    "recent": "the most recent",
    "longest": "the longest",
    "complete": "the most complete",
    "verified": "one that is verified",
}

_DECIDING: dict[Criterion, str] = {
    "priority": "highest priority",
    "recent": "newest",
    "longest": "longest",
    "complete": "most complete",
    "verified": "verified",
}


@dataclass(frozen=True, slots=True)
class Survival:
    """All rules, under one version."""

    version: str = ""
    """Empty: the usual rules."""
    rules: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    """Record type → field, or `custom_fields.NAME` → its rule."""

    def of(self, record_type: str) -> Mapping[str, Rule]:
        """Give the rules of a record type: those fields that survive otherwise than usually."""
        return self.rules.get(record_type, {})


def strength(rule: Rule, word: Word, value: Any, field_name: str) -> tuple[Any, ...]:
    """Give a key by which values of a field compare under a rule: the greatest survives."""
    return tuple(measure(criterion, word, value, field_name) for criterion in rule.criteria)


def measure(criterion: Criterion | Sources, word: Word, value: Any, field_name: str) -> Any:
    """Give what one criterion compares of a value: the greater one survives."""
    if isinstance(criterion, Sources):
        return -criterion.names.index(word.source) if word.source in criterion.names else -len(criterion.names)
    match criterion:
        case "priority":
            return word.priority
        case "recent":
            return word.draft.updated_at or word.changed_at
        case "longest":
            return _length(value)
        case "complete":
            return _parts(value)
        case "verified":
            return _is_verified(field_name, value, word.draft.fields)


def measured(criterion: Criterion | Sources, word: Word) -> str:
    """Say in a few words what put a value before the others: `longest`, `source crm first`."""
    return f"source {word.source} first" if isinstance(criterion, Sources) else _DECIDING[criterion]


def _length(value: Any) -> int:
    """Count the characters of a text, or of all the texts of an address or a list."""
    if isinstance(value, (dict, list)):
        return sum(_length(part) for part in (value.values() if isinstance(value, dict) else value))
    return 0 if value is None else len(str(value))


def _parts(value: Any) -> int:
    """Count what a value is made of: the parts of an address, the words of a text."""
    if isinstance(value, dict):
        return sum(1 for part in value.values() if part not in (None, ""))
    return len(value) if isinstance(value, list) else len(str(value).split())


PHONES = frozenset({"phone", "mobile", "fax"})
VERIFIABLE = PHONES | {"email"}
"""Fields of which it can be told whether their value was proven."""


def _is_verified(field_name: str, value: Any, fields: JsonObject) -> bool:
    """Whether a value was proven: a phone that is a whole number in E.164, an address that did not bounce."""
    if field_name in PHONES:
        text = str(value)
        return text.startswith("+") and text[1:].isdigit() and 8 <= len(text) <= 16
    if field_name == "email":
        return fields.get("email_consent") not in {"bounced", "pending"}
    return True


def united(values: Sequence[Sequence[Any]]) -> list[Any]:
    """Unite lists, each element once, in order.

    >>> united([["red", "blue"], ["blue", "green"]])
    ['red', 'blue', 'green']
    """
    return list(dict.fromkeys(element for value in values for element in value))
