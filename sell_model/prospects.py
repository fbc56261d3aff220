"""Prospects: what an ideal-customer filter can ask of them, what of it a provider can be asked, whom they resemble."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.filters import Catalogue, Filter, parse
from sell_model.filters.fields import Field, make_catalogue
from sell_model.filters.tree import And, Comparison
from sell_model.types import JsonObject

_TEXTS = (
    "first_name", "last_name", "title", "seniority", "department", "organization_name", "domain", "website",
    "industry", "country", "state", "city", "linkedin", "email", "phone", "mobile",
)  # fmt: skip
FIELDS: tuple[Field, ...] = (
    Field("name", "text", "first and last name"),
    *(Field(name, "text", aliases=("company",) if name == "organization_name" else ()) for name in _TEXTS),
    Field("employees", "number", "of the company; of a range, its lower end"),
    Field("has_email", "bool", "whether the provider has an address to sell"),
    Field("has_phone", "bool", "whether the provider has a number to sell"),
)
CATALOGUE: Catalogue = make_catalogue("lead", FIELDS, (), "USD")
ASKED = ("country", "industry", "seniority", "department", "domain")
"""Text fields that a provider can be asked for."""
_LEAD = (
    "first_name", "last_name", "title", "organization_name", "website", "industry", "linkedin", "email", "phone",
    "mobile",
)  # fmt: skip


def read_filter(text: str) -> Filter:
    """Read an ideal-customer filter, in the language of smart lists.

    Raises:
        SetupError: it cannot be read; every fault with its place.
    """
    try:
        return parse(text, CATALOGUE)
    except SetupError as error:
        said = (
            str(error).replace("the filter on leads", "the filter on prospects").replace("leads have", "prospects have")
        )
        raise SetupError(said, fix=f"fields: {', '.join(field.name for field in FIELDS)}") from error


def asked_of_provider(tree: Filter | None) -> dict[str, list[Any]]:
    """Give what of a filter a provider can be asked, by its names; what it gives is judged by the whole filter.

    Only what holds of everybody who is wanted: comparisons joined by `and`, of fields that providers know.
    """
    asked: dict[str, list[Any]] = {}
    for comparison in _demanded(tree):
        name, values = comparison.field.name, list(comparison.values)
        if name in ASKED and comparison.operator in {"is", "is any of"}:
            asked.setdefault(name, [str(value) for value in values])
        elif name == "employees" and (bounds := _bounds(comparison.operator, values)):
            low, high = asked.get("employees", [None, None])
            asked["employees"] = [bounds[0] if low is None else low, bounds[1] if high is None else high]
    return asked


def _demanded(tree: Filter | None) -> Iterator[Comparison]:
    if isinstance(tree, Comparison):
        yield tree
    elif isinstance(tree, And):
        for part in tree.parts:
            yield from _demanded(part)


def _bounds(operator: str, values: list[Any]) -> tuple[int | None, int | None] | None:
    """The lowest and the highest count that may meet a comparison; a little wide does no harm."""
    numbers = [int(value) for value in values if isinstance(value, Decimal)]
    match operator:
        case "=":
            return numbers[0], numbers[0]
        case ">" | ">=":
            return numbers[0], None
        case "<" | "<=":
            return None, numbers[0]
        case "between":
            return numbers[0], numbers[-1]
    return None


def as_lead(data: JsonObject) -> Draft:
    """Give a prospect as the lead that it would be, to be compared with those that are known."""
    fields = {name: data[name] for name in _LEAD if data.get(name)}
    if "website" not in fields and data.get("domain"):
        fields["website"] = f"https://{data['domain']}"
    return Draft("lead", fields)


def as_company(data: JsonObject) -> Draft | None:
    """Give the company that a prospect works for, to be compared with those that are known; None: it is not said."""
    if not data.get("organization_name"):
        return None
    site = data.get("website") or (f"https://{data['domain']}" if data.get("domain") else None)
    fields: JsonObject = {"is_organization": True, "name": data["organization_name"]}
    return Draft("contact", {**fields, **({"website": site} if site else {})})


def digest_of(email: str) -> str:
    """Give the hash by which a provider tells an address before it sells it.

    >>> digest_of("Ann@Acme.example ")[:8]
    'b7593828'
    """
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
