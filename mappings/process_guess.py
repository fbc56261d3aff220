"""Guesses what a source's stages, owners, statuses and reasons become, and says why; what cannot be guessed stays open.

What is the same by name or address comes first, then what the source itself says of a stage: won, lost, how
likely. Nothing is guessed from what a name merely resembles, but for a few words that mean one thing everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mappings.process import OPEN, Answer, Section
from mappings.process_rules import standing_stages
from sell_model.matching.normal_forms import folded
from sell_model.process import OurProcess, OurStage

Guess: TypeAlias = tuple[Any, str]
"""What it becomes, as it stands after `ours:`, and why."""


@dataclass(frozen=True, slots=True)
class TheirStage:
    """A stage of theirs."""

    id: str
    name: str
    likelihood: int | None = None
    """Percent."""
    closed: str | None = None
    """`won`, `lost` or `unqualified`, where it is an outcome."""


@dataclass(frozen=True, slots=True)
class TheirPipeline:
    """A pipeline of theirs, its stages in their order."""

    name: str
    id: str | None = None
    stages: tuple[TheirStage, ...] = ()


@dataclass(frozen=True, slots=True)
class TheirOwner:
    """Somebody whom their records name as owner."""

    id: str
    name: str = ""
    email: str | None = None
    active: bool = True
    listed: bool = True
    """Whether the source lists them among its users; else only records name them."""


@dataclass(frozen=True, slots=True)
class TheirValue:
    """A status, reason or source in their records."""

    value: str
    label: str = ""
    mapped: str | None = None
    """What the mapping's own table makes of it."""


@dataclass(frozen=True, slots=True)
class TheirField:
    """A field of theirs that no mapping reads, and what it seems to hold."""

    stream: str
    path: str
    label: str
    feeds: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """What a source's process consists of."""

    source: str
    title: str
    """Of the vendor, as people call it."""
    pipelines: tuple[TheirPipeline, ...] = ()
    owners: tuple[TheirOwner, ...] = ()
    values: Mapping[Section, tuple[TheirValue, ...]] = field(default_factory=dict)
    """Statuses, reasons and sources."""
    fields: tuple[TheirField, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be read, in words."""


def pipeline(theirs: TheirPipeline, ours: OurProcess, *, first: bool) -> Guess:
    """Guess a pipeline.

    Args:
        first: it is the source's first, and no other of theirs bears the name of our default one.
    """
    if name := _same(theirs.name, ours.pipelines):
        return name, "the same name"
    if first and ours.pipelines:
        return next(iter(ours.pipelines)), "the first pipeline there, and the first here"
    return {"new": theirs.name}, "no pipeline of ours bears this name"


def stage(theirs: TheirStage, within: Answer, ours: OurProcess, made: Sequence[OurStage] = ()) -> Guess:
    """Guess a stage.

    Args:
        within: what its pipeline becomes.
        made: the stages that this pipeline is to get by what was guessed before.
    """
    if within.kind == "open":
        return OPEN, "its pipeline comes first"
    there = (*standing_stages(ours, within), *made)
    if name := _same(theirs.name, [each.name for each in there]):
        return name, "the same name"
    outcome, why = outcome_of(theirs)
    if outcome is not None:
        found = next((each.name for each in there if each.category == outcome), None)
        if found is not None:
            return found, why
        return ({"new": theirs.name, "category": outcome}, why) if within.kind == "new" else (OPEN, why)
    if theirs.likelihood is None:
        return OPEN, "the source does not say how likely it is"
    if within.kind == "new":
        return {"new": theirs.name, "category": "custom", "likelihood": theirs.likelihood}, "as it is there"
    return _nearest(theirs.likelihood, [each for each in there if each.is_open])


def outcome_of(theirs: TheirStage) -> tuple[str | None, str]:
    """Tell which outcome a stage of theirs is, and by what; None: it is on the way."""
    if theirs.closed == "lost" and _UNQUALIFIED.search(theirs.name):
        return "unqualified", "closed as lost, and its name says unqualified"
    if theirs.closed is not None:
        return theirs.closed, f"closed as {theirs.closed}"
    if theirs.likelihood is None and (said := _OUTCOMES.get(folded(theirs.name))):
        return said, f"its name says {said}"
    return None, ""


def _nearest(likelihood: int, there: Sequence[OurStage]) -> Guess:
    if not there:
        return OPEN, "the pipeline has no stage on the way"
    found = min(there, key=lambda each: (abs(each.likelihood - likelihood), each.likelihood))
    if found.likelihood == likelihood:
        return found.name, f"the same likelihood, {likelihood} %"
    return found.name, f"likelihood {likelihood} % is nearest to {found.likelihood} %"


def owner(theirs: TheirOwner, ours: OurProcess) -> Guess:
    """Guess an owner; who has left and is nobody here leaves their records without one."""
    left = "" if theirs.active else "; has left there"
    called = folded(theirs.name or ("" if theirs.listed else theirs.id))  # rows of a file name people
    for user in ours.users:
        if theirs.email and user.email.lower() == theirs.email.lower():
            return user.email, f"the same address{left}"
    for user in ours.users:
        if called and folded(user.name) == called:
            return user.email, f"the same name{left}"
    if not theirs.listed and (pool := _same(theirs.name or theirs.id, ours.pools)):
        return {"pool": pool}, "a pool of this name"
    if not theirs.active:
        return "leave", "has left there, and no user here has this address"
    if not theirs.listed:
        return OPEN, "records name it, but it is not among the source's users"
    return OPEN, "no user here has this address"


def value(section: Section, theirs: TheirValue, ours: OurProcess) -> Guess:
    """Guess a status, a reason or a source."""
    known = {
        "statuses": ours.statuses,
        "loss_reasons": ours.loss_reasons,
        "unqualified_reasons": ours.unqualified_reasons,
        "sources": ours.sources,
    }[section]
    if theirs.mapped is not None and (name := _same(theirs.mapped, known)):
        return name, "as the mapping has it"
    for said in (theirs.value, theirs.label):
        if said and (name := _same(said, known)):
            return name, "the same name"
    if section == "sources":
        return {"new": theirs.label or theirs.value}, "kept under its own name"
    if section == "statuses" and _CONVERTED.search(f"{theirs.value} {theirs.label}"):
        return "hold", "a converted lead comes as its contact"
    for name, words in _WORDS[section].items():
        if (at := words.search(f"{theirs.value} {theirs.label}")) and (name := _same(name, known) or ""):
            return name, f"its name says {at[0].lower()!r}"
    return OPEN, "none of ours is like it"


def _same(name: str, known: Sequence[str] | Mapping[str, object]) -> str | None:
    """Find a name of ours that is theirs but for capitals, accents and punctuation."""
    wanted = folded(name)
    return next((each for each in known if wanted and folded(each) == wanted), None)


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{pattern})", re.IGNORECASE)


_UNQUALIFIED = _word(r"unqualif|disqualif|not qualified|no fit|junk")
_CONVERTED = re.compile(r"(?<!not )(?<![A-Za-z])converted", re.IGNORECASE)
_OUTCOMES = {"won": "won", "closed won": "won", "lost": "lost", "closed lost": "lost", "unqualified": "unqualified"}
_WORDS: dict[Section, dict[str, re.Pattern[str]]] = {
    "statuses": {
        "Unqualified": _word(r"unqualif|disqualif|not qualified|bad timing|bad_timing|junk|dead\b|not converted"),
        "New": _word(r"new\b|not contacted|untouched|uncontacted"),
        "Working": _word(r"working|contacted|connected|in.progress|attempted|open\b"),
    },
    "loss_reasons": {
        "Price": _word(r"pric|expensive|cost"),
        "Competitor": _word(r"compet|rival"),
        "No budget": _word(r"budget|funding|no money"),
        "Bad timing": _word(r"timing|postpone|not now|too early"),
        "Other": _word(r"other\b"),
    },
    "unqualified_reasons": {
        "No need": _word(r"no need|not interested|no interest"),
        "Not a fit": _word(r"not a fit|bad fit|no fit|poor fit"),
        "No reply": _word(r"no reply|no response|unresponsive|not reached|unreachable"),
        "Duplicate": _word(r"duplicate"),
    },
}
"""Words that mean one of Sell's usual names wherever they stand."""
