"""Pushing: what the outbox holds goes to a destination, in order, each record in its present state.

The receipts and the lines they answer are written in one transaction per batch. Whatever dies between,
the lines are still there, and the same changes go out again under the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.connector import Change, ConnectorConfig, Destination, Receipt
from connectors.errors import ConnectorError
from hub.connecting import open_destination
from hub.opening import Hub
from hub.records import with_amount
from sell_model.types import JsonObject
from storage import leases, outbox
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.leases import Lease
from storage.named_rows import named_rows
from storage.outbox import DeliveryRow, RecordKey, Waiting

BATCH = 200
"""Lines of the outbox that go out together."""
_FAILURES_SHOWN = 20
_CONTACTS = ("contact_id", "organization_id", "parent_organization_id")
"""Columns that point to contacts."""
_INTERNAL = ("version", "merged_into")


@dataclass(slots=True)
class PushReport:
    """What a push did."""

    destination: str
    queued: int = 0
    """Lines that `--all` added."""
    upserted: int = 0
    deleted: int = 0
    skipped: int = 0
    """Lines about what the destination has in just this state."""
    failed: int = 0
    waiting: int = 0
    """Lines still in the outbox."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Key and the destination's words, of the first twenty that failed."""
    error: str | None = None
    """Why it stopped early."""
    fix: str | None = None

    def to_json(self) -> JsonObject:
        """Give the object that `push --json` prints."""
        data: JsonObject = {
            "destination": self.destination,
            "queued": self.queued,
            "upserted": self.upserted,
            "deleted": self.deleted,
            "skipped": self.skipped,
            "failed": self.failed,
            "waiting": self.waiting,
        }
        if self.failures:
            data["failures"] = [{"key": key, "text": text} for key, text in self.failures]
        return data | ({"error": self.error, "fix": self.fix} if self.error else {})


def push_out(hub: Hub, destination: str, *, everything: bool = False, dry_run: bool = False) -> PushReport:
    """Push what waits for a destination.

    Args:
        everything: queue all that stands first; what was delivered in its present state is skipped.
        dry_run: tell what would be pushed; the destination is not spoken to.

    Raises:
        SetupError: no such destination, or its settings are wrong.
        BusyError: another process is pushing to it.
    """
    opened = open_destination(hub, destination)
    if dry_run:
        with hub.store.rehearsal():
            return _push(hub, destination, _Rehearsed(opened.config), everything)
    return _push(hub, destination, opened, everything)


class _Rehearsed(Destination[ConnectorConfig]):
    """Takes the place of a destination in a rehearsal: says yes to everything and keeps nothing."""

    def push(self, changes: Sequence[Change]) -> list[Receipt]:
        return [Receipt(change.key, ok=True) for change in changes]


def _push(hub: Hub, name: str, destination: Destination[Any], everything: bool) -> PushReport:
    report = PushReport(name)
    lease = leases.acquire(hub.store, f"push to {name}")
    try:
        if everything:
            with hub.store.write(lease) as db:
                report.queued = outbox.queue_all(db, name, hub.now())
        _drain(_Push(hub, name, destination, lease, report, hub.now()))
    finally:
        leases.release(hub.store, lease)
    with hub.store.read() as db:
        report.waiting = outbox.count_waiting(db, name)
    return report


@dataclass(slots=True)
class _Push:
    """One push under way."""

    hub: Hub
    name: str
    destination: Destination[Any]
    lease: Lease
    report: PushReport
    began: str


def _drain(push: _Push) -> None:
    """Go through the outbox once; a destination that stops taking ends it, and what is left stays."""
    after = 0
    try:
        with push.destination:
            while True:
                with push.hub.store.read() as db:
                    lines = outbox.waiting(db, push.name, after, BATCH)
                    batch = _read_batch(db, push, lines)
                if not lines:
                    break
                _push_batch(push, batch)
                after = lines[-1].id
    except ConnectorError as error:
        push.report.error, push.report.fix = str(error), error.fix


@dataclass(frozen=True, slots=True)
class _Batch:
    """Lines of the outbox, and what they come to."""

    lines: list[Waiting]
    changes: dict[RecordKey, Change]
    """What is to go out, once per record."""
    known: dict[RecordKey, DeliveryRow]
    refused: set[RecordKey]
    """Records that this very push has tried in vain: they are not tried again."""


def _read_batch(db: Writer, push: _Push, lines: list[Waiting]) -> _Batch:
    """Collapse lines about one record into its present state; leave out what is there in that state."""
    records = list(dict.fromkeys(line.record for line in lines))
    known = outbox.deliveries(db, push.name, records)
    stand = {record: change for record, change in _changes(db, records) if not _has(known.get(record), change)}
    changes = _with_outside_ids(db, push.name, stand, known)
    refused = {
        record
        for record, change in changes.items()
        if (last := known.get(record)) and not last.ok and last.key == change.key and last.delivered_at >= push.began
    }
    return _Batch(lines, {r: c for r, c in changes.items() if r not in refused}, known, refused)


def _has(last: DeliveryRow | None, change: Change) -> bool:
    return last is not None and last.ok and last.key == change.key


def _changes(db: Writer, records: Sequence[RecordKey]) -> Iterator[tuple[RecordKey, Change]]:
    rows = {
        (kind, id_): row
        for kind in outbox.PUSHED
        for id_, row in named_rows(db, kind, [id_ for its, id_ in records if its == kind]).items()
    }
    for record in records:
        yield record, _change(record, rows.get(record))


def _change(record: RecordKey, row: CanonicalRow | None) -> Change:
    """Say what a destination must know of a record.

    The key bears the time of the state besides its version: an undo brings a version back, and the
    same key must never stand for two states.
    """
    kind, id_ = record
    if row is None:
        return Change(f"{kind}-{id_}-removed", kind, id_, "delete", {})
    key = f"{kind}-{id_}-v{row['version']}-{_digits(row['updated_at'])}"
    if row.get("merged_into") is not None or (kind == "lead" and row["gone_at_source"] == "converted"):
        return Change(key, kind, id_, "delete", {"merged_into": row.get("merged_into")})
    if row["deleted_at"] is not None:
        return Change(key, kind, id_, "delete", {})
    data = {name: value for name, value in with_amount(row).items() if name not in _INTERNAL}
    return Change(key, kind, id_, "upsert", data)


def _with_outside_ids(
    db: Writer, destination: str, changes: dict[RecordKey, Change], known: dict[RecordKey, DeliveryRow]
) -> dict[RecordKey, Change]:
    """Say of each change what the destination calls the record, and the contacts that it points to."""
    contacts = {("contact", id_) for change in changes.values() for _, id_ in _points(change)}
    others = outbox.deliveries(db, destination, contacts)
    return {
        record: replace(
            change,
            outside_id=known[record].outside_id if record in known else None,
            outside_refs={
                column: last.outside_id
                for column, id_ in _points(change)
                if (last := others.get(("contact", id_))) and last.outside_id
            },
        )
        for record, change in changes.items()
    }


def _points(change: Change) -> list[tuple[str, int]]:
    return [(column, change.data[column]) for column in _CONTACTS if change.data.get(column) is not None]


def _digits(time: str) -> str:
    return "".join(c for c in time if c.isdigit())


def _push_batch(push: _Push, batch: _Batch) -> None:
    changes = batch.changes
    receipts = {r.key: r for r in push.destination.push(list(changes.values()))} if changes else {}
    said = {record: receipts[c.key] for record, c in changes.items() if c.key in receipts}
    done = {record for record, receipt in said.items() if receipt.ok}
    stays = {record for record in changes if record not in done} | batch.refused
    now = push.hub.now()
    with push.hub.store.write(push.lease) as db:
        outbox.keep_deliveries(db, push.name, [_delivery(r, x, batch.known.get(r), now) for r, x in said.items()])
        outbox.drop_lines(db, [line.id for line in batch.lines if line.record not in stays])
    _count(push.report, batch, said)


def _delivery(record: RecordKey, receipt: Receipt, last: DeliveryRow | None, now: str) -> DeliveryRow:
    outside_id = receipt.outside_id or (last.outside_id if last else None)
    return DeliveryRow(*record, receipt.key, outside_id, receipt.text, receipt.ok, now)


def _count(report: PushReport, batch: _Batch, said: dict[RecordKey, Receipt]) -> None:
    for record, receipt in said.items():
        if not receipt.ok:
            report.failed += 1
            report.failures += [(receipt.key, receipt.text)][: _FAILURES_SHOWN - len(report.failures)]
        elif batch.changes[record].action == "delete":
            report.deleted += 1
        else:
            report.upserted += 1
    settled = {line.record for line in batch.lines} - batch.changes.keys() - batch.refused
    report.skipped += len(settled)
