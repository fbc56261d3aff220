"""Where a deal stands and where it may go: in its own pipeline, or in one that takes deals."""

from __future__ import annotations

from hub import finding_stages
from hub.by_hand import Hand
from sell_model.errors import SetupError
from sell_model.pipelines import CLOSED_STAGES, DEFAULT_PIPELINE
from sell_model.stages import Outcome, outcome_of
from storage import journal, pipelines, roster, stage_history
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.pipelines import PipelineRow, StageRow


def pipeline_for(db: Writer, row: CanonicalRow, name: str | None = None) -> PipelineRow:
    """Give the pipeline that a deal is to be in: the one that is named, else its own, else the default.

    Raises:
        SetupError: none is called so, or it is another one that takes no deals.
    """
    present = stage_of(db, row)
    known = pipelines.pipelines(db)
    if name is not None or not known:
        found = finding_stages.pipeline_named(db, name or DEFAULT_PIPELINE)
    else:
        found = next((p for p in known if present and p.id == present.pipeline_id), known[0])
    if found.disabled and (present is None or present.pipeline_id != found.id):
        open_ = [p.name for p in known if not p.disabled]
        raise SetupError(
            f"pipeline {found.name!r} is disabled: it takes no more deals",
            fix=f"sellhub pipeline enable {found.name!r}, or take another one: {', '.join(open_) or 'there is none'}",
        )
    return found


def stage_of(db: Writer, row: CanonicalRow) -> StageRow | None:
    """Give the stage that a deal stands in."""
    return None if row["stage_id"] is None else pipelines.stage(db, row["stage_id"])


def closing_stage(hand: Hand, pipeline: PipelineRow, outcome: Outcome) -> StageRow:
    """Give the stage of an outcome; made where a source's pipeline lacks it, for each has all three."""
    stages = finding_stages.standing_stages(hand.db, pipeline.id, lock=True)
    if (found := finding_stages.closing(stages, outcome)) is not None:
        return found
    name, category, likelihood = next(stage for stage in CLOSED_STAGES if stage[1] == outcome)
    taken = {stage.name for stage in pipelines.stages(hand.db, pipeline.id)}
    fields = {
        "name": next(n for n in (name, f"{name} (hub)", f"{name} (hub {hand.run_id})") if n not in taken),
        "category": category,
        "position": max((stage.position for stage in stages), default=-1) + 1,
        "likelihood": likelihood,
        "active": False,
    }
    id_ = roster.add_stage(hand.db, pipeline.id, fields, hand.now)
    hand.journal.append(journal.created("stage", [id_]))
    return next(s for s in pipelines.stages(hand.db, pipeline.id) if s.id == id_)


def first_stage(db: Writer, pipeline: PipelineRow) -> StageRow:
    """Give where deals start.

    Raises:
        SetupError: the pipeline has no active stage, as one may come from a source.
    """
    found = finding_stages.first_open(finding_stages.standing_stages(db, pipeline.id))
    if found is None:
        raise SetupError(
            f"pipeline {pipeline.name!r} has no active stage",
            fix=f"sellhub pipeline stage add {pipeline.name!r} NAME --likelihood N",
        )
    return found


def stage_before(db: Writer, id_: int, pipeline: PipelineRow) -> StageRow:
    """Give the open stage where a deal stood last in its pipeline; what that was merged into; else the first."""
    found = stage_history.open_stage_before(db, id_)
    seen: set[int] = set()
    while found is not None and found not in seen:
        seen.add(found)
        stage = pipelines.stage(db, found)
        if stage is None or stage.pipeline_id != pipeline.id:
            break
        if stage.removed_at is None:
            return stage
        found = stage.merged_into
    return first_stage(db, pipeline)


def active_stage(db: Writer, pipeline: PipelineRow, name: str) -> StageRow:
    """Find a stage in which deals are worked on.

    Raises:
        SetupError: the pipeline has none of that name, or it is a closed one.
    """
    found = finding_stages.stage_named(db, name, pipeline)
    if outcome_of(found.category) is not None:
        active = [s.name for s in finding_stages.standing_stages(db, pipeline.id) if outcome_of(s.category) is None]
        raise SetupError(f"{found.name!r} is no active stage", fix=f"active stages: {', '.join(active)}")
    return found
