"""The comparisons of two people: each gives a level and its bits, or nothing where a value is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

from rapidfuzz.distance import OSA, JaroWinkler

from sell_model.matching.evidence import Part, Weights
from sell_model.matching.firm_names import initials
from sell_model.matching.normal_forms import FREEMAIL_DOMAINS, is_role_address
from sell_model.matching.person_names import are_nicknames, without_particles
from sell_model.matching.places import compare_places
from sell_model.matching.profile import Profile

_similar = JaroWinkler.similarity
_NOT_LETTERS = re.compile("[^a-z]")

INCOMPATIBLE = frozenset({"different", "surname_only", "first_only"})
"""Levels of names that one person does not have."""
INCOMPLETE = frozenset({"one_part", "surname_and_part", "part", "part_similar", ""})
"""Levels of names that leave open who it is."""

BY_NAME = frozenset({"local_part", "local_part_similar", "similar"})
"""Levels of addresses that say no more than the names do, where both are made of the name."""
_AGREEING = frozenset({"exact", "swapped", "nearly", "nickname", "similar", "similar_swapped", "initial", "alike"})

_SURNAME, _INITIAL, _LOCAL_PART = 1.6e-3, 0.08, 3.4e-4
"""How common a surname, an initial, an address before the @ is, where nobody counts them."""

Share: TypeAlias = Callable[[str, str], float]
"""Which share of all known people bears a value of a trait."""


def compare_people(one: Profile, other: Profile, weights: Weights, share: Share) -> Iterator[Part]:
    """Compare two people trait by trait."""
    if name := name_level(one, other):
        yield weights.part("name", name, _name_share(name, one, share))
    if email := email_level(one, other):
        if email in BY_NAME and name in _AGREEING and _is_of_name(one) and _is_of_name(other):
            email = "of_name"
        yield weights.part("email", email, share("email", one.email) if email == "exact" else _LOCAL_PART)
    company = company_level(one.company, other.company) if one.company and other.company else ""
    if phone := phone_level(one, other):
        if phone == "exact" and name in INCOMPATIBLE and company in {"exact", "similar"}:
            phone = "office"
        yield weights.part("phone", phone, _phone_share(one, other, share) if phone == "exact" else 1.0)
    if company:
        yield weights.part("company", company, share("company", one.company) if company == "exact" else 1.0)
    yield from compare_places(one, other, weights)
    if one.title and other.title:
        yield weights.part("title", "exact" if one.title == other.title else "different")
    for comparison, mine, yours in (("born", one.born, other.born), ("number", one.number, other.number)):
        if mine and yours:
            edits = 0 if mine == yours else OSA.distance(mine, yours, score_cutoff=1)
            yield weights.part(comparison, ("exact", "one_edit", "different")[min(edits, 2)])
    if one.suffix and other.suffix:
        yield weights.part("generation", "exact" if one.suffix == other.suffix else "different")


def _name_share(level: str, one: Profile, share: Share) -> float:
    if level == "exact":
        return share("name", one.words)
    return _SURNAME * _INITIAL if level == "initial" else _SURNAME


def _is_of_name(one: Profile) -> bool:
    """Whether an address says no more than the name does: all who bear the name may have one like it."""
    first, last = one.first.replace(" ", ""), one.last.replace(" ", "")
    if not first or not last:
        return False
    words = (
        first,
        last,
        first + last,
        last + first,
        first[0] + last,
        last + first[0],
        first + last[0],
        last[0] + first,
    )
    return _NOT_LETTERS.sub("", one.local) in words


def _phone_share(one: Profile, other: Profile, share: Share) -> float:
    return min(share("phone", phone) for phone in one.phones if phone in other.phones)


def name_level(one: Profile, other: Profile) -> str:
    """Tell how two people's names agree; empty where one has none."""
    first, last, other_first, other_last = one[0], one[1], other[0], other[1]
    if first == other_first and last == other_last:
        return "exact" if first and last else "one_part" if first or last else ""
    if not (first or last) or not (other_first or other_last):
        return ""
    return _name_level(first, last, other_first, other_last)


def cannot_be_one(one: Profile, other: Profile) -> bool:
    """Whether two people need no weighing: their names differ, and they share nothing that few people share."""
    if name_level(one, other) not in _OTHERS:
        return False
    for trait in _FEW_SHARE:
        if one[trait] and one[trait] == other[trait]:
            return False
    return not any(phone in other.phones for phone in one.phones)


_OTHERS = frozenset({"different", "first_only"})
_FEW_SHARE = tuple(map(Profile._fields.index, ("email", "number", "born", "street", "postcode")))


@lru_cache(maxsize=8_192)
def _name_level(first: str, last: str, other_first: str, other_last: str) -> str:
    if first and last and other_first and other_last:
        return _full_names(first, last, other_first, other_last)
    return _partial_names(first, last, other_first, other_last)


def _full_names(first: str, last: str, other_first: str, other_last: str) -> str:
    if first == other_last and last == other_first:
        return "swapped"
    family, given = _family_alike(last, other_last), _given_alike(first, other_first)
    if family >= 0.97:
        if given >= 0.97:
            return "nearly"
        if are_nicknames(first.split()[0], other_first.split()[0]):
            return "nickname"
        if min(len(first), len(other_first)) == 1:
            return "initial" if first[0] == other_first[0] else "different"
    if family >= 0.92 and given >= 0.92:
        return "similar"
    if _similar(first, other_last) >= 0.92 and _similar(last, other_first) >= 0.92:
        return "similar_swapped"
    if family < 0.85:
        return "first_only" if given >= 0.97 else "different"
    return _alike_names(first, other_first, family, given)


def _alike_names(first: str, other_first: str, family: float, given: float) -> str:
    """Tell how names agree whose surnames are much alike and whose given names differ more than by a slip."""
    if family >= 0.9 and are_nicknames(first.split()[0], other_first.split()[0]):
        return "nickname_similar"
    if given >= 0.85:
        return "alike"
    if family >= 0.9 and min(len(first), len(other_first)) == 1 and first[0] == other_first[0]:
        return "initial_similar"
    return "surname_only" if family >= 0.97 else "first_only" if given >= 0.97 else "different"


def _given_alike(one: str, other: str) -> float:
    if " " in one or " " in other:
        joined, others = one.replace(" ", ""), other.replace(" ", "")
        if joined == others or one.split()[0] == other.split()[0]:
            return 1.0
        return _similar(joined, others)
    return 1.0 if one == other else _similar(one, other)


def _family_alike(one: str, other: str) -> float:
    """Compare surnames: of two, as in Spanish, the first counts; particles are left out."""
    if one == other:
        return 1.0
    if " " in one or " " in other:
        ours, theirs = without_particles(one), without_particles(other)
        if ours and theirs and ours[0] == theirs[0]:
            return 0.97
        return _similar(one.replace(" ", ""), other.replace(" ", ""))
    return _similar(one, other)


def _partial_names(first: str, last: str, other_first: str, other_last: str) -> str:
    if last and last == other_last:
        return "surname_and_part"
    ours, theirs = {*first.split(), *last.split()}, {*other_first.split(), *other_last.split()}
    if ours == theirs and len(ours) > 1:
        return "swapped"
    if ours <= theirs or theirs <= ours:
        return "part"
    best = max(_similar(mine, yours) for mine in ours for yours in theirs)
    return "part_similar" if best >= 0.9 else "different"


def email_level(one: Profile, other: Profile) -> str:
    """Tell how two people's addresses agree; empty where one has none."""
    mine, yours = one.email, other.email
    if not mine or not yours:
        return ""
    if mine == yours:
        return "office" if is_role_address(mine) else "exact"
    local, domain, digits, letters = _address(mine)
    other_local, other_domain, other_digits, other_letters = _address(yours)
    if local == other_local:
        return "different" if is_role_address(mine) else "local_part"
    if digits != other_digits:
        if domain == other_domain and letters == other_letters:
            return "digits_differ"
    elif letters != other_letters and local[0] == other_local[0] and OSA.distance(mine, yours, score_cutoff=2) <= 2:
        return "typo"
    if letters != other_letters:
        if _similar(mine, yours) >= 0.93:
            return "similar"
        if _similar(local, other_local) >= 0.88:
            return "local_part_similar"
    if domain == other_domain:
        return "same_freemail" if domain in FREEMAIL_DOMAINS else "same_domain"
    return "different"


@lru_cache(maxsize=8_192)
def _address(email: str) -> tuple[str, str, str, str]:
    """Take an address apart: what stands before the @ and behind it; of the former its digits, and the rest of it."""
    local, _, domain = email.partition("@")
    if local.isalpha():
        return local, domain, "", local
    digits = "".join(c for c in local if c.isdigit())
    return local, domain, digits, "".join(c for c in local if not c.isdigit()) if digits else local


def phone_level(one: Profile, other: Profile) -> str:
    """Tell how two people's phones agree; empty where one has none."""
    if not one.phones or not other.phones:
        return ""
    if any(phone in other.phones for phone in one.phones):
        return "exact"
    near = any(OSA.distance(mine, yours, score_cutoff=1) == 1 for mine in one.phones for yours in other.phones)
    return "one_digit" if near else "different"


def company_level(one: str, other: str) -> str:
    """Tell how the names of two people's companies agree."""
    if one == other:
        return "exact"
    if _similar(one, other) >= 0.9:
        return "similar"
    if one.startswith(f"{other} ") or other.startswith(f"{one} "):
        return "contained"
    if one[0] == other[0] and (one == initials(other) or other == initials(one)):
        return "initials"
    return "different"
