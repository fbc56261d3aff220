"""One run of one source: its right to write, what was asked of it, how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.connector import Connector, Stream
from connectors.errors import ConnectorError
from hub.connecting import chosen_streams, open_connector
from hub.notifying import tell_new_owners
from hub.opening import Hub
from hub.process_at_work import expect_answered
from hub.quota import expect_fit
from hub.reports import StreamReport, state_of
from sell_model.errors import HubError
from storage import leases, streams
from storage.leases import Lease


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of this run."""

    streams: tuple[str, ...] | None = None
    full: bool = False
    received_only: bool = False
    """Take in what was sent to us; where a connector reads as well, its vendor is not called."""
    at_once: bool = False
    """All of it is one transaction: what takes long, as a changed mapping does, is refused by `TooLongError`."""
    since: datetime | None = None
    limit: int | None = None
    existing: str = "update"
    kind: str = "sync"
    """`sync`, `import`, `replay` or `choose` (a record by hand): what the run is called."""
    remembered: Mapping[str, Any] = field(default_factory=dict)
    """What else the run's row is to remember, such as an import's mapping and pool: its replay needs them."""


@dataclass(slots=True)
class OpenRun:
    """One run of one source: its right to write, its streams."""

    hub: Hub
    id: int
    source: str
    lease: Lease
    streams: list[Stream]
    options: Options
    reports: list[StreamReport] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Run(OpenRun):
    """A run that reads from its source."""

    connector: Connector[Any]


@contextmanager
def begun(
    hub: Hub, source: str, options: Options = Options(), connector: Connector[Any] | None = None
) -> Iterator[Run]:
    """Open a run of a source under its lease, and close it with the state its streams came to.

    Raises:
        SetupError: the source cannot be opened, or its process file leaves something open.
        BusyError: another process is syncing it.
    """
    expect_answered(hub, source)
    with connector or open_connector(hub, source) as opened:
        chosen = chosen_streams(opened, options.streams or hub.settings.source(source).streams)
        with under_lease(hub, source, chosen, options) as run:
            if not (options.received_only or options.at_once or options.limit or hub.store.is_rehearsing):
                expect_fit(hub, source, [stream.name for stream in chosen], full=options.full)
            yield Run(hub, run.id, source, run.lease, chosen, options, run.reports, connector=opened)


@contextmanager
def under_lease(hub: Hub, source: str, chosen: list[Stream], options: Options) -> Iterator[OpenRun]:
    """Open a run under its source's lease without opening the source, and close it likewise.

    Once it has ended, however it did, those who got records by it are told.
    """
    with hub.store.write() as db:
        lease = leases.take(db, source)
        streams.close_interrupted(db, source, hub.now())
        run_id = streams.start_run(db, options.kind, source, _told(options), hub.now())
    run = OpenRun(hub, run_id, source, lease, chosen, options)
    try:
        with _closing(run):
            yield run
    finally:
        tell_new_owners(hub)


def _told(options: Options) -> dict[str, Any]:
    return {
        "full": options.full,
        "limit": options.limit,
        "since": options.since.isoformat() if options.since else None,
        "existing": options.existing,
        **options.remembered,
    }


@contextmanager
def _closing(run: OpenRun) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        _finish(run, "failed", str(error) if isinstance(error, (HubError, ConnectorError)) else type(error).__name__)
        raise
    failed = next((r for r in run.reports if r.state == "failed"), None)
    _finish(run, state_of(run.reports), failed.error if failed else None, failed.fix if failed else None)


def _finish(run: OpenRun, state: str, error: str | None = None, fix: str | None = None) -> None:
    try:
        with run.hub.store.write() as db:
            streams.finish_run(db, run.id, state, run.hub.now(), error, fix)
            leases.give_back(db, run.lease)
    except BaseException:
        leases.release(run.hub.store, run.lease)
        raise
