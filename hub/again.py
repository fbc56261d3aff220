"""What was landed before and is taken once more: by a changed mapping, or because what it waited for came."""

from __future__ import annotations

from dataclasses import replace

from connectors.connector import SourceRecord, Stream
from hub.activity_drafts import AHEAD
from hub.batch import Batch
from hub.batching import StreamSync, prepared, take_batch
from hub.closing import close_stream
from hub.gathering import Gathered
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import OpenRun, Options, under_lease
from hub.taking import recompute
from storage import journal, landing, references, streams, waiting
from storage.hot import Writer
from storage.payloads import read_payload
from storage.streams import StreamRow


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


def release_waiting(run: OpenRun) -> list[StreamReport]:
    """Take in what was held only because something it belongs to had not come, and has come now.

    All streams of the source are looked at, whatever this run read: an earlier run may have brought
    it and died. Activities that wait in silence for a person are taken in as well, whichever source brought
    that person, and those that lay ahead and do no more. What still waits is left as it is.

    Gives the reports of streams that this run had not come to before.
    """
    with run.hub.store.read() as db:
        came = _who_came(db, run.source, run.hub.now())
    made = [_retake(run, row, ids) for row, ids in came if ids]
    return [report for report in made if report is not None]


def take_in_waiting(hub: Hub, source: str) -> list[StreamReport]:
    """Take in what waits of a source and can stand now, without a sync: somebody it is about was just added.

    Gives no reports, and opens no run, where nothing can. The source's next sync does the same at its end, so
    that nothing is lost where this is not called.

    Raises:
        SetupError: there is no such source, or its mappings are not right.
        BusyError: it is being synced just now; what that sync does not take in, the next one does.
    """
    hub.settings.source(source)
    with hub.store.read() as db:
        came = [row for row, ids in _who_came(db, source, hub.now()) if ids]
    if not came:
        return []
    chosen = [Stream(row.name, row.kind) for row in came]  # type: ignore[arg-type]  # as the connector gave it
    with under_lease(hub, source, chosen, Options(kind="replay")) as run:
        run.reports += release_waiting(run)
    return run.reports


def _who_came(db: Writer, source: str, now: str) -> list[tuple[StreamRow, list[int]]]:
    """Give each stream of a source with its source records that waited and can stand now."""
    persons = set(references.persons_who_came(db, source))
    found = []
    for row in streams.streams_of(db, source):
        ids = {*references.arrived(db, source, landing.waiting(db, row.id))}
        ids |= waiting.until_now(db, row.id, AHEAD, now) | waiting.of_stream(db, row.id, persons)
        found.append((row, sorted(ids)))
    return found


def _as_it_stands(row: landing.LandedRow) -> SourceRecord:
    """Make it anew, gone if it is gone: it waits to be heard on consent alone."""
    record = landed_again(row)
    return record if row.deleted_at is None else replace(record, event="archived")


def _retake(run: OpenRun, row: StreamRow, ids: list[int]) -> StreamReport | None:
    sync = prepared(run, Stream(row.name, row.kind))  # type: ignore[arg-type]  # stored as the connector gave it
    for start in range(0, len(ids), 1_000):
        with run.hub.store.read() as db:
            rows = landing.landed(db, ids[start : start + 1_000])
        take_batch(sync, Gathered([_as_it_stands(row) for row in rows]), again=True)
    report = next((r for r in run.reports if r.stream == row.name), None)
    if report is None:
        return close_stream(sync, None, [], 0.0, 0, read=False)
    with run.hub.store.read() as db:
        report.counts, report.remapped = streams.read_counts(db, run.id, sync.stream.id)
    if report.state != "failed":
        report.state = "done_with_held" if report.counts.held else "done"
    return None


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
