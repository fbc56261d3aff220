"""One batch of one stream. Read `take_batch` downwards: it is the path of a record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from connectors.connector import SourceRecord, Stream
from hub.activation import Desk, desk_of
from hub.batch import Batch, Item
from hub.forgotten_records import ForgottenRecords
from hub.gathering import Gathered
from hub.intent import Intent
from hub.land import land
from hub.matching_model import model_of
from hub.plan_room import room_of
from hub.runs import OpenRun
from hub.survival import survival_of
from hub.taking import Taking
from sell_model.draft import Draft, Held
from sell_model.errors import SetupError
from storage import forgotten, journal, landing, roster, streams
from storage.hot import Writer
from storage.payloads import storable_id
from storage.streams import Counts, StreamRow

LINKS = "links"
"""What batches hold together, and who moves links by hand holds alone, so that none writes on what it read before."""

PORTION = 250
"""Source records of one transaction: whoever else writes, such as a lead that comes by a form, waits for it.

The same on both databases, so that both deal out alike: who comes twice in one transaction takes one turn at most."""

ANALYZE_AFTER = (2, 20, 200)
"""Batches of a stream after which PostgreSQL learns anew how large the tables have become.

Right after a bulk load, without statistics, its planner reads whole tables for what an index holds.
"""


@dataclass(slots=True)
class StreamSync:
    """What every batch of one stream needs."""

    run: OpenRun
    stream: StreamRow
    desk: Desk
    intent: Intent
    forgotten: ForgottenRecords
    failures: list[str] = field(default_factory=list)
    batches: int = 0


def prepared(run: OpenRun, stream: Stream) -> StreamSync:
    """Bring a stream's mappings into force and open its counts."""
    hub, part = run.hub, run.hub.settings.source(run.source)
    with hub.store.write(run.lease) as db:
        row = streams.ensure_stream(db, run.source, stream.name, part.connector, stream.kind)
        streams.start_run_stream(db, run.id, row)
        desk = desk_of(hub, db, run.source, part, stream.name)
        survival = survival_of(hub, db)
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
        value_basis=hub.settings.hub.value_basis,
        reopen_leads=hub.settings.hub.reopen == "lead",
        existing=run.options.existing,
        destinations=tuple(hub.settings.destinations),
        stream=row.name,
        room=room_of(hub),
        model=model_of(hub.home),
        survival=survival,
    )
    return StreamSync(run, row, desk, intent, ForgottenRecords(run.source, stream.name))


def take_batch(sync: StreamSync, gathered: Gathered, *, again: bool = False, chosen: Collection[str] = ()) -> None:
    """Take one batch from source records to owned leads; in several transactions, a portion each.

    Args:
        again: the records were landed before and are mapped once more; no cursor moves.
        chosen: mappings by which somebody takes these records in by hand, whatever their `only_if` says.
    """
    for portion in _portions(gathered):
        _take(sync, portion, again=again, chosen=chosen)


def _portions(gathered: Gathered) -> Iterator[Gathered]:
    """Part a batch so that each transaction holds its locks briefly; the cursor moves with the last."""
    records = gathered.records
    if len(records) <= PORTION:
        yield gathered
        return
    starts = range(0, len(records), PORTION)
    for start in starts:
        part = records[start : start + PORTION]
        yield Gathered(part, gathered.cursor if start == starts[-1] else None)


def _take(sync: StreamSync, gathered: Gathered, *, again: bool, chosen: Collection[str]) -> None:
    store, run = sync.run.hub.store, sync.run
    records = _with_ids(sync, gathered.records)
    with store.read() as db:
        existing = run.options.existing if run.options.kind == "import" else None
        version, hears_gone = sync.desk.version, sync.desk.hears_gone
        items, unchanged = land(
            db, sync.stream.id, version, records, again=again, existing=existing, hears_gone=hears_gone
        )
        someone_forgotten = sync.forgotten.read(db)
    _map(sync.desk, items, chosen)
    gone: list[tuple[str, str]] = []
    if someone_forgotten:
        items, gone = sync.forgotten.kept_out(items, lambda masked: _map(sync.desk, masked, chosen))
    batch = Batch(run.hub.now(), run.id, items)
    counts = Counts(unchanged=len(unchanged), skipped=len(gone), failed=len(gathered.records) - len(records))
    with store.write(run.lease) as db:
        roster.hold(db, LINKS, shared=True)
        outdated = sync.forgotten.is_outdated(db)
        if not outdated:
            _keep(db, sync, batch, gone, counts, again=again)
            if gathered.cursor is not None and not again and not sync.failures:
                streams.move_cursor(db, run.id, sync.stream.id, gathered.cursor)
    if outdated:  # somebody was forgotten meanwhile: what was landed before may be about them
        _take(sync, gathered, again=again, chosen=chosen)


def _keep(
    db: Writer, sync: StreamSync, batch: Batch, gone: list[tuple[str, str]], counts: Counts, *, again: bool
) -> None:
    run, items = sync.run, batch.items
    forgotten.remember_beside(db, gone)
    if items:
        Taking(db, sync.intent, batch).take()
        journal.write(db, run.id, batch.journal)
    for item in items:
        counts.add(item.outcome)
    if again:
        _count_once(counts, items, run.id)
    streams.count_batch(db, run.id, sync.stream.id, counts, len(items) if again else 0)
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
    good = [r for r in records if r.id and storable_id(r.id) and storable_id(r.merged_into or "")]
    if len(good) < len(records):
        bad = len(records) - len(good)
        sync.failures.append(f"{sync.run.source} {sync.stream.name}: {bad} records without an id that can be kept")
    return good


def _map(desk: Desk, items: Iterable[Item], chosen: Collection[str]) -> None:
    for item in items:
        if item.is_gone:
            item.drafts |= desk.taggings(item.record.id, item.record.data, item.raw) if item.raw else {}
            continue
        standing = [name for name, draft in item.standing.items() if draft.get("chosen")]
        for mapping, outcome in desk.apply(item.record.id, item.record.data, item.raw, {*standing, *chosen}):
            if isinstance(outcome, Draft):
                item.drafts[mapping] = outcome
            elif isinstance(outcome, Held):
                item.held[mapping] = outcome.reasons
