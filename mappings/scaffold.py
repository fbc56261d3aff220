"""Writes a working mapping file for a stream, from what its connector discovers (`map new`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mappings.compile import Context, Mapping
from mappings.guess import FieldLike, Guesses, guess
from mappings.kinds import field_kind
from mappings.language import MappingSpec
from mappings.marks import quoted, read_yaml
from mappings.paths import PathError, parse_path
from sell_model.draft import Draft, JsonObject, RecordType
from sell_model.targets import TARGETS

__all__ = ["FieldLike", "new_mapping"]

_SINGLE = frozenset({"string", "enum", "number", "boolean", "date", "datetime"})
_SHOWN = 8
"""Fields that the scaffold's example expects."""


def new_mapping(
    source: str, fields: Sequence[FieldLike], target: RecordType, shipped: MappingSpec | None = None
) -> str:
    """Write the YAML of a mapping that passes `check_file` and maps what it recognises.

    What it does not recognise stands at the end, as comments with an example of each, ready to be used.

    Args:
        source: connector and stream: `csv.rows`.
        fields: the stream's fields, as discovered; may be empty.
        shipped: the mapping that it stands over: which records it takes, and the ids by which others know them, stay.
    """
    usable = [each for each in fields if _is_usable(each)]
    found = guess(usable, target)
    lines = [
        f"# Written by: sellhub map new {source}. Read it, change it, then: sellhub map check",
        f"from: {source}",
        f"to: {target}",
        *(["columns: any_case"] if source.partition(".")[0] in {"csv", "webhook"} else []),
        *([f"updated_at: {_updated(found.updated_at)}"] if found.updated_at else []),
        *([f"only_if: {quoted(shipped.only_if)}"] if shipped and shipped.only_if else []),
        *(["fields:", *fed] if (fed := list(_field_lines(found, usable, target))) else ["fields: {}"]),
        *_custom_lines(found),
        *(_outside_lines(shipped) if shipped else ()),
    ]
    return "\n".join([*lines, *_example_lines(lines, usable), *_unused_lines(found)]) + "\n"


def _is_usable(field: FieldLike) -> bool:
    """Tell whether a field can be written down: names with control characters in them cannot."""
    try:
        return bool(parse_path(field.path)) and (field.path + field.label).isprintable()
    except PathError:
        return False


def _path(field: FieldLike) -> str:
    """Write a field's path; a single key needs no quotes of its own."""
    parts = parse_path(field.path)
    plain = len(parts) == 1 and isinstance(parts[0], str) and not set(parts[0]) & set('."[]@')
    return quoted(str(parts[0]) if plain else field.path)


def _updated(field: FieldLike) -> str:
    return f"{{from: {_path(field)}, steps: [datetime]}}"


def _field_lines(found: Guesses, fields: Sequence[FieldLike], target: RecordType) -> Iterator[str]:
    named = dict(found.fields)
    full_name = named.pop("full_name", None)
    if full_name is not None:
        for name, part in (("first_name", "first"), ("last_name", "last")):
            if name not in named:
                yield f"  {name}: {{from: {_path(full_name)}, steps: [{{split_name: {part}}}]}}"
    if target == "contact" and "name" in named and "last_name" not in named and full_name is None:
        yield "  is_organization: {const: true}"
    for name, field in named.items():
        if not name.startswith("address."):
            yield f"  {name}: {_stated(name, field, target)}"
    parts = {name: field for name, field in named.items() if name.startswith("address.")}
    if parts:
        yield "  address:"
        yield from (f"    {name.partition('.')[2]}: {_path(field)}" for name, field in parts.items())
    yield from _required_lines({*named, *({"last_name"} if full_name else ())}, fields, target)


def _stated(name: str, field: FieldLike, target: RecordType) -> str:
    steps = _steps(name, field, target)
    otherwise = "leave" if name == "owner" else ""
    if not steps and not otherwise:
        return _path(field)
    said = [f"from: {_path(field)}"]
    said += [f"steps: [{steps}]"] if steps else []
    said += [f"otherwise: {otherwise}"] if otherwise else []
    return f"{{{', '.join(said)}}}"


_STEPS_BY_NAME = {
    "email": "email",
    "phone": "{phone: {otherwise: keep}}",
    "mobile": "{phone: {otherwise: keep}}",
    "phone_number": "{phone: {otherwise: keep}}",
    "currency": "currency",
}
_STEPS_BY_KIND = {
    "money": "money",
    "time": "datetime",
    "date": "date",
    "bool": "boolean",
    "int": "{integer: {rounded: true}}",
    "list": '{split: [",", ";", "|"]}',
}


def _steps(name: str, field: FieldLike, target: RecordType) -> str:
    model = TARGETS[target].model
    if name in _STEPS_BY_NAME or name not in model.model_fields:
        return _STEPS_BY_NAME.get(name, "")
    kind = field_kind(model, name)
    return "" if kind == "list" and field.type == "array" else _STEPS_BY_KIND.get(kind, "")


def _required_lines(fed: set[str], fields: Sequence[FieldLike], target: RecordType) -> Iterator[str]:
    """Feed what a record cannot do without, from the first text where nothing was recognised."""
    groups = (("last_name", "name"),) if target == "contact" else TARGETS[target].required
    texts = [each for each in fields if each.type == "string"] or list(fields)
    for group in groups:
        if fed.isdisjoint(group):
            path = _path(texts[0]) if texts else group[0]
            yield f"  {group[0]}: {path}  # a guess: it is required; say where it really stands"


_CUSTOM_TYPES = {
    "number": "number",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "enum": "list",
    "multi_enum": "multi_select_list",
}
_CUSTOM_STEPS = {"date": "date", "datetime": "datetime", "multi_enum": '{split: ";"}', "number": "number"}


def _custom_lines(found: Guesses) -> Iterator[str]:
    names: set[str] = set()
    for field in found.custom:
        name = field.label or field.path
        if field.type in {"object", "array"} or name in names:
            continue
        if not names:
            yield "custom_fields:"
        names.add(name)
        yield f"  {quoted(name)}: {_custom(field)}"


def _custom(field: FieldLike) -> str:
    if field.type not in _CUSTOM_TYPES:
        return _path(field)
    said = [f"from: {_path(field)}", f"type: {_CUSTOM_TYPES[field.type]}"]
    if field.type in _CUSTOM_STEPS:
        said.insert(1, f"steps: [{_CUSTOM_STEPS[field.type]}]")
    choices = [quoted(choice) for choice in field.choices if choice.strip()]
    if choices and field.custom and field.type in {"enum", "multi_enum"}:
        said.append(f"choices: [{', '.join(choices)}]")
    return f"{{{', '.join(said)}}}"


def _unused_lines(found: Guesses) -> Iterator[str]:
    if found.others:
        yield "# Not mapped yet. To keep one, put its line under custom_fields (or fields):"
    for field in found.others:
        name = quoted(field.label or field.path)
        example = f"  # {field.example}" if field.example else ""
        line = f"#   {name}: {_custom(field)}{example}"
        yield "".join(letter if letter.isprintable() else " " for letter in line)[:160]


def _outside_lines(shipped: MappingSpec) -> Iterator[str]:
    """Write the ids that are no more than a path."""
    plain = {name: each.from_[0] for name, each in shipped.outside_ids.items() if len(each.from_) == 1}
    paths = {name: path for name, path in plain.items() if isinstance(path, str)}
    if paths:
        yield "outside_ids:"
        yield from (f"  {name}: {quoted(path)}" for name, path in paths.items())


def _example_lines(lines: Sequence[str], fields: Sequence[FieldLike]) -> Iterator[str]:
    """Make a test of the examples that were discovered, where they map to a draft."""
    given: JsonObject = {}
    for field in fields:
        if (
            field.example.isprintable()
            and field.example
            and field.type in {"string", "enum", "number", "boolean", "date", "datetime"}
        ):
            _put(given, field.path, field.example)
    spec = MappingSpec.model_validate(read_yaml("\n".join(lines), "").data)
    draft = Mapping("", spec, Context()).apply(given) if given else None
    expected = _expected(draft) if isinstance(draft, Draft) else {}
    if expected:
        yield "examples:"
        yield f"  - given: {json.dumps(given, ensure_ascii=False)}"
        yield f"    expect: {json.dumps(expected, ensure_ascii=False)}"


def _expected(draft: Draft) -> JsonObject:
    named: dict[str, Any] = {**draft.fields, **{name: ref.value for name, ref in draft.refs.items()}}
    return dict(list(named.items())[:_SHOWN])


def _put(record: JsonObject, path: str, value: str) -> None:
    parts = parse_path(path)
    if not all(isinstance(part, str) for part in parts):
        return
    *outer, last = (str(part) for part in parts)
    for key in outer:
        inside = record.setdefault(key, {})
        if not isinstance(inside, dict):
            return
        record = inside
    record.setdefault(last, value)
