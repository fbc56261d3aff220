"""Evidence that two records are one, in bits, comparison by comparison; and the model that gives the weights.

Source: Fellegi & Sunter, A Theory for Record Linkage, JASA 64 (1969).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2
from typing import NamedTuple, TypeAlias

from sell_model.errors import SetupError

Bits: TypeAlias = float
"""log2 of the odds: 0 is even, +10 about a thousand to one."""

Rarity: TypeAlias = Callable[[str, str], float]
"""How many known people or companies bear a value, at least 1: `rarity("email", "ann@x.com")`."""


class Part(NamedTuple):
    """What one comparison says."""

    comparison: str
    level: str
    bits: Bits


class Rare(NamedTuple):
    """The weight of equal values: the rarer, the more it says."""

    agrees: float
    """How often one person's two records agree so: m."""
    most: Bits


Weight: TypeAlias = float | Rare


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What the comparisons of people, or of companies, are worth, and where the lines stand; itself alone is equal."""

    merge: Bits
    """From here on two records are one, unless a guard says otherwise."""
    review: Bits
    """From here on a person is asked."""
    doubt: Bits
    """From here on a person is asked where names agree and nothing else tells: more of those are one than look it."""
    among: int
    """The fewest people that rarity is reckoned among: in a small hub nothing is as common as it looks."""
    review_share: float
    """The largest share of new records that is to be put before people."""
    levels: Mapping[str, Mapping[str, Weight]]
    """Comparison → level → its weight."""

    def part(self, comparison: str, level: str, share: float = 1.0) -> Part:
        """Weigh a level.

        Args:
            share: of all known, those who bear the value, for a level of equal values.
        """
        weight = self.levels[comparison][level]
        bits = min(weight.most, log2(weight.agrees / share)) if isinstance(weight, Rare) else weight
        return Part(comparison, level, bits)


@dataclass(frozen=True, slots=True)
class Model:
    """All weights, under one version."""

    version: str
    person: Weights
    company: Weights


def read_model(data: Mapping[str, object], least: Mapping[str, object] | None = None) -> Model:
    """Read a model as TOML gives it.

    Args:
        least: the shipped model: a level that it has may not be missing.

    Raises:
        SetupError: a level is missing or unknown, a weight out of range; all of them.
    """
    faults: list[str] = []
    read = {sort: _weights(sort, data.get(sort), (least or {}).get(sort), faults) for sort in ("person", "company")}
    version = data.get("version")
    if not isinstance(version, str) or not version:
        faults.append("version: a text is expected, such as a date")
    if faults:
        raise SetupError(
            f"the matching model is not right: {'; '.join(faults)}", fix="docs/matching.md has every level"
        )
    return Model(str(version), read["person"], read["company"])


_LINES = ("merge", "review", "doubt", "among", "review_share")
HEAVIEST = 40.0


def _weights(sort: str, part: object, least: object, faults: list[str]) -> Weights:
    given = dict(part) if isinstance(part, Mapping) else {}
    lines = {name: given.pop(name, None) for name in _LINES}
    faults += [f"{sort}.{name}: a number is expected" for name, value in lines.items() if not _is_number(value)]
    levels = {
        comparison: {level: _weight(f"{sort}.{comparison}.{level}", value, faults) for level, value in table.items()}
        for comparison, table in given.items()
        if isinstance(table, Mapping)
    }
    for comparison, table in least.items() if isinstance(least, Mapping) else ():
        if isinstance(table, Mapping):
            known = levels.get(comparison, {})
            faults += [f"{sort}.{comparison}.{level}: missing" for level in table if level not in known]
            faults += [f"{sort}.{comparison}.{level}: no such level" for level in known if level not in table]
    merge, review, doubt, among, share = (float(value) if _is_number(value) else 0.0 for value in lines.values())
    if merge < review:
        faults.append(f"{sort}.merge {merge} lies below {sort}.review {review}")
    if review < doubt:
        faults.append(f"{sort}.review {review} lies below {sort}.doubt {doubt}")
    return Weights(merge, review, doubt, int(among), share, levels)


def _weight(name: str, value: object, faults: list[str]) -> Weight:
    if _is_number(value) and abs(float(value)) <= HEAVIEST:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, Mapping) and value.keys() == {"agrees", "most"}:
        agrees, most = value["agrees"], value["most"]
        if _is_number(agrees) and 0 < agrees <= 1 and _is_number(most) and 0 < most <= HEAVIEST:
            return Rare(float(agrees), float(most))
    faults.append(f"{name}: {value!r} is neither bits from -{HEAVIEST:g} to {HEAVIEST:g} nor {{agrees, most}}")
    return 0.0


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Evidence(NamedTuple):
    """All that speaks for and against two records being one."""

    prior: Bits
    parts: tuple[Part, ...]

    @property
    def bits(self) -> Bits:
        """The sum: the prior and every comparison."""
        return self.prior + sum(part.bits for part in self.parts)

    def level(self, comparison: str) -> str:
        """Give the level a comparison came to; empty where a value was missing."""
        for part in self.parts:
            if part.comparison == comparison:
                return part.level
        return ""


def probability(bits: Bits) -> float:
    """Turn bits into the probability that two records are one.

    >>> probability(0.0), round(probability(10.0), 4)
    (0.5, 0.999)
    """
    odds: float = 2.0**bits
    return odds / (1.0 + odds)
