"""How alike two people or two companies are, comparison by comparison, with the values that were compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sell_model.matching.deciding import Likeness
from sell_model.matching.evidence import Weights, probability
from sell_model.matching.guards import DOUBTS
from sell_model.matching.profile import Profile
from sell_model.types import JsonObject

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


def parts_text(parts: Sequence[Sequence[object]]) -> str:
    """Say in a line what spoke for a pair, the strongest first.

    >>> parts_text([["prior", "", -14.3], ["phone", "exact", 13.5], ["name", "nickname", 11.0]])
    'phone exact +13.5, name nickname +11.0'
    """
    told = [(str(name), str(level), float(str(bits))) for name, level, bits in parts if name != "prior"]
    return ", ".join(
        f"{name} {level} {bits:+.1f}" for name, level, bits in sorted(told, key=lambda t: -t[2]) if bits > 0
    )
