"""Makes, of what a mapping says about one field, the function that reads that field's value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from mappings.binding import Pipe, bind, found_path, read_options
from mappings.conditions import Find
from mappings.context import Context
from mappings.errors import StepError, nearest
from mappings.kinds import TargetKind
from mappings.language import FieldSpec, LookupSpec, SourceSpec, StepUse
from mappings.paths import Reader, parse_path, path_reader
from mappings.steps import all_steps
from mappings.values import as_text, present
from sell_model.draft import JsonObject, LookupKind, Otherwise, Ref

_REFS_KEPT = 4_096
CREATED_BY_NAME: frozenset[LookupKind] = frozenset({"source", "loss_reason", "unqualified_reason", "outcome"})
"""References that are created by name when the mapping does not say what becomes of unknown ones."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What readers are made for: the hub's own defaults, and how a record's keys are found."""

    context: Context
    find: Find


def field_reader(spec: FieldSpec, kind: TargetKind | None, around: Surroundings) -> Reader | None:
    """Make the reader of one field; None: nothing can ever feed it from such records.

    Args:
        kind: what the target holds; None: the value is taken as it comes out.

    The reader gives None for an absent value. It raises StepError for one it cannot take.
    """
    if "const" in spec.model_fields_set:
        return _constant(_fitted(spec.const, kind))
    read = _source(spec, around)
    if read is None:
        return None if spec.default is None else _constant(_fitted(spec.default, kind))
    if spec.values:
        read = _through_table(read, spec)
    elif spec.default is not None:
        read = _or_default(read, spec.default)
    return _finished(read, kind)


def _constant(value: Any) -> Reader:
    return lambda _record: value


def _fitted(value: Any, kind: TargetKind | None) -> Any:
    """Make a value stated in the mapping fit its target: one tag is a list of one."""
    if kind == "list" and not isinstance(value, list):
        return [as_text(value)]
    return as_text(value) if kind in {"text", "choice"} else value


def _source(spec: FieldSpec, around: Surroundings) -> Reader | None:
    """Read the source, or the first present of several, through the steps."""
    readers = [each for each in (_one_source(item, around) for item in spec.from_) if each is not None]
    if not readers:
        return None
    pipes = [(_pipe(use, around), all_steps()[use.name].sees_absent) for use in spec.steps]
    listing = bool(spec.steps) and len(spec.from_) > 1 and all_steps()[spec.steps[0].name].takes == "list"
    first = _all_of(readers) if listing else _first_of(readers)
    if any(sees for _, sees in pipes):
        return _stepwise(first, pipes)
    return _piped(first, [pipe for pipe, _ in pipes])


def _one_source(item: Any, around: Surroundings) -> Reader | None:
    text, steps = (item, []) if isinstance(item, str) else (item.from_, item.steps)
    path = found_path(parse_path(text), around.find)
    if path is None:
        return None
    read = path_reader(path)
    return _piped(_present(read), [_pipe(use, around) for use in steps]) if steps else _present(read)


def _pipe(use: StepUse, around: Surroundings) -> Pipe:
    step = all_steps()[use.name]
    return bind(step, read_options(step, use, around.context.as_options()), around.find)


def _present(read: Reader) -> Reader:
    """Read what counts as a value; see `mappings.values.present`, whose common case stands here."""

    def reader(record: JsonObject) -> Any:
        value = read(record)
        if value is None:
            return None
        if type(value) is str and value.isascii() and "\0" not in value:
            return value if value and not value.isspace() else None
        return present(value)

    return reader


def _first_of(readers: list[Reader]) -> Reader:
    if len(readers) == 1:
        return readers[0]

    def reader(record: JsonObject) -> Any:
        for read in readers:
            value = read(record)
            if value is not None:
                return value
        return None

    return reader


def _all_of(readers: list[Reader]) -> Reader:
    def reader(record: JsonObject) -> Any:
        values = [read(record) for read in readers]
        return values if any(value is not None for value in values) else None

    return reader


def _piped(read: Reader, pipes: list[Pipe]) -> Reader:
    if not pipes:
        return read
    if len(pipes) == 1:
        return _one_pipe(read, pipes[0])

    def reader(record: JsonObject) -> Any:
        value = read(record)
        for pipe in pipes:
            if value is None:
                return None
            value = present(pipe(value, record))
        return value

    return reader


def _one_pipe(read: Reader, pipe: Pipe) -> Reader:
    def reader(record: JsonObject) -> Any:
        value = read(record)
        return None if value is None else present(pipe(value, record))

    return reader


def _stepwise(read: Reader, pipes: list[tuple[Pipe, bool]]) -> Reader:
    """As `_piped`, for steps of which some want to see that nothing is there."""

    def reader(record: JsonObject) -> Any:
        value = read(record)
        for pipe, sees_absent in pipes:
            if value is not None or sees_absent:
                value = present(pipe(value, record))
        return value

    return reader


def _or_default(read: Reader, default: Any) -> Reader:
    def reader(record: JsonObject) -> Any:
        value = read(record)
        return default if value is None else value

    return reader


def _through_table(read: Reader, spec: FieldSpec) -> Reader:
    fold = str.casefold if spec.values_any_case else str
    table = {fold(key): value for key, value in spec.values.items()}
    unlisted, default = _unlisted(spec), spec.default

    def looked_up(value: Any) -> Any:
        text = as_text(value)
        key = fold(text.strip())
        return table[key] if key in table else unlisted(text)

    def reader(record: JsonObject) -> Any:
        value = read(record)
        if value is None:
            return default
        return present([looked_up(item) for item in value]) if type(value) is list else looked_up(value)

    return reader


def _unlisted(spec: FieldSpec) -> Callable[[str], Any]:
    if spec.lookup is not None or spec.otherwise == "keep":
        return lambda text: text
    if isinstance(spec.otherwise, dict):
        given = spec.otherwise.get("value")
        return lambda _text: given
    if spec.otherwise == "leave":
        return lambda _text: None
    listed = list(spec.values)

    def refuse(text: str) -> Any:
        near = nearest(text, listed)
        raise StepError(
            "not in the mapping's table of values",
            fix=f"add it to the table{f' (near: {near})' if near else ''}, or say otherwise: keep",
            code="unknown_value",
        )

    return refuse


def _finished(read: Reader, kind: TargetKind | None) -> Reader:
    """Give the target's model what it can check: scalars as text where text stands, lists as lists."""
    if kind in {"text", "choice"}:
        return _as_text(read)
    return _as_list(read) if kind == "list" else read


def _as_text(read: Reader) -> Reader:
    def reader(record: JsonObject) -> Any:
        value = read(record)
        return value if value is None or type(value) is str else as_text(value)

    return reader


def _as_list(read: Reader) -> Reader:
    def reader(record: JsonObject) -> Any:
        value = read(record)
        if value is None:
            return None
        if type(value) is not list:
            raise StepError("one value where a list is expected", fix='add a step: {split: ";"}')
        return [as_text(item) for item in value]

    return reader


def ref_reader(spec: FieldSpec, kind: LookupKind, around: Surroundings) -> Reader | None:
    """Make the reader of a reference; it gives a `Ref`, the same one for the same value."""
    lookup = spec.lookup or LookupSpec(kind=kind)
    if not any(_stream_of(item) for item in spec.from_):
        return _one_ref(spec, lookup, around)
    each = (
        _one_ref(
            spec.model_copy(update={"from_": [item]}),
            LookupSpec(kind=kind, stream=_stream_of(item) or lookup.stream),
            around,
        )
        for item in spec.from_
    )
    readers = [read for read in each if read is not None]
    return _first_of(readers) if readers else None


def _stream_of(item: str | SourceSpec) -> str | None:
    return item.stream if isinstance(item, SourceSpec) else None


def _one_ref(spec: FieldSpec, lookup: LookupSpec, around: Surroundings) -> Reader | None:
    read = field_reader(spec.model_copy(update={"lookup": lookup}), "text", around)
    if read is None:
        return None
    make = lru_cache(_REFS_KEPT)(partial(_ref, lookup.kind, lookup.stream, _otherwise(spec, lookup.kind)))
    readable: Reader = read

    def reader(record: JsonObject) -> Ref | None:
        value = readable(record)
        return None if value is None else make(value.strip())

    return reader


def _ref(kind: LookupKind, stream: str | None, otherwise: Otherwise, value: str) -> Ref:
    return Ref(kind, value, stream, otherwise)


def _otherwise(spec: FieldSpec, kind: LookupKind) -> Otherwise:
    match spec.otherwise:
        case "hold" | "leave" | "create" | "wait":
            return spec.otherwise
        case dict() as given:
            return {str(name): str(value) for name, value in given.items()}
    return "create" if kind in CREATED_BY_NAME else "hold"
