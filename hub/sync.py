"""How a source's records become owned leads: its streams one after the other, each in batches."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from connectors.connector import Connector, Cursor, Page, Stream
from connectors.errors import ConnectorError
from hub.again import release_waiting, remap, settle_owners
from hub.batching import StreamSync, prepared, take_batch
from hub.closing import close_stream, not_begun
from hub.gathering import gather
from hub.intake import INBOX, inbox_pages, received_and_read, receives
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options, Run, begun
from hub.survivors import is_applied, rules_applied
from hub.sweeping import swept
from sell_model.errors import HubError, TransientError
from storage.leases import LeaseLostError


class TooLongError(HubError):
    """What was to be done at once takes long; nothing was done."""


def sync_source(
    hub: Hub, source: str, options: Options = Options(), connector: Connector[Any] | None = None
) -> list[StreamReport]:
    """Sync a source stream by stream, in the order in which what is pointed to comes first.

    Changed rules of survivorship are applied before, to all that is stored. A stream that fails leaves its cursor
    where it was, and the others go on.

    Raises:
        SetupError: the source cannot be opened, or the file of survivorship rules is not right.
        BusyError: another process is syncing it.
    """
    if options.at_once and not is_applied(hub):
        raise TooLongError("the rules of survivorship have changed")
    with rules_applied(hub), begun(hub, source, options, connector) as run:
        for stream in run.streams:
            report = sync_stream(run, stream)
            if report.credentials:
                break
        release_waiting(run)
    return run.reports


def sync_stream(run: Run, stream: Stream) -> StreamReport:
    """Sync one stream: map again what its mapping sees differently now, then read what is new."""
    began, calls = time.monotonic(), run.connector.calls
    try:
        sync = prepared(run, stream)
    except LeaseLostError:
        raise
    except HubError as error:
        run.reports.append(not_begun(run, stream, error))
        return run.reports[-1]
    notices: list[str] = []
    failure: HubError | ConnectorError | None = None
    try:
        _read(run, sync, notices)
    except (LeaseLostError, TooLongError):
        raise
    except (HubError, ConnectorError) as error:
        failure = error
    report = close_stream(sync, failure, notices, time.monotonic() - began, run.connector.calls - calls)
    if failure is None and stream.kind == "users":
        settle_owners(sync)
    run.reports.append(report)
    return report


def _read(run: Run, sync: StreamSync, notices: list[str]) -> None:
    if run.options.at_once and sync.stream.mapping_version not in (None, sync.desk.version):
        raise TooLongError(f"the mapping of {run.source} {sync.stream.name} has changed")
    with rare_collections():
        remap(sync)
        for gathered in gather(_pages(run, sync), run.options.limit):
            notices += gathered.notices
            take_batch(sync, gathered)
            if gathered.cursor is not None and not sync.failures and not run.hub.store.is_rehearsing:
                run.connector.stored(sync.stream.name, gathered.cursor)
    if sync.failures:
        raise TransientError(sync.failures[0], fix="ask the vendor, or leave these records out by a filter there")


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cycles less often: a batch makes many objects and no cycles, and the search took a sixth of a run."""
    usual = gc.get_threshold()
    gc.set_threshold(500_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _pages(run: Run, sync: StreamSync) -> Iterable[Page]:
    options, connector, stream = run.options, run.connector, sync.stream
    pull = partial(_pulled, run, sync)
    if not receives(type(connector)):
        return pull(_start(run, stream.cursor, stream.name))
    start = _start(run, stream.cursor, stream.name)
    if options.since is not None and stream.cursor and INBOX in stream.cursor:
        start = {**(start or {}), INBOX: stream.cursor[INBOX]}
    if options.received_only:
        return inbox_pages(run.hub, run.source, stream.name, start)
    return received_and_read(run.hub, run.source, stream.name, start, pull)


def _pulled(run: Run, sync: StreamSync, cursor: Cursor | None) -> Iterator[Page]:
    """Read from a cursor on; what a listing of everything does not show any more comes as deleted."""
    pages = run.connector.pull(sync.stream.name, cursor)
    look = partial(run.connector.fetch, sync.stream.name)
    return swept(run.hub.store, sync.stream.id, pages, look, asked=run.options.full)


def _start(run: Run, cursor: Cursor | None, stream: str) -> Cursor | None:
    """Where to read from: the stored cursor, unless a person asked for everything or for a time."""
    if run.options.full:
        return None
    return cursor if run.options.since is None else run.connector.cursor_since(stream, run.options.since)
