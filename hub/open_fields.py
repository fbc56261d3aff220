"""Custom fields that come in under their own names: a sender that speaks Sell's language needs no mapping for them."""

from __future__ import annotations

import json
from collections.abc import Callable

from hub.connecting import connector_class
from hub.settings import SourcePart
from mappings.language import ADDRESS_PARTS, AddressSpec, CustomEntry, FieldSpec, MappingSpec
from sell_model.custom_fields import CustomField
from storage.custom_fields import custom_fields
from storage.hot import Writer

Over = Callable[[MappingSpec], MappingSpec]
"""Sets a mapping right for one source."""


def open_fields(db: Writer, part: SourcePart) -> Over | None:
    """Give what adds the hub's custom fields to the mappings of a source that bears them by name; None: it does not.

    What a mapping says of a field itself holds. Only fields that are defined come in: data define none.
    """
    at = connector_class(part.connector).custom_fields_at
    if at is None:
        return None

    def over(spec: MappingSpec) -> MappingSpec:
        known = [each for each in custom_fields(db, spec.to) if each.name not in spec.custom_fields]
        added = {each.name: _entry(at, each) for each in known}
        return spec.model_copy(update={"custom_fields": {**spec.custom_fields, **added}})

    return over


def _entry(at: str, field: CustomField) -> CustomEntry:
    path = f"{at}.{json.dumps(field.name, ensure_ascii=False)}"
    if field.type == "address":
        parts = {part: {"from": f"{path}.{part}"} for part in ADDRESS_PARTS}
        return AddressSpec.model_validate({"type": "address", **parts})
    choices = {"choices": list(field.choices)} if field.choices else {}
    return FieldSpec.model_validate({"from": path, "type": field.type, **choices})


def both(first: Over | None, second: Over | None) -> Over | None:
    """Set a mapping right twice."""
    if first is None or second is None:
        return first or second
    return lambda spec: second(first(spec))
