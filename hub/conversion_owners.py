"""Who gets what a conversion makes: the lead's owner, somebody who is named, or a pool, by one turn a record type."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from hub.assign import Asked, Dealer
from hub.by_hand import Hand
from hub.known_accounts import Rowed
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from storage import canonical, roster, turns
from storage.hot import Writer
from storage.roster import PoolRow
from storage.turns import Assigned


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is to own a new record: somebody, or whoever's turn it is in a pool."""

    user_id: int | None = None
    pool: PoolRow | None = None


def choose(db: Writer, said: str, record_type: str) -> Chosen:
    """Read whom somebody means by an address, a full name, or a pool's name.

    Raises:
        SetupError: nobody and no pool of this record type is called so.
    """
    people = [user for user in roster.users(db) if user.status != "inactive"]
    text = said.strip().lower()
    for user in people:
        if text == (user.email or "").lower() or (user.name and folded(user.name) == folded(said)):
            return Chosen(user.id)
    pools = [pool for pool in roster.pools(db) if pool.record_type == record_type]
    for pool in pools:
        if pool.name.lower() == text:
            return Chosen(pool=pool)
    names = [*(pool.name for pool in pools), *(user.email or user.name or "" for user in people)]
    near = difflib.get_close_matches(said, names, 1)
    elsewhere = {pool.record_type for pool in roster.pools(db) if pool.name.lower() == text}
    of = (
        f"; the pool of that name deals out {' and '.join(f'{each}s' for each in sorted(elsewhere))}"
        if elsewhere
        else ""
    )
    raise SetupError(
        f"nobody and no pool of {record_type}s is called {said!r}{of}" + (f"; nearest: {near[0]}" if near else ""),
        fix=f"pools of {record_type}s: {', '.join(pool.name for pool in pools) or 'none'}; make one: "
        f"sellhub pool add NAME --of {record_type} --member EMAIL; or give a user's e-mail address",
    )


@dataclass(slots=True)
class Giving:
    """Gives the new records of one conversion to those who were chosen."""

    hand: Hand
    warnings: list[str] = field(default_factory=list)
    edits: list[tuple[str, int, str]] = field(default_factory=list)
    """The hand edits made for it: record type, record, field."""
    _dealt: dict[tuple[str, int], int | None] = field(default_factory=dict)
    """Record type and pool → whose turn it was."""

    def give(self, kind: str, id_: int, chosen: Chosen) -> None:
        """Let a record be owned as chosen, to hold against all sources; a pool spends one turn a record type."""
        pool, user_id = chosen.pool, chosen.user_id
        if pool is not None and (kind, pool.id) in self._dealt:
            user_id = self._dealt[kind, pool.id]
            self._note(kind, id_, user_id)
        elif pool is not None:
            user_id = self._dealt[kind, pool.id] = self._turn(kind, id_, pool)
        else:
            self._note(kind, id_, user_id)
        if user_id is not None:
            self.hand.edit(kind, id_, {"owner_id": user_id})  # type: ignore[arg-type]  # contacts and deals only
            self.edits.append((kind, id_, "owner_id"))

    def _turn(self, kind: str, id_: int, pool: PoolRow) -> int | None:
        dealer = Dealer.opened(self.hand.db, self.hand.now, {pool.id}, by=self.hand.by)
        dealer.learn_accounts([Rowed(kind, id_, canonical.load(self.hand.db, kind, [id_])[id_])])
        given = dealer.deal(Asked(kind, id_, pool.id))
        dealer.close()
        if given is None:
            self.warnings.append(f"nobody in pool {pool.name} is available: the new {kind} keeps the lead's owner")
            return None
        turns.write(self.hand.db, [given], self.hand.run_id, self.hand.now)
        return given.user_id

    def _note(self, kind: str, id_: int, user_id: int | None) -> None:
        """Write into the ledger that somebody gave the record away without a turn."""
        if user_id is not None:
            given = Assigned(kind, id_, user_id, "hand", by=self.hand.by)
            turns.write(self.hand.db, [given], self.hand.run_id, self.hand.now)
