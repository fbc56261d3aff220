"""Assigning: who has no owner gets one from a pool; each assignment stands in the ledger with its reason.

Every way in comes through here: sync, import, form, conversion, what people do by hand, in bulk or one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from hub.batch import Batch, Entity
from hub.known_accounts import KnownAccounts, Rowed
from sell_model.pools import Line, leads_to
from storage import absences, roster
from storage.hot import Writer
from storage.roster import PoolRow
from storage.turns import Assigned, Skip

How: TypeAlias = Literal["turn", "fallback", "known_account", "hand"]
"""By whose word: the next in the pool; the one for when nobody there is available; the owner of the
record's known account; somebody who named the owner by hand."""
OWNS_IT = "owns it already"


class Asked(NamedTuple):
    """A record that a pool is asked to deal out."""

    kind: str
    id: int
    pool_id: int
    present: int | None = None
    """Its owner until now."""


def assign(db: Writer, batch: Batch, default_pool: Callable[[str], int | None]) -> list[Assigned]:
    """Deal out the ownerless of a batch, in its order; sets their owner and gives what is for the ledger.

    A pool named by the source is asked for new records and for ownerless old ones, the default pool
    for new records only. Whoever awaits a named owner is left alone, and whose owner somebody took away by hand.
    """
    waiting = [
        (entity, pool_id)
        for entity in batch.entities.values()
        if _is_ownerless(entity) and (pool_id := _pool_of(entity, default_pool)) is not None
    ]
    if not waiting:
        return []
    dealer = Dealer.opened(db, batch.now, {pool_id for _, pool_id in waiting}, by=batch.by)
    dealer.learn_accounts(_rows(entity for entity, _ in waiting), _rows(batch.entities.values()))
    given: list[Assigned] = []
    for entity, pool_id in waiting:
        assigned = dealer.deal(Asked(entity.kind, entity.id, pool_id))
        if assigned is not None and entity.after is not None:
            entity.after["owner_id"] = assigned.user_id
            given.append(assigned)
    dealer.close()
    return given


def _is_ownerless(entity: Entity) -> bool:
    waits_for_nobody = not entity.owner_awaited and not entity.owner_held
    return entity.after is not None and entity.after.get("owner_id") is None and waits_for_nobody


def _pool_of(entity: Entity, default_pool: Callable[[str], int | None]) -> int | None:
    if entity.kind == "association":
        return None
    meant_for_all = entity.is_new or entity.awaited_until_now
    return entity.pool_id or (default_pool(entity.kind) if meant_for_all else None)


def _rows(entities: Iterable[Entity]) -> list[Rowed]:
    return [Rowed(e.kind, e.id, e.after) for e in entities if e.after is not None]


@dataclass(slots=True)
class Dealer:
    """Deals records out within one transaction, one after the other.

    It holds the pools until the transaction ends, those that they fall back to as well, so that the
    pointer moves with what is assigned, or not at all.
    """

    db: Writer
    now: str
    by: str | None
    """Who asks for it by hand; None: a source's records do."""
    pools: Mapping[int, PoolRow]
    lines: dict[int, Line]
    asked: Mapping[int, list[int]]
    """Pool → the pools that are asked one after the other, itself first."""
    known: KnownAccounts
    _absent: dict[int, str | None] = field(default_factory=dict)
    """User → why they can be given nothing, as far as it was asked."""

    @classmethod
    def opened(cls, db: Writer, now: str, pool_ids: Iterable[int], *, by: str | None = None) -> Dealer:
        """Hold these pools and all that they fall back to, and read who is in line."""
        pools = {pool.id: pool for pool in roster.pools(db)}
        asked = {pool_id: leads_to(falls_back(pools.values()), pool_id) for pool_id in pool_ids}
        held = sorted({each for chain in asked.values() for each in chain})
        roster.lock_pools(db, held)
        lines = {pool_id: Line(roster.members(db, pool_id, now)) for pool_id in held}
        return cls(db, now, by, pools, lines, asked, KnownAccounts(db))

    def learn_accounts(self, records: Iterable[Rowed], batch: Iterable[Rowed] = ()) -> None:
        """Look up whose customers these records are, where a pool asks for that first.

        Args:
            batch: what is written in the same transaction, and stored nowhere yet.
        """
        if any(self.pools[pool_id].known_owner_first for pool_id in self.lines):
            self.known.learn(records, batch)

    def deal(self, asked: Asked) -> Assigned | None:
        """Give a record to somebody; None: there is nobody to give it to but its present owner."""
        pool = self.pools[asked.pool_id]
        skipped: list[Skip] = []
        assigned = self._known_owner(pool, asked, skipped) if pool.known_owner_first else None
        if assigned is None:
            assigned = self._next(pool, asked, skipped)
        if assigned is not None:
            self.known.note(asked.kind, asked.id, assigned.user_id)
        return assigned

    def close(self) -> None:
        """Write the turns that were spent."""
        for pool_id, line in self.lines.items():
            if line.given:
                roster.save_members(self.db, pool_id, line.after())

    def _known_owner(self, pool: PoolRow, asked: Asked, skipped: list[Skip]) -> Assigned | None:
        for user_id, account in self.known.owners(asked.kind, asked.id):
            here = next((m.absent for m in self.lines[pool.id].members if m.user_id == user_id), None)
            why = here or self._why_absent(user_id)
            if why is None:
                return self._assigned(pool.id, asked, user_id, "known_account", skipped, followed=account)
            skipped.append(Skip(user_id, f"owns {account}, but {why}"))
        return None

    def _next(self, pool: PoolRow, asked: Asked, skipped: list[Skip]) -> Assigned | None:
        """Ask the pool, then what it falls back to, one after the other."""
        passes = asked.present if pool.skip_present_owner else None
        for pool_id in self.asked[pool.id]:
            line = self.lines[pool_id]
            skipped += [Skip(m.user_id, str(m.absent), pool_id) for m in line.passed_over]
            if passes is not None and line.following == passes:
                skipped.append(Skip(passes, OWNS_IT, pool_id))
            user_id = line.turn() if passes is None else line.turn_past(passes)
            if user_id is not None:
                how: How = "turn" if pool_id == pool.id else "fallback"
                return self._assigned(pool_id, asked, user_id, how, skipped, spent=True)
            if line.following is not None:
                return None
            if (found := self._fallback(pool_id, asked, skipped)) is not None:
                return found
        return None

    def _fallback(self, pool_id: int, asked: Asked, skipped: list[Skip]) -> Assigned | None:
        user_id = self.pools[pool_id].fallback_user_id
        if user_id is None:
            return None
        if (why := self._why_absent(user_id)) is not None:
            skipped.append(Skip(user_id, f"the fallback, but {why}", pool_id))
            return None
        return self._assigned(pool_id, asked, user_id, "fallback", skipped)

    def _why_absent(self, user_id: int) -> str | None:
        if user_id not in self._absent:
            self._absent[user_id] = absences.absent_users(self.db, [user_id], self.now).get(user_id)
        return self._absent[user_id]

    def _assigned(
        self,
        pool_id: int,
        asked: Asked,
        user_id: int,
        how: How,
        skipped: Iterable[Skip],
        *,
        spent: bool = False,
        followed: str | None = None,
    ) -> Assigned:
        told = (asked.kind, asked.id, user_id, how, pool_id, tuple(skipped))
        return Assigned(*told, self.by, asked.present, followed, spent=spent)


def falls_back(pools: Iterable[PoolRow]) -> dict[int, int | None]:
    """Map pools to the pools that they fall back to."""
    return {pool.id: pool.fallback_pool_id for pool in pools}
