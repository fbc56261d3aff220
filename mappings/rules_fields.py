"""What one field of a mapping must keep to: paths, steps, tables, what becomes of unknown values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mappings.binding import OptionError, read_options
from mappings.context import Context
from mappings.custom import CustomFieldSpec, custom_check
from mappings.errors import Fault, nearest
from mappings.file import MappingFile
from mappings.kinds import TargetKind, accepts
from mappings.language import CustomType, FieldSpec, SourceSpec, StepUse
from mappings.marks import Loc
from mappings.paths import PathError, gives_list, parse_path
from mappings.readers import CREATED_BY_NAME
from mappings.steps import Kind, Step, all_steps
from sell_model.draft import LookupKind, RecordType
from sell_model.errors import HubError
from sell_model.targets import BESIDE, Target

_CUSTOM_KINDS: dict[CustomType, TargetKind] = {
    "string": "text",
    "text": "text",
    "number": "money",
    "bool": "bool",
    "date": "date",
    "datetime": "time",
    "list": "text",
    "multi_select_list": "list",
    "email": "text",
    "phone": "text",
    "url": "text",
    "address": "object",
}
_CREATABLE: frozenset[LookupKind] = CREATED_BY_NAME | {"company", "contact"}
_HELD_UNLESS: dict[str, LookupKind] = {"pool": "owner", "user": "owner", "stage": "stage"}


@dataclass(frozen=True, slots=True)
class Role:
    """What a field is for: what it holds, and the only values it takes, if there are such."""

    kind: TargetKind
    title: str
    choices: tuple[str, ...] = ()
    target: Target | None = None
    custom: CustomFieldSpec | None = None

    @classmethod
    def of_custom(cls, name: str, spec: CustomFieldSpec) -> Role:
        """Give the role of a custom field."""
        return cls(_CUSTOM_KINDS[spec.type], name, spec.choices, None, spec)

    def refusal(self, value: Any) -> str:
        """Say why the field cannot hold a value that the mapping states; empty: it can."""
        if self.custom is not None:
            try:
                custom_check(self.custom)([value] if self.kind == "list" and type(value) is not list else value)
            except (HubError, ValueError) as error:
                return str(error)
        elif self.target is not None:
            fitted = value
            if self.kind in {"text", "choice"}:
                fitted = str(value).lower() if isinstance(value, bool) else str(value)
            elif self.kind == "list" and not isinstance(value, list):
                fitted = [str(value)]
            _, reasons = self.target.checked({self.title: fitted})
            return reasons[0].reason if reasons else ""
        return ""


def field_faults(file: MappingFile, loc: Loc, spec: FieldSpec, role: Role) -> Iterator[Fault]:
    """Prove what a mapping says about a field that holds a value."""
    yield from _source_faults(file, loc, spec)
    yield from _type_faults(file, loc, spec, role)
    yield from _table_faults(file, loc, spec, role)
    for key in ("const", "default"):
        if getattr(spec, key) is not None and (why := role.refusal(getattr(spec, key))):
            near = nearest(str(getattr(spec, key)), role.choices)
            yield file.fault((*loc, key), f"{role.title} cannot hold this {key}: {why}", near)
    if spec.lookup is not None:
        yield file.fault((*loc, "lookup"), f"{role.title} is no reference: lookup is not for it", key=True)
    for place, item in enumerate(spec.from_):
        if isinstance(item, SourceSpec) and item.stream is not None:
            message = f"{role.title} is no reference: stream is not for it"
            yield file.fault((*loc, "from", place, "stream"), message, key=True)


def ref_faults(
    file: MappingFile, loc: Loc, spec: FieldSpec, kind: LookupKind, record_type: RecordType
) -> Iterator[Fault]:
    """Prove what a mapping says about a reference of a record of that type."""
    yield from _source_faults(file, loc, spec)
    if spec.lookup is not None and spec.lookup.kind != kind:
        message = f"{loc[-1]} refers to a {kind}, not to a {spec.lookup.kind}"
        yield file.fault((*loc, "lookup"), message, f"lookup: {kind}")
    gives = _last_kind(spec)
    if gives in {"list", "bool"}:
        yield file.fault(loc, f"{loc[-1]} takes one value, the mapping gives a {gives}", "first_present")
    yield from _ref_otherwise(file, loc, spec, kind, record_type)


def _ref_otherwise(
    file: MappingFile, loc: Loc, spec: FieldSpec, kind: LookupKind, record_type: RecordType
) -> Iterator[Fault]:
    here = (*loc, "otherwise")
    creatable = CREATED_BY_NAME if record_type in BESIDE else _CREATABLE
    allowed = ["hold", "leave", *(["create"] if kind in creatable else []), *(["wait"] if kind == "person" else [])]
    unless = {name: of for name, of in _HELD_UNLESS.items() if name != "pool" or record_type not in BESIDE}
    shapes = [f"{{{name}: NAME}}" for name, of in unless.items() if of == kind]
    match spec.otherwise:
        case None:
            return
        case str() as word if word in allowed:
            return
        case dict() as given if len(given) == 1 and unless.get(next(iter(given))) == kind:
            return
        case str() as word:
            near = nearest(word, allowed)
        case _:
            near = shapes[0] if shapes else allowed[0]
    offered = ", ".join([*allowed, *shapes])
    yield file.fault(here, f"otherwise of a {kind} is one of: {offered}", near)


def _source_faults(file: MappingFile, loc: Loc, spec: FieldSpec) -> Iterator[Fault]:
    has_const = "const" in spec.model_fields_set
    if has_const and (spec.from_ or spec.steps or spec.values):
        yield file.fault(loc, f"{loc[-1]}: const stands alone, without from, steps and values")
    if not has_const and not spec.from_:
        yield file.fault(loc, f"{loc[-1]}: neither from nor const says where the value comes from", key=True)
    for place, item in enumerate(spec.from_):
        yield from _path_faults(file, (*loc, "from", place), item)
        if isinstance(item, SourceSpec):
            yield from _step_faults(file, (*loc, "from", place, "steps"), item.steps)
    yield from _step_faults(file, (*loc, "steps"), spec.steps)


def _path_faults(file: MappingFile, loc: Loc, item: str | SourceSpec) -> Iterator[Fault]:
    text = item if isinstance(item, str) else item.from_
    try:
        parse_path(text)
    except PathError as error:
        yield file.fault(loc, f"{text!r} is not a path: {error}, at {text[error.place :][:20]!r}")


def _step_faults(file: MappingFile, loc: Loc, uses: list[StepUse]) -> Iterator[Fault]:
    known = all_steps()
    hub = Context().as_options()
    for place, use in enumerate(uses):
        here = (*loc, place)
        if use.name not in known:
            message = f"field {loc[-2]}: no step called {use.name!r}"
            yield file.fault(here, message, nearest(use.name, known) or "all: sellhub map steps")
            continue
        try:
            read_options(known[use.name], use, hub)
        except OptionError as error:
            options = list(known[use.name].options.model_fields)
            near = nearest(error.option, options) if error.option not in options else ""
            yield file.fault((*here, use.name, error.option), str(error), near)


def _steps(uses: list[StepUse]) -> list[Step]:
    return [all_steps()[use.name] for use in uses if use.name in all_steps()]


def _last_kind(spec: FieldSpec) -> Kind:
    """Give what comes out of a field's steps, as far as it is known without data."""
    kind: Kind = "any"
    try:
        paths = [parse_path(item) for item in spec.from_ if isinstance(item, str)]
    except PathError:
        return kind
    if len(paths) == 1 and gives_list(paths[0]):
        kind = "list"
    for step in _steps(spec.steps):
        if kind == "list" and step.takes != "list":
            continue  # goes through the list, element by element
        kind = step.gives if step.takes != "any" or step.gives != "any" else kind
    return kind


def _type_faults(file: MappingFile, loc: Loc, spec: FieldSpec, role: Role) -> Iterator[Fault]:
    gives = "any" if spec.values else _last_kind(spec)
    if role.kind in {"address", "object"} and spec.steps and gives != "any":
        yield file.fault(loc, f"{role.title} holds an address: give its parts (line1, city, postal_code …)")
    elif role.kind not in {"address", "object"} and not accepts(role.kind, gives):
        fix = 'add a step: {split: ";"}' if role.kind == "list" else "first_present" if gives == "list" else ""
        yield file.fault(loc, f"{role.title} takes {_said(role.kind)}, the mapping gives {_said(gives)}", fix)


def _said(kind: TargetKind | Kind) -> str:
    words = {"list": "a list", "int": "a whole number", "bool": "yes or no", "money": "an amount", "any": "anything"}
    return words.get(kind, f"a {kind}")


def _table_faults(file: MappingFile, loc: Loc, spec: FieldSpec, role: Role) -> Iterator[Fault]:
    if spec.otherwise is not None and not spec.values:
        yield file.fault(
            (*loc, "otherwise"), f"{role.title}: otherwise is for a table of values or a reference", key=True
        )
    if not spec.values:
        return
    for key, value in spec.values.items():
        if value is not None and (why := role.refusal(value)):
            near = nearest(str(value), role.choices)
            yield file.fault((*loc, "values", key), f"{role.title} cannot hold {value!r}: {why}", near)
    yield from _table_otherwise(file, loc, spec, role)


def _table_otherwise(file: MappingFile, loc: Loc, spec: FieldSpec, role: Role) -> Iterator[Fault]:
    match spec.otherwise:
        case "hold" | "keep" | "leave":
            return
        case {"value": value, **rest} if not rest:
            if why := role.refusal(value):
                yield file.fault((*loc, "otherwise"), f"{role.title} cannot hold {value!r}: {why}")
        case None if {key.casefold() for key in spec.values} >= {"true", "false"}:
            return
        case None:
            message = f"{role.title}: the table does not say what becomes of a value that it does not list"
            yield file.fault((*loc, "values"), message, "otherwise: hold (or keep, leave, {value: X})", key=True)
        case _:
            given = spec.otherwise if isinstance(spec.otherwise, str) else ""
            near = nearest(given, ["hold", "keep", "leave"])
            yield file.fault((*loc, "otherwise"), "otherwise of a table is one of: hold, keep, leave, {value: X}", near)
