"""Match keys and profiles: which source records share an address, a phone, a name; and what each is compared by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from storage.hot import Writer

MOST_COUNTED = 1_000
"""Bearers of one key are counted up to here: what more than these bear says nothing anyway."""


class KeyRow(NamedTuple):
    """A source record that bears a key, and the identity it belongs to."""

    key: int
    source_record_id: int
    identity_id: int


class ProfileRow(NamedTuple):
    """What a source record is compared by, and the identity it belongs to."""

    source_record_id: int
    sort: str
    """`person` or `company`: whose id the identity's is."""
    identity_id: int
    data: str


def claim(db: Writer, keys: Iterable[int]) -> None:
    """Lock keys until the transaction ends, so that two batches cannot both bring the same new person.

    SQLite's single writer makes it needless there.
    """
    if not db.is_sqlite:
        db.claim("key_claim", "key", sorted(set(keys)))


def counts(db: Writer, keys: Iterable[int]) -> dict[int, int]:
    """Count the identities that bear each key, in up to a thousand source records; 0 is left out."""
    inner = f"SELECT m.identity_id FROM match_key m WHERE m.key = {{key}} LIMIT {MOST_COUNTED}"
    counting = f"SELECT COUNT(DISTINCT b.identity_id) FROM ({inner}) b"
    wanted = sorted(set(keys))
    if db.is_sqlite:
        sql = f"SELECT k.value, ({counting.format(key='k.value')}) FROM json_each(?) k"
        rows = db.select(sql, (orjson.dumps(wanted).decode(),)) if wanted else []
    else:
        sql = f"SELECT k, ({counting.format(key='k')}) FROM unnest(CAST(? AS bigint[])) k"
        rows = db.select(sql, (wanted,)) if wanted else []
    return {key: count for key, count in rows if count}


def bearers(db: Writer, keys: Iterable[int], without: Sequence[int]) -> dict[int, set[int]]:
    """Find which identities bear these keys.

    Args:
        without: source records whose keys do not count.
    """
    others, values = db.none_of("source_record_id", without)
    sql = f"SELECT DISTINCT key, identity_id FROM match_key WHERE {others} AND key IN {{in}}"
    found: dict[int, set[int]] = {}
    for key, identity_id in db.select_in(sql, keys, values):
        found.setdefault(key, set()).add(identity_id)
    return found


def profiles(db: Writer, sort: str, identity_ids: Iterable[int], without: Sequence[int]) -> list[ProfileRow]:
    """Fetch what identities' source records are compared by, but for some of them.

    Of companies each once: thousands of people may name the one they work for, and say no more of it.
    """
    others, values = db.none_of("source_record_id", without)
    first, grouped = "source_record_id", ""
    if sort == "company":
        first, grouped = "MIN(source_record_id)", " GROUP BY identity_id, data"
    sql = (
        f"SELECT {first}, CAST(? AS TEXT), identity_id, data FROM profile "
        f"WHERE {others} AND sort = ? AND identity_id IN {{in}}{grouped}"
    )
    return [ProfileRow(*row) for row in db.select_in(sql, identity_ids, (sort, *values, sort))]


def profiles_after(db: Writer, sort: str, after: int, limit: int) -> list[ProfileRow]:
    """List what source records are compared by, by source record, from after one on; one of each is enough here."""
    sql = (
        "SELECT source_record_id, sort, identity_id, data FROM profile "
        "WHERE sort = ? AND source_record_id > ? ORDER BY source_record_id LIMIT ?"
    )
    return [ProfileRow(*row) for row in db.select(sql, (sort, after, limit))]


def size(db: Writer, sort: str) -> int:
    """Count the people or the companies there are."""
    count: int = db.select(f"SELECT COUNT(*) FROM {sort}")[0][0]
    return count


def records_in_sight(db: Writer, kind: str, column: str, identity_ids: Iterable[int]) -> list[tuple[int, int]]:
    """List identities' leads or contacts that were not merged into others: identity, record; the oldest first."""
    hidden = "" if kind == "contact" else "AND COALESCE(gone_at_source, '') <> 'converted'"
    sql = f'SELECT {column}, id FROM "{kind}" WHERE merged_into IS NULL {hidden} AND {column} IN {{in}}'
    return sorted((tuple(row) for row in db.select_in(sql, identity_ids)), key=lambda row: row[1])


def replace_keys(
    db: Writer, renewed: Iterable[int], keys: Sequence[KeyRow], profile_rows: Sequence[ProfileRow]
) -> None:
    """Give source records their keys and profiles; those in `renewed` lose the ones they had."""
    old = [(id_,) for id_ in renewed]
    db.delete("match_key", ("source_record_id",), old)
    db.delete("profile", ("source_record_id",), old)
    db.insert("match_key", KeyRow._fields, keys)
    db.insert("profile", ProfileRow._fields, profile_rows)
