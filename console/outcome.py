"""How runs and rehearsals are told: what was read, what became of it, who got what, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from console.telling import tell, tell_next, tell_table

if TYPE_CHECKING:
    from hub.opening import Hub
    from hub.rehearsing import Rehearsal, Unknown
    from hub.reports import StreamReport
    from sell_model.draft import Reason
    from storage.streams import Counts
    from storage.turns import Share

_STATES = {"done": "done", "done_with_held": "DONE WITH HELD", "failed": "FAILED"}
_UNKNOWN = {"owner": "unknown owners", "stage": "unknown stages", "value": "unknown values"}
MOST_SHOWN = 20


def tell_reports(hub: Hub, reports: Sequence[StreamReport]) -> None:
    """Tell what runs did, stream by stream, who got what, and the next commands."""
    from storage.run_listing import held_in_run
    from storage.turns import shares

    runs = list(dict.fromkeys(report.run for report in reports))
    with hub.store.read() as db:
        causes = {run: held_in_run(db, run) for run in runs}
        turns = _united(share for run in runs for share in shares(db, run))
    for report in reports:
        tell(f"{_heading(report)}, run {report.run}, {report.calls:,} calls, {report.seconds:.1f} s")
        _tell_stream(report)
        for cause in causes[report.run]:
            if cause.stream == report.stream and cause.still:
                tell(f"  held {cause.still:,}: {reason_text(cause.example)}")
    if turns:
        tell(f"dealt out: {', '.join(_shares(turns))}")
    tell_next(*_next(reports))


def _heading(report: StreamReport) -> str:
    return f"{report.source} {report.stream}: {_STATES[report.state]}"


def _tell_stream(report: StreamReport) -> None:
    tell(f"  {equation(report.counts)}")
    if report.remapped:
        tell(f"  {report.remapped:,} of them were here before and were mapped again, as their mapping has changed")
    for notice in report.notices:
        tell(f"  note: {notice}")
    if report.error:
        tell(f"  error: {report.error}")
        if report.counts.read:
            tell("  what was stored before it stays; the next run goes on from there")
    if report.fix:
        tell(f"  fix: {report.fix}")


def equation(counts: Counts) -> str:
    """Write counts as the sum that they are, without the terms that are nothing.

    >>> from storage.streams import Counts
    >>> equation(Counts(created=1150, held=7))
    'read 1,157 = created 1,150 + held 7'
    """
    terms = [f"{name} {count:,}" for name, count in counts.to_json().items() if name != "read" and count]
    return f"read {counts.read:,}" + (f" = {' + '.join(terms)}" if terms else "")


def reason_text(reason: Reason) -> str:
    """Write a reason in one line: field, value, what is wrong with it."""
    value = f" {reason.value!r}" if reason.value else ""
    field = reason.field + value
    return f"{field}: {reason.reason}" if field else reason.reason


def _united(shares: Iterable[Share]) -> list[tuple[str | None, str, int]]:
    """Add up what somebody got in several ways, by turns and as a fallback."""
    sums: dict[tuple[str | None, str], int] = {}
    for share in shares:
        sums[share.user, share.record_type] = sums.get((share.user, share.record_type), 0) + share.count
    return [(user, kind, count) for (user, kind), count in sums.items()]


def _shares(shares: Iterable[tuple[str | None, str, int]]) -> Iterator[str]:
    for owner, kind, count in shares:
        yield f"{owner or 'nobody'} {count:,} {kind}{'' if count == 1 else 's'}"


def _next(reports: Sequence[StreamReport]) -> Iterator[str]:
    failed = [report for report in reports if report.state == "failed"]
    if failed:
        yield f"sellhub connector check {failed[0].source}"
    if any(report.counts.held for report in reports):
        yield "sellhub held list"
    made = [report for report in reports if report.counts.created]
    if made:
        yield f"sellhub run show {made[-1].run}      (take it back: sellhub run undo {made[-1].run})"
    elif not failed:
        yield "sellhub lead list"


def tell_rehearsal(rehearsal: Rehearsal) -> None:
    """Tell what work would have done."""
    tell("DRY RUN: this is what would happen; nothing was stored")
    for report in rehearsal.reports:
        tell(f"{_heading(report)}, {report.calls:,} calls, {report.seconds:.1f} s")
        _tell_stream(report)
    for kind, title in _UNKNOWN.items():
        _tell_unknown(title, [each for each in rehearsal.unknown if each.kind == kind])
    held = sum(report.counts.held for report in rehearsal.reports)
    if held:
        tell(f"held: {held:,}, the first {len(rehearsal.held)}")
    for record in rehearsal.held:
        tell(f"  {record.source}.{record.stream}:{record.source_id}")
        for reason in record.reasons:
            tell(f"    {reason_text(reason)}")
            tell(f"      fix: {reason.fix}")
    if rehearsal.owners:
        shares = [(share.owner, share.kind, share.count) for share in rehearsal.owners]
        tell(f"would get: {', '.join(_shares(shares))}")
    tell_next("the same without --dry-run")


def _tell_unknown(title: str, unknown: Sequence[Unknown]) -> None:
    if not unknown:
        return
    tell(f"{title}:")
    tell_table(
        ("  field", "value", "records", "becomes"),
        [(f"  {each.field}", each.value, each.count, each.becomes) for each in unknown[:MOST_SHOWN]],
    )
    if len(unknown) > MOST_SHOWN:
        tell(f"  and {len(unknown) - MOST_SHOWN:,} more: --json gives all of them")
