"""What no amount of evidence may join without a person's word: the traps that look like one and are two."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from rapidfuzz.distance import OSA

from sell_model.matching.evidence import Evidence
from sell_model.matching.normal_forms import FREEMAIL_DOMAINS, is_role_address
from sell_model.matching.people import INCOMPATIBLE, INCOMPLETE, company_level, email_level, name_level
from sell_model.matching.person_names import are_nicknames, is_given_name
from sell_model.matching.profile import Profile

Common: TypeAlias = Callable[[str], bool]
"""Whether a given name is one that several people bear: then another one is no slip of the pen."""

_SHORT_NAME = "a short name, and nothing that only one person has"
_PART_OF_NAME = "a name that is not whole"
_NAME_ALONE = "a name alone, without address, phone or place"
DOUBTS = frozenset({_SHORT_NAME, _PART_OF_NAME, _NAME_ALONE})
"""Reasons for which a person is asked sooner: the names agree, and what would tell is missing."""

_SURE_MAIL = frozenset({"exact", "typo"})
_RARE_NAME = -1.0
"""So many bits an office's address and a rare name come to, without anything else."""
_SHORT = frozenset({"nickname", "nickname_similar", "initial", "initial_similar"})


def apart(one: Profile, other: Profile, is_common: Common) -> str:
    """Say why two people cannot be one; empty: nothing says so. It holds between any two members of two clusters."""
    if one.number and one.born and (one.number, one.born) == (other.number, other.born):
        return ""
    name, email = name_level(one, other), email_level(one, other)
    if name in INCOMPATIBLE:
        return "their names differ"
    if one.suffix != other.suffix and (all((one.suffix, other.suffix)) or _live_apart(one, other, email)):
        return "another generation: Jr, Sr"
    if email == "digits_differ":
        return "addresses that differ in digits only"
    if email == "office" and _elsewhere(one, other):
        return "one office's address, two phones in two places"
    if _two_at_one_firm(one, other, email):
        return "two addresses at one company"
    if name in {"nearly", "alike", "similar", "similar_swapped"} and _two_real_names(one, other, is_common):
        return "two real given names"
    return ""


def _live_apart(one: Profile, other: Profile, email: str) -> bool:
    """Whether they are written to at two addresses, or work for two companies."""
    if email not in {*_SURE_MAIL, ""}:
        return True
    return all((not email, one.company, other.company)) and company_level(one.company, other.company) == "different"


def _elsewhere(one: Profile, other: Profile) -> bool:
    both_known = all((one.city, other.city, one.phones, other.phones))
    return both_known and one.city != other.city and set(one.phones).isdisjoint(other.phones)


def _two_at_one_firm(one: Profile, other: Profile, email: str) -> bool:
    if not one.email or not other.email or email in {"exact", "typo", "office"}:
        return False
    if one.mail_domain != other.mail_domain or one.mail_domain in FREEMAIL_DOMAINS:
        return False
    if is_role_address(one.email) or is_role_address(other.email):
        return False
    return OSA.distance(one.local, other.local, score_cutoff=1) > 1


def _two_real_names(one: Profile, other: Profile, is_common: Common) -> bool:
    if not one.first or not other.first:
        return False
    mine, yours = one.first.split()[0], other.first.split()[0]

    def real(given: str) -> bool:
        return is_given_name(given) or is_common(given)

    return mine != yours and all(map(real, (mine, yours))) and not are_nicknames(mine, yours)


def unsure(one: Profile, other: Profile, evidence: Evidence) -> str:
    """Say why a person must look before these two are joined; empty: they need not.

    A household shares its phone, its address and its surname; so do father and son their whole name.
    """
    name, email, company = evidence.level("name"), evidence.level("email"), evidence.level("company")
    place = evidence.level("place")
    own = email == "exact" or "exact" in (evidence.level("born"), evidence.level("number"))
    own = own or (email == "typo" and company != "different")
    if not own and (company == "different" or (company == "" and email != "")):
        return "one household or two employers: only an address of their own would tell"
    if one.suffix != other.suffix and email != "exact":
        return "a generation on one side only: Jr, Sr"
    if name in _SHORT and not own and company not in {"exact", "similar"}:
        return _SHORT_NAME
    if not own and "different" in place:
        return "one name in two places"
    if email == "exact" and _names_another(one, other, name):
        return "an address that names somebody else"
    if name in INCOMPLETE and email != "exact":
        return _PART_OF_NAME
    if own or evidence.level("phone") == "exact" or "postcode" in place.split(", "):
        return ""
    return "" if company == "exact" and evidence.level("title") == "exact" else _NAME_ALONE


def unsure_firms(one: Profile, other: Profile, evidence: Evidence) -> str:
    """Say why a person must look before two companies are joined; empty: they need not."""
    place = evidence.level("place").split(", ")
    if "street_different" in place and "postcode_different" in place:
        return "one name at two addresses: branches, or two companies"
    if evidence.level("company") in {"near", "half", "different", "initials"} and evidence.level("domain") != "exact":
        return "their names differ"
    if {one.domain, other.domain} != {""} and evidence.level("domain") == "different":
        return "two sites"
    return ""


def proves(one: Profile, other: Profile, evidence: Evidence) -> bool:
    """Whether two people's records agree in what only one person has.

    An own address, under names that may be one's; an office's address under the same whole name; of records that name
    a company and nobody in it, the company.
    """
    name, email = evidence.level("name"), evidence.level("email")
    if evidence.level("number") == "exact" and (name not in INCOMPATIBLE or evidence.level("born") == "exact"):
        return True
    if email == "exact":
        return name not in INCOMPATIBLE and not _names_another(one, other, name)
    if email == "office":
        return name in {"exact", "nearly"} and evidence.bits >= _RARE_NAME and not _contradicts(evidence)
    return not one.name and not other.name and email == "" and evidence.level("company") == "exact"


def _contradicts(evidence: Evidence) -> bool:
    """Whether anything says that two people of one name are two."""
    return any("different" in evidence.level(trait) for trait in ("company", "phone", "place"))


def _names_another(one: Profile, other: Profile, name: str) -> bool:
    """Whether an address bears the surname and a given name that is neither one's: an assistant writes from it."""
    if name not in INCOMPLETE:
        return False
    words = [word for word in re.split(r"[^a-z]+", one.local) if word]
    surnames, given = {one.last, other.last} - {""}, [first for first in (one.first, other.first) if first]
    if len(words) < 2 or not given or surnames.isdisjoint(words):
        return False
    others = [word for word in words if word not in surnames]
    return not any(first.startswith(word) or word.startswith(first[:3]) for first in given for word in others)


def proves_firm(one: Profile, other: Profile, evidence: Evidence, *, by_name: bool = False) -> bool:
    """Whether two companies' records bear one name, and neither knows anything but it: a list may hold no more.

    Args:
        by_name: the first is only named, by a deal or a person: whoever bears the name is meant.
    """
    if evidence.level("company") not in {"exact", "joined", "words"}:
        return False
    bare = not told_apart_by(one), not told_apart_by(other)
    return any(bare) if by_name else all(bare)


def told_apart_by(firm: Profile) -> str:
    """All that tells a company from another of its name."""
    return "".join((firm.domain, firm.postcode, firm.city, firm.street, *firm.phones))
