"""How a stream's part of a run ends: its counts, its state, its report."""

from __future__ import annotations

from connectors.connector import Stream
from connectors.errors import ConnectorError, CredentialsError, QuotaError
from connectors.errors import TransientError as ConnectorTransientError
from hub.batching import StreamSync
from hub.opening import Hub
from hub.quota import going_on
from hub.reports import StreamReport
from hub.runs import Run
from sell_model.errors import HubError, TransientError
from storage import streams


def close_stream(
    sync: StreamSync,
    failure: HubError | ConnectorError | None,
    notices: list[str],
    seconds: float,
    calls: int,
    *,
    read: bool = True,
) -> StreamReport:
    """Close a stream's part of the run.

    Args:
        read: the stream was read to its end; false when only what had waited was taken in.
    """
    run = sync.run
    with run.hub.store.write() as db:
        counts, remapped = streams.read_counts(db, run.id, sync.stream.id)
        state = "failed" if failure else "done_with_held" if counts.held else "done"
        error = str(failure) if failure else None
        streams.finish_run_stream(db, run.id, sync.stream.id, state, calls, seconds, error, notices)
        if read and not failure:
            streams.set_synced(db, sync.stream.id, run.hub.now())
        row = streams.find_stream(db, run.source, sync.stream.name)
    return StreamReport(
        run.id,
        run.source,
        sync.stream.name,
        state,
        counts,
        remapped,
        calls,
        seconds,
        row.cursor if row else None,
        list(dict.fromkeys(notices)),
        error,
        _way_out(run.hub, failure),
        isinstance(failure, CredentialsError),
        isinstance(failure, (TransientError, ConnectorTransientError)) and not isinstance(failure, QuotaError),
    )


def _way_out(hub: Hub, failure: HubError | ConnectorError | None) -> str | None:
    """What a person can do; a run that stopped for quota also says when it can go on, as far as the vendor told."""
    if isinstance(failure, QuotaError) and failure.retry_after is not None:
        return f"{going_on(hub, failure.retry_after)}; {failure.fix}"
    return failure.fix if failure else None


def not_begun(run: Run, stream: Stream, error: HubError) -> StreamReport:
    """A stream whose mapping or pool is not right fails by itself; the others go on."""
    connector = run.hub.settings.source(run.source).connector
    with run.hub.store.write(run.lease) as db:
        row = streams.ensure_stream(db, run.source, stream.name, connector, stream.kind)
        streams.start_run_stream(db, run.id, row)
        streams.finish_run_stream(db, run.id, row.id, "failed", 0, 0.0, str(error), [])
    return StreamReport(run.id, run.source, stream.name, "failed", cursor=row.cursor, error=str(error), fix=error.fix)
