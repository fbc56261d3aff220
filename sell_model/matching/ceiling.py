"""Whether two people's records can be one at all, told before they are weighed: most who share a key are not.

What is unequal counts at first as if it were nearly equal, and is compared only where the sum leaves it open; so
whoever the full comparison would find is found. On generated leads four in five of those who share a key end here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import log2
from typing import NamedTuple

from sell_model.matching.evidence import Bits, Rare, Weights
from sell_model.matching.normal_forms import is_role_address
from sell_model.matching.people import BY_NAME, INCOMPATIBLE, Share, company_level, email_level, name_level, phone_level
from sell_model.matching.places import place_levels
from sell_model.matching.profile import Profile

_SLACK = 1e-6
"""Sums of the same bits in another order differ by less."""
_PLACE = tuple(map(Profile._fields.index, ("postcode", "city", "street")))
_EQUAL = frozenset({"exact", "postcode", "city", "street"})
"""Levels of equal values."""

_ONE_NAME = frozenset({"exact", "nearly"})
"""Levels of names under which an office's address is proof."""

Levels = Mapping[str, Bits]
"""Level → its bits at most, however rare the value."""


class Ceilings(NamedTuple):
    """What the comparisons of people are worth at most, by one model."""

    least: Bits
    """From here on a person may be asked."""
    name: Levels
    email: Levels
    phone: Levels
    company: Levels
    place: Levels
    near: Mapping[str, Bits]
    """Comparison → its bits where the values are there and not equal; postcode, city and street by themselves."""
    looks: tuple[tuple[int, Bits, Bits], ...]
    """What a look tells, title, generation, birth and number: place in the profile, bits if equal, and if not."""


@lru_cache(maxsize=8)
def ceilings_of(weights: Weights) -> Ceilings:
    """Give the ceilings of a model's weights of people."""
    most = {
        comparison: {level: w.most if isinstance(w, Rare) else w for level, w in levels.items()}
        for comparison, levels in weights.levels.items()
    }
    most["email"] |= {level: max(most["email"][level], most["email"]["of_name"]) for level in BY_NAME}
    near = {comparison: _unequal(levels) for comparison, levels in most.items()}
    near |= {part: _unequal(most["place"], part) for part in ("postcode", "city", "street")}
    looks = tuple(
        (Profile._fields.index(trait), most[comparison]["exact"], near[comparison])
        for trait, comparison in (("title", "title"), ("suffix", "generation"), ("born", "born"), ("number", "number"))
    )
    email, phone, company, place = (most[comparison] for comparison in ("email", "phone", "company", "place"))
    return Ceilings(weights.doubt - _SLACK, {"": 0.0, **most["name"]}, email, phone, company, place, near, looks)


def _unequal(levels: Levels, part: str = "") -> Bits:
    return max(bits for level, bits in levels.items() if level.startswith(part) and level not in _EQUAL)


def may_be_one_with(one: Profile, weights: Weights, among: int, share: Share) -> Callable[[Profile], bool]:
    """Give a test of others: whether the weights may come to a question, or the two be proven to be one.

    Args:
        among: how many people there are, as the prior reckons.
        share: which share of them bears a value.
    """
    ceilings = ceilings_of(weights)
    least, emails, phones, companies, places, near = (
        ceilings.least, ceilings.email, ceilings.phone, ceilings.company, ceilings.place, ceilings.near,
    )  # fmt: skip
    near_email, near_phone, near_company = near["email"], near["phone"], near["company"]
    my_email, my_phones, my_company, my_number = one.email, frozenset(one.phones), one.company, one.number
    place = _place_with(one, places, near)
    if_nearly_equal = _nearly_equal_with(one, ceilings, _equal_values(one, weights, share), place)
    prior = -log2(among)

    def may_be_one(other: Profile) -> bool:
        name = name_level(one, other)
        if my_email and my_email == other.email and (name in _ONE_NAME or not is_role_address(my_email)):
            return True
        if my_number and my_number == other.number:
            return True
        if not name and my_company and my_company == other.company:
            return True
        bits = prior + if_nearly_equal(other, name)
        if bits < least:
            return False
        if my_email and other.email:
            bits += emails[email_level(one, other)] - near_email
            if bits < least:
                return False
        if my_company and other.company and my_company != other.company:
            bits += companies[company_level(my_company, other.company)] - near_company
            if bits < least:
                return False
        if levels := place_levels(one, other):
            bits += min(sum(map(places.__getitem__, levels)), places["most"]) - place(other)
            if bits < least:
                return False
        if my_phones and other.phones and my_phones.isdisjoint(other.phones):
            bits += phones[phone_level(one, other)] - near_phone
        return bits >= least

    return may_be_one


def _equal_values(one: Profile, weights: Weights, share: Share) -> Callable[[str], Bits]:
    """Give what an equal name or phone weighs, by how rare it is, the rarest of several; each is counted once."""
    values = {"name": (one.words,), "phone": one.phones}

    @cache
    def if_equal(comparison: str) -> Bits:
        return max(weights.part(comparison, "exact", share(comparison, v)).bits for v in values[comparison])

    return if_equal


def _nearly_equal_with(
    one: Profile, ceilings: Ceilings, if_equal: Callable[[str], Bits], place: Callable[[Profile], Bits]
) -> Callable[[Profile, str], Bits]:
    """Give the sum of what comparisons say as if all that is unequal were nearly equal; the names' level is given."""
    names, phones, companies, near = ceilings.name, ceilings.phone, ceilings.company, ceilings.near
    near_email, near_phone, near_company = near["email"], near["phone"], near["company"]
    my_email, my_phones, my_company = one.email, frozenset(one.phones), one.company
    my_looks = [(n, one[n], equal, unequal) for n, equal, unequal in ceilings.looks if one[n]]

    def if_nearly_equal(other: Profile, name: str) -> Bits:
        bits = if_equal("name") if name == "exact" else names[name]
        if my_email and other.email:
            bits += near_email
        if my_phones and other.phones:
            if my_phones.isdisjoint(other.phones):
                bits += near_phone
            elif name in INCOMPATIBLE and my_company and my_company == other.company:
                bits += phones["office"]
            else:
                bits += max(if_equal("phone"), phones["office"])
        if my_company and other.company:
            bits += companies["exact"] if other.company == my_company else near_company
        for n, mine, equal, unequal in my_looks:
            if yours := other[n]:
                bits += equal if yours == mine else unequal
        return bits + place(other)

    return if_nearly_equal


def _place_with(one: Profile, places: Levels, near: Mapping[str, Bits]) -> Callable[[Profile], Bits]:
    """Give what an address comes to with another one's, as if all that is unequal were nearly equal."""
    mine = [(n, one[n], places[Profile._fields[n]], near[Profile._fields[n]]) for n in _PLACE if one[n]]
    most = places["most"]

    def place(other: Profile) -> Bits:
        bits = 0.0
        for n, value, equal, unequal in mine:
            if yours := other[n]:
                bits += equal if yours == value else unequal
        return min(bits, most)

    return place if mine else lambda _: 0.0
