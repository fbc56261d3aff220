"""What fields a Mailchimp member has: those that all have, and an audience's own merge fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
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

SEGMENT_FIELDS = (
    SourceField("segment.id", "number", "Segment id"),
    SourceField("segment.name", "string", "Segment"),
    SourceField("email_address", "string", "Email address"),
    SourceField("full_name", "string", "Full name"),
    SourceField("status", "enum", "Status", choices=STATUSES),
    SourceField("unique_email_id", "string", "Unique email id"),
    SourceField("list_id", "string", "Audience id"),
)

_TYPES: dict[str, FieldType] = {
    "number": "number",
    "date": "date",
    "address": "object",
    "radio": "enum",
    "dropdown": "enum",
}
"""A birthday is MM/DD or DD/MM, no date; all else is text."""


def merge_fields(answers: Iterable[tuple[str, JsonObject]]) -> Iterator[SourceField]:
    """Describe merge fields, each tag once, whichever audiences have it.

    Args:
        answers: the audience's name, empty where it need not be told, and the field.
    """
    described: dict[str, SourceField] = {}
    audiences: dict[str, list[str]] = {}
    for audience, field in answers:
        tag = str(field.get("tag", ""))
        if tag:
            described[tag] = _joined(described.get(tag), _merge_field(tag, field))
            audiences.setdefault(tag, []).append(audience)
    for tag, field_ in described.items():
        names = [name for name in audiences[tag] if name]
        yield replace(field_, label=f"{field_.label} ({', '.join(names)})" if names else field_.label)


def _joined(known: SourceField | None, field: SourceField) -> SourceField:
    """One tag in two audiences: what both may hold."""
    if known is None:
        return field
    if known.type != field.type:
        return replace(known, type="string", choices=())
    return replace(known, choices=tuple(dict.fromkeys([*known.choices, *field.choices])))


def _merge_field(tag: str, field: JsonObject) -> SourceField:
    options = field.get("options") or {}
    return SourceField(
        f"merge_fields.{tag}",
        _TYPES.get(str(field.get("type")), "string"),
        str(field.get("name") or tag),
        choices=tuple(str(choice) for choice in options.get("choices") or ()),
        custom=True,
    )


def interests(answers: Iterable[tuple[str, JsonObject, JsonObject]]) -> Iterator[SourceField]:
    """Describe an audience's groups: true or false for each interest, named by its category and itself.

    Args:
        answers: the audience's name, empty where it need not be told, the category, the interest.
    """
    for audience, category, interest in answers:
        label = f"{category.get('title', '')}: {interest.get('name', '')}"
        path = f"interests.{interest['id']}"
        yield SourceField(path, "boolean", f"{label} ({audience})" if audience else label, custom=True)
