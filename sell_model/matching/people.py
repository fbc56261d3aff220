"""The comparisons of two people: each gives a level and its bits, or nothing where a value is missing."""

from __future__ import annotations

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

INCOMPATIBLE = frozenset({"different", "surname_only", "first_only"})
"""Levels of names that one person does not have."""
INCOMPLETE = frozenset({"one_part", "surname_and_part", "part", "part_similar", ""})
"""Levels of names that leave open who it is."""

_SURNAME, _INITIAL, _LOCAL_PART = 1.6e-3, 0.08, 3.4e-4
"""How common a surname, an initial, an address before the @ is, where nobody counts them."""

Share: TypeAlias = Callable[[str, str], float]
"""Which share of all known people bears a value of a trait."""


def compare_people(one: Profile, other: Profile, weights: Weights, share: Share) -> Iterator[Part]:
    """Compare two people trait by trait."""
    if name := name_level(one, other):
        yield weights.part("name", name, _name_share(name, one, share))
    if email := email_level(one, other):
        yield weights.part("email", email, share("email", one.email) if email == "exact" else _LOCAL_PART)
    yield from _phone(one, other, weights, share)
    if one.company and other.company:
        company = _company(one.company, other.company)
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


def name_level(one: Profile, other: Profile) -> str:
    """Tell how two people's names agree; empty where one has none."""
    if not one.name or not other.name:
        return ""
    return _name_level(one.first, one.last, other.first, other.last)


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
    if first == other_first and last == other_last:
        return "exact" if first and last else "one_part"
    if first and last and other_first and other_last:
        return _full_names(first, last, other_first, other_last)
    return _partial_names(first, last, other_first, other_last)


def _full_names(first: str, last: str, other_first: str, other_last: str) -> str:
    if first == other_last and last == other_first:
        return "swapped"
    given, family = _given_alike(first, other_first), _family_alike(last, other_last)
    short = min(len(first), len(other_first)) == 1
    nickname = are_nicknames(first.split()[0], other_first.split()[0])
    if family >= 0.97:
        if given >= 0.97:
            return "nearly"
        if nickname:
            return "nickname"
        if short:
            return "initial" if first[0] == other_first[0] else "different"
    crosswise = min(_similar(first, other_last), _similar(last, other_first))
    if family >= 0.92 and given >= 0.92:
        return "similar"
    if crosswise >= 0.92:
        return "similar_swapped"
    if family >= 0.9 and nickname:
        return "nickname_similar"
    if family >= 0.85 and given >= 0.85:
        return "alike"
    if family >= 0.9 and short and first[0] == other_first[0]:
        return "initial_similar"
    return "surname_only" if family >= 0.97 else "first_only" if given >= 0.97 else "different"


def _given_alike(one: str, other: str) -> float:
    if one.split()[0] == other.split()[0] or one.replace(" ", "") == other.replace(" ", ""):
        return 1.0
    return _similar(one.replace(" ", ""), other.replace(" ", ""))


def _family_alike(one: str, other: str) -> float:
    """Compare surnames: of two, as in Spanish, the first counts; particles are left out."""
    if one == other:
        return 1.0
    ours, theirs = without_particles(one), without_particles(other)
    if ours and theirs and ours[0] == theirs[0]:
        return 0.97
    return _similar(one.replace(" ", ""), other.replace(" ", ""))


def _partial_names(first: str, last: str, other_first: str, other_last: str) -> str:
    if last and last == other_last:
        return "surname_and_part"
    ours, theirs = {*first.split(), *last.split()}, {*other_first.split(), *other_last.split()}
    if ours <= theirs or theirs <= ours:
        return "part"
    best = max(_similar(mine, yours) for mine in ours for yours in theirs)
    return "part_similar" if best >= 0.9 else "different"


def email_level(one: Profile, other: Profile) -> str:
    """Tell how two people's addresses agree; empty where one has none."""
    if not one.email or not other.email:
        return ""
    if one.email == other.email:
        return "office" if is_role_address(one.email) else "exact"
    same_domain = one.mail_domain == other.mail_domain
    if one.local == other.local:
        return "different" if is_role_address(one.email) else "local_part"
    if _digits(one.local) != _digits(other.local):
        if same_domain and _letters(one.local) == _letters(other.local):
            return "digits_differ"
    elif _letters(one.local) != _letters(other.local) and _mistyped(one, other):
        return "typo"
    if _letters(one.local) != _letters(other.local):
        if _similar(one.email, other.email) >= 0.93:
            return "similar"
        if _similar(one.local, other.local) >= 0.88:
            return "local_part_similar"
    if same_domain:
        return "same_freemail" if one.mail_domain in FREEMAIL_DOMAINS else "same_domain"
    return "different"


def _mistyped(one: Profile, other: Profile) -> bool:
    return one.local[0] == other.local[0] and OSA.distance(one.email, other.email, score_cutoff=2) <= 2


@lru_cache(maxsize=8_192)
def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


@lru_cache(maxsize=8_192)
def _letters(text: str) -> str:
    return "".join(c for c in text if not c.isdigit())


def _phone(one: Profile, other: Profile, weights: Weights, share: Share) -> Iterator[Part]:
    if not one.phones or not other.phones:
        return
    if common := [phone for phone in one.phones if phone in other.phones]:
        yield weights.part("phone", "exact", min(share("phone", phone) for phone in common))
    elif any(OSA.distance(mine, yours, score_cutoff=1) == 1 for mine in one.phones for yours in other.phones):
        yield weights.part("phone", "one_digit")
    else:
        yield weights.part("phone", "different")


def _company(one: str, other: str) -> str:
    if one == other:
        return "exact"
    if _similar(one, other) >= 0.9:
        return "similar"
    if one.startswith(f"{other} ") or other.startswith(f"{one} "):
        return "contained"
    return "initials" if one in (initials(other),) or other in (initials(one),) else "different"
