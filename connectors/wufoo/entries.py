"""An entry as a record: its answers beside their questions, the same whether it was read or sent to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from connectors.connector import JsonObject, SourceField, SourceRecord
from connectors.questions import question_key

FieldType: TypeAlias = Literal["string", "number", "date", "enum", "multi_enum"]

FORMAT = "%Y-%m-%d %H:%M:%S"
_OWN = ("DateCreated", "CreatedBy", "DateUpdated", "UpdatedBy")
_TYPES: dict[str, FieldType] = {
    "number": "number", "money": "number", "rating": "number", "date": "date", "eurodate": "date", "select": "enum",
    "radio": "enum", "checkbox": "multi_enum",
}  # fmt: skip

OWN_FIELDS = (
    SourceField("EntryId", "string", "Entry id"),
    SourceField("form", "string", "Form hash"),
    SourceField("form_name", "string", "Form"),
    SourceField("submitted_at", "datetime", "Submitted, UTC"),
    SourceField("changed_at", "datetime", "Changed, UTC"),
    SourceField("CreatedBy", "string", "Created by"),
)


class Form:
    """A form and its questions.

    Args:
        fields: as the API gives them, each with the fields that it is made of.
        zone: the account's time zone.
    """

    def __init__(self, hash_: str, name: str, fields: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> None:
        self.hash, self.name, self._zone = hash_, name, zone
        self.fields = [field for field in fields if str(field.get("ID") or "").startswith("Field")]

    def record(self, row: Mapping[str, Any]) -> SourceRecord:
        """Make the record of one entry."""
        submitted = utc(row.get("DateCreated"), self._zone)
        changed = utc(row.get("DateUpdated"), self._zone) or submitted
        data = {
            "form": self.hash,
            "form_name": self.name,
            "EntryId": str(row["EntryId"]),
            **{name: row[name] for name in _OWN if row.get(name)},
            **{name: time for name, time in (("submitted_at", submitted), ("changed_at", changed)) if time},
            "answers": [answer for field in (*self.fields, *self._unheard(row)) if (answer := _answer(field, row))],
        }
        return SourceRecord(f"{self.hash}:{row['EntryId']}", data, changed)

    def _unheard(self, row: Mapping[str, Any]) -> Iterator[JsonObject]:
        """Name what an entry holds under fields that the form does not have: added a moment ago, or taken out since."""
        known = {part.get("ID") for field in self.fields for part in (field, *_listed(field.get("SubFields")))}
        return ({"ID": name} for name in row if name.startswith("Field") and name[5:].isdigit() and name not in known)

    def described(self) -> Iterator[SourceField]:
        """Describe the questions."""
        for field in self.fields:
            choices = [str(c.get("Label")) for c in _listed(field.get("Choices") or field.get("SubFields"))]
            kind = _TYPES.get(str(field.get("Type")), "string")
            path, label = f'answers[id="{field["ID"]}"].value', str(field.get("Title") or "")
            told = tuple(choices) if kind in {"enum", "multi_enum"} else ()
            yield SourceField(path, kind, label, choices=told, custom=True)


def _answer(field: Mapping[str, Any], row: Mapping[str, Any]) -> JsonObject | None:
    parts = {
        question_key(str(part.get("Label") or part["ID"])): text
        for part in _listed(field.get("SubFields"))
        if part.get("ID") and (text := _text(row.get(part["ID"])))
    }
    kind, value = str(field.get("Type") or ""), _value(field, row, parts)
    if not value:
        return None
    title = str(field.get("Title") or "")
    answer = {"id": field["ID"], "type": kind, "title": title, "key": question_key(title), "value": value}
    return {**answer, "parts": parts} if parts and kind != "checkbox" else answer


def _value(field: Mapping[str, Any], row: Mapping[str, Any], parts: Mapping[str, str]) -> Any:
    if field.get("Type") == "checkbox":
        return list(parts.values())
    if field.get("Type") == "address":
        return ", ".join(parts.values())
    return " ".join(parts.values()) or _text(row.get(str(field["ID"])))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _listed(value: Any) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def utc(text: Any, zone: ZoneInfo) -> str | None:
    """Read one of the vendor's times, which stand in the account's zone; None where it is none."""
    try:
        local = datetime.strptime(str(text), FORMAT).replace(tzinfo=zone)
        return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def earlier(mark: str, seconds: float) -> str:
    """The vendor's time so long before one of its times."""
    try:
        return (datetime.strptime(mark, FORMAT) - timedelta(seconds=seconds)).strftime(FORMAT)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return mark
