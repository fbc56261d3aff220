"""The outbox: what waits to be pushed to a destination, and what became of what was pushed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from storage.hot import Writer

RecordKey: TypeAlias = tuple[str, int]
"""Record type, record id."""

PUSHED = ("lead", "contact", "deal")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the outbox."""

    id: int
    record_type: str
    record_id: int
    action: str

    @property
    def record(self) -> RecordKey:
        """The record it is about."""
        return self.record_type, self.record_id


def waiting(db: Writer, destination: str, after: int, limit: int) -> list[Waiting]:
    """Fetch what waits for a destination, in order, from after a line on."""
    sql = "SELECT id, record_type, record_id, action FROM outbox WHERE destination = ? AND id > ? ORDER BY id LIMIT ?"
    return [Waiting(*row) for row in db.select(sql, (destination, after, limit))]


def count_waiting(db: Writer, destination: str) -> int:
    """Count the lines that wait for a destination."""
    count: int = db.select("SELECT COUNT(*) FROM outbox WHERE destination = ?", (destination,))[0][0]
    return count


def queue_all(db: Writer, destination: str, now: str) -> int:
    """Queue every lead, contact and deal that does not wait for this destination already; gives how many.

    Those merged into others and converted leads are no records of their own any more; those deleted by hand
    are out of sight.
    """
    standing = {
        "lead": "merged_into IS NULL AND deleted_at IS NULL AND COALESCE(gone_at_source, '') <> 'converted'",
        "contact": "merged_into IS NULL AND deleted_at IS NULL",
        "deal": "deleted_at IS NULL",
    }
    return sum(
        db.execute(
            "INSERT INTO outbox (destination, record_type, record_id, action, created_at) "
            f"SELECT ?, ?, id, 'upsert', ? FROM {kind} WHERE {standing[kind]} AND id NOT IN "
            "(SELECT record_id FROM outbox WHERE destination = ? AND record_type = ?) ORDER BY id",
            (destination, kind, now, destination, kind),
        )
        for kind in PUSHED
    )


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What a destination last said of a record."""

    record_type: str
    record_id: int
    key: str
    outside_id: str | None
    text: str
    ok: bool
    delivered_at: str


def deliveries(db: Writer, destination: str, records: Iterable[RecordKey]) -> dict[RecordKey, DeliveryRow]:
    """Fetch what a destination last said of these records."""
    by_type: dict[str, list[int]] = {}
    for record_type, record_id in records:
        by_type.setdefault(record_type, []).append(record_id)
    sql = (
        "SELECT record_type, record_id, key, outside_id, text, ok, delivered_at FROM delivery "
        "WHERE destination = ? AND record_type = ? AND record_id IN {in}"
    )
    rows = [
        DeliveryRow(*[*row[:4], row[4] or "", bool(row[5]), row[6]])
        for record_type, ids in by_type.items()
        for row in db.select_in(sql, ids, (destination, record_type))
    ]
    return {(row.record_type, row.record_id): row for row in rows}


def keep_deliveries(db: Writer, destination: str, rows: Sequence[DeliveryRow]) -> None:
    """Write what a destination said."""
    columns = ("destination", "record_type", "record_id", "key", "outside_id", "text", "ok", "delivered_at")
    values = [
        (destination, r.record_type, r.record_id, r.key, r.outside_id, r.text, r.ok, r.delivered_at) for r in rows
    ]
    db.upsert("delivery", columns, columns[:3], values)


def drop_lines(db: Writer, ids: Iterable[int]) -> None:
    """Take lines out of the outbox."""
    db.delete("outbox", ("id",), [(id_,) for id_ in ids])
