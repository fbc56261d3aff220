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
    levels = [
        *_postcode(one.postcode, other.postcode),
        *_city(one.city, other.city),
        *_street(one.street, other.street),
    ]
    if levels:
        bits = sum(weights.part("place", level).bits for level in levels)
        yield Part("place", ", ".join(levels), min(bits, weights.part("place", "most").bits))


def _postcode(one: str, other: str) -> Iterator[str]:
    if one and other:
        yield (
            "postcode"
            if one == other
            else "postcode_similar"
            if OSA.distance(one, other, score_cutoff=1) == 1
            else "postcode_different"
        )


def _city(one: str, other: str) -> Iterator[str]:
    if one and other:
        yield "city" if one == other else "city_similar" if _similar(one, other) >= 0.9 else "city_different"


def _street(one: str, other: str) -> Iterator[str]:
    if one and other:
        same_number = _NUMBER.findall(one)[:1] == _NUMBER.findall(other)[:1]
        alike = same_number and _similar(one, other) >= 0.85
        yield "street" if one == other else "street_similar" if alike else "street_different"
