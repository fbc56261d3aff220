"""What fields tickets and users have: those that all have, and the account's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from connectors.connector import JsonObject, SourceField

FieldType: TypeAlias = Literal["number", "boolean", "date", "enum", "multi_enum"]

SCORES = ("unoffered", "offered", "good", "good_with_comment", "bad", "bad_with_comment")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")

TICKET_FIELDS = (
    SourceField("id", "number", "Ticket number"),
    SourceField("subject", "string", "Subject"),
    SourceField("description", "string", "First comment"),
    SourceField("status", "enum", "Status", choices=STATUSES),
    SourceField("type", "enum", "Type", choices=("problem", "incident", "question", "task")),
    SourceField("priority", "enum", "Priority", choices=("low", "normal", "high", "urgent")),
    SourceField("tags", "array", "Tags; closed_by_merge: merged into another ticket"),
    SourceField("via.channel", "string", "Channel"),
    SourceField("external_id", "string", "External id"),
    SourceField("requester.name", "string", "Requester's name"),
    SourceField("requester.email", "string", "Requester's address"),
    SourceField("requester.phone", "string", "Requester's phone"),
    SourceField("organization.name", "string", "Organization"),
    SourceField("group.name", "string", "Group"),
    SourceField("brand.name", "string", "Brand"),
    SourceField("form.name", "string", "Ticket form"),
    SourceField("satisfaction_rating.score", "enum", "Satisfaction", choices=SCORES),
    SourceField("latest_comment_added_at", "datetime", "Last comment"),
    SourceField("last_comment.text", "string", "What was last said; with the setting last_comments"),
    SourceField("assignee_id", "number", "Assignee's id"),
    SourceField("created_at", "datetime", "Created"),
    SourceField("updated_at", "datetime", "Updated"),
)

USER_FIELDS = (
    SourceField("id", "number", "User id"),
    SourceField("name", "string", "Name"),
    SourceField("email", "string", "Address"),
    SourceField("phone", "string", "Phone"),
    SourceField("role", "enum", "Role", choices=("end-user", "agent", "admin")),
    SourceField("organization.name", "string", "Organization"),
    SourceField("tags", "array", "Tags"),
    SourceField("details", "string", "Details"),
    SourceField("notes", "string", "Notes"),
    SourceField("locale", "string", "Locale"),
    SourceField("time_zone", "string", "Time zone"),
    SourceField("external_id", "string", "External id"),
    SourceField("active", "boolean", "Active; false: deleted or merged"),
    SourceField("created_at", "datetime", "Created"),
    SourceField("updated_at", "datetime", "Updated"),
)

_TYPES: dict[str, FieldType] = {
    "integer": "number",
    "decimal": "number",
    "checkbox": "boolean",
    "date": "date",
    "tagger": "enum",
    "dropdown": "enum",
    "multiselect": "multi_enum",
}
_SYSTEM_TYPES = frozenset(
    {
        "subject", "description", "status", "tickettype", "priority", "group", "assignee", "custom_status",
        "basic_priority",
    }
)  # fmt: skip


def custom_ticket_fields(fields: Iterable[JsonObject]) -> Iterator[SourceField]:
    """Describe the account's own ticket fields; their values lie in a list, by the field's id."""
    for field in fields:
        if field.get("type") not in _SYSTEM_TYPES:
            yield _custom(f"custom_fields[id={field['id']}].value", field)


def custom_user_fields(fields: Iterable[JsonObject]) -> Iterator[SourceField]:
    """Describe the account's own user fields; their values lie under the field's key."""
    for field in fields:
        yield _custom(f"user_fields.{field['key']}", field)


def _custom(path: str, field: JsonObject) -> SourceField:
    return SourceField(
        path,
        _TYPES.get(str(field.get("type")), "string"),
        str(field.get("title") or path),
        choices=tuple(str(option["value"]) for option in field.get("custom_field_options") or ()),
        custom=True,
    )
