"""Which top-level keys of a record a mapping reads; the others are told to whoever brought them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.conditions import condition_keys, parse_condition
from mappings.language import AddressSpec, ChildrenSpec, FieldSpec, MappingSpec, StepUse
from mappings.paths import parse_path


def keys_read(spec: MappingSpec) -> frozenset[str]:
    """Name the top-level keys that a mapping reads, as it writes them."""
    entries = [*spec.fields.values(), *spec.custom_fields.values(), *spec.outside_ids.values()]
    found = {key for entry in entries for key in _of_entry(entry)}
    for single in (spec.id, spec.updated_at):
        found |= set(_of_field(single)) if single else set()
    return frozenset(found | (condition_keys(parse_condition(spec.only_if)) if spec.only_if else frozenset()))


def _of_entry(entry: FieldSpec | AddressSpec | ChildrenSpec) -> Iterator[str]:
    if isinstance(entry, FieldSpec):
        yield from _of_field(entry)
    elif isinstance(entry, AddressSpec):
        for part in entry.parts().values():
            yield from _of_field(part)
    elif entry.each.strip() == "@":
        for inside in entry.fields.values():
            yield from _of_entry(inside)
    else:
        yield from _first(entry.each)


def _of_field(spec: FieldSpec) -> Iterator[str]:
    for item in spec.from_:
        yield from _first(item if isinstance(item, str) else item.from_)
        yield from _of_steps([] if isinstance(item, str) else item.steps)
    yield from _of_steps(spec.steps)


def _of_steps(steps: list[StepUse]) -> Iterator[str]:
    for use in steps:
        options: dict[str, Any] = use.options if isinstance(use.options, dict) else {}
        for name, value in options.items():
            if name.endswith("_from"):
                yield from _first(str(value))


def _first(path: str) -> Iterator[str]:
    parts = parse_path(path)
    if parts and isinstance(parts[0], str):
        yield parts[0]
