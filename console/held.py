"""`sellhub held`: records that could not be taken in, why, and taking them in once the cause is mended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.main import DONE, FAILED
from console.outcome import equation, reason_text, tell_reports
from console.showing import quoted, value_text, when
from console.telling import note, progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.held_box import HeldRecord
    from hub.opening import Hub
    from hub.reports import StreamReport
    from sell_model.draft import Reason
    from storage.held_listing import Cause, HeldRow

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="held",
    help="Records that could not be taken: list, show, replay.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(
    *,
    source: str | None = None,
    code: str | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    limit: int = 100,
    after: int = 0,
    json: Flag = False,
) -> None:
    """List what is held, by cause.

    Args:
        source: Only what this source sent.
        code: Only what is held for this cause, as the list names it: bad_email, unknown_owner …
        all_: One line per record instead of one per cause, the oldest first.
        limit: How many lines at most, with --all.
        after: With --all: go on after this number.
        json: Print one array.
    """
    from hub import held_box
    from hub.opening import open_hub

    with open_hub() as hub:
        if all_:
            rows = held_box.held_rows(hub, source, code, after, limit)
            _tell_rows(rows, limit, json=json)
        else:
            causes = held_box.causes(hub, source, code)
            _tell_causes(causes, json=json)


def _tell_rows(rows: list[HeldRow], limit: int, *, json: bool) -> None:
    if json:
        tell_json([_row_json(row) for row in rows])
    elif rows:
        lines = [(str(row.id), row.name, value_text(reason_text(row.reasons[0])), len(row.reasons)) for row in rows]
        tell_table(("number", "record", "first reason", "reasons"), lines)
        tell_next(f"sellhub held show {rows[0].id}")
    else:
        tell("nothing is held")
    if len(rows) == limit:
        note(f"more: the same with --after {rows[-1].id}")


def _row_json(row: HeldRow) -> dict[str, object]:
    reasons = [reason.to_json() for reason in row.reasons]
    place = {"source": row.source, "stream": row.stream, "source_id": row.source_id, "mapping": row.mapping}
    return {"id": row.id, "record": row.name, **place, "reasons": reasons, "run": row.run_id, "held_at": row.held_at}


def _tell_causes(causes: list[Cause], *, json: bool) -> None:
    if json:
        tell_json([_cause_json(cause) for cause in causes])
        return
    if not causes:
        tell("nothing is held")
        return
    tell_table(
        ("count", "cause", "field", "stream", "oldest"),
        [(c.count, c.code, c.field or None, f"{c.source}.{c.stream}", when(c.oldest)) for c in causes],
    )
    for cause in causes:
        tell(f"{cause.code} {cause.field}".rstrip())
        tell(f"  such as {cause.source}.{cause.stream}:{cause.example_source_id}, number {cause.example_id}")
        _tell_reason(cause.example)
    tell_next(
        f"sellhub held show {causes[0].example_id}",
        f"sellhub held replay --source {quoted(causes[0].source)}      (once it is mended)",
    )


def _cause_json(cause: Cause) -> dict[str, object]:
    return {
        "source": cause.source,
        "stream": cause.stream,
        "code": cause.code,
        "field": cause.field,
        "count": cause.count,
        "oldest": cause.oldest,
        "example": {"id": cause.example_id, "source_id": cause.example_source_id, **cause.example.to_json()},
        "fix": cause.example.fix,
    }


def _tell_reason(reason: Reason, indent: str = "  ") -> None:
    tell(f"{indent}{value_text(reason_text(reason))}")
    tell(f"{indent}fix: {reason.fix}")


@app.command
def show(record: str, /, *, json: Flag = False) -> None:
    """Show all that keeps a record from being taken in, with what stands in its payload.

    Args:
        record: Its number in the list, or SOURCE.STREAM:ID.
        json: Print one object.
    """
    from hub import held_box
    from hub.opening import open_hub

    with open_hub() as hub:
        held = held_box.show(hub, record)
        if json:
            tell_json(held.to_json(hub))
            return
        _tell_held(hub, held)
    tell_next(f"sellhub held replay {quoted(record)}      (once it is mended)")


def _tell_held(hub: Hub, held: HeldRecord) -> None:
    tell(held.rows[0].name)
    for row in held.rows:
        tell(f"  number {row.id}, held by {row.mapping} since {when(row.held_at)}, run {row.run_id}")
        for reason in row.reasons:
            _tell_reason(reason, "    ")
            for place in held.places(hub, row, reason):
                tell(f"    in the payload: {place.path} = {value_text(place.value)}")


@app.command
def replay(
    *records: str,
    source: str | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Take in what is held once more, by the mappings, users and pools as they are now; no source is asked.

    Args:
        records: Numbers in the list, or SOURCE.STREAM:ID.
        source: All that is held of this source.
        all_: All that is held.
        dry_run: Do it all, tell what it came to, and take it back.
        json: Print one array with an object per stream.
    """
    from hub.opening import open_hub
    from hub.replaying import Wanted
    from hub.replaying import replay as replay_held

    with open_hub() as hub:
        with progress("replaying …"):
            reports = replay_held(hub, Wanted(records, source, all_), dry_run=dry_run)
        if json:
            tell_json([{**report.to_json(), "dry_run": dry_run} for report in reports])
        elif dry_run:
            _tell_would_be(reports)
        elif reports:
            tell_reports(hub, [replace(report, remapped=0) for report in reports])
        else:
            tell("nothing is held")
    return FAILED if any(report.state == "failed" for report in reports) else DONE


def _tell_would_be(reports: list[StreamReport]) -> None:
    tell("DRY RUN: this is what would happen; nothing was stored")
    for report in reports:
        tell(f"{report.source}.{report.stream}  {equation(report.counts)}")
        if report.error:
            tell(f"  error: {report.error}")
            tell(f"  fix: {report.fix}")
    tell_next("the same without --dry-run")
