"""Pages gather to batches: about 1,000 records or two seconds, each record once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import ConnectorError

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
    stands. With a `limit` the page it cuts leaves the cursor alone. What came before a read failed
    is given before the failure is raised: its cursor may say where to begin again.

    Raises:
        ConnectorError: as the pages raised it.
    """
    gathering = _Gathering(limit)
    try:
        for page in pages:
            yield from gathering.add(page)
            if gathering.is_full:
                break
    except ConnectorError:
        yield gathering.batch
        raise
    yield gathering.batch


@dataclass(slots=True)
class _Gathering:
    limit: int | None
    batch: Gathered = field(default_factory=Gathered)
    seen: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    taken: int = 0

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit

    def add(self, page: Page) -> Iterator[Gathered]:
        self.batch.notices += page.notices
        records = page.records if self.limit is None else page.records[: self.limit - self.taken]
        self.taken += len(records)
        for record in records:
            if record.id in self.seen:
                yield self._handed_over()
            self.seen.add(record.id)
            self.batch.records.append(record)
        if len(records) < len(page.records):
            return
        if page.cursor is not None:
            self.batch.cursor = page.cursor
        if len(self.batch.records) >= BATCH or time.monotonic() - self.began > SECONDS:
            yield self._handed_over()

    def _handed_over(self) -> Gathered:
        done, self.batch = self.batch, Gathered()
        self.seen.clear()
        self.began = time.monotonic()
        return done
