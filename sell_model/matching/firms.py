"""The comparisons of two companies: each gives a level and its bits, or nothing where a value is missing."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import OSA, JaroWinkler

from sell_model.matching.evidence import Part, Weights
from sell_model.matching.firm_names import common_share, initials
from sell_model.matching.people import Share
from sell_model.matching.places import compare_places
from sell_model.matching.profile import Profile

_RARE = frozenset({"exact", "joined", "words"})


def compare_firms(one: Profile, other: Profile, weights: Weights, share: Share) -> Iterator[Part]:
    """Compare two companies trait by trait."""
    if one.company and other.company:
        level = firm_name_level(one.company, other.company)
        yield weights.part("company", level, share("company", one.company) if level in _RARE else 1.0)
    if one.domain and other.domain:
        same = one.domain == other.domain
        yield weights.part("domain", "exact" if same else "different", share("domain", one.domain) if same else 1.0)
    if one.phones and other.phones:
        yield _phone(one, other, weights, share)
    yield from compare_places(one, other, weights)


def firm_name_level(one: str, other: str) -> str:
    """Tell how two companies' names agree."""
    if one == other:
        return "exact"
    if one.replace(" ", "") == other.replace(" ", ""):
        return "joined"
    if sorted(one.split()) == sorted(other.split()):
        return "words"
    both, shorter = common_share(one, other)
    alike = JaroWinkler.similarity(one, other)
    if both >= 0.9:
        return "similar"
    if alike >= 0.95 or both >= 0.8:
        return "alike"
    if shorter >= 0.97 and min(len(one), len(other)) >= 4:
        return "contained"
    if len(short := min((one, other), key=len).replace(" ", "")) <= 4 and short in (initials(one), initials(other)):
        return "initials"
    return "near" if both >= 0.6 or alike >= 0.9 else "half" if both >= 0.4 else "different"


def _phone(one: Profile, other: Profile, weights: Weights, share: Share) -> Part:
    common = [phone for phone in one.phones if phone in other.phones]
    if common:
        return weights.part("phone", "exact", min(share("phone", phone) for phone in common))
    near = any(OSA.distance(mine, yours, score_cutoff=1) == 1 for mine in one.phones for yours in other.phones)
    return weights.part("phone", "one_digit" if near else "different")
