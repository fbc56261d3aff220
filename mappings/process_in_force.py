"""A process file at work: it stands over a source's mappings, and says which of its users and pipelines are ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mappings.language import FieldSpec, MappingSpec
from mappings.process import Answer, OwnerEntry, ProcessSpec, Section, ValueEntry, answer
from sell_model.draft import Draft, Held, Outcome, Reason, RecordType, Skipped
from sell_model.process import named, plain
from sell_model.targets import BESIDE

_SECTION_OF: dict[str, Section] = {
    "loss_reason": "loss_reasons",
    "unqualified_reason": "unqualified_reasons",
    "source": "sources",
}
_CONCERNS: dict[RecordType, tuple[Section, ...]] = {
    "user": ("owners",),
    "pipeline": ("pipelines",),
    "lead": ("owners",),
    "contact": ("owners",),
    "deal": ("pipelines", "owners"),
    "association": (),
    "tagging": (),
    **dict.fromkeys(sorted(BESIDE), ("owners",)),
}
"""What a record of each type depends on beside its mapping's tables: another answer there maps it again."""


@dataclass(frozen=True)
class Process:
    """A process file that is free of faults.

    Args:
        pools: pool → the types of records that it deals out.
    """

    spec: ProcessSpec
    pools: Mapping[str, frozenset[str]]

    def meaning(self, record_type: RecordType) -> str:
        """Write down what matters for records of a type, beside what `over` makes of their mapping."""
        return "\n".join(said for section in _CONCERNS[record_type] for said in sorted(_answers(self.spec, section)))

    def over(self, spec: MappingSpec) -> MappingSpec:
        """Set a mapping's own tables right: what the process file answers stands over them."""
        fields = {**spec.fields}
        for name, path in self._read_beside(spec):
            fields.setdefault(name, FieldSpec.model_validate(path))
        for name, entry in fields.items():
            if isinstance(entry, FieldSpec) and "const" not in entry.model_fields_set:
                fields[name] = self._field(name, entry, spec.to)
        return spec.model_copy(update={"fields": fields})

    def judged(self, outcome: Outcome, source_id: str) -> Outcome:
        """Leave out the users and pipelines of theirs that become ours; hold a pipeline that the file does not know."""
        if isinstance(outcome, Held):
            return Held(tuple(map(self._pointed, outcome.reasons)))
        if not isinstance(outcome, Draft):
            return outcome
        if outcome.record_type == "pipeline" and self.spec.pipelines:
            reasons = tuple(self._unknown(outcome, source_id))
            return Held(reasons) if reasons else Skipped()
        if outcome.record_type == "user" and source_id in self._not_made:
            return Skipped()
        return outcome

    def _pointed(self, reason: Reason) -> Reason:
        """A status that is held stands in this file, not in the mapping's table."""
        if reason.field != "status" or reason.code != "unknown_value" or not self.spec.statuses:
            return reason
        listed = any(each.theirs == reason.value for each in self.spec.statuses)
        why = "the process file holds leads of this status" if listed else "not in the process file"
        return replace(reason, reason=why, fix=_way_out(self.spec.source))

    def _read_beside(self, spec: MappingSpec) -> Iterator[tuple[str, str]]:
        for entry in self.spec.reads:
            found = answer("reads", entry.ours)
            kinds = {"status": ("lead",), "loss_reason": ("deal",)}.get(found.name if found else "", ("lead", "deal"))
            if found is None or found.kind != "name" or spec.to not in kinds:
                continue
            if entry.stream == spec.from_.partition(".")[2]:
                yield found.name, entry.theirs

    def _field(self, name: str, entry: FieldSpec, record_type: RecordType) -> FieldSpec:
        if name == "status" and record_type == "lead" and self.spec.statuses:
            return _statuses(entry, self.spec.statuses)
        if (name == "owner" and record_type in {"lead", "contact", "deal"}) or (
            name in {"owner", "user"} and record_type in BESIDE
        ):
            return _with_table(entry, dict(self._owners(record_type)))
        if name in _SECTION_OF and record_type in {"lead", "deal"}:
            section = _SECTION_OF[name]
            return _with_table(entry, {each.key: _value(found) for each, found in _answered(self.spec, section)})
        return entry

    def _owners(self, record_type: RecordType) -> Iterator[tuple[str, str | None]]:
        """Those whose records go to a pool, or to nobody; who becomes a user of ours is found by the source's id."""
        for entry, found in _answered(self.spec, "owners"):
            if found.kind in {"pool", "leave"}:
                deals_out = record_type in self.pools.get(named(found.name, {**self.pools}) or "", ())
                becomes = found.name if deals_out else None
                yield entry.key, becomes
                if isinstance(entry, OwnerEntry) and entry.email:
                    yield entry.email, becomes

    @cached_property
    def _not_made(self) -> frozenset[str]:
        """Those of theirs who are one of our users under another address, or no user at all."""
        return frozenset(
            entry.key
            for entry, found in _answered(self.spec, "owners")
            if isinstance(entry, OwnerEntry)
            and found.kind in {"pool", "leave", "name"}
            and (found.kind != "name" or plain(found.name) != plain(entry.email or ""))
        )

    @cached_property
    def _stages(self) -> frozenset[str]:
        return frozenset(stage.key for pipeline in self.spec.pipelines for stage in pipeline.stages)

    def _unknown(self, draft: Draft, source_id: str) -> Iterator[Reason]:
        stages = draft.children.get("stages", [])
        name = str(draft.fields.get("name") or source_id)
        for stage in stages:
            its_name = str(stage.fields.get("name") or "")
            if not {stage.outside_ids.get("id"), its_name} & self._stages:
                yield _not_in_file(self.spec.source, "stages", its_name, f"the stage {its_name} of {name}")
        there = any(each.key == source_id or plain(each.theirs) == plain(name) for each in self.spec.pipelines)
        if not stages and not there:
            yield _not_in_file(self.spec.source, "name", name, f"the pipeline {name}")


def _not_in_file(source: str, field: str, value: str, what: str) -> Reason:
    return Reason(
        field,
        value,
        f"{what} is not in the process file of {source}",
        _way_out(source),
        "unmapped",
    )


def _way_out(source: str) -> str:
    return f"say what it becomes: sellhub map process {source}"


def _answered(spec: ProcessSpec, section: Section) -> Iterator[tuple[ValueEntry | OwnerEntry, Answer]]:
    for entry in spec.entries(section):
        found = answer(section, entry.ours)
        if found is not None and isinstance(entry, (ValueEntry, OwnerEntry)):
            yield entry, found


def _answers(spec: ProcessSpec, section: Section) -> Iterator[str]:
    for within, loc, entry in spec.all():
        if loc[0] == section:
            around = spec.pipelines[int(loc[1])].key if within == "stages" else getattr(entry, "stream", "")
            yield json.dumps([within, around, entry.key, getattr(entry, "email", None), entry.ours], ensure_ascii=False)


def _value(found: Answer) -> str | None:
    return None if found.kind == "leave" else found.name


def _with_table(entry: FieldSpec, table: Mapping[str, str | None]) -> FieldSpec:
    return entry.model_copy(update={"values": {**entry.values, **table}}) if table else entry


def _statuses(entry: FieldSpec, statuses: list[ValueEntry]) -> FieldSpec:
    """A status that the file does not list is held: it is new at the source, and nobody has said what it means."""
    answers = {each.theirs: found for each in statuses if (found := answer("statuses", each.ours)) is not None}
    fold = str.casefold if entry.values_any_case else str
    listed = {fold(value) for value in answers}
    table = {value: given for value, given in entry.values.items() if fold(value) not in listed}
    table |= {value: found.name for value, found in answers.items() if found.kind != "hold"}
    return entry.model_copy(update={"values": table, "otherwise": "hold"})
