"""Pools and their members as people see them: who is there, who got how much, who was passed over."""

from __future__ import annotations

from dataclasses import dataclass

from storage.absences import ABSENT
from storage.hot import Writer
from storage.streams import as_json


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a pool, with what they got from it."""

    user_id: int
    place: int
    turns: int
    """As the pool counts them: the credits of joining late and of coming back are in it."""
    name: str | None
    email: str | None
    absent: str | None
    """Why they get nothing just now: `inactive`, `paused`, `away`; None: they are available."""
    away_until: str | None
    """Of somebody away: the first moment at which they are back, where that is known."""
    away_reason: str | None
    joined_at: str | None
    got: int
    """Turns that stand in the ledger."""
    given_back: int
    passed_over: int
    """Records that others got because this one was not available; of the last thousand that the pool gave."""

    @property
    def available(self) -> bool:
        """Whether they can have a turn."""
        return self.absent is None


def pool_members(db: Writer, pool_id: int, now: str) -> list[MemberRow]:
    """List a pool's members in the order of their places, as they are at a time."""
    rows = db.select(
        f"SELECT m.user_id, m.place, m.turns, u.name, u.email, {ABSENT}, m.joined_at FROM pool_member m "
        'JOIN "user" u ON u.id = m.user_id WHERE m.pool_id = ? ORDER BY m.place',
        (now, now, pool_id),
    )
    got = _got(db, pool_id)
    skipped = _passed_over(db, pool_id)
    until = _away_until(db, [row[0] for row in rows if row[5] == "away"], now)
    return [
        MemberRow(*[*row[:6], *until.get(row[0], _UNKNOWN), row[6], *got.get(row[0], _NONE), skipped.get(row[0], 0)])
        for row in rows
    ]


_UNKNOWN = (None, None)
_NONE = (0, 0)


def _got(db: Writer, pool_id: int) -> dict[int, tuple[int, int]]:
    """Map users to the turns of a pool that stand, and those given back."""
    sql = (
        "SELECT user_id, COUNT(*) - COUNT(given_back_at), COUNT(given_back_at) FROM assignment "
        "WHERE pool_id = ? AND spent GROUP BY user_id"
    )
    return {row[0]: (row[1], row[2]) for row in db.select(sql, (pool_id,))}


def _passed_over(db: Writer, pool_id: int) -> dict[int, int]:
    """Count how often somebody was passed over in the last thousand that a pool gave."""
    rows = db.select("SELECT skipped FROM assignment WHERE pool_id = ? ORDER BY id DESC LIMIT 1000", (pool_id,))
    count: dict[int, int] = {}
    for (text,) in rows:
        for each in as_json(text) or ():
            user_id = each if isinstance(each, int) else each["user_id"]
            count[user_id] = count.get(user_id, 0) + 1
    return count


def _away_until(db: Writer, user_ids: list[int], now: str) -> dict[int, tuple[str | None, str | None]]:
    """Map users who are away to when they are back, and why they are away; of several absences the longest counts."""
    sql = (
        "SELECT user_id, ends_at, reason FROM away WHERE starts_at <= ? AND (ends_at IS NULL OR ends_at > ?) "
        "AND user_id IN {in}"
    )
    rows = db.select_in(sql, user_ids, (now, now))
    return {row[0]: (row[1], row[2]) for row in sorted(rows, key=lambda row: (row[1] is None, row[1] or ""))}


@dataclass(frozen=True, slots=True)
class PoolSum:
    """A pool in the list of pools."""

    id: int
    name: str
    record_type: str
    members: int
    available: int
    assigned: int


def pool_sums(db: Writer, now: str) -> list[PoolSum]:
    """List all pools with their members and what they dealt out, by type and name; at most 500."""
    rows = db.select(
        "SELECT p.id, p.name, p.record_type, "
        "(SELECT COUNT(*) FROM pool_member m WHERE m.pool_id = p.id), "
        '(SELECT COUNT(*) FROM pool_member m JOIN "user" u ON u.id = m.user_id '
        f"WHERE m.pool_id = p.id AND {ABSENT} IS NULL), "
        "(SELECT COUNT(*) FROM assignment a WHERE a.pool_id = p.id AND a.given_back_at IS NULL) "
        "FROM pool p ORDER BY p.record_type, p.name LIMIT 500",
        (now, now),
    )
    return [PoolSum(*row) for row in rows]
