"""Pipelines as admins keep them: looked at, made, renamed, closed to new deals, removed.

What an admin sets holds against the sources that bring pipelines: their next sync changes the rest only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hub import finding_stages
from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.pipelines import NewStage, read_stage, stages_of
from sell_model.plans import check
from sell_model.stages import outcome_of
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import canonical, journal, pipelines, roster, stage_history
from storage.hot import Writer
from storage.journal import Entry
from storage.pipelines import PipelineRow, StageRow


@dataclass(frozen=True, slots=True)
class PipelineShown:
    """A pipeline with its stages."""

    id: int
    name: str
    disabled: bool
    stages: list[StageRow]
    """In their order."""
    removed: list[StageRow]
    """Stages that are no more, but that deals went through."""
    sources: list[str]
    """The sources that know it by an id of their own."""

    def to_json(self) -> JsonObject:
        """Give the object that `pipeline show --json` prints."""
        names = {stage.id: stage.name for stage in (*self.stages, *self.removed)}
        return {
            "id": self.id,
            "name": self.name,
            "disabled": self.disabled,
            "stages": [
                {name: value for name, value in asdict(stage).items() if name in _SHOWN}
                | {"open": outcome_of(stage.category) is None}
                for stage in self.stages
            ],
            "removed_stages": [
                {"id": s.id, "name": s.name, "removed_at": s.removed_at, "merged_into": names.get(s.merged_into or 0)}
                for s in self.removed
            ],
            "sources": self.sources,
        }


_SHOWN = frozenset({"id", "name", "category", "position", "likelihood", "exit_criteria", "deals"})


@dataclass(slots=True)
class PipelineChange:
    """What was done to a pipeline or to one of its stages."""

    done: str
    """In words: `renamed`, `stage added` …"""
    pipeline: PipelineShown | None
    """As it is then; None: it is no more."""
    name: str
    deals_moved: int = 0
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that the changing commands print with `--json`."""
        return {
            "done": self.done,
            "name": self.name,
            "pipeline": self.pipeline.to_json() if self.pipeline else None,
            "deals_moved": self.deals_moved,
            "remarks": self.remarks,
        }


def list_pipelines(hub: Hub) -> list[PipelineRow]:
    """List all pipelines; new deals go into the first that takes any, where nobody says otherwise."""
    with hub.store.read() as db:
        return pipelines.counted_pipelines(db)


def show(hub: Hub, name: str) -> PipelineShown:
    """Give a pipeline with its stages.

    Raises:
        SetupError: there is none of that name.
    """
    with hub.store.read() as db:
        return shown(db, finding_stages.pipeline_named(db, name).id)


def shown(db: Writer, pipeline_id: int) -> PipelineShown:
    """Give a pipeline as a transaction under way sees it."""
    row = next(p for p in pipelines.pipelines(db) if p.id == pipeline_id)
    known = pipelines.stages(db, pipeline_id, counted=True)
    sources = sorted({each.source for each in pipelines.known_outside(db, "pipeline", [pipeline_id])})
    standing = [stage for stage in known if stage.removed_at is None]
    removed = [stage for stage in known if stage.removed_at is not None]
    return PipelineShown(row.id, row.name, row.disabled, standing, removed, sources)


def add(
    hub: Hub, name: str, stages: Sequence[str] = (), *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Make a pipeline.

    Args:
        stages: its active ones as `Name:likelihood`, in order; none: Sell's own. The closed three come behind them.

    Raises:
        SetupError: the name is taken, a stage cannot be read or is named twice, the plan has no room.
    """
    made = _read_stages(stages)
    with by_hand(hub, "pipeline add", by=by, dry_run=dry_run) as hand:
        roster.hold(hand.db)
        known = pipelines.pipelines(hand.db)
        wanted = checked_name(name, "pipeline", [p.name for p in known])
        check(hub.settings.hub.plan, "pipelines", len(known) + 1)
        check(hub.settings.hub.plan, "stages", len(made))
        pipeline_id = roster.add_pipeline(hand.db, {"name": wanted, "disabled": False}, hand.now)
        hand.journal.append(journal.created("pipeline", [pipeline_id]))
        ids = [add_stage(hand, pipeline_id, stage, position) for position, stage in enumerate(made)]
        hand.journal.append(journal.created("stage", ids))
        return PipelineChange("added", shown(hand.db, pipeline_id), wanted)


def _read_stages(texts: Iterable[str]) -> list[NewStage]:
    faults: list[str] = []
    active: list[NewStage] = []
    for text in texts:
        try:
            active.append(stage := read_stage(text))
            checked_name(stage.name, "stage", ())
        except (ValueError, SetupError) as error:
            faults.append(str(error))
    stages = stages_of(active) if not faults else []
    spelled = [folded(stage.name) for stage in stages]
    faults += [f"two stages are called {s.name!r}" for at, s in enumerate(stages) if folded(s.name) in spelled[:at]]
    if faults:
        raise SetupError("; ".join(faults), fix="the closed stages Won, Unqualified and Lost are there by themselves")
    return stages


def add_stage(hand: Hand, pipeline_id: int, stage: NewStage, position: int) -> int:
    """Make a stage; gives its id. The caller notes it in the journal."""
    fields = {
        "name": stage.name,
        "category": stage.category,
        "position": position,
        "likelihood": stage.likelihood,
        "active": outcome_of(stage.category) is None,
    }
    return roster.add_stage(hand.db, pipeline_id, fields, hand.now)


def checked_name(name: str, what: str, taken: Iterable[str]) -> str:
    """Read the name of a pipeline or a stage.

    Raises:
        SetupError: it is blank, too long, or another one's, whatever its case.
    """
    wanted = name.strip()
    if not wanted or len(wanted) > TEXT_LENGTH or not wanted.isprintable():
        raise SetupError(f"{name[:40]!r} is no name for a {what}", fix=f"one line of 1 to {TEXT_LENGTH} characters")
    if (other := next((each for each in taken if folded(each) == folded(wanted)), None)) is not None:
        raise SetupError(f"there is a {what} {other!r} already", fix="choose another name, or rename that one first")
    return wanted


def rename(hub: Hub, name: str, to: str, *, by: str | None = None, dry_run: bool = False) -> PipelineChange:
    """Give a pipeline another name.

    Raises:
        SetupError: there is none of that name, or the new one is taken.
    """
    with by_hand(hub, "pipeline rename", by=by, dry_run=dry_run) as hand:
        roster.hold(hand.db)
        row = finding_stages.pipeline_named(hand.db, name)
        wanted = checked_name(to, "pipeline", [p.name for p in pipelines.pipelines(hand.db) if p.id != row.id])
        change(hand, "pipeline", row.id, {"name": wanted})
        return PipelineChange("renamed", shown(hand.db, row.id), wanted)


def set_disabled(
    hub: Hub, name: str, *, disabled: bool, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Let a pipeline take no more deals, or take some again; those in it go on.

    Raises:
        SetupError: there is none of that name, or no other one would take deals.
    """
    word = "disable" if disabled else "enable"
    with by_hand(hub, f"pipeline {word}", by=by, dry_run=dry_run) as hand:
        roster.hold(hand.db)
        row = finding_stages.pipeline_named(hand.db, name)
        others = [p for p in pipelines.pipelines(hand.db) if not p.disabled and p.id != row.id]
        if disabled and not others:
            raise SetupError(
                f"{row.name!r} is the only pipeline that takes deals",
                fix="make another one first: sellhub pipeline add",
            )
        change(hand, "pipeline", row.id, {"disabled": disabled})
        return PipelineChange(f"{word}d", shown(hand.db, row.id), row.name)


def remove(hub: Hub, name: str, *, by: str | None = None, dry_run: bool = False) -> PipelineChange:
    """Remove a pipeline that no deal was ever in.

    Raises:
        SetupError: deals are or were in it, a source brings it, or it is the last one that takes deals.
    """
    with by_hand(hub, "pipeline remove", by=by, dry_run=dry_run, moves_links=True) as hand:
        roster.hold(hand.db)
        row = finding_stages.pipeline_named(hand.db, name)
        stages = [stage.id for stage in pipelines.stages(hand.db, row.id, lock=True)]
        _refuse_needed(hand.db, row, stages)
        for kind, ids in (("stage", stages), ("pipeline", [row.id])):
            for id_, was in canonical.load(hand.db, kind, ids).items():
                hand.journal.append(Entry("removed", kind, id_, was["version"], was))
            pipelines.forget(hand.db, kind, ids)
        return PipelineChange("removed", None, row.name)


def _refuse_needed(db: Writer, row: PipelineRow, stages: list[int]) -> None:
    disable = f"let it take no more deals: sellhub pipeline disable {row.name!r}"
    if stage_history.mentions(db, stages):
        raise SetupError(f"deals are or were in pipeline {row.name!r}; reports of the past need it", fix=disable)
    if sources := {each.source for each in pipelines.known_outside(db, "pipeline", [row.id])}:
        raise SetupError(
            f"pipeline {row.name!r} comes from {', '.join(sorted(sources))} and would come back", fix=disable
        )
    if not [p for p in pipelines.pipelines(db) if not p.disabled and p.id != row.id]:
        raise SetupError(
            f"{row.name!r} is the only pipeline that takes deals", fix="make another one first: sellhub pipeline add"
        )


def change(hand: Hand, kind: str, id_: int, fields: Mapping[str, Any]) -> None:
    """Set columns of a pipeline or a stage, to hold against its source, with the journal of it."""
    if (changed := pipelines.change(hand.db, kind, id_, fields, hand.by, hand.now)) is not None:
        hand.journal.append(journal.changed(kind, id_, *changed))
