"""Pipelines, stages and reasons as people name them: whatever their case, with the nearest where none is called so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.stages import OUTCOMES, Outcome, outcome_of
from storage import pipelines, roster
from storage.hot import Writer
from storage.pipelines import PipelineRow, StageRow

_REASONS: dict[Outcome, tuple[str, str | None]] = {
    "lost": ("loss_reason", None),
    "unqualified": ("unqualified_reason", "deal"),
}
"""Outcome → the table of its reasons, and which of them are deals'."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which name is nearest, as the end of a sentence; nothing where none is near."""
    spelled = {folded(each): each for each in known}
    near = difflib.get_close_matches(folded(name), spelled, 1)
    return f"; nearest: {spelled[near[0]]}" if near else ""


def pipeline_named(db: Writer, name: str) -> PipelineRow:
    """Find a pipeline; `Sales` is also the `Sales Pipeline`, where none is called just so.

    Raises:
        SetupError: none is called so.
    """
    known = pipelines.pipelines(db)
    found = next((p for p in known if p.name == name), None)
    for wanted in (folded(name), f"{folded(name)} pipeline"):
        found = found or next((p for p in known if folded(p.name) == wanted), None)
    if found is None:
        names = [p.name for p in known]
        raise SetupError(
            f"there is no pipeline {name!r}{nearest(name, names)}",
            fix=f"pipelines: {', '.join(names) or 'none'}; make it: sellhub pipeline add {name!r}",
        )
    return found


def standing_stages(db: Writer, pipeline_id: int, *, lock: bool = False) -> list[StageRow]:
    """List the stages of a pipeline that deals may stand in, in order."""
    return [stage for stage in pipelines.stages(db, pipeline_id, lock=lock) if stage.removed_at is None]


def among(stages: Sequence[StageRow], name: str, pipeline: str) -> StageRow:
    """Find a stage among those of a pipeline.

    Raises:
        SetupError: none is called so.
    """
    found = next((s for s in stages if s.name == name), None)
    found = found or next((s for s in stages if folded(s.name) == folded(name)), None)
    if found is None:
        names = [stage.name for stage in stages]
        raise SetupError(
            f"pipeline {pipeline!r} has no stage {name!r}{nearest(name, names)}", fix=f"its stages: {', '.join(names)}"
        )
    return found


def stage_named(db: Writer, name: str, pipeline: PipelineRow) -> StageRow:
    """Find a stage of a pipeline.

    Raises:
        SetupError: the pipeline has none of that name; where another one has, the text says so.
    """
    try:
        return among(standing_stages(db, pipeline.id), name, pipeline.name)
    except SetupError as error:
        elsewhere = [s.pipeline for s in roster.stages(db) if folded(s.name) == folded(name) and not s.disabled]
        if not elsewhere:
            raise
        where = f"; pipeline {elsewhere[0]!r} has one: --pipeline {elsewhere[0]!r}"
        raise SetupError(str(error), fix=f"{error.fix}{where}") from error


def first_open(stages: Sequence[StageRow]) -> StageRow | None:
    """Give the first active stage."""
    return next((stage for stage in stages if outcome_of(stage.category) is None), None)


def closing(stages: Sequence[StageRow], outcome: Outcome) -> StageRow | None:
    """Give the stage of an outcome; of several that a source may have, the first."""
    return next((stage for stage in stages if stage.category == outcome), None)


def lacking(stages: Sequence[StageRow]) -> list[Outcome]:
    """Tell for which outcomes a pipeline has no stage: one that a source brought may lack some."""
    there = {outcome_of(stage.category) for stage in stages}
    return [outcome for outcome in OUTCOMES if outcome not in there]


def reasons(db: Writer, outcome: Outcome) -> dict[str, int]:
    """Map the reasons of an outcome to their ids."""
    table, record_type = _REASONS[outcome]
    return roster.named(db, table, record_type)


def reason_named(db: Writer, outcome: Outcome, name: str, now: str, *, new: bool) -> int:
    """Find a reason why a deal was lost or unqualified.

    Args:
        new: make it where there is none.

    Raises:
        SetupError: it is not known, and not to be made.
    """
    known = reasons(db, outcome)
    found = next((id_ for each, id_ in known.items() if folded(each) == folded(name)), None)
    if found is not None:
        return found
    if new and name.strip():
        table, record_type = _REASONS[outcome]
        return roster.add_named(db, table, record_type, name.strip(), now)
    raise SetupError(
        f"{name!r} is no reason why a deal is {outcome}{nearest(name, known)}",
        fix=f"reasons: {', '.join(sorted(known)) or 'none yet'}; or make it one: --new-reason",
    )
