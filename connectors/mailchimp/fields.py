"""What fields a Mailchimp member has: those that all have, and an audience's own merge fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from connectors.connector import JsonObject, SourceField

FieldType: TypeAlias = Literal["string", "number", "date", "enum", "object"]

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")

MEMBER_FIELDS = (
    SourceField("email_address", "string", "Email address"),
    SourceField("full_name", "string", "Full name"),
    SourceField("status", "enum", "Status", choices=STATUSES),
    SourceField("contact_id", "string", "Contact id"),
    SourceField("unique_email_id", "string", "Unique email id"),
    SourceField("list_id", "string", "Audience id"),
    SourceField("tags", "array", "Tags"),
    SourceField("interests", "object", "Interests, true or false by id"),
    SourceField("source", "string", "Source of signup"),
    SourceField("language", "string", "Language"),
    SourceField("vip", "boolean", "VIP"),
    SourceField("member_rating", "number", "Rating, 1 to 5"),
    SourceField("sms_phone_number", "string", "SMS phone number"),
    SourceField("unsubscribe_reason", "string", "Reason of unsubscribing"),
    SourceField("timestamp_signup", "datetime", "Signed up"),
    SourceField("timestamp_opt", "datetime", "Opted in"),
    SourceField("last_changed", "datetime", "Last changed"),
    SourceField("location.country_code", "string", "Country"),
    SourceField("last_note.note", "string", "Last note"),
)

_TYPES: dict[str, FieldType] = {
    "number": "number",
    "date": "date",
    "address": "object",
    "radio": "enum",
    "dropdown": "enum",
}
"""A birthday is MM/DD or DD/MM, no date; all else is text."""


def merge_fields(answers: Iterable[JsonObject]) -> Iterator[SourceField]:
    """Describe merge fields, each tag once, whichever audiences have it."""
    seen: set[str] = set()
    for field in answers:
        tag = str(field.get("tag", ""))
        if tag and tag not in seen:
            seen.add(tag)
            yield _merge_field(tag, field)


def _merge_field(tag: str, field: JsonObject) -> SourceField:
    options = field.get("options") or {}
    return SourceField(
        f"merge_fields.{tag}",
        _TYPES.get(str(field.get("type")), "string"),
        str(field.get("name") or tag),
        choices=tuple(str(choice) for choice in options.get("choices") or ()),
        custom=True,
    )
