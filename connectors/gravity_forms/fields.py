"""What a form asks, and an entry's answers under the names that people know.

An entry's keys are numbers of fields (`4`) and of their parts (`1.3`), every value is text. In a record they stay,
and each answer stands under its label too; a part under `Label: Part`. What the usual kinds of fields hold
stands under `by_type`, whatever they are called.
"""

from __future__ import annotations

import json
import re
from typing import Any

from connectors.connector import JsonObject, SourceField
from connectors.csv.fields import field_path
from connectors.errors import TransientError

OWN = (
    "id", "form_id", "form_title", "post_id", "date_created", "date_updated", "is_starred", "is_read", "ip",
    "source_url", "user_agent", "currency", "payment_status", "payment_date", "payment_amount", "payment_method",
    "transaction_id", "is_fulfilled", "created_by", "transaction_type", "status", "by_type",
)  # fmt: skip
"""Keys that are no answers; a field of the same label gets its number behind it."""
NAME_PARTS = {"3": "first", "6": "last"}
ADDRESS_PARTS = {"1": "line1", "2": "line2", "3": "city", "4": "state", "5": "zip", "6": "country"}
TYPES = ("email", "phone", "website")
LISTS = frozenset({"multiselect", "list", "checkbox"})
SILENT = frozenset({"html", "section", "page", "captcha"})


def labels_of(form: JsonObject) -> dict[str, JsonObject]:
    """Give the fields that are answered, by labels of which no two are the same, whatever their capitals."""
    fields = form.get("fields")
    if not isinstance(fields, list):
        raise TransientError("Gravity Forms: an answer without the form's `fields`")
    taken, found = {name.casefold() for name in OWN}, dict[str, JsonObject]()
    for field in fields:
        if field.get("type") in SILENT:
            continue
        number = str(field.get("id"))
        label = re.sub(r"\s+", " ", str(field.get("label") or "")).strip() or f"Field {number}"
        label = f"{label} ({number})" if label.casefold() in taken or label[:1].isdigit() else label
        taken.add(label.casefold())
        found[label] = field
    return found


def record_data(entry: JsonObject, form: JsonObject) -> JsonObject:
    """Make a record of an entry."""
    data, by_type = {**entry, "form_title": str(form.get("title") or "")}, dict[str, Any]()
    for label, field in labels_of(form).items():
        kind, number = str(field.get("type")), str(field.get("id"))
        parts = {
            str(part["id"]): value
            for part in field.get("inputs") or []
            if isinstance(part, dict) and isinstance(value := entry.get(str(part.get("id"))), str) and value
        }
        data[label] = list(parts.values()) if kind == "checkbox" else _answer(entry, number, kind, parts)
        if kind != "checkbox":
            data |= {f"{label}: {_part_label(field, part)}": value for part, value in parts.items()}
        _sort(by_type, kind, data[label], parts)
    return {**data, "by_type": by_type}


def _answer(entry: JsonObject, number: str, kind: str, parts: dict[str, str]) -> Any:
    value = entry.get(number, "")
    if parts and not value:
        return (" " if kind == "name" else ", ").join(parts.values())
    if isinstance(value, str) and (kind in LISTS or kind == "fileupload") and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _part_label(field: JsonObject, part_id: str) -> str:
    part = next(part for part in field["inputs"] if str(part.get("id")) == part_id)
    return str(part.get("customLabel") or part.get("label") or part_id)


def _sort(by_type: dict[str, Any], kind: str, answer: Any, parts: dict[str, str]) -> None:
    """Keep the first answer of each usual kind."""
    if kind in TYPES and answer:
        by_type.setdefault(kind, answer)
    names = {"name": NAME_PARTS, "address": ADDRESS_PARTS}.get(kind)
    if names and answer and kind not in by_type:
        told = {names[end]: value for part, value in parts.items() if (end := part.partition(".")[2]) in names}
        by_type[kind] = {"full": answer, **told}


def fields_of(form: JsonObject) -> list[SourceField]:
    """List the fields that a form's entries have."""
    own = [SourceField(name, "object" if name == "by_type" else "string", name) for name in OWN]
    asked = []
    for label, field in labels_of(form).items():
        kind = str(field.get("type"))
        many = kind in LISTS
        choices = tuple(str(each.get("value")) for each in field.get("choices") or [] if isinstance(each, dict))
        asked.append(
            SourceField(
                field_path(label),
                "multi_enum" if many and choices else "array" if many else "enum" if choices else "string",
                label,
                choices,
                custom=True,
            )
        )
    return [*own, *asked]
