"""Replaying: what is held is taken in again from its landed payload, once the cause is mended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.connector import STREAM_ORDER, Stream
from hub.again import landed_again, release_waiting
from hub.batching import prepared, take_batch
from hub.gathering import BATCH, Gathered
from hub.held_box import as_read, find
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import OpenRun, Options, under_lease
from sell_model.errors import HubError, SetupError
from storage import held_listing, streams
from storage.held_listing import HeldStream
from storage.leases import LeaseLostError


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be replayed: some by name or number, one source, or everything."""

    names: tuple[str, ...] = ()
    source: str | None = None
    everything: bool = False


def replay(hub: Hub, wanted: Wanted, *, dry_run: bool = False) -> list[StreamReport]:
    """Map landed payloads anew by the mappings as they are now; no source is asked.

    Args:
        dry_run: do it all, tell what it came to, and take it back.

    Raises:
        SetupError: it does not say what to replay, or nothing of that is held.
        BusyError: a source is being synced just now.
    """
    chosen = _chosen(hub, wanted)
    if not dry_run:
        return [report for source, only in chosen.items() for report in _replay_source(hub, source, only)]
    with hub.store.rehearsal():
        return [report for source, only in chosen.items() for report in _replay_source(hub, source, only)]


def _chosen(hub: Hub, wanted: Wanted) -> dict[str, list[int] | None]:
    """Sort out which source records are meant, by source; None: all that are held of it."""
    if wanted.names:
        found: dict[str, list[int]] = {}
        for row in (row for name in wanted.names for row in find(hub, name)):
            found.setdefault(row.source, []).append(row.source_record_id)
        return {source: sorted(set(ids)) for source, ids in found.items()}
    with hub.store.read() as db:
        sources = held_listing.held_sources(db)
    if wanted.everything:
        return dict.fromkeys(sources)
    if wanted.source is None:
        raise SetupError("what is to be replayed?", fix="name records by number, or say --source NAME, or --all")
    if wanted.source not in sources:
        raise SetupError(
            f"nothing is held of {wanted.source!r}", fix=f"something is held of: {', '.join(sources) or 'no source'}"
        )
    return {wanted.source: None}


def _replay_source(hub: Hub, source: str, only: list[int] | None) -> list[StreamReport]:
    with hub.store.read() as db:
        held = sorted(held_listing.held_streams(db, source), key=lambda s: STREAM_ORDER.index(s.kind))
    chosen = [Stream(stream.name, stream.kind) for stream in held]  # type: ignore[arg-type]  # as they were landed
    with under_lease(hub, source, chosen, Options(kind="replay")) as run:
        for stream in held:
            _replay_stream(_for_stream(run, stream), stream, only)
        if only is not None:
            _release(run, held)
    return run.reports


def _for_stream(run: OpenRun, stream: HeldStream) -> OpenRun:
    """Give the run as this stream is to be taken in: the file's own mapping, pool and `--existing`."""
    options = replace(run.options, existing=stream.remembered.get("existing") or "update")
    return replace(run, hub=as_read(run.hub, run.source, stream), options=options)


def _replay_stream(run: OpenRun, stream: HeldStream, only: Sequence[int] | None) -> None:
    began = time.monotonic()
    failure: HubError | None = None
    try:
        sync = prepared(run, Stream(stream.name, stream.kind))  # type: ignore[arg-type]
        after = 0
        while True:
            with run.hub.store.read() as db:
                rows = held_listing.held_payloads(db, stream.id, only, after, BATCH)
            if not rows:
                break
            take_batch(sync, Gathered([landed_again(row) for row in rows]), again=True)
            after = rows[-1].id
    except LeaseLostError:
        raise
    except HubError as error:
        failure = error
    run.reports.append(_report(run, stream, failure, time.monotonic() - began))


def _report(run: OpenRun, stream: HeldStream, failure: HubError | None, seconds: float) -> StreamReport:
    with run.hub.store.write() as db:
        counts, remapped = streams.read_counts(db, run.id, stream.id)
        state = "failed" if failure else "done_with_held" if counts.held else "done"
        error, fix = (str(failure), failure.fix) if failure else (None, None)
        streams.finish_run_stream(db, run.id, stream.id, state, 0, seconds, error, [])
        row = streams.find_stream(db, run.source, stream.name)
    cursor = row.cursor if row else None
    return StreamReport(
        run.id, run.source, stream.name, state, counts, remapped, 0, seconds, cursor, error=error, fix=fix
    )


def _release(run: OpenRun, held: list[HeldStream]) -> None:
    """What waited only for what was just taken in comes in too."""
    for stream in held:
        release_waiting(replace(_for_stream(run, stream), streams=[s for s in run.streams if s.name == stream.name]))
