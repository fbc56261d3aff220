"""Who spoke of whom: what a record's consent follows from beside the source records that live and feed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from storage.hot import Writer
from storage.landing import LinkRow, links_to

_MERGED = {"lead": 'SELECT id, merged_into FROM "lead"', "contact": 'SELECT id, merged_into FROM "contact"'}


def absorbed(db: Writer, record_type: str, ids: Iterable[int]) -> dict[int, int]:
    """Map the leads or contacts that were merged into some, step by step, to those."""
    into: dict[int, int] = {}
    wanted = {id_: id_ for id_ in ids}
    while wanted:
        rows = db.select_in(f"{_MERGED[record_type]} WHERE merged_into IN {{in}}", wanted)
        wanted = {loser: wanted[winner] for loser, winner in rows if loser not in into}
        into |= wanted
    return into


def links_of_absorbed(db: Writer, record_type: str, ids: Iterable[int]) -> Iterator[LinkRow]:
    """Give what feeds the records that were merged into some, as if it fed these."""
    into = absorbed(db, record_type, ids)
    for link in links_to(db, record_type, into):
        yield replace(link, record_id=into[link.record_id])
