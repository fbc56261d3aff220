"""Distribution pools as admins see them: who is in, who got what, who is next; joining and leaving."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, field

from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.pools import Member, deal_out
from sell_model.types import JsonObject, checked_email
from storage import roster, turns
from storage.hot import Writer
from storage.roster import PoolRow
from storage.turns import MemberRow, PoolSum

MOST_NEXT = 1_000


@dataclass(frozen=True, slots=True)
class PoolShown:
    """A pool with its members in the order of their places."""

    id: int
    name: str
    record_type: str
    members: list[MemberRow]
    next: int | None
    """User id of whoever gets the next one; None: nobody is available."""

    def to_json(self) -> JsonObject:
        """Give the object that `pool show --json` prints."""
        members = [{**asdict(member), "position": at} for at, member in enumerate(self.members, 1)]
        return {"id": self.id, "name": self.name, "of": self.record_type, "next": self.next, "members": members}


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


@dataclass(slots=True)
class PoolChange:
    """What was done to a pool."""

    pool: str
    record_type: str
    made: bool = False
    removed: bool = False
    joined: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    """Members before, as they are now."""
    new_users: list[str] = field(default_factory=list)
    """Addresses that were no user yet and are one now."""
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `pool add --json` and `pool remove --json` print."""
        return asdict(self)


def list_pools(hub: Hub) -> list[PoolSum]:
    """List all pools."""
    with hub.store.read() as db:
        return turns.pool_sums(db)


def show(hub: Hub, name: str, of: str | None) -> PoolShown:
    """Give a pool with its members.

    Raises:
        SetupError: there is none of that name, or several.
    """
    with hub.store.read() as db:
        pool = _find(db, name, of)
        dealt, _ = deal_out(roster.members(db, pool.id), 1)
        return PoolShown(pool.id, pool.name, pool.record_type, turns.pool_members(db, pool.id), next(iter(dealt), None))


def preview(hub: Hub, name: str, of: str | None, count: int) -> Preview:
    """Tell who would be next; nothing is spent.

    Raises:
        SetupError: there is no such pool.
    """
    with hub.store.read() as db:
        pool = _find(db, name, of)
        members = roster.members(db, pool.id)
        rows = {row.user_id: row for row in turns.pool_members(db, pool.id)}
    dealt, _ = deal_out(members, min(count, MOST_NEXT))
    skipped = [_called(rows[m.user_id]) for m in members if not m.available]
    return Preview(pool.name, pool.record_type, _coming(dealt, members, rows), skipped)


def _coming(dealt: list[int], members: list[Member], rows: dict[int, MemberRow]) -> list[ComingTurn]:
    count = {m.user_id: m.turns for m in members}
    position = {m.user_id: at for at, m in enumerate(members, 1)}
    coming: list[ComingTurn] = []
    for number, user_id in enumerate(dealt, 1):
        row = rows[user_id]
        coming.append(ComingTurn(number, _called(row), row.email, position[user_id], count[user_id]))
        count[user_id] += 1
    return coming


def _called(row: MemberRow) -> str:
    return row.name or row.email or f"user {row.user_id}"


def add(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Make a pool where there is none of that name, and let members join at its end, in this order.

    An address that is no user yet becomes one, as in hub.toml.

    Raises:
        SetupError: a member is no e-mail address.
    """
    if dry_run:
        with hub.store.rehearsal():
            return _add(hub, name, of, members)
    return _add(hub, name, of, members)


def _add(hub: Hub, name: str, of: str | None, members: list[str]) -> PoolChange:
    emails = [_email(member) for member in members]
    with hub.store.write() as db:
        roster.hold(db)
        record_type = of or next((p.record_type for p in _named(db, name)), "lead")
        found = roster.find_pool(db, record_type, name)
        change = PoolChange(found.name if found else name, record_type, made=found is None)
        pool_id = found.id if found else roster.add_pool(db, record_type, name, hub.now())
        for email in emails:
            _join(hub, db, pool_id, email, change)
    return change


def _email(text: str) -> str:
    try:
        return checked_email(text.strip())
    except ValueError as error:
        raise SetupError(f"{text!r} cannot be a member: {error}", fix="name members by their e-mail address") from error


def _join(hub: Hub, db: Writer, pool_id: int, email: str, change: PoolChange) -> None:
    user_id = roster.find_user(db, email)
    if user_id is None:
        known = [user.email for user in roster.users(db) if user.email]
        near = difflib.get_close_matches(email, known, 1, 0.85)
        user_id = roster.add_user(db, {"email": email, "name": email}, hub.now())
        change.new_users.append(email)
        if near:
            change.remarks.append(f"{email} is a new user; was {near[0]} meant?")
    if any(member.user_id == user_id for member in roster.members(db, pool_id, lock=True)):
        change.already.append(email)
        return
    roster.join_pool(db, pool_id, user_id, hub.now())
    change.joined.append(email)


def remove(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Take members out of a pool, or without members the pool itself; what was dealt out stays as it is.

    Raises:
        SetupError: there is no such pool or member, or hub.toml would plant the pool again.
    """
    if dry_run:
        with hub.store.rehearsal():
            return _remove(hub, name, of, members)
    return _remove(hub, name, of, members)


def _remove(hub: Hub, name: str, of: str | None, members: list[str]) -> PoolChange:
    with hub.store.write() as db:
        pool = _find(db, name, of)
        change = PoolChange(pool.name, pool.record_type)
        if members:
            for email in members:
                _leave(db, pool, email, change)
        else:
            _refuse_planted(hub, pool)
            change.left = [row.email or _called(row) for row in turns.pool_members(db, pool.id)]
            turns.drop_pool(db, pool.id)
            change.removed = True
            change.remarks += _still_named(hub, pool)
    return change


def _leave(db: Writer, pool: PoolRow, email: str, change: PoolChange) -> None:
    user_id = roster.find_user(db, email)
    if user_id is None or not roster.leave_pool(db, pool.id, user_id):
        known = ", ".join(row.email or _called(row) for row in turns.pool_members(db, pool.id))
        raise SetupError(f"{email} is no member of pool {pool.name!r}", fix=f"members: {known or 'none'}")
    change.left.append(email)


def _refuse_planted(hub: Hub, pool: PoolRow) -> None:
    """A pool that hub.toml names comes back whenever the hub opens: removing it here would be in vain."""
    if any(p.of == pool.record_type and p.name.lower() == pool.name.lower() for p in hub.settings.pools):
        raise SetupError(
            f"hub.toml names pool {pool.name!r}, so it would be planted again at the next command",
            fix=f'take [[pools]] name = "{pool.name}" out of hub.toml, then run this again',
        )


def _still_named(hub: Hub, pool: PoolRow) -> list[str]:
    return [
        f"source {name} deals out by this pool: correct `pool` in [sources.{name}], or its next sync fails"
        for name, part in hub.settings.sources.items()
        if part.pool and part.pool.lower() == pool.name.lower()
    ]


def _named(db: Writer, name: str) -> list[PoolRow]:
    return [pool for pool in roster.pools(db) if pool.name.lower() == name.lower()]


def _find(db: Writer, name: str, of: str | None) -> PoolRow:
    found = [pool for pool in _named(db, name) if of in (None, pool.record_type)]
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
