"""Custom fields that mappings feed: a source's value is read leniently, then held as the field's type holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.errors import StepError
from mappings.language import CustomType
from mappings.steps_number import boolean, number
from mappings.values import as_text
from sell_model.custom_fields import CustomValueError, held


@dataclass(frozen=True, slots=True)
class CustomFieldSpec:
    """A custom field that a mapping feeds; it is defined in the hub when the mapping is activated."""

    type: CustomType = "string"
    choices: tuple[str, ...] = ()
    """Of `list` and `multi_select_list`; empty: whatever the source holds."""


def custom_check(spec: CustomFieldSpec) -> Callable[[Any], Any]:
    """Make the function that turns a value into what the custom field holds.

    It raises StepError or ValueError for a value that the field cannot hold.
    """
    read: Callable[[Any], Any] = _READ.get(spec.type, as_text)
    type_, choices = spec.type, spec.choices

    def check(value: Any) -> Any:
        try:
            return held(type_, read(value), choices)
        except CustomValueError as fault:
            raise StepError(str(fault), fix=_fix(spec, fault), code=fault.code) from fault

    return check


def _fix(spec: CustomFieldSpec, fault: CustomValueError) -> str:
    if fault.code == "unknown_value":
        near = f", to {fault.nearest} perhaps" if fault.nearest else ""
        return f"map it by a values table{near}, or add it to choices"
    if spec.type == "multi_select_list" and "a list is expected" in str(fault):
        return 'add a step: {split: ";"}'
    if "characters where" in str(fault):
        return "shorten it, or make the field's type: text"
    return ""


def _as_it_is(value: Any) -> Any:
    return value


def _texts(value: Any) -> Any:
    return [as_text(item) for item in value] if type(value) is list else value


_READ: dict[CustomType, Callable[[Any], Any]] = {
    "number": number,
    "bool": boolean,
    "date": _as_it_is,
    "datetime": _as_it_is,
    "multi_select_list": _texts,
    "address": _as_it_is,
}
"""How a source's value is read before it is held; the others as text."""
