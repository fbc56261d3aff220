"""What a record type's fields can hold, read from its model: so a mapping is checked without data."""

from __future__ import annotations

import typing
from functools import cache
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator

from mappings.steps import Kind
from sell_model.types import Address, read_date, read_money, read_time

TargetKind: TypeAlias = Literal["text", "choice", "list", "money", "time", "date", "int", "bool", "address", "object"]

_BY_VALIDATOR: dict[Any, TargetKind] = {read_money: "money", read_time: "time", read_date: "date"}
_ACCEPTS: dict[TargetKind, frozenset[Kind]] = {
    "text": frozenset({"text", "number", "int", "date", "time"}),
    "choice": frozenset({"text"}),
    "list": frozenset({"list"}),
    "money": frozenset({"number", "int", "text"}),
    "time": frozenset({"time", "text"}),
    "date": frozenset({"date", "text"}),
    "int": frozenset({"int", "number", "text"}),
    "bool": frozenset({"bool", "text"}),
    "address": frozenset(),
    "object": frozenset(),
}


def accepts(target: TargetKind, given: Kind) -> bool:
    """Tell whether a field of that kind can hold what a step gives."""
    return given == "any" or given in _ACCEPTS[target]


@cache
def field_kind(model: type[BaseModel], name: str) -> TargetKind:
    """Give the kind of a model's field."""
    return _kind(model.model_fields[name].annotation, list(model.model_fields[name].metadata))


def _kind(annotation: Any, metadata: list[Any]) -> TargetKind:
    for mark in metadata:
        if isinstance(mark, BeforeValidator) and mark.func in _BY_VALIDATOR:
            return _BY_VALIDATOR[mark.func]
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        inner, *marks = typing.get_args(annotation)
        return _kind(inner, marks)
    if origin is typing.Literal:
        return "choice"
    if origin is list:
        return "list"
    plain: dict[Any, TargetKind] = {str: "text", bool: "bool", int: "int", Address: "address"}
    if annotation in plain:
        return plain[annotation]
    inner_types = [each for each in typing.get_args(annotation) if each is not type(None)]
    return "object" if origin is dict or len(inner_types) != 1 else _kind(inner_types[0], [])


@cache
def choices_of(model: type[BaseModel], name: str) -> tuple[str, ...]:
    """Give the only values that a field takes; empty when it takes any."""
    annotation = model.model_fields[name].annotation
    for part in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(part) is typing.Literal:
            return tuple(str(choice) for choice in typing.get_args(part))
    return ()
