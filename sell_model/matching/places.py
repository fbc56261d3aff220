"""Comparing addresses: postcode, city and street together, since they say much the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import OSA, JaroWinkler

from sell_model.matching.evidence import Part, Weights
from sell_model.matching.profile import Profile

_similar = JaroWinkler.similarity
_NUMBER = re.compile(r"\d+")


def compare_places(one: Profile, other: Profile, weights: Weights) -> Iterator[Part]:
    """Give one part for all of an address: the sum of its levels, at most as much as the model says."""
    if levels := place_levels(one, other):
        bits = sum(weights.part("place", level).bits for level in levels)
        yield Part("place", ", ".join(levels), min(bits, weights.part("place", "most").bits))


def place_levels(one: Profile, other: Profile) -> list[str]:
    """Tell how two addresses agree, part by part; a part that one of them has not is left out."""
    levels = []
    if one.postcode and other.postcode:
        levels.append(_postcode(one.postcode, other.postcode))
    if one.city and other.city:
        levels.append(_city(one.city, other.city))
    if one.street and other.street:
        levels.append(_street(one.street, other.street))
    return levels


def _postcode(one: str, other: str) -> str:
    if one == other:
        return "postcode"
    return "postcode_similar" if OSA.distance(one, other, score_cutoff=1) == 1 else "postcode_different"


def _city(one: str, other: str) -> str:
    if one == other:
        return "city"
    return "city_similar" if _similar(one, other) >= 0.9 else "city_different"


def _street(one: str, other: str) -> str:
    if one == other:
        return "street"
    alike = _similar(one, other) >= 0.85 and _NUMBER.findall(one)[:1] == _NUMBER.findall(other)[:1]
    return "street_similar" if alike else "street_different"
