"""A pipeline's stages as admins keep them: added, renamed, weighed, reordered, given exit criteria.

The active stages are free, Sell's own default ones too; the three closed ones are fixed but for their
names. A stage's category never changes: it decides the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hub import finding_stages
from hub.by_hand import Hand, by_hand
from hub.filters import catalogue_of
from hub.opening import Hub
from hub.pipeline_desk import PipelineChange, add_stage, change, checked_name, shown
from sell_model.errors import SetupError
from sell_model.filters import parse
from sell_model.pipelines import NewStage, placed_after, reordered
from sell_model.plans import check
from sell_model.stages import outcome_of
from storage import journal, pipelines, roster
from storage.pipelines import PipelineRow, StageRow


@dataclass(slots=True)
class Desk:
    """One pipeline in the hands of its admin, within a transaction."""

    hand: Hand
    pipeline: PipelineRow
    stages: list[StageRow]
    """Those that deals may stand in, in order."""

    def find(self, name: str) -> StageRow:
        """Find a stage; refuses like `finding_stages.among`."""
        return finding_stages.among(self.stages, name, self.pipeline.name)

    def active(self, name: str, to: str) -> StageRow:
        """Find a stage that may be changed.

        Raises:
            SetupError: there is none of that name, or it is one of the closed three.
        """
        stage = self.find(name)
        if outcome_of(stage.category) is not None:
            raise SetupError(
                f"{stage.name!r} is a closed stage and cannot be {to}: every pipeline has one won, one lost and one "
                "unqualified stage",
                fix=f"active stages: {', '.join(s.name for s in self.open)}",
            )
        return stage

    @property
    def open(self) -> list[StageRow]:
        """The active stages."""
        return [stage for stage in self.stages if outcome_of(stage.category) is None]

    def place(self, order: Sequence[int]) -> None:
        """Give the active stages their places in this order, the closed ones behind them."""
        closed = [stage.id for stage in self.stages if outcome_of(stage.category) is not None]
        for position, stage_id in enumerate([*order, *closed]):
            change(self.hand, "stage", stage_id, {"position": position})

    def told(self, done: str) -> PipelineChange:
        """Say what was done."""
        return PipelineChange(done, shown(self.hand.db, self.pipeline.id), self.pipeline.name)


@contextmanager
def at_desk(
    hub: Hub, what: str, pipeline: str, *, by: str | None, dry_run: bool = False, moves_links: bool = False
) -> Iterator[Desk]:
    """Take a pipeline in hand: nobody else adds or changes stages until it is let go."""
    with by_hand(hub, what, by=by, dry_run=dry_run, moves_links=moves_links) as hand:
        roster.hold(hand.db)
        row = finding_stages.pipeline_named(hand.db, pipeline)
        yield Desk(hand, row, finding_stages.standing_stages(hand.db, row.id, lock=True))


def add(
    hub: Hub,
    pipeline: str,
    name: str,
    likelihood: int,
    *,
    after: str | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> PipelineChange:
    """Add an active stage, behind another one or behind the last.

    Raises:
        SetupError: the name is taken, the likelihood is none, there is no such stage to stand behind, or the plan
            has no room.
    """
    _expect_percent(likelihood)
    with at_desk(hub, "pipeline stage add", pipeline, by=by, dry_run=dry_run) as desk:
        taken = [stage.name for stage in pipelines.stages(desk.hand.db, desk.pipeline.id)]
        wanted = checked_name(name, "stage", taken)
        check(hub.settings.hub.plan, "stages", len(desk.stages) + 1)
        behind = desk.active(after, "followed by an active one").id if after else None
        id_ = add_stage(desk.hand, desk.pipeline.id, NewStage(wanted, "custom", likelihood), len(desk.stages))
        desk.hand.journal.append(journal.created("stage", [id_]))
        desk.place(placed_after([stage.id for stage in desk.open], id_, behind))
        return desk.told(f"stage {wanted!r} added")


def _expect_percent(likelihood: int) -> None:
    if not 0 <= likelihood <= 100:
        raise SetupError(f"{likelihood} is no likelihood", fix="from 0 to 100 percent")


def rename(
    hub: Hub, pipeline: str, stage: str, to: str, *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Give a stage another name; its category, and so its outcome, stays.

    Raises:
        SetupError: there is no such stage, or the name is taken.
    """
    with at_desk(hub, "pipeline stage rename", pipeline, by=by, dry_run=dry_run) as desk:
        found = desk.find(stage)
        others = [each.name for each in pipelines.stages(desk.hand.db, desk.pipeline.id) if each.id != found.id]
        wanted = checked_name(to, "stage", others)
        change(desk.hand, "stage", found.id, {"name": wanted})
        return desk.told(f"stage {found.name!r} renamed to {wanted!r}")


def set_likelihood(
    hub: Hub, pipeline: str, stage: str, likelihood: int, *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Say how likely deals in an active stage are won; deals with a likelihood of their own keep it.

    Raises:
        SetupError: there is no such stage, it is a closed one, or the likelihood is none.
    """
    _expect_percent(likelihood)
    with at_desk(hub, "pipeline stage likelihood", pipeline, by=by, dry_run=dry_run) as desk:
        found = desk.active(stage, "weighed anew")
        change(desk.hand, "stage", found.id, {"likelihood": likelihood})
        return desk.told(f"stage {found.name!r}: {found.likelihood} -> {likelihood} percent")


def set_criteria(
    hub: Hub, pipeline: str, stage: str, criteria: str | None, *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Say what must hold of a deal to leave an active stage forward.

    Args:
        criteria: a filter on deals; None: nothing.

    Raises:
        SetupError: there is no such stage, it is a closed one, or the filter has faults.
    """
    with at_desk(hub, "pipeline stage criteria", pipeline, by=by, dry_run=dry_run) as desk:
        found = desk.active(stage, "given exit criteria")
        text = str(parse(criteria, catalogue_of(hub, desk.hand.db, "deal"))) if criteria is not None else None
        change(desk.hand, "stage", found.id, {"exit_criteria": text})
        done = desk.told(f"stage {found.name!r}: " + (f"to leave it, {text}" if text else "no exit criteria"))
        if text:
            done.remarks.append(f"a move that does not meet it is {_TREATED[hub.settings.hub.criteria]}")
        return done


_TREATED = {"warn": 'made with a warning ([hub] criteria = "warn")', "refuse": 'refused ([hub] criteria = "refuse")'}


def reorder(
    hub: Hub, pipeline: str, stages: Sequence[str], *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Put active stages in order: these first, as they are named, then the others as they stand.

    Raises:
        SetupError: there is no such stage, or it is a closed one.
    """
    with at_desk(hub, "pipeline stage reorder", pipeline, by=by, dry_run=dry_run) as desk:
        first = [desk.active(name, "moved").id for name in stages]
        desk.place(reordered([stage.id for stage in desk.open], first))
        return desk.told("stages reordered")
