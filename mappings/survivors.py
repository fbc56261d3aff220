"""The file of survivorship rules: by which rule each field survives where several sources know the same record.

It lies beside the admin's mappings, `mappings/survivors.yaml`. A field that it does not name survives as
usually: the source of the highest priority, then the most recent.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field

from mappings.errors import Fault, MappingError, nearest
from mappings.file import LanguageFile
from mappings.language import Language
from sell_model.survivorship_rules import UNION, Criterion, Rule, Sources, Survival
from sell_model.targets import TARGETS

FILE_NAME = "survivors.yaml"
NAME = "survivors"
TYPES = ("lead", "contact", "deal")
CUSTOM = "custom_fields."
_UNITED = frozenset({"tags"})
_STRICTEST = frozenset({"email_consent", "phone_consent"})


class BySource(Language):
    """A criterion: these sources of hub.toml before others, the first one foremost."""

    source: list[str] = Field(description="Names of sources, the strongest first", min_length=1)


Word: TypeAlias = Literal["priority", "recent", "longest", "complete", "verified", "union"]
RuleSpec: TypeAlias = Word | BySource | list[Word | BySource]


class SurvivorsSpec(Language):
    """What the file says: by record type, the rule of each field that survives otherwise than usually."""

    lead: dict[str, RuleSpec] = Field({}, description="Rules of leads, by field")
    contact: dict[str, RuleSpec] = Field({}, description="Rules of contacts, by field")
    deal: dict[str, RuleSpec] = Field({}, description="Rules of deals, by field")


class SurvivorsFile(LanguageFile[SurvivorsSpec]):
    """The file, read when first asked for."""

    language = SurvivorsSpec
    keys = frozenset({*TYPES, "source"})


def rules_in(folder: Path, sources: Iterable[str]) -> Survival:
    """Read the rules of a hub; without a file, the usual ones.

    Args:
        folder: where the admin's mappings lie.
        sources: the names of hub.toml's sources.

    Raises:
        MappingError: the file is not right; every fault is named with its line.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Survival()
    file = SurvivorsFile(path, NAME)
    faults = check_survivors(file, sources)
    if faults:
        raise MappingError(faults)
    spec = file.spec
    rules = {kind: {name: _rule(said) for name, said in getattr(spec, kind).items()} for kind in TYPES}
    meaning = repr([(kind, sorted(rules[kind].items())) for kind in TYPES])
    return Survival(sha256(meaning.encode()).hexdigest()[:16], rules)


def check_survivors(file: SurvivorsFile, sources: Iterable[str]) -> list[Fault]:
    """List what is wrong with the file: unknown fields and sources, rules that fit no such field."""
    if file.spec is None:
        return list(file.faults)
    known, found = list(sources), []
    for kind in TYPES:
        for name, said in getattr(file.spec, kind).items():
            found += _faults(file, kind, name, said, known)
    return found


def _faults(file: SurvivorsFile, kind: str, name: str, said: RuleSpec, sources: list[str]) -> list[Fault]:
    fields = {*TARGETS[kind].fields, *TARGETS[kind].refs}  # type: ignore[index]
    if name not in fields and not name.startswith(CUSTOM):
        near = nearest(name, fields)
        return [file.fault((kind, name), f"a {kind} has no field {name!r}", near, key=True)]
    if name in _STRICTEST:
        return [file.fault((kind, name), f"{name} has one rule: the strictest word holds", "leave it out", key=True)]
    if name == "custom_fields":
        return [file.fault((kind, name), "custom fields survive one by one", f"{CUSTOM}NAME", key=True)]
    found = []
    words = said if isinstance(said, list) else [said]
    if UNION in words and name not in _UNITED and not name.startswith(CUSTOM):
        found.append(file.fault((kind, name), f"{name} holds one value: there is nothing to unite", "recent"))
    if name in _UNITED and UNION not in words:
        found.append(file.fault((kind, name), f"{name} are united, whatever else is said", "[union, recent]"))
    for word in words:
        for source in word.source if isinstance(word, BySource) else ():
            if source not in sources:
                told = f"no source is called {source!r}"
                found.append(file.fault((kind, name), told, nearest(source, sources) or ", ".join(sources)))
    return found


def _rule(said: RuleSpec) -> Rule:
    words = said if isinstance(said, list) else [said]
    criteria: list[Criterion | Sources] = []
    for word in words:
        if isinstance(word, BySource):
            criteria.append(Sources(tuple(word.source)))
        elif word != UNION:
            criteria.append(word)
    return Rule(tuple(criteria), UNION in words)
