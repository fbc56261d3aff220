"""The keys by which a record finds the identity it belongs to: exact, few, and never proof by themselves."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from sell_model.draft import Draft
from sell_model.matching.names import person_name
from sell_model.matching.normal_forms import (
    company_core,
    email_key,
    folded,
    is_role_address,
    phone_key,
    site_domain,
)
from sell_model.types import JsonObject

_SIGNED = Struct(">q")


class MatchKey(NamedTuple):
    """One key of one draft."""

    key: int
    """A signed 64-bit hash of kind and value: what is stored."""
    kind: str
    """`outside`, `email`, `role_email`, `phone`, `org` (known by its company alone), `name`, `domain`."""


class Face(NamedTuple):
    """What matching knows of a record: its keys in order of weight, and the name that must agree."""

    keys: tuple[MatchKey, ...]
    name: str
    """`first|last`, folded, for people; the core name for companies."""


def key_of(kind: str, value: str) -> int:
    """Hash a key to a signed 64-bit integer."""
    digest = blake2b(f"{kind}:{value}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number: int = _SIGNED.unpack(digest)[0]
    return number


def is_company(draft: Draft) -> bool:
    """Whether a draft describes a company."""
    return draft.record_type == "contact" and bool(draft.fields.get("is_organization"))


def face_of(draft: Draft) -> Face:
    """Give the keys and the name of a lead's or a contact's draft."""
    return _company_face(draft) if is_company(draft) else _person_face(draft)


def _person_face(draft: Draft) -> Face:
    fields = draft.fields
    name = person_name(fields.get("first_name"), fields.get("last_name"))
    keys = _outside_keys(draft)
    if email := email_key(fields.get("email")):
        kind = "role_email" if is_role_address(email) else "email"
        keys.append(MatchKey(key_of("email", email), kind))
    surname = name.rpartition("|")[2] or name.partition("|")[0]
    for phone in _phones(fields):
        if surname:
            keys.append(MatchKey(key_of("phone", f"{phone}|{surname}"), "phone"))
    if name == "|" and (core := company_core(fields.get("organization_name"))):
        keys.append(MatchKey(key_of("org", core), "org"))
        name = f"|{core}"
    return Face(tuple(keys), name)


def _phones(fields: JsonObject) -> list[str]:
    phones = (phone_key(fields.get("phone")), phone_key(fields.get("mobile")))
    return list(dict.fromkeys(p for p in phones if p))


def _company_face(draft: Draft) -> Face:
    fields = draft.fields
    core = company_core(fields.get("name"))
    keys = _outside_keys(draft)
    if domain := site_domain(fields):
        keys.append(MatchKey(key_of("domain", f"{domain}|{core}"), "domain"))
    if core:
        keys.append(MatchKey(key_of("company", core), "name"))
    return Face(tuple(keys), core or folded(str(fields.get("name") or "")))


def _outside_keys(draft: Draft) -> list[MatchKey]:
    return [MatchKey(key_of("outside", f"{where}/{value}"), "outside") for where, value in draft.outside_ids.items()]
