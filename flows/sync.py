"""When a source is synced, and what if it fails. What a sync does stands in hub/sync.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.accounts import account_slot
from flows.alerting import tell_failure, tell_recovery
from flows.discretion import discreet
from flows.outcome import StreamFailedError, SyncFailedError, reports_of
from flows.publishing import publish
from flows.serving import engine
from hub import sync as hub_sync
from hub.again import release_waiting
from hub.opening import Hub, open_hub
from hub.reports import StreamReport
from hub.runs import Options, Run, begun
from sell_model.types import JsonObject

RETRIES = 2

_UNDER_WAY: dict[int, Run] = {}
"""Runs of this process by id. A run holds a lease, a connection, a cursor: no task may be sent it, only its number."""


def may_pass(_task: Task[..., None], _run: TaskRun, state: State[None]) -> bool:
    """Whether a stream's failure is one that trying again may mend."""
    failure = state.result(raise_on_failure=False)
    return isinstance(failure, StreamFailedError) and failure.report.transient


@task(
    task_run_name="{source}.{stream}",
    retries=RETRIES,
    retry_jitter_factor=0.5,
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def sync_stream(run_id: int, source: str, stream: str) -> None:
    """Sync one stream of a run that is under way in this process.

    Raises:
        StreamFailedError: it failed; what it stored before that stays, its cursor too.
    """
    run = _UNDER_WAY[run_id]
    run.reports[:] = [report for report in run.reports if report.stream != stream]
    with discreet():
        report = hub_sync.sync_stream(run, next(s for s in run.streams if s.name == stream))
    if report.state == "failed":
        raise StreamFailedError(report)


@flow(
    name="sync",
    flow_run_name="sync {source}",
    persist_result=False,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
    on_completion=[tell_recovery],
)
def sync(
    source: str,
    home: str,
    streams: Sequence[str] | None = None,
    full: bool = False,
    since: datetime | None = None,
    limit: int | None = None,
    existing: str = "update",
) -> list[JsonObject]:
    """Sync a source stream by stream, users and companies before people and deals.

    A stream that fails is tried again where that may help; the others go on. All is published, then
    the run fails if a stream did.

    Args:
        source: its name in hub.toml.
        home: the folder of hub.toml.
        streams: only these; users and pipelines are read all the same.
        full: read everything again.
        since: read what changed since then.
        limit: at most so many records of each stream.
        existing: `update`, `skip` or `overwrite` records that are there.
    """
    wanted = Options(tuple(streams) if streams else None, full=full, since=since, limit=limit, existing=existing)
    with discreet(), open_hub(home) as hub, account_slot(hub, source):
        reports = sync_streams(hub, source, wanted)
        publish(source, reports)
    if any(report.state == "failed" for report in reports):
        raise SyncFailedError(reports)
    return [report.to_json() for report in reports]


def sync_streams(hub: Hub, source: str, options: Options) -> list[StreamReport]:
    """Run a task for each stream, in this process and one after the other."""
    with begun(hub, source, options) as run:
        _UNDER_WAY[run.id] = run
        try:
            for stream in run.streams:
                try:
                    sync_stream(run.id, source, stream.name)
                except StreamFailedError as failed:
                    if failed.report.credentials:
                        break  # no stream of this source would be let in
            release_waiting(run)
        finally:
            del _UNDER_WAY[run.id]
    return run.reports


def run_sync(home: Path, source: str, options: Options) -> list[JsonObject]:
    """Sync a source as a Prefect flow; gives an object per stream, as `sellhub sync --json` prints it.

    Raises:
        SetupError: the source cannot be opened.
        BusyError: another process is syncing it.
    """
    with engine(home):
        state = sync(
            source,
            str(home),
            list(options.streams) if options.streams else None,
            options.full,
            options.since,
            options.limit,
            options.existing,
            return_state=True,
        )
        return reports_of(state)
