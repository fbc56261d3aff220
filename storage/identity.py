"""Match keys: which source records share an address, a phone, an outside id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from storage.hot import Writer


class KeyRow(NamedTuple):
    """A source record that bears a key, and the identity it belongs to."""

    key: int
    source_record_id: int
    identity_id: int
    name: str


def claim(db: Writer, keys: Iterable[int]) -> None:
    """Lock keys until the transaction ends, so that two batches cannot both bring the same new person.

    SQLite's single writer makes it needless there.
    """
    if not db.is_sqlite:
        db.claim("key_claim", "key", sorted(set(keys)))


class Bearer(NamedTuple):
    """An identity that bears a key, under a name."""

    key: int
    identity_id: int
    name: str


def bearers(db: Writer, keys: Iterable[int], without: Sequence[int]) -> dict[int, list[Bearer]]:
    """Find who bears these keys, each identity once however often it does.

    Args:
        without: source records whose keys do not count.
    """
    others, values = db.none_of("source_record_id", without)
    sql = f"SELECT DISTINCT key, identity_id, name FROM match_key WHERE {others} AND key IN {{in}}"
    found: dict[int, list[Bearer]] = {}
    for row in db.select_in(sql, keys, values):
        found.setdefault(row[0], []).append(Bearer(*row))
    return found


def records_in_sight(db: Writer, kind: str, column: str, identity_ids: Iterable[int]) -> list[tuple[int, int]]:
    """List identities' leads or contacts that were not merged into others: identity, record; the oldest first."""
    hidden = "" if kind == "contact" else "AND COALESCE(gone_at_source, '') <> 'converted'"
    sql = f'SELECT {column}, id FROM "{kind}" WHERE merged_into IS NULL {hidden} AND {column} IN {{in}}'
    return sorted((tuple(row) for row in db.select_in(sql, identity_ids)), key=lambda row: row[1])


def replace_keys(db: Writer, renewed: Iterable[int], rows: Sequence[KeyRow]) -> None:
    """Give source records their keys; those in `renewed` lose the ones they had."""
    db.delete("match_key", ("source_record_id",), [(id_,) for id_ in renewed])
    db.insert("match_key", KeyRow._fields, rows)


def identities_of(db: Writer, source_record_ids: Iterable[int]) -> dict[int, int]:
    """Tell which identity source records belong to, by their keys."""
    sql = "SELECT source_record_id, identity_id FROM match_key WHERE source_record_id IN {in}"
    return dict(db.select_in(sql, source_record_ids))


def hand_over(db: Writer, source_record_ids: Iterable[int], from_id: int, to_id: int) -> None:
    """Let those keys of source records that lead to one identity lead to another."""
    rows = [(to_id, from_id, id_) for id_ in source_record_ids]
    db.update("match_key", ("identity_id",), ("identity_id", "source_record_id"), rows)


def move(db: Writer, source_record_ids: Iterable[int], identity_id: int) -> None:
    """Let the keys of source records lead to another identity."""
    db.update("match_key", ("identity_id",), ("source_record_id",), [(identity_id, id_) for id_ in source_record_ids])
