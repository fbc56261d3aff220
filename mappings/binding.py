"""Binds a step of a mapping to its options, and makes it part of a field's pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from pydantic import ValidationError

from mappings.conditions import Find
from mappings.errors import StepError
from mappings.language import StepUse
from mappings.paths import Path, Reader, parse_path, path_reader
from mappings.steps import ContextName, Step
from mappings.values import as_text, present
from sell_model.draft import JsonObject

_BOUND_KEPT = 256
Pipe: TypeAlias = Callable[[Any, JsonObject], Any]
"""A bound step: takes the value and the record it comes from; never sees an absent value."""


@dataclass(frozen=True, slots=True)
class Options:
    """A step's options as a mapping states them."""

    fixed: dict[str, Any]
    from_record: dict[str, Path] = field(default_factory=dict)
    """Options read from each record (`region_from: properties.country`)."""


class OptionError(ValueError):
    """Options that a step does not take; `option` is the one, empty for all of them."""

    def __init__(self, text: str, option: str = "") -> None:
        super().__init__(text)
        self.option = option


def read_options(step: Step, use: StepUse, hub: Mapping[ContextName, str]) -> Options:
    """Check what a mapping states as a step's options, and add the hub's own values.

    Raises:
        OptionError: an option is unknown, missing or of the wrong type.
    """
    stated, paths = _stated(step, use)
    known = step.options.model_fields
    filled = {name: hub[source] for name, source in step.hub.items() if name not in stated}
    stand_ins = {name: filled.get(name, "") for name in paths if known[name].is_required()}
    try:
        checked = step.options.model_validate({**filled, **stand_ins, **stated})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            offered = ", ".join(known) or "none"
            raise OptionError(f"step {step.name} has no option {name!r}; it has: {offered}", name) from error
        text = str(fault["msg"])
        raise OptionError(
            f"step {step.name}, option {name}: {text[0].lower()}{text[1:]}", name if name in stated else ""
        ) from error
    return Options({name: getattr(checked, name) for name in known if name not in paths or name in filled}, paths)


def _stated(step: Step, use: StepUse) -> tuple[dict[str, Any], dict[str, Path]]:
    if use.options is None:
        return {}, {}
    if not isinstance(use.options, dict):
        if not step.main:
            raise OptionError(
                f"step {step.name} takes no options"
                if not step.options.model_fields
                else f"step {step.name}: name its options: {', '.join(step.options.model_fields)}"
            )
        return {step.main: use.options}, {}
    fixed: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    for name, value in use.options.items():
        option = name.removesuffix("_from")
        if option == name or option not in step.options.model_fields:
            fixed[name] = value
            continue
        try:
            paths[option] = parse_path(str(value))
        except ValueError as error:
            raise OptionError(f"step {step.name}, {name}: {error}", name) from error
    return fixed, paths


def found_path(path: Path, find: Find) -> Path | None:
    """Put the key that a record really has at a path's beginning; None: no record has it."""
    if not path or not isinstance(path[0], str):
        return path
    key = find(path[0])
    return None if key is None else (key, *path[1:])


def bind(step: Step, options: Options, find: Find) -> Pipe:
    """Make a step a part of a pipeline: text steps go through lists, options come from the record."""
    readers: dict[str, Reader] = {}
    for name, path in options.from_record.items():
        real = found_path(path, find)
        if real is not None:
            readers[name] = path_reader(real)
    return _reading(step, options.fixed, readers) if readers else _with(step, options.fixed)


def _with(step: Step, options: dict[str, Any]) -> Pipe:
    call = partial(step.call, **options) if options else step.call
    if step.takes == "list":
        return lambda value, _record: call(value if type(value) is list else [value])
    return _on_text(call) if step.takes == "text" else _on_any(call)


def _on_text(call: Callable[[Any], Any]) -> Pipe:
    def run(value: Any, _record: JsonObject) -> Any:
        if type(value) is str:
            return call(value)
        if type(value) is list:
            return [call(as_text(item)) for item in value]
        return call(as_text(value))

    return run


def _on_any(call: Callable[[Any], Any]) -> Pipe:
    def run(value: Any, _record: JsonObject) -> Any:
        return [call(item) for item in value] if type(value) is list else call(value)

    return run


def _reading(step: Step, fixed: dict[str, Any], readers: dict[str, Reader]) -> Pipe:
    """Take options from each record; a step bound to the same options is kept for the next record."""
    kept: dict[tuple[str | None, ...], Pipe] = {}

    def run(value: Any, record: JsonObject) -> Any:
        options = tuple([_option(reader(record)) for reader in readers.values()])
        pipe = kept.get(options)
        if pipe is None:
            if len(kept) >= _BOUND_KEPT:
                kept.clear()
            read = {name: text for name, text in zip(readers, options, strict=True) if text is not None}
            pipe = kept[options] = _with(step, _checked(step, fixed | read))
        return pipe(value, record)

    return run


def _checked(step: Step, options: dict[str, Any]) -> dict[str, Any]:
    """Give what a record says as options the types that the step asks for."""
    try:
        checked = step.options.model_validate(options)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise StepError(f"step {step.name} cannot take {name} from the record: {fault['msg']}") from error
    return {name: getattr(checked, name) for name in step.options.model_fields}


def _option(value: Any) -> str | None:
    there = present(value)
    return None if there is None else as_text(there)
