"""Seeing that a source is late: nothing fails when nothing runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect._vendor.croniter.croniter import croniter

from flows.discretion import discreet
from hub.alerting import Alert, tell
from hub.opening import Hub, open_hub
from sell_model.types import utc_text
from storage.alerts import last_success

_TIMES: Any = croniter
"""Prefect's own reading of cron, so that what is due here is due there; it bears no types."""


@flow(name="watch", flow_run_name="watch", persist_result=False)
def watch(home: str, since: datetime) -> list[str]:
    """Tell people of every source that is late; gives the sources told of now.

    Args:
        home: the folder of hub.toml.
        since: when the schedules came into force; nothing was due before.
    """
    with discreet(), open_hub(home) as hub:
        return [source for source in late_sources(hub, since) if tell(hub, _alert(source))]


def late_sources(hub: Hub, since: datetime) -> list[str]:
    """Name the sources that missed two of their times in a row: no run begun since the earlier one ended well."""
    late = []
    with hub.store.read() as db:
        for source, part in hub.settings.sources.items():
            if part.schedule is None:
                continue
            due = second_last(part.schedule, hub.clock())
            last = last_success(db, source)
            if due > since and (last is None or last < utc_text(due)):
                late.append(source)
    return late


def second_last(schedule: str, now: datetime) -> datetime:
    """Give the last but one time at which a schedule was due."""
    times = _TIMES(schedule, now)
    times.get_prev(datetime)
    due: datetime = times.get_prev(datetime)
    return due.astimezone(UTC)


def _alert(source: str) -> Alert:
    return Alert(
        source,
        "late",
        "no run came to a good end in twice the time between two of them",
        "see that a worker is up: sellhub up, or prefect worker start --pool sell-hub",
    )
