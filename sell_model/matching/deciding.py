"""Deciding who a record is: somebody known, somebody new, or a question for a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from sell_model.matching.ceiling import may_be_one_with
from sell_model.matching.evidence import HEAVIEST, Bits, Evidence, Part, Rarity, Weights
from sell_model.matching.firms import compare_firms
from sell_model.matching.guards import DOUBTS, Common, apart, proves, proves_firm, told_apart_by, unsure, unsure_firms
from sell_model.matching.people import cannot_be_one, compare_people
from sell_model.matching.profile import Profile

_NAME_ALONE = "one name, and nothing else is known of one of them"
MOST_MEMBERS = 12
"""A cluster larger than this is grown by proof or by people only."""


class Likeness(NamedTuple):
    """How alike a record and somebody known are, by the closest of their records."""

    identity_id: int
    evidence: Evidence
    closest: Profile
    """The record of theirs that is most like it."""
    guard: str
    """Why they are not joined without a person; empty: nothing stands in the way."""
    proof: bool = False
    """Whether they agree in what only one person has, whatever the bits."""
    named_alike: bool = False
    """Whether two companies have one name, and of one of them no more is known: a person is asked in any case."""

    def is_sure(self, weights: Weights) -> bool:
        """Whether nothing stands in the way of joining them."""
        return not self.guard and (self.proof or self.bits >= weights.merge)

    @property
    def bits(self) -> Bits:
        """The evidence's sum."""
        return self.evidence.bits


@dataclass(frozen=True, slots=True)
class Decision:
    """Who a record is taken for."""

    identity_id: int | None
    """None: somebody new."""
    by: Likeness | None = None
    """What decided it."""
    review: tuple[Likeness, ...] = ()
    """Others that it may be, for a person to say; strongest first."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares records and decides, by one model's weights.

    Args:
        known: how many people, or companies, there are.
        rarity: how many of them bear a value.
        is_common: whether a given name is one that several bear.
        by_name: the records to be decided only name a company, by a reference: whoever bears the name is meant.
    """

    weights: Weights
    known: int
    rarity: Rarity
    is_common: Common
    companies: bool = False
    by_name: bool = False

    @staticmethod
    def proven(identity_id: int) -> Likeness:
        """Give the likeness of two records that bear the same id of a vendor's."""
        return Likeness(identity_id, Evidence(0.0, (Part("outside id", "exact", HEAVIEST),)), Profile(), "", proof=True)

    def compare(self, one: Profile, other: Profile) -> Evidence:
        """Weigh two records."""
        compare = compare_firms if self.companies else compare_people
        return Evidence(-log2(self._among), tuple(compare(one, other, self.weights, self._share)))

    @property
    def _among(self) -> int:
        return max(self.known, self.weights.among)

    def _share(self, trait: str, value: str) -> float:
        return max(self.rarity(trait, value), 1.0) / self._among

    def decide(
        self,
        one: Profile,
        met: Mapping[int, Iterable[Profile]],
        members: Callable[[int], Collection[Profile]],
        never: Callable[[int], bool] = lambda _identity: False,
    ) -> Decision:
        """Decide who a record is.

        Args:
            met: identities that share a key with it, with those of their records that do.
            members: all records of an identity: a guard holds between any two.
            never: whether a person said that it is not this identity.
        """
        possible = met.items() if self.companies else self._possible(one, met)
        likenesses = [self.closest(one, identity_id, profiles) for identity_id, profiles in possible]
        likely = [each for each in likenesses if each.proof or each.named_alike or each.bits >= self.least(each)]
        likely = [each for each in likely if not never(each.identity_id)]
        if self.companies and sum(each.proof for each in likely) > 1:
            likely = [each._replace(proof=False, guard="several companies bear the name") for each in likely]
        likely.sort(key=lambda each: (not each.proof, -each.bits, each.identity_id))
        review: list[Likeness] = []
        joined: Likeness | None = None
        for likeness in likely:
            guarded = self._guarded(one, likeness, members)
            if joined is None and not guarded.guard and (guarded.proof or guarded.bits >= self.weights.merge):
                joined = guarded
            else:
                review.append(guarded)
        return Decision(joined.identity_id if joined else None, joined, tuple(review))

    def least(self, likeness: Likeness) -> Bits:
        """From how many bits on a person is asked about two who are alike in this way."""
        return self.weights.doubt if likeness.guard in DOUBTS else self.weights.review

    def _possible(self, one: Profile, met: Mapping[int, Iterable[Profile]]) -> Iterator[tuple[int, list[Profile]]]:
        """Leave out whom it needs no weighing to tell apart: most of those who share a key."""
        may_be_one = may_be_one_with(one, self.weights, self._among, self._share)
        for identity_id, profiles in met.items():
            if any(map(may_be_one, profiles)) and (left := [o for o in profiles if not cannot_be_one(one, o)]):
                yield identity_id, left

    def between(self, ones: Collection[Profile], others: Collection[Profile]) -> tuple[Likeness, Profile]:
        """Weigh two identities by all their records; gives the closest likeness, and whose record of the first it is.

        A guard holds between any two of their records.
        """
        found = [(self.closest(one, 0, others), one) for one in dict.fromkeys(ones)]
        best, one = max(found, key=lambda each: self._standing(each[0]))
        if self.companies and best.proof and any(map(told_apart_by, (*ones, *others))):
            best = best._replace(proof=False, guard=_NAME_ALONE, named_alike=True)
        if not best.guard and not self.companies:
            if best.proof:
                ones, others = self._of_one_kind(one, ones), self._of_one_kind(best.closest, others)
            reasons = (apart(mine, yours, self.is_common) for mine in ones for yours in others)
            best = best._replace(guard=next((reason for reason in reasons if reason), ""))
        return best, one

    def closest(self, one: Profile, identity_id: int, profiles: Iterable[Profile]) -> Likeness:
        """The strongest of an identity's records: proof first, then what joins, what is asked, and the rest."""
        return max((self._likeness(one, other, identity_id) for other in profiles), key=self._standing)

    def _standing(self, likeness: Likeness) -> tuple[bool, bool, bool, Bits]:
        """Sort likenesses by what would be done: one that is only asked about hides no record that joins."""
        joins, asked = likeness.is_sure(self.weights), likeness.bits >= self.least(likeness)
        return likeness.proof, joins, asked or likeness.named_alike, likeness.bits

    def _likeness(self, one: Profile, other: Profile, identity_id: int) -> Likeness:
        evidence = self.compare(one, other)
        if self.companies:
            is_proof = proves_firm(one, other, evidence, by_name=self.by_name)
        else:
            is_proof = proves(one, other, evidence)
        if is_proof:
            return Likeness(identity_id, evidence, other, "", proof=True)
        if self.companies and proves_firm(one, other, evidence, by_name=True):
            return Likeness(identity_id, evidence, other, _NAME_ALONE, named_alike=True)
        guard = (unsure_firms if self.companies else unsure)(one, other, evidence)
        return Likeness(identity_id, evidence, other, guard)

    def _of_one_kind(self, one: Profile, members: Collection[Profile]) -> list[Profile]:
        """Leave out of an identity's records those that do not look like this one: that they are one is no news."""
        return [other for other in members if not apart(one, other, self.is_common)]

    def _guarded(self, one: Profile, likeness: Likeness, members: Callable[[int], Collection[Profile]]) -> Likeness:
        """Hold the guards between a record and all of an identity's records."""
        if self.companies and likeness.proof and not self.by_name:
            named_only = not any(told_apart_by(other) for other in members(likeness.identity_id))
            return likeness if named_only else likeness._replace(proof=False, guard=_NAME_ALONE, named_alike=True)
        if self.companies or likeness.guard or (likeness.bits < self.weights.merge and not likeness.proof):
            return likeness
        all_of_them = members(likeness.identity_id)
        if len(all_of_them) >= MOST_MEMBERS and not likeness.proof:
            return likeness._replace(guard=f"it would be the {len(all_of_them) + 1}th record of one person")
        if likeness.proof:
            all_of_them = self._of_one_kind(likeness.closest, all_of_them)
        reasons = (apart(one, other, self.is_common) for other in all_of_them)
        return likeness._replace(guard=next((reason for reason in reasons if reason), ""))
