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


def bearers(db: Writer, keys: Iterable[int], most: int, without: Sequence[int]) -> dict[int, frozenset[int] | None]:
    """Find which identities bear each key; None: more than `most` do. What nobody bears is left out.

    A key is read no further than it takes to see that it is borne by more, unless many records are of few.

    Args:
        without: source records whose keys do not count.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    enough = 2 * most + 1
    found: dict[int, frozenset[int] | None] = {}
    unclear: list[int] = []
    for key, identities in _first_bearers(db, wanted, enough, without):
        distinct = frozenset(identities)
        if len(identities) < enough or len(distinct) > most:
            found[key] = distinct if len(distinct) <= most else None
        else:
            unclear.append(key)
    few = [key for key, count in counts(db, unclear).items() if count <= most]
    return found | dict.fromkeys(unclear) | _all_bearers(db, few, without)


def _first_bearers(db: Writer, keys: list[int], limit: int, without: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Fetch the identities of the first records that bear each key; one may stand there more than once."""
    others, values = db.none_of("m.source_record_id", without)
    inner = f"SELECT m.identity_id FROM match_key m WHERE m.key = {{key}} AND {others} LIMIT {limit}"
    if db.is_sqlite:
        sql = (
            f"SELECT k.value, (SELECT group_concat(b.identity_id) FROM ({inner.format(key='k.value')}) b) "
            "FROM json_each(?) k"
        )
        rows = db.select(sql, (*values, orjson.dumps(keys).decode()))
        return [(key, [int(id_) for id_ in ids.split(",")]) for key, ids in rows if ids is not None]
    sql = f"SELECT k, ARRAY({inner.format(key='k')}) FROM unnest(CAST(? AS bigint[])) k"
    return [(key, ids) for key, ids in db.select(sql, (*values, keys)) if ids]


def _all_bearers(db: Writer, keys: Iterable[int], without: Sequence[int]) -> dict[int, frozenset[int]]:
    others, values = db.none_of("source_record_id", without)
    sql = f"SELECT DISTINCT key, identity_id FROM match_key WHERE {others} AND key IN {{in}}"
    found: dict[int, set[int]] = {}
    for key, identity_id in db.select_in(sql, keys, values):
        found.setdefault(key, set()).add(identity_id)
    return {key: frozenset(identities) for key, identities in found.items()}


def profiles(db: Writer, sort: str, identity_ids: Iterable[int], without: Sequence[int]) -> list[ProfileRow]:
    """Fetch what identities' source records are compared by, but for some of them; of companies each once."""
    return [ProfileRow(first, sort, id_, data) for first, id_, data in profile_texts(db, sort, identity_ids, without)]


def profile_texts(
    db: Writer, sort: str, identity_ids: Iterable[int], without: Sequence[int]
) -> list[tuple[int, int, str]]:
    """Fetch what identities' source records are compared by, but for some of them: source record, identity, text.

    Of companies each once: thousands of people may name the one they work for, and say no more of it.
    """
    others, values = db.none_of("source_record_id", without)
    first, grouped = "source_record_id", ""
    if sort == "company":
        first, grouped = "MIN(source_record_id)", " GROUP BY identity_id, data"
    sql = (
        f"SELECT {first}, identity_id, data FROM profile WHERE {others} AND sort = ? AND identity_id IN {{in}}{grouped}"
    )
    return db.select_in(sql, identity_ids, (*values, sort))


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
    sql = f"{_in_sight(kind, column)} AND {column} IN {{in}}"
    return sorted(((id_, record) for id_, _, record in db.select_in(sql, identity_ids)), key=lambda row: row[1])


def people_in_sight(db: Writer, person_ids: Sequence[int]) -> list[tuple[int, str, int]]:
    """List people's leads and contacts that were not merged into others: person, kind, record; the oldest first."""
    selects = [f"{_in_sight(kind, 'person_id')} AND person_id" for kind in ("lead", "contact")]
    if db.is_sqlite:
        rows = [row for select in selects for row in db.select_in(f"{select} IN {{in}}", person_ids)]
    else:  # in one go: the way to the server and back takes longer than the look
        sql = " UNION ALL ".join(f"{select} = ANY(?)" for select in selects)
        rows = db.select(sql, (list(person_ids),) * 2) if person_ids else []
    return sorted(map(tuple, rows), key=lambda row: row[2])


def _in_sight(kind: str, column: str) -> str:
    hidden = "" if kind == "contact" else "AND COALESCE(gone_at_source, '') <> 'converted'"
    return f"SELECT {column}, '{kind}', id FROM \"{kind}\" WHERE merged_into IS NULL {hidden}"


def replace_keys(
    db: Writer, renewed: Iterable[int], keys: Sequence[KeyRow], profile_rows: Sequence[ProfileRow]
) -> None:
    """Give source records their keys and profiles; those in `renewed` lose the ones they had."""
    old = [(id_,) for id_ in renewed]
    db.delete("match_key", ("source_record_id",), old)
    db.delete("profile", ("source_record_id",), old)
    db.insert("match_key", KeyRow._fields, keys)
    db.insert("profile", ProfileRow._fields, profile_rows)
