"""`sellhub call`, `visit`: exchanges with people, their outcomes, and how many there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
from cyclopts import Parameter

from console.activities import At, By, DryRun, Flag, Json, Record, activity_commands, add_activity, with_list
from console.record_words import write_csv
from console.showing import value_text
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.outcomes import OutcomeChange

call = with_list(activity_commands("call", "Calls: add, list, show, remove; outcomes."), "call")
visit = with_list(activity_commands("visit", "Visits: add, list, show, remove; outcomes."), "visit")


@call.command(name="add")
def add_call(
    record: Record | None = None,
    /,
    *,
    phone: str,
    outcome: str | None = None,
    duration: int | None = None,
    at: At = None,
    incoming: Flag = False,
    missed: Flag = False,
    summary: str | None = None,
    deal: Annotated[list[str] | None, Parameter(negative_iterable="")] = None,
    recording_url: str | None = None,
    external_id: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note a call to or from somebody; it stands at a lead or a contact, or at nobody.

    Args:
        phone: The number.
        outcome: One of the outcomes that calls have.
        duration: How long it lasted, in seconds.
        incoming: They called.
        missed: Nobody picked up.
        summary: What was said.
        deal: A deal that it was about, D-3; may be given several times.
        recording_url: Where its recording lies.
        external_id: Its id in the telephone system.
    """
    from hub.records import read_id

    said = {
        "phone_number": phone,
        "outcome": outcome,
        "duration": duration,
        "made_at": at,
        "incoming": incoming,
        "missed": missed,
        "summary": summary,
        "associated_deal_ids": [read_id("deal", each) for each in deal or ()],
        "recording_url": recording_url,
        "external_id": external_id,
    }
    add_activity("call", record, said, by=by, dry_run=dry_run, json=json)


@visit.command(name="add")
def add_visit(
    record: Record,
    /,
    *,
    outcome: str | None = None,
    at: At = None,
    summary: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note a meeting face to face.

    Args:
        outcome: One of the outcomes that visits have.
        summary: What was said.
    """
    said = {"outcome": outcome, "visited_at": at, "summary": summary}
    add_activity("visit", record, said, by=by, dry_run=dry_run, json=json)


def _outcomes(of: Literal["call", "visit"]) -> cyclopts.App:
    """Make the commands for the outcomes of calls, or of visits."""
    app = cyclopts.App(
        name="outcomes",
        help=f"Outcomes of {of}s: list, add, rename, remove.",
        result_action="return_value",
        help_format="plaintext",
    )

    @app.command(name="list", help=f"List the outcomes that a {of} may have.")
    def list_(*, json: Json = False) -> None:
        from dataclasses import asdict

        from hub import outcomes
        from hub.opening import open_hub

        with open_hub() as hub:
            rows = outcomes.list_outcomes(hub, of)
        if json:
            tell_json([asdict(row) for row in rows])
            return
        tell_table(("outcome", f"{of}s"), [(row.name, row.used) for row in rows])
        tell_next(f"sellhub report activities --of {of} --by outcome")

    @app.command(name="add", help=f"Make an outcome for {of}s.")
    def add(name: str, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
        from hub import outcomes
        from hub.opening import open_hub

        with open_hub() as hub:
            change = outcomes.add_outcome(hub, of, name, by=by, dry_run=dry_run)
        _tell_outcome(change, "added", dry_run=dry_run, json=json)

    @app.command(name="rename", help=f"Give an outcome another name; the {of}s that have it keep it.")
    def rename(name: str, to: str, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
        from hub import outcomes
        from hub.opening import open_hub

        with open_hub() as hub:
            change = outcomes.rename_outcome(hub, of, name, to, by=by, dry_run=dry_run)
        _tell_outcome(change, f"is called {change.name!r} now", dry_run=dry_run, json=json)

    @app.command(name="remove", help="Remove an outcome that nothing has, or give those that have it another one.")
    def remove(
        name: str,
        /,
        *,
        into: Annotated[str | None, Parameter(help="The outcome that those which have it get instead.")] = None,
        by: By = None,
        dry_run: DryRun = False,
        json: Json = False,
    ) -> None:
        from hub import outcomes
        from hub.opening import open_hub

        with open_hub() as hub:
            change = outcomes.remove_outcome(hub, of, name, into=into, by=by, dry_run=dry_run)
        those = f"{change.moved:,} {of}{' has' if change.moved == 1 else 's have'}"
        moved = f"; {those} {into!r} now" if into else ""
        _tell_outcome(change, f"removed{moved}", dry_run=dry_run, json=json)

    return app


def _tell_outcome(change: OutcomeChange, what: str, *, dry_run: bool, json: bool) -> None:
    from dataclasses import asdict

    if json:
        tell_json({**asdict(change), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"outcome {change.before or change.name!s} of {change.of}s {what}")
    tell_next(f"sellhub {change.of} outcomes list")


call.command(_outcomes("call"))
visit.command(_outcomes("visit"))


def report_activities(
    *,
    of: Literal["call", "visit"] | None = None,
    by: Literal["outcome", "owner"] | None = None,
    first: Annotated[str | None, Parameter(name="--from", help="First day, such as 2026-01-01.")] = None,
    last: Annotated[str | None, Parameter(name="--to", help="Last day; it is part of the period.")] = None,
    json: Flag = False,
    csv: Flag = False,
) -> None:
    """Count calls and visits by outcome and by who made them.

    Args:
        of: Only calls, or only visits.
        by: Only by outcome, or only by owner.
        json: Print one object.
        csv: Print a row per line.
    """
    from hub.opening import open_hub
    from hub.reporting.activities import report_activities as counted
    from hub.reporting.period import read_period

    period = read_period(first, last)
    with open_hub() as hub:
        report = counted(hub, period, of, by)
    rows = report.rows()
    if json:
        tell_json(report.to_json())
    elif csv:
        write_csv(rows)
    else:
        tell(f"{' and '.join(f'{kind}s' for kind in report.of)} made {period.words}: {report.total:,}")
        if rows:
            columns = [name for name in rows[0] if name not in {"owner_email", "duration"}]
            tell_table(("", *columns[1:]), [[_cell(name, row[name]) for name in columns] for row in rows])
        tell_next(f"sellhub {report.of[0]} list")


def _cell(name: str, value: object) -> object:
    return value if name == "count" else value_text(value) if value else "(none said)"
