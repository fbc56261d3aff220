"""Which leads a query's filters mean: exact ones, all of which must hold, as in Sell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from connectors.leads_api.lead import ADDRESS_PARTS, Fault, RefusedLead
from hub.filters import catalogue_of
from hub.leads_api.shape import Ids
from hub.lists import ids_of
from hub.opening import Hub
from sell_model.filters.fields import CUSTOM, Catalogue, Field
from sell_model.filters.tree import And, Comparison, Filter
from sell_model.types import JsonObject
from storage.hot import Writer

TEXTS = ("first_name", "last_name", "organization_name", "email", "phone", "mobile", "status")
"""Sell's filters on leads, and the two kinds of phone numbers."""
_INSIDE = re.compile(r"(address|custom_fields)\[(.+)\]", re.DOTALL)
BAD_REQUEST = 400


def find_leads(hub: Hub, db: Writer, filters: Mapping[str, str], ids: Ids, limit: int) -> list[int]:
    """Give up to `limit` ids of the leads that meet all filters, rising. Capitals of ASCII letters do not count.

    Raises:
        RefusedLead: 400, there is no such filter, or nothing is compared with it.
    """
    catalogue = catalogue_of(hub, db, "lead")
    parts = [_part(catalogue, name, value, ids) for name, value in filters.items()]
    if any(part is None for part in parts):
        return []
    tree: Filter | None = And(tuple(part for part in parts if part is not None)) if parts else None
    return ids_of(hub, db, "lead", tree, limit, by=None)


def _part(catalogue: Catalogue, name: str, value: str, ids: Ids) -> Comparison | None:
    """Give a filter as a comparison; None: no lead can meet it."""
    if not value:
        raise invalid(name, "a filter needs a value")
    if name in TEXTS:
        return _equal(_field(catalogue, name, name), name, value)
    if name == "owner_id":
        owner = ids.owner(_number(name, value))
        address = owner.email if owner is not None else None
        return Comparison(_field(catalogue, "owner", name), "is", (address,)) if address else None
    if name == "source_id":
        source = ids.source_name(_number(name, value))
        return Comparison(_field(catalogue, "source", name), "is", (source,)) if source else None
    inside = _INSIDE.fullmatch(name)
    if inside and inside[1] == "address" and inside[2] in ADDRESS_PARTS:
        return _equal(_field(catalogue, f"address.{inside[2]}", name), name, value)
    if inside and inside[1] == "custom_fields":
        return _equal(_field(catalogue, f"{CUSTOM}{inside[2]}", name), name, value)
    raise invalid(name, "there is no such filter")


def _field(catalogue: Catalogue, wanted: str, name: str) -> Field:
    found = catalogue.find(wanted)
    if found is None:
        raise invalid(name, "leads have no such field")
    return found


def _equal(field: Field, name: str, value: str) -> Comparison:
    match field.kind:
        case "text" | "choice":
            return Comparison(field, "is", (value,))
        case "tags":
            return Comparison(field, "has any", (value,))
        case "number":
            try:
                number = Decimal(value)
            except InvalidOperation:
                raise invalid(name, "not a number") from None
            if number.is_finite():
                return Comparison(field, "=", (number,))
    raise invalid(name, "this kind of field cannot be filtered by")


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise invalid(name, "an id is a whole number")
    return int(value)


def invalid(name: str, text: str) -> RefusedLead:
    """Refuse a parameter of a query."""
    known = name if len(name) < 60 and name.isprintable() and not _INSIDE.fullmatch(name) else name.partition("[")[0]
    return RefusedLead(Fault("invalid_param", text, f"/{known[:60]}"), status=BAD_REQUEST)


def filled(data: JsonObject, filters: Mapping[str, str]) -> JsonObject:
    """Give a new lead with what it was looked for by, where its sender left that out: else it is not found again."""
    found = {**data}
    for name, value in filters.items():
        inside = _INSIDE.fullmatch(name)
        if name in TEXTS:
            found.setdefault(name, value)
        elif name.endswith("_id"):
            found.setdefault(name, int(value))
        elif inside:
            part = found.get(inside[1])
            found[inside[1]] = {inside[2]: value, **(part if isinstance(part, dict) else {})}
    return found
