"""Who bears which key, as a batch sees it: those stored, but for its own records, and those that it brings itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from sell_model.matching.blocking import COUNTED, crowd
from sell_model.matching.keys import STRONG, MatchKey, key_of
from storage import identity
from storage.hot import Writer

COMMON_NAME = 6
"""A given name that so many bear is no slip of the pen."""

Place: TypeAlias = tuple[int, str]
"""Source record id, mapping."""

_TOLD = frozenset({"email", "phone", "name", "firm company", "firm domain", "firm phone"})
"""Kinds of keys whose bearers are counted even where they are too many to meet: rarity is what equal values weigh."""
_NOBODY: frozenset[int] = frozenset()


@dataclass(slots=True)
class Bearers:
    """What is known of keys within one transaction.

    Args:
        own: the batch's records that are stored already: what they said is said here anew.
    """

    db: Writer
    own: Sequence[int]
    _stored: dict[int, frozenset[int] | None] = field(default_factory=dict)
    """Key → the stored identities that bear it; None: more than may meet by it."""
    _counts: dict[int, int] = field(default_factory=dict)
    """Of keys that too many bear: how many."""
    _local: dict[int, dict[Place, int]] = field(default_factory=dict)
    """Key → which of the batch's records bear it, and their identities."""

    def say(self, place: Place, identity_id: int, keys: Iterable[MatchKey]) -> None:
        """Note the keys of one of the batch's records."""
        for key in keys:
            self._local.setdefault(key.key, {})[place] = identity_id

    def unsay(self, place: Place, keys: Iterable[MatchKey]) -> None:
        """Forget what one of the batch's records said."""
        for key in keys:
            self._local[key.key].pop(place, None)

    def look_up(self, keys: Iterable[MatchKey]) -> set[int]:
        """Read who bears these keys; gives the identities by which somebody may be met."""
        new = {key.key: key for key in keys if key.key not in self._stored}
        identity.claim(self.db, (key.key for key in new.values() if key.kind in STRONG))
        by_most: dict[int, list[int]] = {}
        for key in new.values():
            by_most.setdefault(most_of(key.kind), []).append(key.key)
        met: set[int] = set()
        for most, some in by_most.items():
            found = identity.bearers(self.db, some, most, self.own)
            for key_id in some:
                stored = self._stored[key_id] = found.get(key_id, _NOBODY)
                if stored and new[key_id].meets:
                    met.update(stored)
        crowded = [key.key for key in new.values() if self._stored[key.key] is None and key.kind in _TOLD]
        self._counts |= identity.counts(self.db, crowded)
        return met

    def met_by(self, keys: Iterable[MatchKey]) -> set[int]:
        """Give the identities that are met by any of these keys, but for ids that a vendor gave."""
        met: set[int] = set()
        for key in keys:
            if (self._local.get(key.key) or self._stored.get(key.key)) and key.meets and key.kind != "outside":
                met.update(self.of(key))
        return met

    def of(self, key: MatchKey) -> Collection[int]:
        """Give the identities that are met by a key: nobody, where too many bear it."""
        stored = self._stored.get(key.key, _NOBODY)
        local = self._local.get(key.key)
        if stored is None:
            return _NOBODY
        everybody = stored.union(local.values()) if local else stored
        return everybody if len(everybody) <= most_of(key.kind) else _NOBODY

    def count(self, key: int) -> int:
        """Count who bears a key."""
        stored, local = self._stored.get(key, _NOBODY), self._local.get(key)
        if stored is None:
            return self._counts.get(key, 0) + len(set(local.values()) if local else ())
        return len(stored.union(local.values()) if local else stored)

    def is_common(self, given: str) -> bool:
        """Whether a given name is one that several bear."""
        key = key_of("given", given)
        if key not in self._stored:
            self._stored[key] = identity.bearers(self.db, [key], COMMON_NAME, self.own).get(key, _NOBODY)
        return self._stored[key] is None or self.count(key) >= COMMON_NAME


@cache
def most_of(kind: str) -> int:
    """How many may bear a key that brings them together: an id that a vendor gave is never too common.

    Of a key that is only counted: from how many on it makes no difference.
    """
    if kind in COUNTED:
        return COMMON_NAME
    return identity.MOST_COUNTED if kind == "outside" else crowd(kind)
