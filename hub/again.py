"""What was landed before and is taken once more: by a changed mapping, or because what it waited for came."""

from __future__ import annotations

from dataclasses import replace

from connectors.connector import SourceRecord, Stream
from hub.batch import Batch
from hub.batching import StreamSync, prepared, take_batch
from hub.closing import close_stream
from hub.gathering import Gathered
from hub.runs import OpenRun
from hub.taking import recompute
from storage import journal, landing, references, streams
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
        close_stream(sync, None, [], 0.0, 0, read=False)
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
