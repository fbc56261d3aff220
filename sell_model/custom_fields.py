"""Custom fields: Sell's types, what a value of each is, and what became of fields and choices that were renamed.

Source of the types: Zendesk Sell API, custom fields. Sell itself keeps a date-time without its zone and a
number as text; the hub keeps a moment in UTC and a number as decimal text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError

from sell_model.matching.normal_forms import folded
from sell_model.types import (
    PARAGRAPH_LENGTH,
    TEXT_LENGTH,
    Address,
    JsonObject,
    checked_email,
    read_date,
    read_time,
)

CustomType: TypeAlias = Literal[
    "string",
    "text",
    "number",
    "bool",
    "date",
    "datetime",
    "list",
    "multi_select_list",
    "email",
    "phone",
    "url",
    "address",
]
"""The types of custom fields, in Sell's words."""

CUSTOM_TYPES: tuple[CustomType, ...] = get_args(CustomType)
WITH_CHOICES = ("list", "multi_select_list")
CUSTOM = "custom_fields."
"""What stands before a custom field's name where it could be taken for another field."""

_ADDRESS: TypeAdapter[Any] = TypeAdapter(Address)
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?")
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NEAR = 0.55


class CustomValueError(ValueError):
    """A value that a custom field cannot hold; its text says why, without the field's name.

    Attributes:
        nearest: of a choice that there is not: the one most like it, or an empty text.
        code: `invalid`, or `unknown_value` for a choice that there is not.
    """

    def __init__(self, text: str, *, nearest: str = "", code: str = "invalid") -> None:
        super().__init__(text)
        self.nearest = nearest
        self.code = code


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of one record type, as it is defined now."""

    record_type: str
    name: str
    type: CustomType
    choices: tuple[str, ...] = ()
    """Of `list` and `multi_select_list`; empty: whatever is given."""
    former_names: tuple[str, ...] = ()
    """What it was called before: what comes under such a name lands here."""
    former_choices: Mapping[str, str | None] = field(default_factory=dict)
    """Choice that there was → the one it is now; None: it was taken out, nothing stands in its place."""
    removed: bool = False
    """Taken out: what sources bring of it stands nowhere until it is added again."""


def held(type_: CustomType, value: Any, choices: Sequence[str] = ()) -> Any:
    """Give a value as a custom field holds it: text, bool, list of text, or an address object.

    Raises:
        CustomValueError: the field cannot hold it.
    """
    try:
        return _HELD[type_](value, choices)
    except CustomValueError:
        raise
    except ValueError as error:
        raise CustomValueError(str(error)) from error


def typed(type_: CustomType, text: str, choices: Sequence[str] = ()) -> Any:
    """Read what a person typed: yes or no, several choices parted by commas, a choice whatever its case.

    >>> typed("multi_select_list", "red, Blue", ["Red", "Blue"]), typed("bool", "Yes"), typed("number", "1250.50")
    (['Red', 'Blue'], True, '1250.50')

    Raises:
        CustomValueError: the field cannot hold it.
    """
    if type_ == "multi_select_list":
        parts = [part.strip() for part in text.split(",")]
        return held(type_, [_as_chosen(part, choices) for part in parts if part], choices)
    return held(type_, _as_chosen(text.strip(), choices) if type_ == "list" else text, choices)


def _as_chosen(text: str, choices: Sequence[str]) -> str:
    same = [choice for choice in choices if folded(choice) == folded(text)]
    return same[0] if len(same) == 1 and text not in choices else text


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise CustomValueError("not text")
    text = value.strip()
    if "\0" in text or (not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text)):
        raise CustomValueError("holds what is no character, and cannot be stored")
    if len(text) > longest:
        raise CustomValueError(f"{len(text)} characters where {longest} fit")
    return text


def _line(value: Any, _choices: Sequence[str]) -> str:
    return _text(value, TEXT_LENGTH)


def _paragraph(value: Any, _choices: Sequence[str]) -> str:
    return _text(value, PARAGRAPH_LENGTH)


def _number(value: Any, _choices: Sequence[str]) -> str:
    text = str(value).strip() if not isinstance(value, bool) else ""
    if not _NUMBER.fullmatch(text):
        raise CustomValueError("not a number: digits with a decimal point are expected, like 1250.50")
    return text.removeprefix("+")


def _bool(value: Any, _choices: Sequence[str]) -> bool:
    known = value if isinstance(value, bool) else _YES_NO.get(str(value).strip().lower())
    if known is None:
        raise CustomValueError("neither yes nor no")
    return known


def _email(value: Any, choices: Sequence[str]) -> str:
    return checked_email(_line(value, choices))


def _choice(value: Any, choices: Sequence[str]) -> str:
    text = _text(value, TEXT_LENGTH)
    if choices and text not in choices:
        near = difflib.get_close_matches(text.lower(), [choice.lower() for choice in choices], 1, _NEAR)
        nearest = next((choice for choice in choices if near and choice.lower() == near[0]), "")
        raise CustomValueError(f"none of the choices {', '.join(choices)}", nearest=nearest, code="unknown_value")
    return text


def _several(value: Any, choices: Sequence[str]) -> list[str]:
    if not isinstance(value, list):
        raise CustomValueError("one text where a list is expected")
    return list(dict.fromkeys(_choice(item, choices) for item in value))


def _address(value: Any, _choices: Sequence[str]) -> JsonObject:
    try:
        known: JsonObject = _ADDRESS.dump_python(_ADDRESS.validate_python(value), mode="json", exclude_none=True)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise CustomValueError(f"not an address: {place} {fault['msg'].lower()}".replace(":  ", ": ")) from error
    return known


_HELD: dict[CustomType, Any] = {
    "string": _line,
    "phone": _line,
    "url": _line,
    "text": _paragraph,
    "number": _number,
    "bool": _bool,
    "date": lambda value, _choices: read_date(value),
    "datetime": lambda value, _choices: read_time(value),
    "email": _email,
    "list": _choice,
    "multi_select_list": _several,
    "address": _address,
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of one record type's custom fields and choices since values were first kept under them."""

    names: Mapping[str, str | None]
    """Former name → today's; None: the field was taken out."""
    choices: Mapping[str, Mapping[str, str | None]]
    """Today's name of a field → its former choices."""

    def name(self, name: str) -> str | None:
        """Give what a field is called today; None: it was taken out."""
        return self.names.get(name, name)

    def value(self, name: str, value: Any) -> Any:
        """Give a value with today's choices, by its field's name of today; None: nothing of it is left."""
        former = self.choices.get(name)
        if not former or value is None:
            return value
        if isinstance(value, list):
            today = (former.get(each, each) for each in value)
            return list(dict.fromkeys(each for each in today if each is not None)) or None
        return former.get(value, value)

    def applied(self, values: JsonObject) -> JsonObject:
        """Give custom values under today's names and with today's choices.

        Where a value stands under a former name and another under today's, the latter holds.
        """
        today: JsonObject = {}
        for name, value in sorted(values.items(), key=lambda pair: pair[0] not in self.names):
            known = self.name(name)
            if known is not None and (kept := self.value(known, value)) is not None:
                today[known] = kept
        return today if today != values else values


def changes_of(fields: Sequence[CustomField]) -> Changes | None:
    """Gather what became of one record type's fields; None: none was ever renamed or taken out."""
    names: dict[str, str | None] = {}
    for each in fields:
        today = None if each.removed else each.name
        names |= dict.fromkeys(each.former_names, today)
        if each.removed:
            names[each.name] = None
    choices = {each.name: each.former_choices for each in fields if each.former_choices and not each.removed}
    return Changes(names, choices) if names or choices else None
