"""`sellhub pipeline`: the ways that deals go, and their stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, value_text
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.pipeline_desk import PipelineChange, PipelineShown

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Name: TypeAlias = Annotated[str, Parameter(help="The pipeline.")]
By: TypeAlias = Annotated[
    str | None, Parameter(help="Who does it: an address; left out: SELLHUB_USER, else the login name.")
]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be done.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print one object.")]
Stages: TypeAlias = Annotated[list[str] | None, Parameter(name="--stage", negative_iterable="")]

app = cyclopts.App(
    name="pipeline",
    help="Pipelines: list, show, add, rename, disable, enable, remove; stage: their stages.",
    result_action="return_value",
    help_format="plaintext",
)
app.command(
    "console.stages:app", name="stage", help="Stages: add, rename, likelihood, criteria, reorder, remove, merge."
)


@app.command(name="list")
def list_(*, json: Flag = False) -> None:
    """List the pipelines; new deals go into the first that takes any.

    Args:
        json: Print one array.
    """
    from dataclasses import asdict

    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        rows = pipeline_desk.list_pipelines(hub)
    if json:
        tell_json([asdict(row) for row in rows])
        return
    tell_table(
        ("pipeline", "stages", "deals", ""),
        [(row.name, row.stages, row.deals, "takes no deals" if row.disabled else "") for row in rows],
    )
    tell_next(f"sellhub pipeline show {quoted(rows[0].name)}")


@app.command
def show(name: Name, /, *, json: Json = False) -> None:
    """Show a pipeline's stages."""
    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        shown = pipeline_desk.show(hub, name)
    if json:
        tell_json(shown.to_json())
        return
    tell_pipeline(shown)
    its = quoted(shown.name)
    tell_next(f"sellhub report funnel --pipeline {its}", f"sellhub pipeline stage add {its} NAME --likelihood N")


def tell_pipeline(shown: PipelineShown) -> None:
    """Tell a pipeline with its stages."""
    known = f", known to {', '.join(shown.sources)}" if shown.sources else ""
    tell(f"{shown.name}{' (takes no more deals)' if shown.disabled else ''}{known}")
    rows = [(s.name, s.category, f"{s.likelihood} %", s.deals, value_text(s.exit_criteria)) for s in shown.stages]
    tell_table(("  stage", "kind", "likelihood", "deals", "to leave it"), [(f"  {row[0]}", *row[1:]) for row in rows])


@app.command
def add(name: Name, /, *, stage: Stages = None, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Make a pipeline; Won, Unqualified and Lost end it by themselves.

    Args:
        stage: An active stage as Name:likelihood; may be given several times, in order. None: Sell's own four.
    """
    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pipeline_desk.add(hub, name, stage or [], by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def rename(name: Name, to: str, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Give a pipeline another name; it holds against the source that brings the pipeline.

    Args:
        to: The new name.
    """
    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pipeline_desk.rename(hub, name, to, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def disable(name: Name, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Let a pipeline take no more deals; those in it go on."""
    _set_disabled(name, disabled=True, by=by, dry_run=dry_run, json=json)


@app.command
def enable(name: Name, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Let a pipeline take deals again."""
    _set_disabled(name, disabled=False, by=by, dry_run=dry_run, json=json)


def _set_disabled(name: str, *, disabled: bool, by: str | None, dry_run: bool, json: bool) -> None:
    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pipeline_desk.set_disabled(hub, name, disabled=disabled, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


@app.command
def remove(name: Name, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Remove a pipeline that no deal was ever in; disable the others."""
    from hub import pipeline_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pipeline_desk.remove(hub, name, by=by, dry_run=dry_run)
    tell_change(change, dry_run=dry_run, json=json)


def tell_change(change: PipelineChange, *, dry_run: bool, json: bool) -> None:
    """Tell what was done to a pipeline."""
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    count = change.deals_moved
    moved = f", {count:,} deal{'' if count == 1 else 's'} moved" if count else ""
    tell(f"pipeline {change.name}: {change.done}{moved}")
    for remark in change.remarks:
        tell(f"  note: {remark}")
    if change.pipeline is not None:
        tell_pipeline(change.pipeline)
        if change.pipeline.sources:
            tell(f"  what was set here holds against {', '.join(change.pipeline.sources)}")
        tell_next(f"sellhub pipeline show {quoted(change.name)}")
    else:
        tell_next("sellhub pipeline list")
