"""What each run did, in a form that can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sell_model.types import JsonObject
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a run did to one record, or to several new ones."""

    op: str
    """`created` (data: the ids), `changed` (data: the columns before), `removed` (data: the row), `released` (data: the
    hand edit that held no more), for links `linked`, `unlinked`, `moved`; an undo leaves `to settle` until it
    is through."""
    kind: str
    """The table."""
    record_id: int | None
    version: int | None
    """What the run left the record at."""
    data: Any


def write(db: Writer, run_id: int, entries: Sequence[Entry]) -> None:
    """Add entries, in order."""
    rows = [(run_id, e.op, e.kind, e.record_id, e.version, orjson.dumps(e.data).decode()) for e in entries]
    db.insert("journal", ("run_id", "op", "kind", "record_id", "version", "data"), rows)


def created(kind: str, ids: Iterable[int]) -> Entry:
    """The entry for new records: their ids alone."""
    return Entry("created", kind, None, 1, list(ids))


def changed(kind: str, record_id: int, version: int, before: JsonObject) -> Entry:
    """The entry for a changed record: what stood in the changed columns."""
    return Entry("changed", kind, record_id, version, before)


def read_back(db: Writer, run_id: int, before: int | None = None, limit: int = 500) -> list[tuple[int, Entry]]:
    """Fetch a run's entries, last first, from before one of them on; with their ids."""
    rows = db.select(
        "SELECT id, op, kind, record_id, version, data FROM journal WHERE run_id = ? AND id < ? "
        "ORDER BY id DESC LIMIT ?",
        (run_id, before if before is not None else 1 << 62, limit),
    )
    return [
        (id_, Entry(op, kind, record_id, version, orjson.loads(data)))
        for id_, op, kind, record_id, version, data in rows
    ]
