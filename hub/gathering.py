"""Pages gather to batches: about 1,000 records or two seconds, each record once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from connectors.connector import Cursor, Page, SourceRecord

BATCH = 1_000
SECONDS = 2.0


@dataclass(slots=True)
class Gathered:
    """Records to be stored together, and the cursor that may move once they are."""

    records: list[SourceRecord] = field(default_factory=list)
    cursor: Cursor | None = None
    """None: leave the cursor where it is; these records are part of a page that is not complete yet."""
    notices: list[str] = field(default_factory=list)


def gather(pages: Iterable[Page], limit: int | None = None) -> Iterator[Gathered]:
    """Turn pages into batches.

    A record that comes twice begins a new batch, so that each batch has it once and the later one
    stands. With a `limit` the page it cuts leaves the cursor alone.
    """
    batch = Gathered()
    seen: set[str] = set()
    began = time.monotonic()
    taken = 0
    for page in pages:
        batch.notices += page.notices
        records = page.records if limit is None else page.records[: limit - taken]
        taken += len(records)
        for record in records:
            if record.id in seen:
                yield batch
                batch, seen = Gathered(), set()
            seen.add(record.id)
            batch.records.append(record)
        if len(records) < len(page.records):
            break
        batch.cursor = page.cursor
        if len(batch.records) >= BATCH or time.monotonic() - began > SECONDS:
            yield batch
            batch, seen, began = Gathered(), set(), time.monotonic()
        if limit is not None and taken >= limit:
            break
    yield batch
