"""What a process file must keep to: what it names must stand in the hub, and nothing may be open."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings.errors import Fault, MappingError, nearest
from mappings.marks import Loc
from mappings.process import (
    SECTIONS,
    SINGULAR,
    Answer,
    Entry,
    OwnerEntry,
    PipelineEntry,
    ProcessFile,
    ProcessSpec,
    Section,
    StageEntry,
    answer,
    file_name,
)
from sell_model.process import OurProcess, OurStage, named, plain
from sell_model.records import CLOSED_CATEGORIES, StageCategory

CATEGORIES: tuple[str, ...] = typing.get_args(StageCategory)
READS = ("status", "loss_reason", "unqualified_reason", "source")
"""What a field that no mapping reads may feed."""

_SHAPES: dict[Section, str] = {
    "pipelines": "the name of a pipeline, or {new: NAME}",
    "stages": "the name of a stage, or {new: NAME, category: custom, likelihood: PERCENT}",
    "statuses": "a status, {new: NAME}, or hold",
    "owners": "a user's address, {pool: NAME}, leave, or new",
    "loss_reasons": "a loss reason, {new: NAME}, or leave",
    "unqualified_reasons": "an unqualified reason, {new: NAME}, or leave",
    "sources": "a source, {new: NAME}, or leave",
    "reads": f"{', '.join(READS)}, or leave",
}


def faults_of(file: ProcessFile, ours: OurProcess | None = None) -> list[Fault]:
    """Prove a process file; empty: good.

    Args:
        ours: what stands in the hub; None: names are not looked up.
    """
    if file.spec is None:
        return sorted(file.faults)
    return sorted([*_Rules(file, file.spec, ours).all(), *open_entries(file)])


def expect_good(file: ProcessFile, ours: OurProcess | None = None) -> ProcessSpec:
    """Give what a process file says.

    Raises:
        MappingError: it cannot be used, or leaves something open; it carries every fault.
    """
    faults = faults_of(file, ours)
    if file.spec is None or faults:
        raise MappingError(faults, fix=f"answer or correct these lines, then: sellhub map check {file.title}")
    return file.spec


def wrong_answers(text: str, file: ProcessFile, ours: OurProcess) -> list[Fault]:
    """Prove what a process file is to say, before it is written; what is open is no fault here."""
    written = ProcessFile(file.path, file.name, text=text)
    if written.spec is None:
        return sorted(written.faults)
    return sorted(_Rules(written, written.spec, ours).all())


def open_entries(file: ProcessFile) -> list[Fault]:
    """List what nobody has decided yet."""
    if file.spec is None:
        return []
    return [
        file.fault((*loc, "ours"), f"not mapped: {said(section, entry, file.spec, loc)}", _SHAPES[section])
        for section, loc, entry in file.spec.all()
        if (found := answer(section, entry.ours)) is not None and found.kind == "open"
    ]


def said(section: Section, entry: Entry, spec: ProcessSpec, loc: Loc) -> str:
    """Name an entry as people do: `stage Kickoff of Partner channel`."""
    name = entry.theirs if entry.theirs == entry.key else f"{entry.theirs} ({entry.key})"
    within = f" of {spec.pipelines[int(loc[1])].theirs}" if section == "stages" else ""
    return f"{SINGULAR[section]} {name}{within}"


@dataclass(frozen=True, slots=True)
class _Rules:
    file: ProcessFile
    spec: ProcessSpec
    ours: OurProcess | None

    def all(self) -> Iterator[Fault]:
        if self.file.path.name != file_name(self.spec.source):
            message = f"the file is called {self.file.path.name}, but is for {self.spec.source}"
            yield self.file.fault(("source",), message, f"call it {file_name(self.spec.source)}, or correct source")
        for section in SECTIONS:
            yield from self._twice((section,), self.spec.entries(section))
        for section, loc, entry in self.spec.all():
            found = answer(section, entry.ours)
            if found is None:
                yield self.file.fault((*loc, "ours"), f"ours is {_SHAPES[section]}", "")
            elif section == "stages" and isinstance(entry, StageEntry):
                yield from self._stage(loc, found)
            elif self.ours is not None:
                yield from self._named(section, loc, entry, found, self.ours)
        for place, pipeline in enumerate(self.spec.pipelines):
            yield from self._twice(("pipelines", place, "stages"), pipeline.stages)
            yield from self._outcomes(("pipelines", place, "stages"), pipeline)

    def _twice(self, loc: Loc, entries: Sequence[Entry]) -> Iterator[Fault]:
        seen: set[str] = set()
        for place, entry in enumerate(entries):
            key = f"{getattr(entry, 'stream', '')} {entry.key}"
            if key in seen:
                yield self.file.fault((*loc, place), f"{entry.key!r} stands here twice", "keep one of them")
            seen.add(key)

    def _named(self, section: Section, loc: Loc, entry: Entry, found: Answer, ours: OurProcess) -> Iterator[Fault]:
        """What is named must stand in the hub."""
        here = (*loc, "ours")
        if found.kind == "pool" and named(found.name, {**ours.pools}) is None:
            near = nearest(found.name, ours.pools)
            yield self.file.fault(here, f"there is no pool {found.name!r}", near or f"sellhub pool add {found.name!r}")
        elif found.kind == "new" and isinstance(entry, OwnerEntry) and not entry.email:
            yield self.file.fault(here, f"{entry.theirs} has no address to become a user by", _SHAPES[section])
        elif found.kind == "name":
            known = (*_known(section, ours), *self._new(section))
            if named(found.name, known) is None:
                near = nearest(found.name, known) or _SHAPES[section]
                yield self.file.fault(here, f"there is no {_what(section)} {found.name!r}", near)

    def _new(self, section: Section) -> Iterator[str]:
        """Name what this file makes anew, so that several of theirs can become one."""
        for entry in self.spec.entries(section):
            if (found := answer(section, entry.ours)) is not None and found.kind == "new" and found.name:
                yield found.name

    def _stage(self, loc: Loc, found: Answer) -> Iterator[Fault]:
        here, pipeline = (*loc, "ours"), self.spec.pipelines[int(loc[1])]
        if found.kind == "new":
            yield from self._new_stage(here, found)
        elif found.kind == "name":
            known = self._stages_of(pipeline)
            if known is not None and named(found.name, known) is None:
                where = answer("pipelines", pipeline.ours)
                message = f"the pipeline {where.name if where else ''} has no stage {found.name!r}"
                yield self.file.fault(here, message, nearest(found.name, known) or _SHAPES["stages"])

    def _new_stage(self, here: Loc, found: Answer) -> Iterator[Fault]:
        if found.category is not None and found.category not in CATEGORIES:
            message = f"category {found.category!r} is none of {', '.join(CATEGORIES)}"
            yield self.file.fault((*here, "category"), message, nearest(str(found.category), CATEGORIES))
        elif found.likelihood is None and found.category not in CLOSED_CATEGORIES:
            yield self.file.fault(here, "a new stage needs its likelihood", "likelihood: 0 to 100, in percent")

    def _stages_of(self, pipeline: PipelineEntry) -> tuple[str, ...] | None:
        """Name the stages that a pipeline of ours has or gets; None: that cannot be told."""
        found = answer("pipelines", pipeline.ours)
        if self.ours is None or found is None or found.kind == "open":
            return None
        return (*(stage.name for stage in standing_stages(self.ours, found)), *new_stages(pipeline))

    def _outcomes(self, loc: Loc, pipeline: PipelineEntry) -> Iterator[Fault]:
        """A pipeline has one stage for each outcome: won, lost, unqualified."""
        found = answer("pipelines", pipeline.ours)
        there = standing_stages(self.ours, found) if self.ours is not None and found is not None else ()
        names = {stage.category: stage.name for stage in there if not stage.is_open}
        for place, stage in enumerate(pipeline.stages):
            made = answer("stages", stage.ours)
            if made is None or made.kind != "new" or made.category not in CLOSED_CATEGORIES:
                continue
            has = names.setdefault(str(made.category), made.name)
            if plain(has) != plain(made.name):
                message = f"a pipeline has one stage that means {made.category}, and this one has {has!r}"
                yield self.file.fault((*loc, place, "ours"), message, f"ours: {has}")


def standing_stages(ours: OurProcess, found: Answer) -> tuple[OurStage, ...]:
    """Give the stages that a pipeline of ours has now; none where it is still to be made."""
    name = named(found.name, {**ours.pipelines})
    return ours.pipelines[name] if name is not None else ()


def new_stages(pipeline: PipelineEntry) -> Iterator[str]:
    """Name the stages that a pipeline is to get."""
    for stage in pipeline.stages:
        made = answer("stages", stage.ours)
        if made is not None and made.kind == "new":
            yield made.name


def _known(section: Section, ours: OurProcess) -> tuple[str, ...]:
    return {
        "pipelines": tuple(ours.pipelines),
        "statuses": ours.statuses,
        "owners": tuple(user.email for user in ours.users),
        "loss_reasons": ours.loss_reasons,
        "unqualified_reasons": ours.unqualified_reasons,
        "sources": ours.sources,
        "reads": READS,
    }[section]


def _what(section: Section) -> str:
    return {"owners": "user with the address", "reads": "field that this could feed:"}.get(section, SINGULAR[section])
