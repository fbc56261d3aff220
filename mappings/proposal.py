"""A proposal of how a source's process becomes ours: what people answered stays, the rest is guessed or open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from mappings import process_guess as guess
from mappings.process import (
    OPEN,
    SINGULAR,
    Answer,
    Entry,
    PipelineEntry,
    ProcessSpec,
    Section,
    answer,
)
from mappings.process_guess import Guess, TheirPipeline, Theirs
from sell_model.process import OurProcess, OurStage, plain
from sell_model.types import JsonObject

State: TypeAlias = Literal["new", "kept", "gone"]
"""Guessed now; as the file has it; in the file but no more at the source."""


@dataclass(frozen=True, slots=True)
class Line:
    """One of theirs, and what it becomes."""

    section: Section
    facts: JsonObject
    """What the source says, in the order in which the file shows it; `theirs` first."""
    ours: Any
    why: str
    """Why it was guessed; of what stands in the file the remark beside it, if there is one."""
    state: State = "new"
    stages: tuple[Line, ...] = ()
    within: str = ""
    """Of a stage: its pipeline, as the source calls it."""
    outdated: str = ""
    """The reason of a guess that people have answered otherwise: no remark of theirs."""

    @property
    def key(self) -> str:
        """By what the source's records point to it."""
        return str(self.facts.get("id") or self.facts["theirs"])

    @property
    def is_open(self) -> bool:
        """Whether nobody has said what it becomes."""
        return bool(self.ours == OPEN)

    @property
    def title(self) -> str:
        """Name it as people do: `stage Kickoff of Partner channel`."""
        name = str(self.facts["theirs"])
        known = f" ({self.key})" if self.key != name else ""
        return f"{SINGULAR[self.section]} {name}{known}{f' of {self.within}' if self.within else ''}"

    def to_json(self) -> JsonObject:
        """Give the object that `map process --json` prints."""
        more: JsonObject = {"stages": [each.to_json() for each in self.stages]} if self.section == "pipelines" else {}
        return {**self.facts, "ours": self.ours, "why": self.why, "state": self.state, **more}


def propose(theirs: Theirs, ours: OurProcess, standing: ProcessSpec | None = None) -> list[Line]:
    """Propose what becomes of each of theirs.

    Args:
        standing: the file as it is; its answers stay, but for those that are open.
    """
    before = _Before(standing)
    values: list[Section] = ["loss_reasons", "unqualified_reasons", "sources"]
    return [
        *_Pipelines(theirs.pipelines, ours, before).lines(),
        *before.gone("pipelines"),
        *_values("statuses", theirs, ours, before),
        *(
            before.line("owners", _owner_facts(each), lambda each=each: guess.owner(each, ours))  # type: ignore[misc]
            for each in theirs.owners
        ),
        *before.gone("owners"),
        *(line for section in values for line in _values(section, theirs, ours, before)),
        *(before.line("reads", _facts(each), _guessed_field(each)) for each in theirs.fields),
        *before.gone("reads"),
    ]


def all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Go through the lines, the stages behind their pipelines."""
    for line in lines:
        yield line
        yield from line.stages


def _values(section: Section, theirs: Theirs, ours: OurProcess, before: _Before) -> Iterator[Line]:
    for each in theirs.values.get(section, ()):
        facts = {"theirs": each.value}
        if each.label and plain(each.label) != plain(each.value):
            facts["label"] = each.label
        yield before.line(section, facts, lambda each=each: guess.value(section, each, ours))  # type: ignore[misc]
    yield from before.gone(section)


def _owner_facts(each: guess.TheirOwner) -> JsonObject:
    facts: JsonObject = {"theirs": each.name or each.id}
    if each.id != facts["theirs"]:
        facts["id"] = each.id
    if each.email:
        facts["email"] = each.email
    return facts if each.active else {**facts, "active": False}


def _facts(each: guess.TheirField) -> JsonObject:
    return {"theirs": each.path, "stream": each.stream, **({"label": each.label} if each.label else {})}


def _guessed_field(each: guess.TheirField) -> Callable[[], Guess]:
    return lambda: (each.feeds, "no mapping reads it, and this is what it is called")


@dataclass(slots=True)
class _Before:
    """The answers of the file as it stands; what the source still has is taken out as it is met."""

    spec: ProcessSpec | None
    _met: set[tuple[Section, str]] = field(default_factory=set)

    def entry(self, section: Section, key: str, among: Sequence[Entry] | None = None) -> Entry | None:
        """Find the entry of one of theirs."""
        self._met.add((section, key))
        entries = among if among is not None else self.spec.entries(section) if self.spec else ()
        return next((each for each in entries if each.key == key), None)

    def line(self, section: Section, facts: JsonObject, guessed: Callable[[], Guess]) -> Line:
        """Give the line of one of theirs: as answered, else as guessed."""
        there = self.entry(section, _key(section, facts), None if section != "reads" else self._reads(facts))
        return _line(section, facts, there, guessed)

    def gone(self, section: Section) -> Iterator[Line]:
        """Give the lines of what the source has no more; what nobody answered goes, too."""
        for each in self.spec.entries(section) if self.spec else ():
            if (section, each.key) not in self._met and not _is_open(section, each):
                yield gone_line(section, each)

    def _reads(self, facts: JsonObject) -> list[Entry]:
        return [each for each in (self.spec.reads if self.spec else ()) if each.stream == facts["stream"]]


def _key(section: Section, facts: JsonObject) -> str:
    return str(facts.get("id") or facts["theirs"]) if section in {"pipelines", "stages", "owners"} else facts["theirs"]


def _line(
    section: Section, facts: JsonObject, there: Entry | None, guessed: Callable[[], Guess], within: str = ""
) -> Line:
    becomes, why = guessed()
    if there is not None and not _is_open(section, there):
        outdated = why if becomes != there.ours else ""
        return Line(section, facts, there.ours, "", "kept", within=within, outdated=outdated)
    return Line(section, facts, becomes, why, within=within)


def _is_open(section: Section, entry: Entry) -> bool:
    found = answer(section, entry.ours)
    return found is not None and found.kind == "open"


def gone_line(section: Section, entry: Entry, within: str = "") -> Line:
    """Give the line of an entry that the source has no more: records may still point to it."""
    facts = entry.model_dump(mode="json", exclude={"ours", "gone", "stages"}, exclude_defaults=True)
    stages = entry.stages if isinstance(entry, PipelineEntry) else ()
    return Line(
        section,
        {**facts, "gone": True},
        entry.ours,
        "",
        "gone",
        tuple(gone_line("stages", each, entry.theirs) for each in stages if not _is_open("stages", each)),
        within,
    )


@dataclass(slots=True)
class _Pipelines:
    """Pipelines with their stages."""

    theirs: Sequence[TheirPipeline]
    ours: OurProcess
    before: _Before

    def lines(self) -> Iterator[Line]:
        """Give a line for each of their pipelines."""
        default = next(iter(self.ours.pipelines), "")
        namesakes = any(guess.pipeline(each, self.ours, first=False)[0] == default for each in self.theirs)
        for place, each in enumerate(self.theirs):
            yield self._line(each, first=place == 0 and not namesakes)

    def _line(self, theirs: TheirPipeline, *, first: bool) -> Line:
        facts: JsonObject = {"theirs": theirs.name, **({"id": theirs.id} if theirs.id else {})}
        there = self.before.entry("pipelines", theirs.id or theirs.name)
        line = _line("pipelines", facts, there, lambda: guess.pipeline(theirs, self.ours, first=first))
        becomes = answer("pipelines", line.ours) or Answer("open")
        standing = there.stages if isinstance(there, PipelineEntry) else []
        stages = self._stages(theirs, becomes, {each.key: each for each in standing})
        return replace(line, stages=tuple(stages))

    def _stages(self, theirs: TheirPipeline, within: Answer, standing: Mapping[str, Entry]) -> Iterator[Line]:
        made: list[OurStage] = []
        for each in theirs.stages:
            facts: JsonObject = {"theirs": each.name, **({"id": each.id} if each.id != each.name else {})}
            facts |= {} if each.likelihood is None else {"likelihood": each.likelihood}
            facts |= {} if each.closed is None else {"closed": each.closed}

            def guessed(each: guess.TheirStage = each) -> Guess:
                return guess.stage(each, within, self.ours, made)

            line = _line("stages", facts, standing.get(each.id), guessed, theirs.name)
            if (found := answer("stages", line.ours)) is not None and found.kind == "new":
                made.append(OurStage(found.name, found.category or "custom", found.likelihood or 0))
            yield line
        there = {each.id for each in theirs.stages}
        for key, entry in standing.items():
            if key not in there and not _is_open("stages", entry):
                yield gone_line("stages", entry, theirs.name)
