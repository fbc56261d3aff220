"""The turn ledger as people read it: who got what from which pool, and the pools' present state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.streams import as_json

_WHO = "COALESCE(u.name, u.email, 'user ' || a.user_id)"


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn of a pool, spent on one record."""

    id: int
    pool_id: int
    pool: str | None
    """None: the pool was removed since."""
    user_id: int
    user: str
    run_id: int | None
    assigned_at: str
    given_back_at: str | None
    skipped: tuple[int, ...]
    """Members who were not available."""


def turns_of(db: Writer, record_type: str, record_id: int) -> list[TurnRow]:
    """List the turns spent on a record, latest first; at most 100."""
    rows = db.select(
        f"SELECT a.id, a.pool_id, p.name, a.user_id, {_WHO}, a.run_id, a.assigned_at, a.given_back_at, a.skipped "
        'FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id LEFT JOIN "user" u ON u.id = a.user_id '
        "WHERE a.record_type = ? AND a.record_id = ? ORDER BY a.id DESC LIMIT 100",
        (record_type, record_id),
    )
    return [TurnRow(*[*row[:8], tuple(as_json(row[8]) or ())]) for row in rows]


def turn_number(db: Writer, turn: TurnRow) -> int:
    """Tell the how-manieth turn of its pool this was, counting from 1."""
    rows = db.select("SELECT COUNT(*) FROM assignment WHERE pool_id = ? AND id <= ?", (turn.pool_id, turn.id))
    count: int = rows[0][0]
    return count


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a pool, with what they got from it."""

    user_id: int
    place: int
    turns: int
    """As the pool counts them: the credit of joining late is in it."""
    name: str | None
    email: str | None
    available: bool
    joined_at: str | None
    got: int
    """Turns that stand in the ledger."""
    given_back: int


def pool_members(db: Writer, pool_id: int) -> list[MemberRow]:
    """List a pool's members in the order of their places."""
    rows = db.select(
        "SELECT m.user_id, m.place, m.turns, u.name, u.email, u.status, m.joined_at, "
        "COUNT(a.id) - COUNT(a.given_back_at), COUNT(a.given_back_at) "
        'FROM pool_member m JOIN "user" u ON u.id = m.user_id '
        "LEFT JOIN assignment a ON a.pool_id = m.pool_id AND a.user_id = m.user_id WHERE m.pool_id = ? "
        "GROUP BY m.user_id, m.place, m.turns, u.name, u.email, u.status, m.joined_at ORDER BY m.place",
        (pool_id,),
    )
    return [MemberRow(*[*row[:5], row[5] != "inactive", *row[6:]]) for row in rows]


@dataclass(frozen=True, slots=True)
class PoolSum:
    """A pool in the list of pools."""

    id: int
    name: str
    record_type: str
    members: int
    available: int
    assigned: int


def pool_sums(db: Writer) -> list[PoolSum]:
    """List all pools with their members and what they dealt out, by type and name; at most 500."""
    rows = db.select(
        "SELECT p.id, p.name, p.record_type, "
        "(SELECT COUNT(*) FROM pool_member m WHERE m.pool_id = p.id), "
        '(SELECT COUNT(*) FROM pool_member m JOIN "user" u ON u.id = m.user_id '
        "WHERE m.pool_id = p.id AND COALESCE(u.status, '') <> 'inactive'), "
        "(SELECT COUNT(*) FROM assignment a WHERE a.pool_id = p.id AND a.given_back_at IS NULL) "
        "FROM pool p ORDER BY p.record_type, p.name LIMIT 500"
    )
    return [PoolSum(*row) for row in rows]


def drop_pool(db: Writer, pool_id: int) -> None:
    """Remove a pool and its memberships; what it dealt out stays with its owners and in the ledger."""
    db.execute("DELETE FROM pool_member WHERE pool_id = ?", (pool_id,))
    db.execute("DELETE FROM pool WHERE id = ?", (pool_id,))


@dataclass(frozen=True, slots=True)
class Share:
    """How much somebody got in a run."""

    pool: str | None
    record_type: str
    user: str
    count: int


def shares(db: Writer, run_id: int) -> list[Share]:
    """Tell who got how many from which pool in a run, turns given back left out; at most 500."""
    rows = db.select(
        f"SELECT p.name, a.record_type, {_WHO}, COUNT(*) FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id "
        'LEFT JOIN "user" u ON u.id = a.user_id WHERE a.run_id = ? AND a.given_back_at IS NULL '
        "GROUP BY a.pool_id, p.name, a.record_type, a.user_id, u.name, u.email "
        "ORDER BY p.name, a.record_type, COUNT(*) DESC, 3 LIMIT 500",
        (run_id,),
    )
    return [Share(*row) for row in rows]


def user_names(db: Writer, ids: Iterable[int]) -> dict[int, str]:
    """Name users: `Ana Ortiz`, or their address."""
    found: list[Any] = db.select_in('SELECT id, COALESCE(name, email) FROM "user" WHERE id IN {in}', ids)
    return {row[0]: row[1] or f"user {row[0]}" for row in found}


def give_back_open(db: Writer, record_type: str, record_ids: Iterable[int], now: str) -> None:
    """Give back the turns that records took, since they proved to be others."""
    sql = (
        "SELECT id, pool_id, user_id FROM assignment "
        "WHERE record_type = ? AND given_back_at IS NULL AND record_id IN {in}"
    )
    taken = db.select_in(sql, record_ids, (record_type,))
    db.update("assignment", ("given_back_at",), ("id",), [(now, row[0]) for row in taken])
    less = "UPDATE pool_member SET turns = turns - 1 WHERE pool_id = ? AND user_id = ?"
    db.many(less, [(row[1], row[2]) for row in taken])
