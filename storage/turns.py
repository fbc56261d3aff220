"""The ledger of assignments: who got what from which pool and why, and the pools' present state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sell_model.pools import rebased
from storage import roster
from storage.hot import Writer
from storage.streams import as_json, json_text

_WHO = "COALESCE(u.name, u.email, 'user ' || a.user_id)"


class Skip(NamedTuple):
    """Somebody who was passed over, and why."""

    user_id: int
    why: str
    pool_id: int | None = None
    """In which pool; None: the one that dealt the record out."""


class Assigned(NamedTuple):
    """A record that was given to somebody."""

    record_type: str
    record_id: int
    user_id: int
    how: str
    """`turn`, `fallback`, `known_account` or `hand`."""
    pool_id: int | None = None
    """The pool that gave it; None: somebody named the owner."""
    skipped: tuple[Skip, ...] = ()
    by: str | None = None
    """Who did it by hand; None: a source's record."""
    from_user_id: int | None = None
    """Its owner until then."""
    followed: str | None = None
    """The contact or deal whose owner it followed: `C-7`."""
    spent: bool = False
    """Whether a turn of the pool was spent on it."""


def write(db: Writer, given: Iterable[Assigned], run_id: int | None, now: str) -> None:
    """Add assignments to the ledger."""
    columns = (
        "record_type", "record_id", "user_id", "how", "pool_id", "skipped", "assigned_by", "from_user_id",
        "followed", "spent", "run_id", "assigned_at",
    )  # fmt: skip
    db.insert("assignment", columns, [(*a[:5], _skipped_text(a), *a[6:], run_id, now) for a in given])


def _skipped_text(assigned: Assigned) -> str | None:
    """List who was passed over, the pool named where it is another one than dealt the record out."""
    told: list[dict[str, Any]] = [
        {
            "user_id": s.user_id,
            "why": s.why,
            **({"pool_id": s.pool_id} if s.pool_id not in (None, assigned.pool_id) else {}),
        }
        for s in assigned.skipped
    ]
    return json_text(told) if told else None


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One assignment as the ledger has it."""

    id: int
    record_type: str
    record_id: int
    pool_id: int | None
    pool: str | None
    """None: the pool was removed since, or there was none."""
    user_id: int
    user: str
    how: str
    run_id: int | None
    assigned_at: str
    given_back_at: str | None
    assigned_by: str | None
    from_user_id: int | None
    followed: str | None
    spent: bool
    skipped: tuple[Skip, ...]


_TURN = (
    f"SELECT a.id, a.record_type, a.record_id, a.pool_id, p.name, a.user_id, {_WHO}, COALESCE(a.how, 'turn'), "
    "a.run_id, a.assigned_at, a.given_back_at, a.assigned_by, a.from_user_id, a.followed, a.spent, a.skipped "
    'FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id LEFT JOIN "user" u ON u.id = a.user_id '
)


def turns_of(db: Writer, record_type: str, record_id: int) -> list[TurnRow]:
    """List a record's assignments, latest first; at most 100."""
    where = "WHERE a.record_type = ? AND a.record_id = ? ORDER BY a.id DESC LIMIT 100"
    return [_turn(row) for row in db.select(_TURN + where, (record_type, record_id))]


def turns_of_pool(db: Writer, pool_id: int, before: int | None, limit: int) -> list[TurnRow]:
    """List what a pool gave, latest first.

    Args:
        before: the last id of the page before.
    """
    older, values = ("AND a.id < ? ", (before,)) if before is not None else ("", ())
    where = f"WHERE a.pool_id = ? {older}ORDER BY a.id DESC LIMIT ?"
    return [_turn(row) for row in db.select(_TURN + where, (pool_id, *values, limit))]


def _turn(row: Any) -> TurnRow:
    skipped = [Skip(s, "not available") if isinstance(s, int) else Skip(**s) for s in as_json(row[15]) or ()]
    return TurnRow(*[*row[:14], bool(row[14]), tuple(skipped)])


def turn_number(db: Writer, turn: TurnRow) -> int:
    """Tell the how-manieth turn of its pool this was, counting from 1."""
    rows = db.select("SELECT COUNT(*) FROM assignment WHERE pool_id = ? AND id <= ? AND spent", (turn.pool_id, turn.id))
    count: int = rows[0][0]
    return count


def drop_pool(db: Writer, pool_id: int) -> None:
    """Remove a pool and its memberships; what it dealt out stays with its owners and in the ledger."""
    db.execute("DELETE FROM pool_member WHERE pool_id = ?", (pool_id,))
    db.execute("DELETE FROM pool WHERE id = ?", (pool_id,))


@dataclass(frozen=True, slots=True)
class Share:
    """How much somebody got in a run."""

    pool: str | None
    """None: the pool was removed since, or somebody named the owner by hand."""
    record_type: str
    user: str
    count: int
    how: str
    """`turn`, `fallback`, `known_account` or `hand`."""


def shares(db: Writer, run_id: int) -> list[Share]:
    """Tell who got how many from which pool in a run and how, turns given back left out; at most 500."""
    rows = db.select(
        f"SELECT p.name, a.record_type, {_WHO}, COUNT(*), COALESCE(a.how, 'turn') "
        "FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id "
        'LEFT JOIN "user" u ON u.id = a.user_id WHERE a.run_id = ? AND a.given_back_at IS NULL '
        "GROUP BY a.pool_id, p.name, a.record_type, a.user_id, u.name, u.email, COALESCE(a.how, 'turn') "
        "ORDER BY p.name, a.record_type, COUNT(*) DESC, 3 LIMIT 500",
        (run_id,),
    )
    return [Share(*row) for row in rows]


def user_names(db: Writer, ids: Iterable[int]) -> dict[int, str]:
    """Name users: `Ana Ortiz`, or their address."""
    found: list[Any] = db.select_in('SELECT id, COALESCE(name, email) FROM "user" WHERE id IN {in}', ids)
    return {row[0]: row[1] or f"user {row[0]}" for row in found}


def user_addresses(db: Writer, ids: Iterable[int]) -> dict[int, str]:
    """Name users as others script against them: by address, by name where there is none."""
    found = dict(db.select_in('SELECT id, COALESCE(email, name) FROM "user" WHERE id IN {in}', set(ids)))
    return {id_: found.get(id_) or f"user {id_}" for id_ in ids}


def give_back_open(db: Writer, record_type: str, record_ids: Iterable[int], now: str) -> None:
    """Give back the turns that records took, since they proved to be others."""
    sql = (
        "SELECT id, pool_id, user_id, spent FROM assignment "
        "WHERE record_type = ? AND given_back_at IS NULL AND record_id IN {in}"
    )
    taken = db.select_in(sql, record_ids, (record_type,))
    db.update("assignment", ("given_back_at",), ("id",), [(now, row[0]) for row in taken])
    count(db, taken, -1)


def take_again(db: Writer, record_type: str, record_ids: Iterable[int], given_back_at: str) -> None:
    """Spend again the turns that were given back at a time: the records are themselves again."""
    sql = (
        "SELECT id, pool_id, user_id, spent FROM assignment "
        "WHERE record_type = ? AND given_back_at = ? AND record_id IN {in}"
    )
    taken = db.select_in(sql, record_ids, (record_type, given_back_at))
    db.update("assignment", ("given_back_at",), ("id",), [(None, row[0]) for row in taken])
    count(db, taken, 1)


def rebase(db: Writer, pool_ids: Iterable[int], now: str) -> None:
    """Let nobody wait for turns of others that were given back."""
    roster.lock_pools(db, pool_ids)
    for pool_id in sorted(set(pool_ids)):
        roster.save_members(db, pool_id, rebased(roster.members(db, pool_id, now)))


def count(db: Writer, rows: Iterable[Any], more: int) -> None:
    """Count turns of the ledger anew, given back (-1) or spent again (1): id, pool, user, whether a turn was spent."""
    spent = [(more, pool_id, user_id) for _, pool_id, user_id, was_spent in rows if was_spent]
    roster.lock_pools(db, [pool_id for _, pool_id, _ in spent])  # who deals out just now writes what it has read
    db.many("UPDATE pool_member SET turns = turns + ? WHERE pool_id = ? AND user_id = ?", spent)
