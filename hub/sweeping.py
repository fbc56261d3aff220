"""Sweeping: what a source lists no more, though it said nothing of a deletion, is gone there.

A connector that has listed everything gives the ids that it met; they are held against those that are kept. The ids
lie in a temporary file meanwhile, so that memory stays flat. A mass of missing ones waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from connectors.connector import Listed, Page, SourceRecord
from storage import landing
from storage.listed_ids import ListedIds
from storage.store import Store

FEW = 20
"""So many missing records are believed whatever their share."""
SHARE = 0.1
"""A larger share of an audience or account that is missing at once waits for a person."""
PORTION = 500
"""Records that are looked at together."""

Look = Callable[[Sequence[str]], list[SourceRecord]]
"""Reads single records by their ids; one that is gone is left out."""


def swept(store: Store, stream_id: int, pages: Iterable[Page], look: Look, *, asked: bool) -> Iterator[Page]:
    """Yield pages, and behind each complete listing what is not in it, as deleted; all before its cursor.

    Args:
        asked: a person asked for a full read, and means whatever it finds.
    """
    with closing(ListedIds()) as seen:
        for page in pages:
            if page.listed is None:
                yield page
                continue
            seen.add(page.listed.ids)
            if page.listed.every is None:
                yield page
                continue
            yield replace(page, cursor=None)
            notices = yield from _missing(store, stream_id, page.listed, seen, look, asked=asked)
            yield Page([], page.cursor, notices)
            seen.forget()


def _missing(
    store: Store, stream_id: int, listed: Listed, seen: ListedIds, look: Look, *, asked: bool
) -> Generator[Page, None, tuple[str, ...]]:
    begins = listed.every or ""
    known = 0
    for ids in _living(store, stream_id, begins):
        known += len(ids)
        seen.note_missing(ids)
    missing = seen.missing
    if not asked and missing > max(FEW, SHARE * known):
        told = f"{missing} of {known} records are not listed any more: too many to be believed, nothing was deleted"
        return (f"{told}. Look there; if they are gone indeed: sellhub sync --full",)
    found = 0
    for ids in seen.portions_missing(PORTION):
        back = {record.id: record for record in look(ids)} if listed.look_again else {}
        found += len(back)
        gone = [SourceRecord(id_, {}, None, "deleted") for id_ in ids if id_ not in back]
        yield Page([*back.values(), *gone], None)
    return (f"{missing - found} records are not listed any more and count as deleted",) if missing > found else ()


def _living(store: Store, stream_id: int, begins: str) -> Iterator[list[str]]:
    last = 0
    while True:
        with store.read() as db:
            rows = landing.living(db, stream_id, begins, last, PORTION)
        if not rows:
            return
        yield [source_id for _, source_id in rows]
        last = rows[-1][0]
