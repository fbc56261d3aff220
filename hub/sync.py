"""How a source's records become owned leads. Read `take_batch` downwards: it is the path of a record."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any

from connectors.connector import Connector, Page, SourceRecord, Stream
from connectors.errors import ConnectorError, CredentialsError, QuotaError
from connectors.errors import TransientError as ConnectorTransientError
from hub.activation import Desk, desk_of
from hub.batch import Batch, Item
from hub.connecting import chosen_streams, open_connector
from hub.gathering import Gathered, gather
from hub.intake import inbox_pages, receives
from hub.land import land
from hub.opening import Hub
from hub.reports import StreamReport, state_of
from hub.taking import Intent, Taking, recompute
from sell_model.draft import Draft, Held
from sell_model.errors import HubError, SetupError, TransientError
from storage import journal, landing, leases, references, roster, streams
from storage.leases import Lease, LeaseLostError
from storage.payloads import read_payload, storable_id
from storage.streams import Counts, StreamRow

ANALYZE_AFTER = (2, 20, 200)
"""Batches of a stream after which PostgreSQL learns anew how large the tables have become.

Right after a bulk load, without statistics, its planner reads whole tables for what an index holds.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of this run."""

    streams: tuple[str, ...] | None = None
    full: bool = False
    since: datetime | None = None
    limit: int | None = None
    existing: str = "update"
    kind: str = "sync"
    """`sync`, `import` or `replay`: what the run is called."""
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


@dataclass(slots=True)
class StreamSync:
    """What every batch of one stream needs."""

    run: OpenRun
    stream: StreamRow
    desk: Desk
    intent: Intent
    counts: Counts = field(default_factory=Counts)
    remapped: int = 0
    failures: list[str] = field(default_factory=list)
    batches: int = 0


def sync_source(
    hub: Hub, source: str, options: Options = Options(), connector: Connector[Any] | None = None
) -> list[StreamReport]:
    """Sync a source stream by stream, in the order in which what is pointed to comes first.

    A stream that fails leaves its cursor where it was, and the others go on.

    Raises:
        SetupError: the source cannot be opened.
        BusyError: another process is syncing it.
    """
    with begun(hub, source, options, connector) as run:
        for stream in run.streams:
            report = sync_stream(run, stream)
            if report.credentials:
                break
        release_waiting(run)
    return run.reports


@contextmanager
def begun(
    hub: Hub, source: str, options: Options = Options(), connector: Connector[Any] | None = None
) -> Iterator[Run]:
    """Open a run of a source under its lease, and close it with the state its streams came to."""
    with connector or open_connector(hub, source) as opened:
        chosen = chosen_streams(opened, options.streams or hub.settings.source(source).streams)
        with under_lease(hub, source, chosen, options) as run:
            yield Run(hub, run.id, source, run.lease, chosen, options, run.reports, connector=opened)


@contextmanager
def under_lease(hub: Hub, source: str, chosen: list[Stream], options: Options) -> Iterator[OpenRun]:
    """Open a run under its source's lease without opening the source, and close it likewise."""
    lease = leases.acquire(hub.store, source)
    try:
        with hub.store.write(lease) as db:
            streams.close_interrupted(db, source, hub.now())
            run_id = streams.start_run(db, options.kind, source, _told(options), hub.now())
        run = OpenRun(hub, run_id, source, lease, chosen, options)
        with _closing(run):
            yield run
    finally:
        leases.release(hub.store, lease)


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
    with run.hub.store.write() as db:
        streams.finish_run(db, run.id, state, run.hub.now(), error, fix)


def sync_stream(run: Run, stream: Stream) -> StreamReport:
    """Sync one stream: map again what its mapping sees differently now, then read what is new."""
    began, calls = time.monotonic(), run.connector.calls
    try:
        sync = prepared(run, stream)
    except LeaseLostError:
        raise
    except HubError as error:
        run.reports.append(_not_begun(run, stream, error))
        return run.reports[-1]
    notices: list[str] = []
    failure: HubError | ConnectorError | None = None
    try:
        _read(run, sync, notices)
    except LeaseLostError:
        raise
    except (HubError, ConnectorError) as error:
        failure = error
    report = _report(sync, failure, notices, time.monotonic() - began, run.connector.calls - calls)
    if failure is None and stream.kind == "users":
        settle_owners(sync)
    run.reports.append(report)
    return report


def _read(run: Run, sync: StreamSync, notices: list[str]) -> None:
    with rare_collections():
        remap(sync)
        for gathered in gather(_pages(run, sync), run.options.limit):
            notices += gathered.notices
            take_batch(sync, gathered)
    if sync.failures:
        raise TransientError(sync.failures[0], fix="ask the vendor, or leave these records out by a filter there")


def _not_begun(run: Run, stream: Stream, error: HubError) -> StreamReport:
    """A stream whose mapping or pool is not right fails by itself; the others go on."""
    connector = run.hub.settings.source(run.source).connector
    with run.hub.store.write(run.lease) as db:
        row = streams.ensure_stream(db, run.source, stream.name, connector, stream.kind)
        streams.start_run_stream(db, run.id, row)
        streams.finish_run_stream(db, run.id, row.id, "failed", 0, 0.0, str(error), [])
    return StreamReport(run.id, run.source, stream.name, "failed", cursor=row.cursor, error=str(error), fix=error.fix)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cycles less often: a batch makes many objects and no cycles, and the search took a sixth of a run."""
    usual = gc.get_threshold()
    gc.set_threshold(500_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def prepared(run: OpenRun, stream: Stream) -> StreamSync:
    """Bring a stream's mappings into force and open its counts."""
    hub, part = run.hub, run.hub.settings.source(run.source)
    with hub.store.write(run.lease) as db:
        row = streams.ensure_stream(db, run.source, stream.name, part.connector, stream.kind)
        streams.start_run_stream(db, run.id, row)
        desk = desk_of(hub, db, part, stream.name)
        awaiting = streams.awaiting_users(db)
        pools = {pool.record_type: pool.id for pool in roster.pools(db) if part.pool and pool.name == part.pool}
    if part.pool and not pools:
        raise SetupError(
            f"there is no pool called {part.pool!r} to deal out what {run.source} brings",
            fix=f"correct its name, or add it: sellhub pool add {part.pool!r} --member EMAIL",
        )
    intent = Intent(
        run.source,
        row.id,
        stream.kind,
        desk.version,
        priority_of=lambda name: hub.settings.sources[name].priority if name in hub.settings.sources else 0,
        users_awaited=awaiting.__contains__,
        default_pool=pools.get,
        currency=hub.settings.hub.currency,
        reopen_leads=hub.settings.hub.reopen == "lead",
        existing=run.options.existing,
        destinations=tuple(hub.settings.destinations),
    )
    return StreamSync(run, row, desk, intent)


def _pages(run: Run, sync: StreamSync) -> Iterable[Page]:
    options, connector = run.options, run.connector
    cursor = sync.stream.cursor
    if options.since is not None:
        cursor = connector.cursor_since(sync.stream.name, options.since)
    start = None if options.full else cursor
    pages = connector.pull(sync.stream.name, start)
    if not receives(type(connector)):
        return pages
    return chain(pages, inbox_pages(run.hub, run.source, sync.stream.name, start))


def take_batch(sync: StreamSync, gathered: Gathered, *, again: bool = False) -> None:
    """Take one batch from source records to owned leads; all it writes is one transaction.

    Args:
        again: the records were landed before and are mapped once more; no cursor moves.
    """
    store, run = sync.run.hub.store, sync.run
    records = _with_ids(sync, gathered.records)
    with store.read() as db:
        existing = run.options.existing if run.options.kind == "import" else None
        items, unchanged = land(db, sync.stream.id, sync.desk.version, records, again=again, existing=existing)
    _map(sync.desk, items)
    batch = Batch(run.hub.now(), run.id, items)
    counts = Counts(unchanged=len(unchanged), failed=len(gathered.records) - len(records))
    with store.write(run.lease) as db:
        if items:
            Taking(db, sync.intent, batch).take()
            journal.write(db, run.id, batch.journal)
        for item in items:
            counts.add(item.outcome)
        if again:
            _count_once(counts, items, run.id)
        streams.count_batch(db, run.id, sync.stream.id, counts, len(items) if again else 0)
        if gathered.cursor is not None and not again and not sync.failures:
            streams.move_cursor(db, run.id, sync.stream.id, gathered.cursor)
        sync.batches += 1
        if sync.batches in ANALYZE_AFTER:
            db.analyze(landing.LOOKED_UP)


def _count_once(counts: Counts, items: list[Item], run_id: int) -> None:
    """What this very run has counted before is counted where it ends, not twice."""
    for item in items:
        if item.known is not None and item.known.run_id == run_id and item.known.outcome:
            counts.add(item.known.outcome, -1)


def _with_ids(sync: StreamSync, records: list[SourceRecord]) -> list[SourceRecord]:
    """Leave out what has no id to land it by: the run fails and the cursor stays before it."""
    good = [record for record in records if record.id and storable_id(record.id)]
    if len(good) < len(records):
        bad = len(records) - len(good)
        sync.failures.append(f"{sync.run.source} {sync.stream.name}: {bad} records without an id that can be kept")
    return good


def _map(desk: Desk, items: list[Item]) -> None:
    for item in items:
        if item.is_gone:
            continue
        for mapping, outcome in desk.apply(item.record.data, item.raw):
            if isinstance(outcome, Draft):
                item.drafts[mapping] = outcome
            elif isinstance(outcome, Held):
                item.held[mapping] = outcome.reasons


def remap(sync: StreamSync) -> None:
    """Apply a changed mapping to what is already landed, held records included; the vendor is not asked."""
    store, version = sync.run.hub.store, sync.desk.version
    if sync.stream.mapping_version not in (None, version):
        last = 0
        while True:
            with store.read() as db:
                rows = landing.outdated(db, sync.stream.id, version, last, 1_000)
            if not rows:
                break
            take_batch(sync, Gathered([landed_again(row) for row in rows]), again=True)
            last = rows[-1].id
    if sync.stream.mapping_version != version:
        with store.write(sync.run.lease) as db:
            streams.set_mapping_version(db, sync.stream.id, version)


def landed_again(row: landing.LandedRow) -> SourceRecord:
    """Make the source record anew from its landed payload."""
    return SourceRecord(row.source_id, read_payload(row.raw), row.changed_at)


def release_waiting(run: OpenRun) -> None:
    """Take in what was held only because something it belongs to had not come, and has come now.

    All streams of the source are looked at, whatever this run read: an earlier run may have brought
    it and died. What still waits is left as it is.
    """
    with run.hub.store.read() as db:
        known = streams.streams_of(db, run.source)
        came = {row.name: references.arrived(db, run.source, landing.waiting(db, row.id)) for row in known}
    for row in known:
        if came[row.name]:
            _retake(run, row, came[row.name])


def _retake(run: OpenRun, row: StreamRow, ids: list[int]) -> None:
    sync = prepared(run, Stream(row.name, row.kind))  # type: ignore[arg-type]  # stored as the connector gave it
    for start in range(0, len(ids), 1_000):
        with run.hub.store.read() as db:
            rows = landing.landed(db, ids[start : start + 1_000])
        take_batch(sync, Gathered([landed_again(r) for r in rows]), again=True)
    report = next((r for r in run.reports if r.stream == row.name), None)
    if report is None:
        _report(sync, None, [], 0.0, 0, read=False)
        return
    with run.hub.store.read() as db:
        report.counts, report.remapped = streams.read_counts(db, run.id, sync.stream.id)
    if report.state != "failed":
        report.state = "done_with_held" if report.counts.held else "done"


def settle_owners(sync: StreamSync) -> None:
    """All users are read now: an owner who is not among them will not come, and the pool deals out instead."""
    run = sync.run
    with run.hub.store.read() as db:
        ids = references.waiting_for_any(db, run.source, "owner")
    intent = replace(sync.intent, users_awaited=lambda _source: False)
    for start in range(0, len(ids), 1_000):
        with run.hub.store.write(run.lease) as db:
            batch = Batch(run.hub.now(), run.id, [])
            recompute(db, intent, batch, landing.links(db, ids[start : start + 1_000]), deal_out=True)
            journal.write(db, run.id, batch.journal)


def _report(
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
        failure.fix if failure else None,
        isinstance(failure, CredentialsError),
        isinstance(failure, (TransientError, ConnectorTransientError)) and not isinstance(failure, QuotaError),
    )
