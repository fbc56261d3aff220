"""The fields of each stream, as an admin who maps them sees them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from connectors.connector import JsonObject, SourceField
from connectors.hubspot.beside import CONTACT
from connectors.hubspot.gateway import Gateway
from connectors.hubspot.objects import ACTIVITIES, ObjectKind

FieldType: TypeAlias = Literal[
    "string", "number", "boolean", "date", "datetime", "enum", "multi_enum", "object", "array"
]

_TYPES: dict[str, FieldType] = {
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "enumeration": "enum",
    "bool": "boolean",
}
_OWNER: dict[str, FieldType] = {
    "id": "string",
    "email": "string",
    "firstName": "string",
    "lastName": "string",
    "type": "string",
    "userId": "number",
    "userIdIncludingInactive": "number",
    "teams": "array",
    "createdAt": "datetime",
    "updatedAt": "datetime",
    "archived": "boolean",
}
_PIPELINE: dict[str, FieldType] = {
    "id": "string",
    "label": "string",
    "displayOrder": "number",
    "stages": "array",
    "createdAt": "datetime",
    "updatedAt": "datetime",
    "archived": "boolean",
}
_ENVELOPE: dict[str, FieldType] = {
    "id": "string",
    "createdAt": "datetime",
    "updatedAt": "datetime",
    "archived": "boolean",
}
_AUTHOR: dict[str, FieldType] = {"author.id": "string", "author.name": "string"}
_BESIDE: dict[str, dict[str, FieldType]] = {
    "leads": {
        "stage.label": "string",
        "stage.state": "string",
        **{f"contact.{name}": "string" for name in ("id", *CONTACT)},
    },
    **dict.fromkeys(ACTIVITIES, _AUTHOR),
    "calls": {**_AUTHOR, "number": "string", "outcome": "string"},
    "meetings": {**_AUTHOR, "planned": "boolean"},
}
"""What stands beside a record and not among its properties."""


def owner_fields() -> list[SourceField]:
    """The fields of an owner."""
    return _fixed(_OWNER)


def pipeline_fields() -> list[SourceField]:
    """The fields of a pipeline; its stages are `{id, label, displayOrder, metadata}`."""
    return _fixed(_PIPELINE)


def object_fields(gateway: Gateway, kind: ObjectKind) -> list[SourceField]:
    """The fields of an object: its envelope, its properties as HubSpot lists them, its associations, what is beside."""
    listed = [_property_field(row) for row in gateway.properties(kind.name)]
    related = _fixed({f"associations.{to}": "array" for to in kind.relates_to})
    return [*_fixed(_ENVELOPE), *listed, *related, *_fixed(_BESIDE.get(kind.name, {}))]


def _fixed(fields: dict[str, FieldType]) -> list[SourceField]:
    return [SourceField(path, type_) for path, type_ in fields.items()]


def _property_field(row: JsonObject) -> SourceField:
    options = [option for option in row.get("options") or () if "value" in option]
    return SourceField(
        f"properties.{row['name']}",
        _type(row),
        label=str(row.get("label") or ""),
        choices=tuple(str(option["value"]) for option in options),
        custom=row.get("hubspotDefined") is not True,
        choice_labels=tuple(str(option.get("label") or option["value"]) for option in options),
    )


def _type(row: JsonObject) -> FieldType:
    """HubSpot writes several choices of one property as `a;b`: a checkbox, but not the single one."""
    if row.get("type") == "enumeration" and row.get("fieldType") == "checkbox":
        return "multi_enum"
    return _TYPES.get(str(row.get("type")), "string")
