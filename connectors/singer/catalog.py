"""A tap's catalog: which streams there are, what they hold, and how one of them is chosen."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from connectors.connector import JsonObject, SourceField, StreamKind

FieldType: TypeAlias = Literal["string", "number", "boolean", "datetime", "date", "object", "array", "enum"]

_KINDS: dict[str, StreamKind] = {
    "users": "users", "owners": "users",
    "pipelines": "pipelines", "deal_pipelines": "pipelines",
    "companies": "companies", "accounts": "companies", "organizations": "companies",
    "deals": "deals", "opportunities": "deals",
}  # fmt: skip
_TYPES: dict[str, FieldType] = {
    "integer": "number", "number": "number", "boolean": "boolean", "object": "object", "array": "array",
}  # fmt: skip
_FORMATS: dict[str, FieldType] = {"date-time": "datetime", "date": "date"}
DEEPEST = 3


def kind_of(stream: str) -> StreamKind:
    """Guess what a stream's records are, by the names that taps usually give; else people."""
    return _KINDS.get(stream.lower(), "people")


def name_of(entry: JsonObject) -> str:
    """A stream's name: its id in the catalog, which is unique there."""
    return str(entry.get("tap_stream_id") or entry.get("stream") or "")


def names_of(entry: JsonObject) -> frozenset[str]:
    """The names under which a stream's messages may come."""
    return frozenset({name_of(entry), str(entry.get("stream") or "")}) - {""}


def chosen(catalog: JsonObject, stream: str, replication_key: str | None) -> JsonObject:
    """Give the catalog with one stream chosen, with all its fields, and no other.

    Args:
        replication_key: the field to go on by; empty: all each time; None: as the tap says itself.
    """
    catalog = copy.deepcopy(catalog)
    for entry in catalog["streams"]:
        is_it = name_of(entry) == stream
        entry["selected"] = is_it  # how the first taps were told; later ones look at the metadata
        entry.setdefault("schema", {})["selected"] = is_it
        metadata = entry.setdefault("metadata", [])
        if not any(item.get("breadcrumb") == [] for item in metadata):
            metadata.append({"breadcrumb": [], "metadata": {}})
        for item in metadata:
            values = item.setdefault("metadata", {})
            if item.get("breadcrumb") == []:
                values["selected"] = is_it
                if is_it:
                    _say_how(entry, values, replication_key)
            elif is_it and values.get("inclusion") != "unsupported":
                values.setdefault("selected", values.get("selected-by-default", True))
    return catalog


def _say_how(entry: JsonObject, values: JsonObject, replication_key: str | None) -> None:
    """Say whether a stream goes on by a field, unless the tap leaves no choice."""
    if replication_key is None:
        if values.get("replication-method") or entry.get("replication_method"):
            return
        offered = values.get("valid-replication-keys") or [entry.get("replication_key")]
        replication_key = values.get("replication-key") or offered[0] or ""
    method = values.get("forced-replication-method") or ("INCREMENTAL" if replication_key else "FULL_TABLE")
    values["replication-method"] = entry["replication_method"] = method
    if replication_key and method == "INCREMENTAL":
        values["replication-key"] = entry["replication_key"] = replication_key


def keys_of(entry: JsonObject) -> tuple[str, ...]:
    """The fields that name a record, as the catalog says."""
    tables = [item.get("metadata") or {} for item in entry.get("metadata") or () if item.get("breadcrumb") == []]
    told = entry.get("key_properties") or next((t.get("table-key-properties") for t in tables), None) or ()
    return tuple(str(key) for key in told)


def bookmarks_of(entry: JsonObject) -> tuple[str, ...]:
    """The field that a chosen stream goes on by."""
    return (str(entry["replication_key"]),) if entry.get("replication_key") else ()


def fields_of(schema: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[SourceField]:
    """Describe a stream's fields by its JSON Schema; what objects hold as dotted paths."""
    for name, part in (schema.get("properties") or {}).items():
        if not isinstance(part, dict):
            continue
        quoted = f'"{name}"' if set(name) & set(".[]") else name
        here, kinds = f"{path}{quoted}", _kinds(part)
        if "object" in kinds and part.get("properties") and depth < DEEPEST:
            yield from fields_of(part, f"{here}.", depth + 1)
            continue
        choices = tuple(str(value) for value in part.get("enum") or () if value is not None)
        kind = "enum" if choices else _FORMATS.get(str(part.get("format"))) or _type(kinds)
        yield SourceField(here, kind, str(part.get("title") or part.get("description") or name), choices=choices)


def _kinds(part: Mapping[str, Any]) -> list[str]:
    told = part.get("type")
    kinds = told if isinstance(told, list) else [told]
    for way in (*(part.get("anyOf") or ()), *(part.get("oneOf") or ())):
        kinds = [*kinds, *_kinds(way)] if isinstance(way, dict) else kinds
    return [str(kind) for kind in kinds if kind not in {None, "null"}]


def _type(kinds: list[str]) -> FieldType:
    return _TYPES.get(kinds[0], "string") if len(kinds) == 1 else "string"
