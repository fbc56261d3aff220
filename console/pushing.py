"""`sellhub push`: what changed goes to a destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.main import DONE, FAILED
from console.showing import quoted, value_text
from console.telling import progress, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.pushing import PushReport

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]


def push(
    destination: str,
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Send what changed to a destination of hub.toml, each record in its present state.

    Args:
        destination: Its name: [destinations.NAME].
        all_: Send everything that stands, as for a destination that is new; what is there already is skipped.
        dry_run: Tell what would be sent; the destination is not spoken to.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.pushing import push_out

    with open_hub() as hub, progress(f"pushing to {destination} …"):
        report = push_out(hub, destination, everything=all_, dry_run=dry_run)
    if json:
        tell_json({**report.to_json(), "dry_run": dry_run})
    else:
        _tell(report, dry_run=dry_run, everything=all_)
    return FAILED if report.failed or report.error else DONE


def _tell(report: PushReport, *, dry_run: bool, everything: bool) -> None:
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was sent or stored")
    tell(
        f"{report.destination}: sent {report.upserted:,}, deleted {report.deleted:,}, "
        f"already there {report.skipped:,}, failed {report.failed:,}"
    )
    for key, text in report.failures:
        tell(f"  failed: {key}: {value_text(text) if text else 'it did not say why'}")
    if report.error:
        tell(f"  error: {report.error}")
    if report.fix:
        tell(f"  fix: {report.fix}")
    if report.waiting:
        tell(f"  {report.waiting:,} changes still wait; the next push tries them again")
    again = f"sellhub push {quoted(report.destination)}{' --all' if everything else ''}"
    if dry_run or report.waiting:
        tell_next(again)
    elif not (report.upserted or report.deleted or everything):
        tell("  nothing had changed; a new destination gets what was there before by --all")
        tell_next(f"{again} --all")
