"""`sellhub pipeline stage`: a pipeline's stages."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.pipelines import By, DryRun, Flag, Json, Name, tell_change

Stage: TypeAlias = Annotated[str, Parameter(help="The stage.")]
Likelihood: TypeAlias = Annotated[int, Parameter(help="How likely deals in it are won: 0 to 100 percent.")]

app = cyclopts.App(
    name="stage",
    help="Stages: add, rename, likelihood, criteria, reorder, remove, merge.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command
def add(
    pipeline: Name,
    stage: Stage,
    /,
    *,
    likelihood: Likelihood,
    after: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add an active stage.

    Args:
        after: The active stage that it comes after; left out: the last one.
    """
    from hub import stage_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_desk.add(hub, pipeline, stage, likelihood, after=after, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def rename(
    pipeline: Name, stage: Stage, to: str, /, *, by: By = None, dry_run: DryRun = False, json: Json = False
) -> None:
    """Give a stage another name; its kind, and so its outcome, stays.

    Args:
        to: The new name.
    """
    from hub import stage_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_desk.rename(hub, pipeline, stage, to, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def likelihood(
    pipeline: Name,
    stage: Stage,
    percent: Likelihood,
    /,
    *,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say how likely deals in an active stage are won."""
    from hub import stage_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_desk.set_likelihood(hub, pipeline, stage, percent, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def criteria(
    pipeline: Name,
    stage: Stage,
    filter_: str | None = None,
    /,
    *,
    none: Flag = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say what must hold of a deal to leave an active stage forward.

    Args:
        filter_: A filter on deals, as in smart lists: "value > 0 and estimated_close_date is not empty".
        none: Ask for nothing any more.
    """
    from hub import stage_desk
    from hub.opening import open_hub
    from sell_model.errors import SetupError

    if none == (filter_ is not None):
        raise SetupError("say what must hold, or --none", fix="write it in quotes, like 'value > 0'")
    with open_hub() as hub:
        change = stage_desk.set_criteria(hub, pipeline, stage, filter_, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def reorder(
    pipeline: Name, stages: list[str], /, *, by: By = None, dry_run: DryRun = False, json: Json = False
) -> None:
    """Put active stages in order: these first, as they are named, then the others as they stand.

    Args:
        stages: The stages.
    """
    from hub import stage_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_desk.reorder(hub, pipeline, stages, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def remove(
    pipeline: Name,
    stage: Stage,
    /,
    *,
    move_deals_to: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove an active stage; the histories of its deals keep it.

    Args:
        move_deals_to: The stage of the same pipeline where its deals go.
    """
    from hub import stage_removing
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_removing.remove(hub, pipeline, stage, move_deals_to, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def merge(
    pipeline: Name, stage: Stage, /, *, into: str, by: By = None, dry_run: DryRun = False, json: Json = False
) -> None:
    """Make one stage of two: its deals, sources and histories count for the other one from now on.

    Args:
        into: The active stage that stays.
    """
    from hub import stage_removing
    from hub.opening import open_hub

    with open_hub() as hub:
        change = stage_removing.merge(hub, pipeline, stage, into, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)
