"""Pairs weighed as they stand now, many at once: one read for what all are compared by, few for how common it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from hub.bearers import COMMON_NAME
from hub.weighing import Weighed
from sell_model.matching.deciding import Judge
from sell_model.matching.evidence import Model
from sell_model.matching.keys import key_of, trait_key
from sell_model.matching.profile import Profile
from storage import identity, questions
from storage.duplicates import DuplicateRow
from storage.hot import Writer

IdPair = tuple[int, int]
"""Two identities of one sort."""


def weigh_pair(db: Writer, model: Model, sort: str, one_id: int, other_id: int) -> Weighed | None:
    """Weigh two people or two companies; None: nothing is known of one of them any more."""
    return weigh_pairs(db, model, sort, [(one_id, other_id)]).get((one_id, other_id))


def weigh_pairs(db: Writer, model: Model, sort: str, pairs: Collection[IdPair]) -> dict[IdPair, Weighed]:
    """Weigh pairs of people, or of companies; those of whom one is not known any more are left out.

    What is asked of how common a value is, is noted first and read at once; then all is weighed anew with it.
    """
    profiles: dict[int, list[Profile]] = {}
    for row in identity.profiles(db, sort, {id_ for pair in pairs for id_ in pair}, ()):
        profiles.setdefault(row.identity_id, []).append(Profile.from_text(row.data))
    known = [pair for pair in pairs if profiles.keys() >= set(pair)]
    if not known:
        return {}
    is_company = sort == "company"
    bearers = _Bearers(db, is_company)
    weights = model.company if is_company else model.person
    judge = Judge(weights, identity.size(db, sort), bearers.of_trait, bearers.is_common, is_company)
    while True:
        found = {(one, other): judge.between(profiles[one], profiles[other]) for one, other in known}
        if not bearers.fetch():
            return {
                pair: Weighed(sort, likeness, one, weights, model.version) for pair, (likeness, one) in found.items()
            }


@dataclass(slots=True)
class _Bearers:
    """How many bear a value: what is not known yet is noted, for `fetch` to read."""

    db: Writer
    is_company: bool
    _counts: dict[int, int] = field(default_factory=dict)
    _wanted: set[int] = field(default_factory=set)

    def of_trait(self, trait: str, value: str) -> float:
        """Count who bears a value of a trait; 0 until it was fetched."""
        return float(self._count(trait_key(trait, value, is_company=self.is_company)))

    def is_common(self, given: str) -> bool:
        """Whether a given name is one that several bear; no, until it was fetched."""
        return self._count(key_of("given", given)) >= COMMON_NAME

    def _count(self, key: int) -> int:
        if key not in self._counts:
            self._wanted.add(key)
        return self._counts.get(key, 0)

    def fetch(self) -> bool:
        """Read what was asked for and not known; whether there was any."""
        new, self._wanted = self._wanted, set()
        self._counts |= dict.fromkeys(new, 0) | identity.counts(self.db, new)
        return bool(new)


def keep_in_step(db: Writer, model: Model, rows: Collection[DuplicateRow]) -> None:
    """Bring what is stored of open questions in step with what is known now: lists are in its order."""
    for sort in ("person", "company"):
        pairs = {(row.one_id, row.other_id): row.id for row in rows if row.sort == sort}
        found = weigh_pairs(db, model, sort, pairs)
        told = {
            pairs[pair]: (weighed.likeness.bits, weighed.likeness.guard, _parts(weighed))
            for pair, weighed in found.items()
        }
        questions.reweigh(db, told)


def _parts(weighed: Weighed) -> list[list[object]]:
    evidence = weighed.likeness.evidence
    return [["prior", "", evidence.prior], *map(list, evidence.parts)]
