"""What Prefect shows of a run: an artifact of counts, and events that automations can act on."""

from __future__ import annotations

import re

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from hub.reports import StreamReport, state_of
from storage.tables import COUNTS

HELD, FAILED = "sellhub.sync.held", "sellhub.sync.failed"


def publish(source: str, reports: list[StreamReport]) -> None:
    """Show what a run came to, in ids and counts alone."""
    create_markdown_artifact(
        key=f"sync-{artifact_name(source)}",
        markdown=table(reports),
        description=f"{source}: {state_of(reports).replace('_', ' ')}",
    )
    for report in reports:
        if report.state == "failed":
            _emit(FAILED, report)
        elif report.counts.held:
            _emit(HELD, report)


def artifact_name(source: str) -> str:
    """Write a source's name as Prefect allows names of artifacts: small letters, digits, dashes.

    >>> artifact_name("HubSpot_EU")
    'hubspot-eu'
    """
    return re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-") or "source"


def table(reports: list[StreamReport]) -> str:
    """Write counts as a table, stream by stream."""
    heads = ("run", "stream", "state", *COUNTS, "calls", "seconds")
    rows = [(r.run, r.stream, r.state, *r.counts.to_json().values(), r.calls, f"{r.seconds:.1f}") for r in reports]
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _emit(name: str, report: StreamReport) -> None:
    emit_event(
        name,
        resource={
            "prefect.resource.id": f"sellhub.stream.{report.source}.{report.stream}",
            "prefect.resource.name": f"{report.source}.{report.stream}",
        },
        payload={"run": report.run, "state": report.state, "counts": report.counts.to_json()},
    )
