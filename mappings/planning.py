"""Makes a plan of what a mapping says: every field's reader, in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mappings.binding import found_path
from mappings.conditions import condition, parse_condition
from mappings.custom import CustomFieldSpec, custom_check
from mappings.group import Feed, Group, plain_keys
from mappings.kinds import field_kind
from mappings.language import AddressSpec, ChildrenSpec, CustomEntry, FieldEntry, FieldSpec
from mappings.paths import Reader, parse_path, path_reader
from mappings.plan import Children, Conditional, Plan, one
from mappings.raw import Raw, flat_specs
from mappings.readers import Surroundings, field_reader, ref_reader
from sell_model.draft import JsonObject, RecordType
from sell_model.targets import Target
from sell_model.types import read_time

_CHILD_TYPES: dict[str, RecordType] = {"stages": "pipeline", "associated_contacts": "association"}
"""What a child's draft is called; a stage has no record type of its own, it goes with its pipeline."""


def plan_of(
    mapping: str,
    record_type: RecordType,
    target: Target,
    entries: Mapping[str, FieldEntry],
    only_if: str | None,
    around: Surroundings,
) -> Plan:
    """Make the plan of a record, or of a child inside one.

    Args:
        mapping: the mapping's name, for reasons.
        only_if: the condition that the record must meet; checked before.
    """
    plan = Plan(record_type, target, mapping, Raw(flat_specs(entries), around.find))
    plan.only_if = condition(parse_condition(only_if), around.find) if only_if else None
    fields: list[Feed] = []
    refs: list[Feed] = []
    for name, entry in entries.items():
        if isinstance(entry, ChildrenSpec):
            plan.children.append(_children(mapping, name, target, entry, around))
        elif isinstance(entry, AddressSpec):
            plan.parts.append((name, text_group(entry.parts(), around)))
        elif (feed := _feed(name, entry, target, around)) is not None:
            if entry.only_with or entry.only_without:
                plan.conditional.append(_conditional(feed, entry, is_ref=name in target.refs))
            else:
                (refs if name in target.refs else fields).append(feed)
    plan.fields, plan.refs = Group(fields), Group(refs)
    return plan


def _feed(name: str, entry: FieldSpec, target: Target, around: Surroundings) -> Feed | None:
    if name in target.refs:
        read = ref_reader(entry, target.refs[name].lookup, around)
        return None if read is None else Feed(name, read)
    kind = field_kind(target.model, name)
    read = field_reader(entry, kind, around)
    return None if read is None else Feed(name, read, plain_keys(entry, kind, around.find))


def _conditional(feed: Feed, entry: FieldSpec, *, is_ref: bool) -> Conditional:
    return Conditional(Group([feed]), is_ref, frozenset(entry.only_with), frozenset(entry.only_without))


def text_group(specs: Mapping[str, FieldSpec], around: Surroundings) -> Group:
    """Make the group of fields that all hold text: parts of an address, ids in other systems."""
    feeds = []
    for name, spec in specs.items():
        read = field_reader(spec, "text", around)
        if read is not None:
            feeds.append(Feed(name, read, plain_keys(spec, "text", around.find)))
    return Group(feeds)


def _children(mapping: str, name: str, target: Target, entry: ChildrenSpec, around: Surroundings) -> Children:
    inside = around if entry.each.strip() == "@" else replace(around, find=lambda key: key)
    plan = plan_of(mapping, _CHILD_TYPES[name], target.children[name], entry.fields, entry.only_if, inside)
    if entry.id is not None:
        plan.outside_ids = one("id", field_reader(entry.id, "text", inside))
    path = found_path(parse_path(entry.each), around.find)
    return Children(name, path_reader(path) if path is not None else lambda _record: None, plan)


def custom_spec(entry: CustomEntry) -> CustomFieldSpec:
    """Give the definition of a custom field that a mapping feeds."""
    if isinstance(entry, AddressSpec):
        return CustomFieldSpec("address")
    return CustomFieldSpec(entry.type or "string", tuple(entry.choices))


def custom_group(entries: Mapping[str, CustomEntry], around: Surroundings) -> Group:
    """Make the group of a mapping's custom fields."""
    readers = [(name, _custom_reader(entry, around)) for name, entry in entries.items()]
    return Group([Feed(name, read) for name, read in readers if read is not None])


def _custom_reader(entry: CustomEntry, around: Surroundings) -> Reader | None:
    check = custom_check(custom_spec(entry))
    if isinstance(entry, AddressSpec):
        read: Reader | None = _parts_reader(text_group(entry.parts(), around))
    else:
        listed = entry.type == "multi_select_list" and "const" in entry.model_fields_set
        read = field_reader(entry, "list" if listed else None, around)
    if read is None:
        return None
    readable: Reader = read

    def read_checked(record: JsonObject) -> Any:
        value = readable(record)
        return None if value is None else check(value)

    return read_checked


def _parts_reader(group: Group) -> Reader:
    def read(record: JsonObject) -> Any:
        found: JsonObject = {}
        for _name, error in group.read(record, found):
            raise error
        return found or None

    return read


def time_group(spec: FieldSpec | None, around: Surroundings) -> Group:
    """Make the group of the record's own time of change, `updated_at`."""
    read = field_reader(spec, "time", around) if spec is not None else None
    if read is None:
        return Group(())
    readable: Reader = read

    def read_moment(record: JsonObject) -> str | None:
        value = readable(record)
        return None if value is None else read_time(value)

    return one("updated_at", read_moment)
