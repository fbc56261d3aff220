"""What a pool does beyond taking turns: the known account's owner before, the fallback after."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.assign import falls_back
from hub.opening import Hub
from hub.pool_changes import PoolChange, done, known_user
from hub.pooling import fallback_of, find
from sell_model.errors import SetupError
from sell_model.pools import leads_to
from storage import roster
from storage.absences import absent_users
from storage.hot import Writer
from storage.roster import PoolRow


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What is to be set; None leaves a setting as it is."""

    fallback: str | None = None
    """A user's address."""
    fallback_pool: str | None = None
    """A pool's name, of the same type of record."""
    no_fallback: bool = False
    known_owner_first: bool | None = None
    skip_present_owner: bool | None = None


def set_up(hub: Hub, name: str, of: str | None, wanted: PoolSettings, *, dry_run: bool = False) -> PoolChange:
    """Set what a pool does beyond taking turns.

    Raises:
        SetupError: there is no such pool or user, nothing or two fallbacks are said, or pools would fall
            back to each other in a circle.
    """
    said = [wanted.fallback is not None, wanted.fallback_pool is not None, wanted.no_fallback]
    if sum(said) > 1:
        raise SetupError("several fallbacks are said", fix="one of --fallback, --fallback-pool, --no-fallback")
    if wanted == PoolSettings():
        raise SetupError("nothing is said that is to be set", fix="sellhub pool set --help")

    def work(db: Writer) -> PoolChange:
        pool = find(db, name, of)
        new = _with(db, pool, wanted)
        roster.set_pool(db, new, hub.now())
        fallback, is_pool = fallback_of(db, new)
        change = PoolChange(pool.name, pool.record_type)
        ids = [new.fallback_user_id] if new.fallback_user_id is not None else []
        change.remarks = [f"{fallback} is {why} just now" for why in absent_users(db, ids, hub.now()).values()]
        change.settings = {
            "fallback": None if is_pool else fallback,
            "fallback_pool": fallback if is_pool else None,
            "known_owner_first": new.known_owner_first,
            "skip_present_owner": new.skip_present_owner,
        }
        return change

    return done(hub, work, dry_run=dry_run)


def _with(db: Writer, pool: PoolRow, wanted: PoolSettings) -> PoolRow:
    new = pool
    if wanted.no_fallback:
        new = replace(new, fallback_user_id=None, fallback_pool_id=None)
    if wanted.fallback is not None:
        new = replace(new, fallback_user_id=known_user(db, wanted.fallback), fallback_pool_id=None)
    if wanted.fallback_pool is not None:
        other = find(db, wanted.fallback_pool, pool.record_type)
        _refuse_circle(db, pool, other)
        new = replace(new, fallback_pool_id=other.id, fallback_user_id=None)
    if wanted.known_owner_first is not None:
        new = replace(new, known_owner_first=wanted.known_owner_first)
    if wanted.skip_present_owner is not None:
        new = replace(new, skip_present_owner=wanted.skip_present_owner)
    return new


def _refuse_circle(db: Writer, pool: PoolRow, other: PoolRow) -> None:
    pools = {each.id: each for each in roster.pools(db)}
    try:
        leads_to(falls_back(pools.values()) | {pool.id: other.id}, pool.id)
    except ValueError as error:
        way = leads_to(falls_back(pools.values()), other.id)
        told = " → ".join(pools[id_].name for id_ in [pool.id, *way])
        raise SetupError(
            f"pool {pool.name!r} cannot fall back to {other.name!r}: {error}: {told}",
            fix=f"take the last one's away first: sellhub pool set {pools[way[-1]].name!r} --no-fallback",
        ) from error
