"""Distribution pools as people see them: who is in, who got what and why, who is next."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass

from hub import owner_reasons
from hub.assign import Asked, Dealer
from hub.opening import Hub
from hub.owner_reasons import Change
from sell_model.errors import SetupError
from sell_model.pools import Line, Member
from sell_model.types import JsonObject
from storage import pool_listing, roster, turns
from storage.hot import Writer
from storage.pool_listing import MemberRow, PoolSum
from storage.roster import PoolRow
from storage.turns import Assigned

MOST_NEXT = 1_000
MOST_HISTORY = 10_000


@dataclass(frozen=True, slots=True)
class PoolShown:
    """A pool with its members in the order of their places."""

    id: int
    name: str
    record_type: str
    members: list[MemberRow]
    next: int | None
    """User id of whoever gets the next one; None: nobody is available."""
    fallback: str | None
    """Who gets it when nobody is available: an address, or a pool's name."""
    fallback_pool: bool
    """Whether the fallback is a pool."""
    known_owner_first: bool
    skip_present_owner: bool

    def to_json(self) -> JsonObject:
        """Give the object that `pool show --json` prints."""
        members = [
            {**asdict(member), "available": member.available, "position": at}
            for at, member in enumerate(self.members, 1)
        ]
        return {
            "id": self.id,
            "name": self.name,
            "of": self.record_type,
            "next": self.next,
            "fallback": None if self.fallback_pool else self.fallback,
            "fallback_pool": self.fallback if self.fallback_pool else None,
            "known_owner_first": self.known_owner_first,
            "skip_present_owner": self.skip_present_owner,
            "members": members,
        }


@dataclass(frozen=True, slots=True)
class ComingTurn:
    """Somebody's turn to come."""

    number: int
    """Counting from 1, the very next."""
    user: str
    email: str | None
    position: int
    """In the pool's order."""
    turns: int
    """What the pool counts for them before this turn."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The turns to come, and who is passed over."""

    pool: str
    record_type: str
    coming: list[ComingTurn]
    skipped: list[str]

    def to_json(self) -> JsonObject:
        """Give the object that `pool next --json` prints."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SimulatedTurn:
    """Who would get one of the records to come, and why."""

    n: int
    """Counting from 1, the very next."""
    owner: str | None
    """An address, or a name where there is none; None: nobody."""
    why: str


def list_pools(hub: Hub) -> list[PoolSum]:
    """List all pools."""
    with hub.store.read() as db:
        return pool_listing.pool_sums(db, hub.now())


def show(hub: Hub, name: str, of: str | None) -> PoolShown:
    """Give a pool with its members.

    Raises:
        SetupError: there is none of that name, or several.
    """
    with hub.store.read() as db:
        pool = find(db, name, of)
        fallback, is_pool = fallback_of(db, pool)
        return PoolShown(
            pool.id,
            pool.name,
            pool.record_type,
            pool_listing.pool_members(db, pool.id, hub.now()),
            Line(roster.members(db, pool.id, hub.now())).following,
            fallback,
            is_pool,
            pool.known_owner_first,
            pool.skip_present_owner,
        )


def fallback_of(db: Writer, pool: PoolRow) -> tuple[str | None, bool]:
    """Name what a pool falls back to, and tell whether that is a pool."""
    if pool.fallback_pool_id is not None:
        name = next((p.name for p in roster.pools(db) if p.id == pool.fallback_pool_id), None)
        return name, name is not None
    users = {u.id: u.email or u.name for u in roster.users(db)} if pool.fallback_user_id is not None else {}
    return users.get(pool.fallback_user_id or 0), False


def preview(hub: Hub, name: str, of: str | None, count: int) -> Preview:
    """Tell who would be next; nothing is spent.

    Raises:
        SetupError: there is no such pool.
    """
    with hub.store.read() as db:
        pool = find(db, name, of)
        line = Line(roster.members(db, pool.id, hub.now()))
        rows = {row.user_id: row for row in pool_listing.pool_members(db, pool.id, hub.now())}
    skipped = [called(rows[m.user_id]) for m in line.passed_over]
    return Preview(pool.name, pool.record_type, _coming(line, rows, min(count, MOST_NEXT)), skipped)


def _coming(line: Line, rows: dict[int, MemberRow], count: int) -> list[ComingTurn]:
    counted = {m.user_id: m.turns for m in line.members}
    position = {m.user_id: at for at, m in enumerate(line.members, 1)}
    coming: list[ComingTurn] = []
    for number in range(1, count + 1):
        if (user_id := line.turn()) is None:
            break
        row = rows[user_id]
        coming.append(ComingTurn(number, called(row), row.email, position[user_id], counted[user_id]))
        counted[user_id] += 1
    return coming


def simulate(hub: Hub, name: str, of: str | None, count: int) -> list[SimulatedTurn]:
    """Tell who would get the next records and why, were they to come now; nothing is spent.

    Who is paused or away just now is left out, and what the pool falls back to is asked. A known
    account's owner cannot be foreseen: it depends on the record.

    Raises:
        SetupError: there is no such pool, or more turns are asked than 1,000.
    """
    if not 1 <= count <= MOST_NEXT:
        raise SetupError(f"{count} turns cannot be foreseen", fix=f"ask for 1 to {MOST_NEXT:,}: --next 100")
    with hub.store.read() as db:
        pool = find(db, name, of)
        users = {u.id: u.email or u.name or f"user {u.id}" for u in roster.users(db)}
        dealer = Dealer.opened(db, hub.now(), [pool.id])
        counted = {(p, m.user_id): m.turns for p, line in dealer.lines.items() for m in line.members}
        told = []
        for n in range(1, count + 1):
            assigned = dealer.deal(Asked(pool.record_type, 0, pool.id))
            owner = users.get(assigned.user_id) if assigned is not None else None
            told.append(SimulatedTurn(n, owner, _foretold(dealer, pool, assigned, counted, users)))
        return told


def _foretold(
    dealer: Dealer,
    pool: PoolRow,
    assigned: Assigned | None,
    counted: dict[tuple[int, int], int],
    users: dict[int, str],
) -> str:
    if assigned is None:
        return (
            f"nobody in pool {pool.name!r} is available{_absent(dealer.lines[pool.id].members, users)}, no fallback is"
        )
    fallback = f"nobody in pool {pool.name!r} is available{_absent(dealer.lines[pool.id].members, users)}; "
    if not assigned.spent:
        return f"{fallback}the fallback"
    key = (assigned.pool_id or 0, assigned.user_id)
    members = dealer.lines[key[0]].members
    at = next(at for at, m in enumerate(members, 1) if m.user_id == assigned.user_id)
    counted[key] += 1
    has_most = f"position {at} of {len(members)}, {counted[key] - 1} before"
    if assigned.pool_id == pool.id:
        return f"next in line: {has_most}{_absent(members, users)}"
    return f"{fallback}next in line of pool {dealer.pools[key[0]].name!r}: {has_most}"


def _absent(members: list[Member], users: dict[int, str]) -> str:
    told = [f"{users.get(m.user_id, f'user {m.user_id}')} {m.absent}" for m in members if m.absent]
    return f" ({', '.join(told)})" if told else ""


def history(hub: Hub, name: str, of: str | None, limit: int, before: int | None) -> tuple[list[Change], int | None]:
    """Give one page of what a pool gave, latest first, and the id before which the next page begins (None: no more).

    Raises:
        SetupError: there is no such pool, or a page cannot be so long.
    """
    if not 1 <= limit <= MOST_HISTORY:
        raise SetupError(f"--limit {limit}: a page holds from 1 to {MOST_HISTORY:,}", fix="go on with --before ID")
    with hub.store.read() as db:
        rows = turns.turns_of_pool(db, find(db, name, of).id, before, limit + 1)
        return owner_reasons.history(db, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None


def called(row: MemberRow) -> str:
    """Give a member's name, or their address."""
    return row.name or row.email or f"user {row.user_id}"


def named(db: Writer, name: str) -> list[PoolRow]:
    """List the pools of a name, whatever its case; one of each type of record at most."""
    return [pool for pool in roster.pools(db) if pool.name.lower() == name.lower()]


def find(db: Writer, name: str, of: str | None) -> PoolRow:
    """Find the pool of a name.

    Raises:
        SetupError: there is none, or there are several and it is not said which.
    """
    found = [pool for pool in named(db, name) if of in (None, pool.record_type)]
    if not found:
        known = {pool.name: f"{pool.name} (of {pool.record_type}s)" for pool in roster.pools(db)}
        near = difflib.get_close_matches(name, known, 1)
        raise SetupError(
            f"there is no pool {name!r}" + (f" of {of}s" if of else "") + (f"; nearest: {near[0]}" if near else ""),
            fix=f"pools: {', '.join(known.values()) or 'none yet'}; make it: sellhub pool add {name!r} --member EMAIL",
        )
    if len(found) > 1:
        types = " or ".join(pool.record_type for pool in found)
        raise SetupError(f"there are several pools {name!r}", fix=f"say which: --of {types}")
    return found[0]
