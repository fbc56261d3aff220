"""What comparing needs of one record: a person's or a company's traits in comparable form."""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson

from sell_model.draft import Draft
from sell_model.matching.firm_names import firm_core
from sell_model.matching.latin import latin
from sell_model.matching.normal_forms import email_key, folded, phone_key, site_domain
from sell_model.matching.person_names import split_name
from sell_model.types import JsonObject

LAST_DIGITS = 9
"""A phone is compared by its last digits: no country is needed for them."""

_BIRTH = frozenset({"birth date", "birthdate", "birthday", "born", "date of birth", "dob"})
_NUMBERS = frozenset({"national id", "passport", "social security number", "ssn", "tax id", "vat id", "vat number"})
_NOT_DIGIT = re.compile(r"\D")


class Profile(NamedTuple):
    """One record's traits; empty text where it has none.

    A company has its name in `company` and none of a person's traits.
    """

    first: str = ""
    last: str = ""
    suffix: str = ""
    """Generation: `jr`, `sr`, `ii` …"""
    email: str = ""
    phones: tuple[str, ...] = ()
    company: str = ""
    """The core of a company's name, its words sorted as given, without its legal form."""
    domain: str = ""
    """Of the company's site, or of an address that is not a freemailer's."""
    postcode: str = ""
    city: str = ""
    street: str = ""
    title: str = ""
    born: str = ""
    """Date of birth, digits only."""
    number: str = ""
    """A number that the state gave, such as a tax id."""

    @property
    def name(self) -> str:
        """`first|last`; empty where there is neither."""
        return f"{self.first}|{self.last}" if self.first or self.last else ""

    @property
    def words(self) -> str:
        """The words of the name in one order, so that a swapped name is the same; empty where there is none."""
        return " ".join(sorted((*self.first.split(), *self.last.split())))

    @property
    def local(self) -> str:
        """What stands before the @."""
        return self.email.partition("@")[0]

    @property
    def mail_domain(self) -> str:
        """What stands behind the @."""
        return self.email.partition("@")[2]

    def to_text(self) -> str:
        """Write it as it is stored."""
        return orjson.dumps(tuple(self)).decode()

    @classmethod
    def from_text(cls, text: str) -> Profile:
        """Read what `to_text` wrote."""
        values = orjson.loads(text)
        values[4] = tuple(values[4])
        return cls._make(values)


def profile_of(draft: Draft) -> Profile:
    """Give the traits of a lead's or a contact's draft."""
    fields = draft.fields
    is_company = bool(fields.get("is_organization"))
    address: JsonObject = fields.get("address") or {}
    email = email_key(fields.get("email")) or ""
    first, last, suffix = ("", "", "") if is_company else split_name(fields.get("first_name"), fields.get("last_name"))
    custom = {folded(name): value for name, value in (fields.get("custom_fields") or {}).items()}
    return Profile(
        first,
        last,
        suffix,
        "" if is_company else email,
        _phones(fields),
        firm_core(fields.get("name") if is_company else _employer(draft)),
        site_domain(fields) or "",
        latin(str(address.get("postal_code") or "")).replace(" ", ""),
        latin(str(address.get("city") or "")),
        latin(str(address.get("line1") or "")),
        latin(str(fields.get("title") or "")),
        _digits(custom, _BIRTH),
        _digits(custom, _NUMBERS),
    )


def _employer(draft: Draft) -> str | None:
    """The name of the company a person works for, where the record says it by name."""
    name: str | None = draft.fields.get("organization_name")
    ref = draft.refs.get("company")
    return name or (ref.value if ref is not None and ref.otherwise == "create" else None)


def _phones(fields: JsonObject) -> tuple[str, ...]:
    found = (phone_key(fields.get("phone")), phone_key(fields.get("mobile")))
    return tuple(dict.fromkeys(phone[-LAST_DIGITS:] for phone in found if phone and len(set(phone)) > 3))


def _digits(custom: JsonObject, names: frozenset[str]) -> str:
    for name in names & custom.keys():
        if custom[name]:
            return _NOT_DIGIT.sub("", str(custom[name]))
    return ""
