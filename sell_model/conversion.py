"""Conversion: what of a lead goes on to the person, the company and the deal; what is left, and why.

Source: Zendesk help, "Converting leads". Where it is silent the choices are ours: custom fields go on to a
field of the same name and a compatible type, and are never made by a conversion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sell_model.custom_fields import CustomField, CustomType, CustomValueError, held
from sell_model.draft import Draft
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject

_OF_LEADS = frozenset({"status", "organization_name"})
"""What only leads have."""
_OF_PEOPLE = frozenset({"first_name", "last_name", "title"})
"""What a company has not."""
_TEXTUAL: frozenset[CustomType] = frozenset({"string", "text"})

PERSON = (
    "first_name", "last_name", "title", "description", "industry", "website", "email", "phone", "mobile", "fax",
    "twitter", "facebook", "linkedin", "skype", "email_consent", "phone_consent", "address", "tags",
)  # fmt: skip
"""Fields of a lead that its contact has too."""
COMPANY_BESIDE = ("website", "industry", "address")
"""What a new company takes of the lead beside its name, when the person takes the rest."""


@dataclass(frozen=True, slots=True)
class Left:
    """A field of a lead that does not go on, and why."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Customs:
    """The custom fields of leads, and those of the record type that they go on to."""

    record_type: str
    """The one that they go on to: `contact` or `deal`."""
    of_leads: Mapping[str, CustomField]
    """By name."""
    of_target: Mapping[str, CustomField]
    """By folded name."""

    @classmethod
    def between(cls, of_leads: Iterable[CustomField], record_type: str, of_target: Iterable[CustomField]) -> Customs:
        """Gather definitions; of two target fields whose names differ in case alone the first counts."""
        targets = {folded(field.name): field for field in reversed(list(of_target))}
        return cls(record_type, {field.name: field for field in of_leads}, targets)

    def carried(self, values: Mapping[str, Any] | None) -> tuple[JsonObject, list[Left]]:
        """Give a lead's custom values under the names of the target's fields, and what finds no place there.

        Of two values for one field the one whose name is spelled as the field's goes first.
        """
        found: JsonObject = {}
        left: list[Left] = []
        for name, value in sorted((values or {}).items(), key=lambda pair: (not self._is_spelled_so(pair[0]), pair[0])):
            place = self._place(name, value)
            if isinstance(place, str) and place not in found:
                found[place] = value
            else:
                left.append(place if isinstance(place, Left) else Left(name, f"another field went into {place!r}"))
        return found, left

    def target(self, name: str) -> str | None:
        """Give the field that takes what a lead's field of this name holds, if its type fits; None: none does."""
        field, its = self.of_target.get(folded(name)), self.of_leads.get(name)
        return field.name if field is not None and (its is None or _fits(its.type, field.type)) else None

    def _is_spelled_so(self, name: str) -> bool:
        field = self.of_target.get(folded(name))
        return field is not None and field.name == name

    def _place(self, name: str, value: Any) -> str | Left:
        field, its = self.of_target.get(folded(name)), self.of_leads.get(name)
        if field is None:
            return Left(name, f"{self.record_type}s have no custom field of this name")
        if its is not None and not _fits(its.type, field.type):
            return Left(name, f"{self.record_type}s have it as {field.type}, leads as {its.type}")
        try:
            held(field.type, value, field.choices)
        except CustomValueError as error:
            return Left(name, f"{field.name!r} of {self.record_type}s cannot hold it: {error}")
        return field.name


def _fits(one: CustomType, other: CustomType) -> bool:
    return one == other or (other in _TEXTUAL and one not in {"bool", "multi_select_list", "address"})


def as_contact(draft: Draft, customs: Customs, *, is_organization: bool) -> Draft:
    """Give what a lead's draft says of the contact that the lead became.

    Of a company it says nothing that only people have. The company's own name stands: a lead's is a spelling.
    """
    unsaid = _OF_LEADS | _OF_PEOPLE if is_organization else _OF_LEADS
    fields = {name: value for name, value in draft.fields.items() if name not in unsaid}
    if "custom_fields" in fields:
        fields["custom_fields"], _ = customs.carried(fields["custom_fields"])
    refs = {name: ref for name, ref in draft.refs.items() if name == "owner"}
    return replace(draft, record_type="contact", fields=fields, refs=refs)


def edits_for_contact(
    fields: Iterable[str], customs: Customs, *, is_organization: bool, prefix: str = "custom_fields."
) -> dict[str, str]:
    """Map the fields that somebody set by hand on a lead to those of its contact; the others have no place there."""
    unsaid = _OF_PEOPLE if is_organization else frozenset()
    found: dict[str, str] = {}
    for name in fields:
        if name.startswith(prefix):
            target = customs.target(name.removeprefix(prefix))
            found |= {name: f"{prefix}{target}"} if target is not None else {}
        elif name in {*PERSON, "owner_id"} and name not in unsaid:
            found[name] = name
    return found


def values_of(lead: JsonObject, names: Iterable[str]) -> JsonObject:
    """Give those of a lead's fields that hold something."""
    return {name: lead[name] for name in names if lead.get(name) not in (None, "", [], {})}


def deal_name(name: str | None, company: str | None, person: str | None) -> str:
    """Give a deal's name: as said, else its company's, else its person's."""
    return name or company or person or ""


def accounted(
    lead: JsonObject, contact: JsonObject, called: str, *, is_organization: bool
) -> tuple[list[str], list[Left]]:
    """Tell which of a lead's plain fields stand in its contact now, and which do not and why.

    Args:
        called: what the contact is called in words: `C-5`.
    """
    unsaid = _OF_PEOPLE if is_organization else frozenset()
    carried: list[str] = []
    left: list[Left] = []
    for name, value in values_of(lead, PERSON).items():
        if name in unsaid:
            left.append(Left(name, "a company has no such field"))
        elif _stands(value, contact.get(name)):
            carried.append(name)
        else:
            left.append(Left(name, f"{called} has another value, which stands by its sources or by hand"))
    if lead.get("status"):
        left.append(Left("status", "contacts have no status"))
    return carried, left


def _stands(value: Any, there: Any) -> bool:
    return set(value) <= set(there or ()) if isinstance(value, list) else bool(value == there)
