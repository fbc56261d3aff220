"""`sellhub run`: what runs did, and taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.outcome import equation, reason_text
from console.showing import value_text, when
from console.telling import note, progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.run_log import RunShown
    from hub.undo_report import UndoReport
    from storage.run_listing import RunLine, RunStreamLine
    from storage.turns import Share

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
LEFT_SHOWN = 20

app = cyclopts.App(name="run", help="Runs: list, show, undo.", result_action="return_value", help_format="plaintext")


@app.command(name="list")
def list_(*, source: str | None = None, limit: int = 20, before: int | None = None, json: Flag = False) -> None:
    """List runs, latest first.

    Args:
        source: Only those of this source.
        limit: How many at most.
        before: Go on before this run, the last of the page before.
        json: Print one array.
    """
    from hub import run_log
    from hub.opening import open_hub

    with open_hub() as hub:
        runs = run_log.list_runs(hub, source, before, limit)
    if len(runs) == limit:
        note(f"more: the same with --before {runs[-1].id}")
    if json:
        tell_json([run_log.line_json(run) for run in runs])
        return
    if not runs:
        tell("no runs yet")
        tell_next("sellhub sync", "sellhub import FILE.csv")
        return
    rows = [(str(r.id), r.kind, r.source, _state(r), when(r.started_at), _came_to(r)) for r in runs]
    tell_table(("run", "kind", "source", "state", "began", "what it came to"), rows)
    tell_next(f"sellhub run show {runs[0].id}")


def _came_to(run: RunLine) -> str:
    if run.kind != "sweep" or "records" not in run.options:
        return equation(run.counts)
    told = run.options
    return f"looked at {told['records']:,}: asked about {told['asked']:,}, made one {told['merged']:,}"


def _state(run: RunLine) -> str:
    words = {"done_with_held": "done, some held", "failed": "FAILED"}
    return f"undone by run {run.undone_by_run_id}" if run.undone_by_run_id else words.get(run.state, run.state)


@app.command
def show(run: int, /, *, json: Flag = False) -> None:
    """Show what one run did, stream by stream: counts that add up, what it held, who got how many.

    Args:
        run: Its number.
        json: Print one object.
    """
    from hub import run_log
    from hub.opening import open_hub

    with open_hub() as hub:
        shown = run_log.show(hub, run)
    if json:
        tell_json(shown.to_json())
        return
    _tell_run(shown)


def _tell_run(shown: RunShown) -> None:
    run = shown.run
    tell(f"run {run.id}: {run.kind} of {run.source or 'nothing'}, {_state(run)}")
    tell(f"  from {when(run.started_at)} to {when(run.finished_at)}")
    if run.undoes_run_id:
        tell(f"  it took back run {run.undoes_run_id}")
    asked = {name: value for name, value in run.options.items() if value not in (None, False)}
    if asked:
        tell(f"  asked: {value_text(asked)}")
    if run.error:
        tell(f"  error: {run.error}")
    if run.fix:
        tell(f"  fix: {run.fix}")
    for line in shown.streams:
        _tell_stream(line)
    for group in shown.held:
        still = "" if group.still == group.count else f", {group.still:,} still"
        tell(f"held {group.count:,}{still}: {group.stream} {value_text(reason_text(group.example))}")
    for share in shown.shares:
        got = f"{share.count:,} {share.record_type}{'' if share.count == 1 else 's'}"
        tell(f"{share.user} got {got} {_given(share)}")
    held = any(group.still for group in shown.held)
    undoable = run.kind != "undo" and run.undone_by_run_id is None
    tell_next(*["sellhub held list"] * held, *[f"sellhub run undo {run.id} --dry-run"] * undoable)


def _given(share: Share) -> str:
    pool = f"pool {share.pool or '(removed since)'}"
    return {
        "hand": "by hand",
        "fallback": f"as the fallback, from {pool}",
        "known_account": f"as the owner of known accounts, from {pool}",
    }.get(share.how, f"from {pool}")


def _tell_stream(line: RunStreamLine) -> None:
    tell(f"{line.source}.{line.stream}  {line.state}  {equation(line.counts)}")
    remapped = f", {line.remapped:,} of them mapped again from what was landed" if line.remapped else ""
    tell(f"  {line.calls:,} calls, {line.seconds:.1f} s{remapped}")
    for notice in line.notices:
        tell(f"  note: {notice}")
    if line.error:
        tell(f"  error: {line.error}")


@app.command
def undo(run: int, /, *, dry_run: Flag = False, json: Flag = False) -> None:
    """Take a run back: what it made goes, what it changed is as it was; what was changed since is left and listed.

    Args:
        run: Its number.
        dry_run: Do it all, tell what it came to, and take that back too.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.undo import undo_run

    with open_hub() as hub, progress(f"taking run {run} back …"):
        report = undo_run(hub, run, dry_run=dry_run)
    if json:
        tell_json({**report.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    _tell_undone(report)
    tell_next(f"sellhub run undo {run}" if dry_run else f"sellhub run show {report.run_id}")


def _tell_undone(report: UndoReport) -> None:
    words = [f"{kind.replace('_', ' ')}s {count:,}" for kind, count in report.undone.items()]
    nothing = "nothing of it" if report.left else "it had done nothing"
    tell(f"run {report.undoes} taken back: {', '.join(words) or nothing}")
    if report.turns_given_back:
        tell(f"  turns given back to their pools: {report.turns_given_back:,}")
    for sentence in report.cursors:
        tell(f"  {sentence}")
    if report.left:
        tell(f"left as they are: {len(report.left):,}")
    for left in report.left[:LEFT_SHOWN]:
        tell(f"  {left.record_type.replace('_', ' ')} {left.record_id}: {left.why}")
    if len(report.left) > LEFT_SHOWN:
        tell("  …; all of them: --json")
