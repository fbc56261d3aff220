"""Finding or making what a process file names: pipelines, stages, reasons; and teaching which ids lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.opening import Hub
from mappings.process import Answer, Entry, PipelineEntry, ProcessSpec, Section, answer
from sell_model import plans
from sell_model.pipelines import CLOSED_STAGES, is_open
from sell_model.process import named
from storage import process_rows, roster
from storage.canonical import CanonicalRow
from storage.hot import Writer

_LIKELY = {"won": 100}
"""Percent of a new stage that does not say it: an outcome."""


@dataclass(slots=True)
class Making:
    """What a process file asks for, within one transaction that nobody else adds to; the file is free of faults."""

    hub: Hub
    db: Writer
    spec: ProcessSpec

    def all(self) -> None:
        """Let the source's ids of pipelines, stages and users lead to ours, made where they are new.

        Raises:
            SetupError: that would be more pipelines or stages than the plan has.
        """
        for entry in self.spec.pipelines:
            self._pipeline(entry)
        users = roster.emails(self.db)
        owners = {
            entry.key: users[found.name.lower()] for entry, found in self._answered("owners") if found.kind == "name"
        }
        self._learn("user", owners)
        for _, found in self._answered("loss_reasons"):
            self._reason("loss_reason", (None,), found)
        for _, found in self._answered("unqualified_reasons"):
            self._reason("unqualified_reason", ("lead", "deal"), found)

    def _answered(self, section: Section) -> Iterator[tuple[Entry, Answer]]:
        for entry in self.spec.entries(section):
            if (found := answer(section, entry.ours)) is not None:
                yield entry, found

    def _learn(self, kind: str, ids: dict[str, int]) -> None:
        roster.learn_outside_ids(self.db, self.spec.source, kind, ids)

    def _reason(self, table: str, kinds: Sequence[str | None], found: Answer) -> None:
        if found.kind in {"name", "new"}:
            for kind in kinds:
                roster.add_named(self.db, table, kind, found.name, self.hub.now())

    def _pipeline(self, entry: PipelineEntry) -> None:
        becomes = answer("pipelines", entry.ours)
        if becomes is None:
            return
        standing = {row.name: row for row in process_rows.pipelines_with_stages(self.db)}
        name = named(becomes.name, standing)
        if name is not None:
            id_, stages = standing[name].id, list(standing[name].stages)
        else:
            plans.check(self.hub.settings.hub.plan, "pipelines", len(standing) + 1)
            fields = {"name": becomes.name, "disabled": False}
            id_, stages = roster.add_pipeline(self.db, fields, self.hub.now()), []
        self._learn("pipeline", {entry.key: id_})
        self._learn("stage", dict(self._stages(entry, id_, stages)))
        if name is None:
            self._add_outcomes(id_, stages)

    def _stages(self, entry: PipelineEntry, pipeline_id: int, there: list[CanonicalRow]) -> Iterator[tuple[str, int]]:
        # New ones first: another of theirs may lead to one of them by its name.
        for each in sorted(entry.stages, key=lambda stage: not isinstance(stage.ours, dict)):
            found = answer("stages", each.ours)
            if found is None:
                continue
            known = {row["name"]: row["id"] for row in there}
            name = named(found.name, known)
            yield each.key, known[name] if name is not None else self._add_stage(pipeline_id, there, found)

    def _add_stage(self, pipeline_id: int, there: list[CanonicalRow], found: Answer) -> int:
        category = found.category or "custom"
        likelihood = _LIKELY.get(category, 0) if found.likelihood is None else found.likelihood
        return self._insert(pipeline_id, there, found.name, category, likelihood)

    def _insert(self, pipeline_id: int, there: list[CanonicalRow], name: str, category: str, likelihood: int) -> int:
        """Add a stage: one on the way before what is likelier or an outcome, an outcome at the end."""
        plans.check(self.hub.settings.hub.plan, "stages", len(there) + 1)
        behind = _behind(there, category, likelihood)
        last = max((row["position"] or 0 for row in there), default=-1)
        fields = {
            "name": name,
            "category": category,
            "position": (behind[0]["position"] or 0) if behind else last + 1,
            "likelihood": likelihood,
            "active": is_open(category),
        }
        process_rows.move_behind(self.db, behind, self.hub.now())
        id_ = roster.add_stage(self.db, pipeline_id, fields, self.hub.now())
        there[:] = process_rows.stages_of(self.db, pipeline_id)
        return id_

    def _add_outcomes(self, pipeline_id: int, there: list[CanonicalRow]) -> None:
        """A pipeline has one stage for each outcome; what theirs lacks is as Sell has it."""
        has = {row["category"] for row in there}
        names = {row["name"] for row in there}
        for name, category, likelihood in CLOSED_STAGES:
            if category not in has:
                free = name if named(name, tuple(names)) is None else f"{name} ({category})"
                self._insert(pipeline_id, there, free, category, likelihood)


def _behind(there: Sequence[CanonicalRow], category: str, likelihood: int) -> Sequence[CanonicalRow]:
    """Give the stages before which a new one stands."""
    if not is_open(category):
        return ()
    later = (n for n, row in enumerate(there) if not is_open(row["category"]) or row["likelihood"] > likelihood)
    return there[next(later, len(there)) :]
