"""The keys by which a record meets those it may be one with, hashed; and all that matching knows of a record."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import starmap
from struct import Struct
from typing import NamedTuple

from sell_model.draft import Draft
from sell_model.matching.blocking import COUNTED, firm_keys, person_keys
from sell_model.matching.firm_names import firm_core
from sell_model.matching.normal_forms import site_domain
from sell_model.matching.profile import Profile, profile_of
from sell_model.types import JsonObject

_unpack = Struct(">q").unpack

STRONG = frozenset({"outside", "email", "phone", "name", "org", "number", "firm company", "firm domain"})
"""Kinds of keys by which a record may be known at once: two batches must not bring the same one side by side."""


class MatchKey(NamedTuple):
    """One key of one draft."""

    key: int
    """A signed 64-bit hash of kind and value: what is stored."""
    kind: str
    """`outside`, or what `blocking` calls it; a company's begin with `firm `, so that people never meet companies."""

    @property
    def meets(self) -> bool:
        """Whether those who share it are compared; else it is only counted."""
        return self.kind not in COUNTED


class Face(NamedTuple):
    """What matching knows of a record."""

    keys: tuple[MatchKey, ...]
    profile: Profile
    is_company: bool = False

    @property
    def sort(self) -> str:
        """Of which sort its identity is: `person` or `company`."""
        return "company" if self.is_company else "person"


NOBODY = Face((), Profile())


def key_of(kind: str, value: str) -> int:
    """Hash a key to a signed 64-bit integer."""
    number: int = _unpack(blake2b(f"{kind}:{value}".encode("utf-8", "surrogatepass"), digest_size=8).digest())[0]
    return number


def trait_key(trait: str, value: str, *, is_company: bool) -> int:
    """Hash the key whose bearers are those with a value of a trait, as `Judge` counts them."""
    return key_of(f"firm {trait}" if is_company else trait, value)


class CompanyKeys(NamedTuple):
    """The keys of a company by its name and by its site; None where there is none."""

    name: int | None
    site: int | None


def company_keys(name: str | None, fields: JsonObject) -> CompanyKeys:
    """Give the keys of the company that a record names, its site being that of the record or of its address.

    >>> company_keys("", {})
    CompanyKeys(name=None, site=None)
    """
    core, domain = firm_core(name), site_domain(fields)
    return CompanyKeys(
        trait_key("company", core, is_company=True) if core else None,
        trait_key("domain", domain, is_company=True) if domain else None,
    )


def is_company(draft: Draft) -> bool:
    """Whether a draft describes a company."""
    return draft.record_type == "contact" and bool(draft.fields.get("is_organization"))


def face_of(draft: Draft) -> Face:
    """Give the keys and the traits of a lead's or a contact's draft."""
    told = face_of_profile(profile_of(draft), is_company=is_company(draft))
    outside = [MatchKey(key_of("outside", f"{where}/{value}"), "outside") for where, value in draft.outside_ids.items()]
    return told._replace(keys=(*outside, *told.keys)) if outside else told


def face_of_profile(profile: Profile, *, is_company: bool) -> Face:
    """Give the keys of somebody of whom no more is known than what is compared."""
    if is_company:
        named: Iterable[tuple[str, str]] = ((f"firm {kind}", value) for kind, value in firm_keys(profile))
    else:
        named = person_keys(profile)
    keys = {key_of(kind, value): kind for kind, value in named}
    return Face(tuple(starmap(MatchKey, keys.items())), profile, is_company)
