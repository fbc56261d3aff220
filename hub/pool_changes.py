"""Pools changed: who joins and leaves, in what order, who pauses, what happens when nobody is available."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

from hub.opening import Hub
from hub.pooling import called, fallback_of, find, named
from sell_model import plans
from sell_model.errors import SetupError
from sell_model.pools import in_order
from sell_model.types import JsonObject, checked_email
from storage import pool_listing, roster, turns
from storage.hot import Writer
from storage.roster import PoolRow


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
    """Members before, as they are now; of those who pause or resume: who did so before."""
    paused: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    """All members in their new order."""
    settings: JsonObject = field(default_factory=dict)
    """What was set, as it is now."""
    new_users: list[str] = field(default_factory=list)
    """Addresses that were no user yet and are one now."""
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that the commands print that change a pool."""
        return asdict(self)


def done(hub: Hub, work: Callable[[Writer], PoolChange], *, dry_run: bool) -> PoolChange:
    """Change a pool in a transaction of its own, while nobody else changes one."""
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        roster.hold(db)
        return work(db)


def add(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Make a pool where there is none of that name, and let members join at its end, in this order.

    An address that is no user yet becomes one, as in hub.toml.

    Raises:
        SetupError: a member is no e-mail address, or the plan has no pools.
    """
    emails = [_email(member) for member in members]

    def work(db: Writer) -> PoolChange:
        record_type = of or next((p.record_type for p in named(db, name)), "lead")
        found = roster.find_pool(db, record_type, name)
        change = PoolChange(found.name if found else name, record_type, made=found is None)
        if found is None:
            plans.check(hub.settings.hub.plan, "pools", len(roster.pools(db)) + 1)
        pool_id = found.id if found else roster.add_pool(db, record_type, name, hub.now())
        for email in emails:
            _join(hub, db, pool_id, email, change)
        return change

    return done(hub, work, dry_run=dry_run)


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
    if any(member.user_id == user_id for member in roster.members(db, pool_id, hub.now())):
        change.already.append(email)
        return
    roster.join_pool(db, pool_id, user_id, hub.now())
    change.joined.append(email)


def remove(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Take members out of a pool, or without members the pool itself; what was dealt out stays as it is.

    Raises:
        SetupError: there is no such pool or member, or hub.toml would plant the pool again, or another
            pool falls back to it.
    """

    def work(db: Writer) -> PoolChange:
        pool = find(db, name, of)
        change = PoolChange(pool.name, pool.record_type)
        if members:
            for email, user_id in _members(hub, db, pool, members):
                roster.leave_pool(db, pool.id, user_id)
                change.left.append(email)
            return change
        _refuse_planted(hub, pool)
        _refuse_fallback(db, pool)
        change.left = [row.email or called(row) for row in pool_listing.pool_members(db, pool.id, hub.now())]
        turns.drop_pool(db, pool.id)
        change.removed = True
        change.remarks += _still_named(hub, pool)
        return change

    return done(hub, work, dry_run=dry_run)


def _members(hub: Hub, db: Writer, pool: PoolRow, emails: Iterable[str]) -> list[tuple[str, int]]:
    """Find members by address; the pool is held from here on.

    Raises:
        SetupError: one or several of them are none; all are named.
    """
    roster.lock_pools(db, [pool.id])
    rows = pool_listing.pool_members(db, pool.id, hub.now())
    by_email = {row.email.lower(): row.user_id for row in rows if row.email}
    wanted = list(dict.fromkeys(emails))
    if strangers := [email for email in wanted if email.lower() not in by_email]:
        are = "is no member" if len(strangers) == 1 else "are no members"
        members = ", ".join(row.email or called(row) for row in rows) or "none"
        raise SetupError(f"{', '.join(strangers)} {are} of pool {pool.name!r}", fix=f"members: {members}")
    return [(email, by_email[email.lower()]) for email in wanted]


def _refuse_planted(hub: Hub, pool: PoolRow) -> None:
    """A pool that hub.toml names comes back whenever the hub opens: removing it here would be in vain."""
    if any(p.of == pool.record_type and p.name.lower() == pool.name.lower() for p in hub.settings.pools):
        raise SetupError(
            f"hub.toml names pool {pool.name!r}, so it would be planted again at the next command",
            fix=f'take [[pools]] name = "{pool.name}" out of hub.toml, then run this again',
        )


def _refuse_fallback(db: Writer, pool: PoolRow) -> None:
    if others := [other.name for other in roster.pools(db) if other.fallback_pool_id == pool.id]:
        raise SetupError(
            f"pool {', '.join(map(repr, others))} falls back to pool {pool.name!r}",
            fix=f"set another fallback first: sellhub pool set {others[0]!r} --of {pool.record_type} --no-fallback",
        )


def _still_named(hub: Hub, pool: PoolRow) -> list[str]:
    return [
        f"source {name} deals out by this pool: correct `pool` in [sources.{name}], or its next sync fails"
        for name, part in hub.settings.sources.items()
        if part.pool and part.pool.lower() == pool.name.lower()
    ]


def order(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Put these members first, in this order; the others follow as they stood. Counts stay as they are.

    Raises:
        SetupError: there is no such pool or member, or nobody is named.
    """
    if not members:
        raise SetupError(
            "nobody is named to go first", fix="name members in their order: --member EMAIL --member EMAIL"
        )

    def work(db: Writer) -> PoolChange:
        pool = find(db, name, of)
        first = [user_id for _, user_id in _members(hub, db, pool, members)]
        roster.save_members(db, pool.id, in_order(roster.members(db, pool.id, hub.now()), first))
        change = PoolChange(pool.name, pool.record_type)
        change.order = [row.email or called(row) for row in pool_listing.pool_members(db, pool.id, hub.now())]
        return change

    return done(hub, work, dry_run=dry_run)


def pause(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Take members out of a pool's turns for a while; they keep their place.

    Raises:
        SetupError: there is no such pool or member, or nobody is named.
    """
    return _paused(hub, name, of, members, dry_run=dry_run, pauses=True)


def resume(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool = False) -> PoolChange:
    """Let paused members have turns again; they are not made up for those that went by.

    Raises:
        SetupError: there is no such pool or member, or nobody is named.
    """
    return _paused(hub, name, of, members, dry_run=dry_run, pauses=False)


def _paused(hub: Hub, name: str, of: str | None, members: list[str], *, dry_run: bool, pauses: bool) -> PoolChange:
    if not members:
        raise SetupError(
            "nobody is named", fix=f"sellhub pool {'pause' if pauses else 'resume'} {name!r} --member EMAIL"
        )

    def work(db: Writer) -> PoolChange:
        pool = find(db, name, of)
        change = PoolChange(pool.name, pool.record_type)
        there = {m.user_id: m for m in roster.members(db, pool.id, hub.now())}
        paused = roster.paused(db, pool.id)
        for email, user_id in _members(hub, db, pool, members):
            known = change.already if (user_id in paused) is pauses else change.paused if pauses else change.resumed
            known.append(email)
            if there[user_id].absent == "away" and not pauses:
                change.remarks.append(f"{email} is still away from all pools: sellhub pool away {email} --clear")
        changed = [user_id for _, user_id in _members(hub, db, pool, [*change.paused, *change.resumed])]
        roster.set_paused(db, pool.id, changed, hub.now() if pauses else None)
        if not any(m.available for m in roster.members(db, pool.id, hub.now())):
            change.remarks.append(nobody_left(db, pool))
        return change

    return done(hub, work, dry_run=dry_run)


def nobody_left(db: Writer, pool: PoolRow) -> str:
    """Say what happens to what a pool cannot deal out."""
    fallback, is_pool = fallback_of(db, pool)
    goes = f"goes to {'pool ' if is_pool else ''}{fallback}" if fallback else "stays without an owner"
    return f"nobody in pool {pool.name} is available now: what it should deal out {goes}"


def known_user(db: Writer, email: str) -> int:
    """Find a user by address.

    Raises:
        SetupError: nobody has it; the nearest address is named.
    """
    user_id = roster.find_user(db, email)
    if user_id is not None:
        return user_id
    known = [user.email for user in roster.users(db) if user.email]
    near = difflib.get_close_matches(email, known, 1)
    raise SetupError(
        f"no user has the address {email!r}" + (f"; nearest: {near[0]}" if near else ""),
        fix=f"users: {', '.join(known[:8]) or 'none yet'}; add one to a pool, or to hub.toml as [[users]]",
    )
