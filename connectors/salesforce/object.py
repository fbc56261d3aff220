"""An object as `describe` tells it: which fields can be read, and how its rows become records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from connectors.connector import JsonObject, SourceField, SourceRecord
from connectors.salesforce.values import Convert, converter

_UNREADABLE = frozenset({"address", "location", "base64", "complexvalue"})
"""Compound and binary types: Bulk refuses them, and their parts are fields of their own."""
_STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
"""What tells that a record changed, best first. LastModifiedDate does not see system changes."""

_TEXT = converter("string")

_Kind = Literal["string", "number", "boolean", "date", "datetime", "enum", "multi_enum"]
_KINDS: dict[str, _Kind] = {
    "boolean": "boolean",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "int": "number",
    "long": "number",
    "date": "date",
    "datetime": "datetime",
    "picklist": "enum",
    "multipicklist": "multi_enum",
}


Beside = Callable[[JsonObject], JsonObject]
"""Tells what is to stand in a record beside its own fields, by these."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field that can be read."""

    name: str
    type: str
    label: str = ""
    choices: tuple[str, ...] = ()
    custom: bool = False
    choice_labels: tuple[str, ...] = ()
    convert: Convert = field(default=lambda value: value, compare=False, repr=False)

    def as_source_field(self) -> SourceField:
        """Say it as every connector says it."""
        kind = _KINDS.get(self.type, "string")
        return SourceField(self.name, kind, self.label, self.choices, self.custom, choice_labels=self.choice_labels)


@dataclass(frozen=True, slots=True)
class SObject:
    """An object's readable side."""

    name: str
    columns: tuple[Column, ...]
    beyond: tuple[str, ...] = ()
    """Texts of the records that references lead to, as `CreatedBy.Name`; nested in the record."""
    beside: Beside | None = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What to ask for: the columns in describe's order, then what lies beyond them."""
        return (*(column.name for column in self.columns), *self.beyond)

    @property
    def stamp_field(self) -> str | None:
        """The field that tells of changes; None: the object can only be read in full."""
        return next((name for name in _STAMPS if name in self.names), None)

    @property
    def soft_deletes(self) -> bool:
        """Whether deleted records show for a while, in `queryAll`."""
        return "IsDeleted" in self.names

    @property
    def archives(self) -> bool:
        """Whether old records are put away where `queryAll` alone finds them; they are not gone."""
        return self.soft_deletes and "IsArchived" in self.names

    @property
    def digest(self) -> str:
        """A short name of the set of fields: another digest means that fields came or went."""
        text = ",".join(sorted([*(f"{c.name}:{c.type}" for c in self.columns), *self.beyond]))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def without(self, name: str) -> SObject:
        """Leave a column out; a reference's name leaves out what was to be read beyond it."""
        return replace(
            self,
            columns=tuple(c for c in self.columns if c.name != name),
            beyond=tuple(path for path in self.beyond if path != name and not path.startswith(f"{name}.")),
        )

    def record(self, row: Mapping[str, Any]) -> SourceRecord:
        """Make a record of a row, from JSON or from CSV."""
        data = {column.name: column.convert(row.get(column.name)) for column in self.columns}
        for path in self.beyond:
            parent, _, name = path.partition(".")
            there = row.get(parent)
            value = there.get(name) if isinstance(there, dict) else row.get(path)  # nested in JSON, flat in CSV
            data.setdefault(parent, {})[name] = _TEXT(value)
        if self.beside is not None:
            data |= self.beside(data)
        changed = data.get(self.stamp_field) if self.stamp_field else None
        record = SourceRecord(data["Id"], data, changed.replace("+0000", "Z") if changed else None)
        if data.get("IsDeleted") is True:
            winner = data.get("MasterRecordId")
            record.event = "merged" if winner else "deleted"
            record.merged_into = winner or None
        return record


def read_describe(name: str, description: Mapping[str, Any]) -> SObject:
    """Read `GET /sobjects/{T}/describe`."""
    columns = [
        _column(entry)
        for entry in description.get("fields") or ()
        if entry.get("type") not in _UNREADABLE and not entry.get("deprecatedAndHidden")
    ]
    if not any(column.name == "Id" for column in columns):
        columns.insert(0, Column("Id", "id", "Record ID", convert=converter("id")))
    return SObject(name, tuple(columns))


def _column(entry: Mapping[str, Any]) -> Column:
    values = [value for value in entry.get("picklistValues") or () if value.get("active", True)]
    return Column(
        name=entry["name"],
        type=entry.get("type") or "string",
        label=entry.get("label") or "",
        choices=tuple(str(value["value"]) for value in values),
        custom=bool(entry.get("custom")),
        choice_labels=tuple(str(value.get("label") or value["value"]) for value in values),
        convert=converter(entry.get("type") or "string"),
    )
