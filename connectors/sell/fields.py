"""What fields a stream's records have: Sell's own, and the account's custom ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from connectors.connector import JsonObject, SourceField

FieldType: TypeAlias = Literal[
    "string", "number", "boolean", "date", "datetime", "enum", "multi_enum", "object", "array"
]

_PERSONAL = "title description industry website email phone mobile fax twitter facebook linkedin skype"
_ADDRESS = "line1 city postal_code state country"
_TAIL = (
    "id:number",
    "owner_id:number",
    "creator_id:number",
    "tags:array",
    "created_at:datetime",
    "updated_at:datetime",
)


def _address(name: str) -> list[str]:
    return [f"{name}.{part}" for part in _ADDRESS.split()]


_COMMON = [*_PERSONAL.split(), *_address("address"), *_TAIL]
_STATUS = ["customer_status:enum", "prospect_status:enum", *_address("billing_address"), *_address("shipping_address")]
_PLACE = ["resource_type:enum", "resource_id:number", "lead_id:number", "contact_person_id:number",
          "contact_company_id:number", "deal_id:number", "id:number", "creator_id:number", "created_at:datetime",
          "updated_at:datetime"]  # fmt: skip
"""Of an activity: what it stands at, and when."""
_FIELDS: dict[str, list[str]] = {
    "users": ["id:number", "name", "email", "status:enum", "role:enum", "team_name", "timezone", "phone_number",
              "reports_to:number", "confirmed:boolean", "created_at:datetime", "updated_at:datetime"],
    "pipelines": ["id:number", "name", "disabled:boolean", "stages:array", "created_at:datetime",
                  "updated_at:datetime"],
    "companies": ["name", "is_organization:boolean", "parent_organization_id:number", *_STATUS, *_COMMON],
    "contacts": ["first_name", "last_name", "name", "is_organization:boolean", "contact_id:number", *_STATUS, *_COMMON],
    "leads": ["first_name", "last_name", "organization_name", "status:enum", "source_id:number", "source_name",
              "unqualified_reason_id:number", "unqualified_reason_name", *_COMMON],
    "deals": ["name", "value:number", "currency", "hot:boolean", "stage_id:number", "contact_id:number",
              "contact_person_id:number", "contact_company_id:number", "organization_id:number",
              "estimated_close_date:date", "customized_win_likelihood:number", "last_stage_change_at:datetime",
              "last_activity_at:datetime", "added_at:datetime", "source_id:number", "source_name",
              "loss_reason_id:number", "loss_reason_name", "unqualified_reason_id:number",
              "unqualified_reason_name", "associated_contacts:array", "dropbox_email", *_TAIL],
    "notes": ["content", "is_important:boolean", "type:enum", "tags:array", "creator_name", *_PLACE],
    "tasks": ["content", "due_date:datetime", "remind_at:datetime", "completed:boolean", "completed_at:datetime",
              "overdue:boolean", "owner_id:number", "creator_name", *_PLACE],
    "calls": ["phone_number", "made_at:datetime", "duration:number", "incoming:boolean", "missed:boolean", "summary",
              "outcome_name", "recording_url", "external_id", "user_id:number", "user_name",
              "associated_deal_ids:array", *_PLACE],
    "visits": ["visited_at:datetime", "outcome_name", "summary", "resource_address:object",
               "rep_location_verification_status:enum", "creator_name", *_PLACE],
}  # fmt: skip
"""`path`, or `path:type` where it is no text."""

CUSTOM: dict[str, str] = {
    "companies": "/contact/custom_fields",
    "contacts": "/contact/custom_fields",
    "leads": "/lead/custom_fields",
    "deals": "/deal/custom_fields",
}
"""Stream → the list that describes its custom fields."""

_FOR = {"companies": "for_organisation", "contacts": "for_contact"}
_TYPES: dict[str, FieldType] = {
    "number": "number",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "list": "enum",
    "multi_select_list": "multi_enum",
    "address": "object",
}


def own_fields(stream: str) -> list[SourceField]:
    """List Sell's own fields of a stream."""
    found = []
    for written in _FIELDS[stream]:
        path, _, kind = written.partition(":")
        label = path.replace("_", " ").replace(".", " ").capitalize()
        found.append(SourceField(path, _known(kind), label))
    return found


def _known(kind: str) -> FieldType:
    types: tuple[FieldType, ...] = ("number", "boolean", "date", "datetime", "enum", "array")
    return next((each for each in types if each == kind), "string")


def custom_fields(stream: str, rows: Iterable[JsonObject]) -> Iterator[SourceField]:
    """Describe the account's own fields; their values lie under their names."""
    for row in rows:
        name = str(row.get("name") or "")
        if name and row.get(_FOR.get(stream, "")) is not False:
            yield SourceField(
                f"custom_fields.{_key(name)}",
                _TYPES.get(str(row.get("type")), "string"),
                name,
                choices=tuple(_choices(row)),
                custom=True,
            )


def _choices(row: JsonObject) -> Iterator[str]:
    for choice in row.get("choices") or row.get("options") or ():
        name = choice.get("name") if isinstance(choice, dict) else choice
        if name:
            yield str(name)


def _key(name: str) -> str:
    """Write a name as a part of a path: in quotes where it has a sign of its own."""
    return name if re.fullmatch(r"[\w -]*\w", name) else json.dumps(name, ensure_ascii=False)
