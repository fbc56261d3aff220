"""Custom fields: what each of Sell's types holds, checked when a record is mapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mappings.errors import StepError, nearest
from mappings.language import CustomType
from mappings.steps_number import boolean, number
from mappings.values import as_text
from sell_model.types import (
    PARAGRAPH_LENGTH,
    TEXT_LENGTH,
    Address,
    checked_email,
    read_date,
    read_time,
)

_ADDRESS: TypeAdapter[Any] = TypeAdapter(Address)


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
    match spec.type:
        case "list":
            return lambda value: _choice(_line(value), spec.choices)
        case "multi_select_list":
            return lambda value: _choices(value, spec.choices)
    return _CHECKS[spec.type]


def _text(value: Any, longest: int) -> str:
    text = as_text(value).strip()
    if len(text) > longest:
        raise StepError(f"{len(text)} characters where {longest} fit", fix="shorten it, or make the field's type: text")
    return text


def _line(value: Any) -> str:
    return _text(value, TEXT_LENGTH)


def _choice(text: str, choices: tuple[str, ...]) -> str:
    if choices and text not in choices:
        near = nearest(text, choices)
        raise StepError(
            f"none of the choices {', '.join(choices)}",
            fix=f"map it by a values table{f', to {near} perhaps' if near else ''}, or add it to choices",
            code="unknown_value",
        )
    return text


def _choices(value: Any, choices: tuple[str, ...]) -> list[str]:
    if type(value) is not list:
        raise StepError("one text where a list is expected", fix='add a step: {split: ";"}')
    return list(dict.fromkeys(_choice(_line(item), choices) for item in value))


def _address(value: Any) -> Any:
    try:
        return _ADDRESS.dump_python(_ADDRESS.validate_python(value), mode="json", exclude_none=True)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise StepError(f"not an address: {place} {fault['msg'].lower()}".replace(":  ", ": ")) from error


_CHECKS: dict[CustomType, Callable[[Any], Any]] = {
    "string": _line,
    "phone": _line,
    "url": _line,
    "text": lambda value: _text(value, PARAGRAPH_LENGTH),
    "number": number,
    "bool": boolean,
    "date": read_date,
    "datetime": read_time,
    "email": lambda value: checked_email(_line(value)),
    "address": _address,
}
