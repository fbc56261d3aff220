"""The file of survivorship rules: by which rule each field survives where several sources know the same record.

It lies beside the admin's mappings, `mappings/survivors.yaml`. A field that it does not name survives as
usually: the source of the highest priority, then the most recent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag

from mappings.errors import Fault, MappingError, nearest
from mappings.file import LanguageFile
from mappings.language import Language
from sell_model.custom_fields import CUSTOM, CustomField
from sell_model.survivorship_rules import UNION, VERIFIABLE, Rule, Sources, Survival
from sell_model.targets import TARGETS

FILE_NAME = "survivors.yaml"
NAME = "survivors"
Kind: TypeAlias = Literal["lead", "contact", "deal"]
TYPES: tuple[Kind, ...] = ("lead", "contact", "deal")
_UNITED = frozenset({"tags"})
_NOT_BY_RULE = {
    "email_consent": ("of consent the strictest word holds", "leave it out"),
    "phone_consent": ("of consent the strictest word holds", "leave it out"),
    "custom_fields": ("custom fields survive one by one", f"{CUSTOM}NAME"),
    "currency": ("a currency goes with the value of its source", "value"),
    "pipeline": ("a pipeline follows from the stage", "stage"),
    "is_organization": ("whether it is a company is told by what is matched, not by a rule", "leave it out"),
}
"""Field → why no rule can be given for it, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in the file are held against."""

    sources: tuple[str, ...]
    customs: tuple[CustomField, ...] = ()
    """The custom fields as they are defined now."""


class BySource(Language):
    """A criterion: these sources of hub.toml before others, the first one foremost."""

    source: list[str] = Field(description="Names of sources, the strongest first", min_length=1)


Word: TypeAlias = Literal["priority", "recent", "longest", "complete", "verified", "union"]
Said: TypeAlias = Annotated[
    Annotated[Word, Tag("word")] | Annotated[BySource, Tag("source")],
    Discriminator(lambda said: "source" if isinstance(said, dict) else "word"),
]


def _as_list(said: Any) -> Any:
    return said if isinstance(said, list) else [said]


RuleSpec: TypeAlias = Annotated[list[Said], BeforeValidator(_as_list)]
"""A criterion, or several, the foremost first."""


class SurvivorsSpec(Language):
    """What the file says: by record type, the rule of each field that survives otherwise than usually."""

    lead: dict[str, RuleSpec] = Field({}, description="Rules of leads, by field")
    contact: dict[str, RuleSpec] = Field({}, description="Rules of contacts, by field")
    deal: dict[str, RuleSpec] = Field({}, description="Rules of deals, by field")


class SurvivorsFile(LanguageFile[SurvivorsSpec]):
    """The file, read when first asked for."""

    language = SurvivorsSpec
    keys = frozenset({*TYPES, "source"})


def rules_of(file: SurvivorsFile, known: Known) -> Survival:
    """Give the rules that a file declares.

    Raises:
        MappingError: the file is not right; every fault is named with its line.
    """
    faults = check_survivors(file, known)
    if faults or file.spec is None:
        raise MappingError(faults)
    return meaning_of(file.spec)


def meaning_of(spec: SurvivorsSpec) -> Survival:
    """Compile what a file says; its version changes with its meaning, not with its spelling."""
    rules: dict[str, dict[str, Rule]] = {
        kind: {name: _rule(said) for name, said in getattr(spec, kind).items()} for kind in TYPES
    }
    if not any(rules.values()):
        return Survival()
    meaning = repr([(kind, sorted(rules[kind].items())) for kind in TYPES])
    return Survival(sha256(meaning.encode()).hexdigest()[:16], rules)


def check_survivors(file: SurvivorsFile, known: Known) -> list[Fault]:
    """List what is wrong with the file: unknown fields and sources, rules that fit no such field."""
    if file.spec is None:
        return list(file.faults)
    return [fault for kind in TYPES for name in getattr(file.spec, kind) for fault in _faults(file, kind, name, known)]


def notes_of(file: SurvivorsFile, known: Known) -> list[Fault]:
    """List rules of custom fields that nobody has: a misspelt one would do nothing, without a word."""
    found = []
    for kind in TYPES if file.spec is not None else ():
        fields = {f.name: f for f in known.customs if f.record_type == kind}
        for name in getattr(file.spec, kind):
            custom = name.removeprefix(CUSTOM)
            if name.startswith(CUSTOM) and custom not in fields:
                now = next((f.name for f in fields.values() if custom in f.former_names), None)
                told = f"a {kind} has no custom field {custom!r}" + (f"; it is called {now!r} now" if now else " yet")
                near = now or nearest(custom, fields)
                suggestion = f"{CUSTOM}{near}" if near else ""
                found.append(replace(file.fault((kind, name), told, suggestion, key=True), level="note"))
    return found


def _faults(file: SurvivorsFile, kind: Kind, name: str, known: Known) -> Iterator[Fault]:
    fields = {*TARGETS[kind].fields, *TARGETS[kind].refs}
    if name not in fields and (not name.startswith(CUSTOM) or name == CUSTOM):
        yield file.fault((kind, name), f"a {kind} has no field {name!r}", nearest(name, fields), key=True)
    elif name in _NOT_BY_RULE:
        yield file.fault((kind, name), f"{name}: {_NOT_BY_RULE[name][0]}", _NOT_BY_RULE[name][1], key=True)
    else:
        for told, suggestion in _misfits(kind, name, getattr(file.spec, kind)[name], known):
            yield file.fault((kind, name), told, suggestion)


def _misfits(kind: Kind, name: str, words: list[Word | BySource], known: Known) -> Iterator[tuple[str, str]]:
    """Say what in a rule does not fit its field, and what would."""
    if not words:
        yield f"{name} has an empty rule", "recent"
    if UNION in words and not _may_unite(kind, name, known):
        yield f"{name} holds one value: there is nothing to unite", "recent"
    if name in _UNITED and words and UNION not in words:
        yield f"{name} are united, whatever else is said", "[union, recent]"
    if "verified" in words and name not in VERIFIABLE:
        yield (
            f"of {name} nobody can tell whether it is verified",
            f"recent; verified is for {', '.join(sorted(VERIFIABLE))}",
        )
    plain = [word for word in words if isinstance(word, str)]
    if len(set(plain)) < len(plain):
        yield f"{name} names a criterion twice", "each once, the foremost first"
    for source in (source for word in words if isinstance(word, BySource) for source in word.source):
        if source not in known.sources:
            yield f"no source is called {source!r}", nearest(source, known.sources) or ", ".join(known.sources)


def _may_unite(kind: Kind, name: str, known: Known) -> bool:
    """Whether a field holds several values; of a custom field that is not defined yet it may."""
    if not name.startswith(CUSTOM):
        return name in _UNITED
    custom = name.removeprefix(CUSTOM)
    types = [f.type for f in known.customs if f.record_type == kind and f.name == custom]
    return types in ([], ["multi_select_list"])


def _rule(words: list[Word | BySource]) -> Rule:
    criteria = tuple(
        Sources(tuple(word.source)) if isinstance(word, BySource) else word for word in words if word != "union"
    )
    return Rule(criteria, UNION in words)
