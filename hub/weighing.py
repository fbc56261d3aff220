"""How alike two people or two companies are, comparison by comparison, with the values that were compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sell_model.matching.deciding import Judge, Likeness
from sell_model.matching.evidence import Model, Weights, probability
from sell_model.matching.guards import DOUBTS
from sell_model.matching.keys import key_of, trait_key
from sell_model.matching.profile import Profile
from sell_model.types import JsonObject
from storage import identity
from storage.hot import Writer

COMMON_NAME = 6
"""A given name that so many bear is no slip of the pen."""

_TRAITS: dict[str, tuple[str, ...]] = {
    "name": ("first", "last"),
    "place": ("street", "postcode", "city"),
    "phone": ("phones",),
    "generation": ("suffix",),
}
"""Comparison → the traits that it looks at, where they are not called as it is."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The likeness of two identities, by those of their records that are closest."""

    sort: str
    likeness: Likeness
    one: Profile
    weights: Weights
    version: str
    """The model's."""

    def to_json(self) -> JsonObject:
        """Give the waterfall: the prior, each comparison, the total, the lines."""
        evidence = self.likeness.evidence
        return {
            "model": self.version,
            "prior": round(evidence.prior, 2),
            "comparisons": [
                {
                    "comparison": part.comparison,
                    "level": part.level,
                    "bits": round(part.bits, 2),
                    "values": [traits(self.one, part.comparison), traits(self.likeness.closest, part.comparison)],
                }
                for part in evidence.parts
            ],
            "bits": round(evidence.bits, 2),
            "probability": round(probability(evidence.bits), 6),
            "lines": {"merge": self.weights.merge, "review": self.weights.review, "doubt": self.weights.doubt},
            "guard": self.likeness.guard or None,
            "proof": self.likeness.proof,
            "would": self.would,
        }

    @property
    def would(self) -> str:
        """What a sync does with two records that are this alike: `merge`, `ask`, or `keep apart`."""
        if (self.likeness.proof or self.likeness.bits >= self.weights.merge) and not self.likeness.guard:
            return "merge"
        least = self.weights.doubt if self.likeness.guard in DOUBTS else self.weights.review
        asks = self.likeness.proof or self.likeness.named_alike or self.likeness.bits >= least
        return "ask" if asks else "keep apart"


def traits(profile: Profile, comparison: str) -> str:
    """Give what a comparison saw of a record, as text."""
    values = (getattr(profile, name, "") for name in _TRAITS.get(comparison, (comparison,)))
    return " ".join(", ".join(value) if isinstance(value, tuple) else value for value in values if value)


def weigh(db: Writer, model: Model, sort: str, one_id: int, other_id: int) -> Weighed | None:
    """Weigh two people or two companies; None: nothing is known of one of them any more."""
    ones, others = (_profiles(db, sort, id_) for id_ in (one_id, other_id))
    if not ones or not others:
        return None
    judge = judge_of(db, model, sort)
    likeness, one = judge.between(ones, others)
    return Weighed(sort, likeness, one, judge.weights, model.version)


def _profiles(db: Writer, sort: str, identity_id: int) -> list[Profile]:
    return [Profile.from_text(row.data) for row in identity.profiles(db, sort, [identity_id], ())]


def judge_of(db: Writer, model: Model, sort: str) -> Judge:
    """Give who decides about people or companies, counting what is stored."""
    is_company = sort == "company"

    def rarity(trait: str, value: str) -> float:
        key = trait_key(trait, value, is_company=is_company)
        return float(identity.counts(db, [key]).get(key, 0))

    def is_common(given: str) -> bool:
        key = key_of("given", given)
        return identity.counts(db, [key]).get(key, 0) >= COMMON_NAME

    weights = model.company if is_company else model.person
    return Judge(weights, identity.size(db, sort), rarity, is_common, is_company)


def parts_text(parts: Sequence[Sequence[object]]) -> str:
    """Say in a line what spoke for a pair, the strongest first.

    >>> parts_text([["prior", "", -14.3], ["phone", "exact", 13.5], ["name", "nickname", 11.0]])
    'phone exact +13.5, name nickname +11.0'
    """
    told = [(str(name), str(level), float(str(bits))) for name, level, bits in parts if name != "prior"]
    return ", ".join(
        f"{name} {level} {bits:+.1f}" for name, level, bits in sorted(told, key=lambda t: -t[2]) if bits > 0
    )
