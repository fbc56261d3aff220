"""Custom fields that mappings define when they come into force: never by data, and never against one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hub.opening import Hub
from mappings.compile import Mapping
from mappings.custom import CustomFieldSpec
from sell_model.custom_fields import CustomField
from sell_model.errors import SetupError
from sell_model.plans import check
from storage.custom_fields import add_field, custom_fields, hold_fields, save_field
from storage.hot import Writer


def define_fields(hub: Hub, db: Writer, mappings: Iterable[Mapping]) -> None:
    """Define what these mappings feed; a field that is there gains the choices that are new.

    A mapping may call a field by a former name. What was taken out stays out.

    Raises:
        SetupError: a field of that name has another type, every one of them is named; or the plan allows no more.
    """
    wanted = list(mappings)
    if not list(_open(db, wanted)):
        return
    hold_fields(db)  # look again: another process may have defined it meanwhile
    faults: list[str] = []
    for mapping, name, spec in _open(db, wanted):
        known = field_called(custom_fields(db, mapping.record_type, removed=True), name)
        if known is None:
            add_defined(hub, db, CustomField(mapping.record_type, name, spec.type, spec.choices))
        elif known.type != spec.type:
            faults.append(
                f"custom field {name!r} of {mapping.record_type}s is of type {known.type} here, "
                f"and mapping {mapping.name} says {spec.type}"
            )
        else:
            _gain(hub, db, known, spec)
    if faults:
        raise SetupError(
            "; ".join(faults),
            fix="correct the type in the mapping, or give its field another name; "
            "sellhub field show NAME tells what is here",
        )


def _open(db: Writer, mappings: Iterable[Mapping]) -> Iterator[tuple[Mapping, str, CustomFieldSpec]]:
    """Give what these mappings define that is not here as they say."""
    for mapping in mappings:
        fields = custom_fields(db, mapping.record_type, removed=True) if mapping.custom_fields else []
        for name, spec in mapping.custom_fields.items():
            known = field_called(fields, name)
            if known is None or known.type != spec.type or _new_choices(known, spec):
                yield mapping, name, spec


def _new_choices(field: CustomField, spec: CustomFieldSpec) -> list[str]:
    if field.removed:
        return []
    return [choice for choice in spec.choices if choice not in field.choices and choice not in field.former_choices]


def _gain(hub: Hub, db: Writer, field: CustomField, spec: CustomFieldSpec) -> None:
    choices = (*field.choices, *_new_choices(field, spec))
    check(hub.settings.hub.plan, "choices", len(choices))
    save_field(db, replace(field, choices=choices), hub.now())


def field_called(fields: Iterable[CustomField], name: str) -> CustomField | None:
    """Find a field by its name, or else by one that it had before."""
    known = list(fields)
    by_name = next((field for field in known if field.name == name), None)
    return by_name or next((field for field in known if name in field.former_names), None)


def add_defined(hub: Hub, db: Writer, field: CustomField) -> None:
    """Define a new field, within the plan's limits.

    Raises:
        SetupError: the plan allows no more fields, or no more choices.
    """
    plan = hub.settings.hub.plan
    check(plan, "custom fields", len(custom_fields(db, field.record_type)) + 1)
    check(plan, "choices", len(field.choices))
    add_field(db, field, hub.now())
