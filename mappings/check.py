"""Checks a mapping file without a vendor: its rules, then its own examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mappings.compile import Context, Mapping
from mappings.errors import Fault
from mappings.file import MappingFile
from mappings.language import AddressSpec, ChildrenSpec, Example, FieldSpec, MappingSpec, SourceSpec
from mappings.marks import Loc
from mappings.rules import faults_of
from mappings.steps import all_steps
from mappings.values import as_text
from sell_model.draft import Draft, Held, Ref, Skipped
from sell_model.errors import RecordError


def check_file(file: MappingFile | Path, context: Context | None = None) -> list[Fault]:
    """Prove a mapping file; empty: good.

    Targets, steps, types, tables, references and paths come first; where they hold, the examples run.

    Args:
        context: the hub's defaults that the examples run under; the plain ones when left out.
    """
    file = file if isinstance(file, MappingFile) else MappingFile(file)
    faults = faults_of(file)
    if faults or file.spec is None:
        return faults
    mapping = Mapping(file.title, file.spec, context or Context())
    return [
        file.fault(("examples", place), f"example {place + 1}: {wrong}", "correct the example or the mapping")
        for place, example in enumerate(file.spec.examples)
        for wrong in _example_faults(mapping, example)
    ]


def notes_of(file: MappingFile | Path) -> list[Fault]:
    """Say what a mapping does not keep: its own notes, and the steps and tables that lose something.

    Each has the level `note`. A file that cannot be read has none.
    """
    file = file if isinstance(file, MappingFile) else MappingFile(file)
    if file.spec is None:
        return []
    return [replace(note, level="note") for note in sorted(_notes(file, file.spec))]


def _notes(file: MappingFile, spec: MappingSpec) -> Iterator[Fault]:
    for place, note in enumerate(spec.notes):
        yield file.fault(("notes", place), note)
    for loc, field in _fields(("fields",), spec.fields):
        yield from _losses(file, loc, field)
    for loc, field in _fields(("custom_fields",), spec.custom_fields):
        yield from _losses(file, loc, field)


def _fields(loc: Loc, entries: Any) -> Iterator[tuple[Loc, FieldSpec]]:
    for name, entry in entries.items():
        here = (*loc, name)
        if isinstance(entry, FieldSpec):
            yield here, entry
        elif isinstance(entry, AddressSpec):
            yield from _fields(here, entry.parts())
        elif isinstance(entry, ChildrenSpec):
            yield from _fields((*here, "fields"), entry.fields)


def _losses(file: MappingFile, loc: Loc, spec: FieldSpec) -> Iterator[Fault]:
    uses = [use for item in spec.from_ if isinstance(item, SourceSpec) for use in item.steps] + spec.steps
    for use in uses:
        loss = all_steps()[use.name].loss if use.name in all_steps() else ""
        if loss:
            yield file.fault(loc, f"{loc[-1]}: {use.name}: {loss}", key=True)
    if spec.otherwise == "leave":
        yield file.fault(loc, f"{loc[-1]}: a value that is not known leaves the field empty", key=True)
    emptied = [value for value, given in spec.values.items() if given is None]
    if emptied:
        yield file.fault(loc, f"{loc[-1]}: {', '.join(emptied)} leaves the field empty", key=True)


def _example_faults(mapping: Mapping, example: Example) -> Iterator[str]:
    got = mapping.apply(example.given)
    if example.expect_skipped:
        if not isinstance(got, Skipped):
            yield f"expected to be skipped, but it is {_said(got)}"
    elif example.expect_held is not None:
        held = [reason.field for reason in got.reasons] if isinstance(got, Held) else []
        if sorted(held) != sorted(example.expect_held):
            yield f"expected to be held for {', '.join(example.expect_held)}, but it is {_said(got)}"
    elif isinstance(got, Draft):
        yield from _differences(example.expect or {}, got)
    else:
        yield f"expected a draft, but it is {_said(got)}"


def _said(got: Draft | Held | Skipped) -> str:
    if isinstance(got, Held):
        return "held: " + "; ".join(f"{reason.field}: {reason.reason}" for reason in got.reasons)
    return "skipped" if isinstance(got, Skipped) else f"mapped: {got.fields}"


def _differences(expected: dict[str, Any], got: Draft, within: str = "") -> Iterator[str]:
    for name, wanted in expected.items():
        if name in got.children:
            yield from _child_differences(name, wanted, got.children[name])
            continue
        ref = got.refs.get(name)
        found = ref.value if isinstance(ref, Ref) else got.fields.get(name, got.outside_ids.get(name))
        if name == "updated_at":
            found = got.updated_at
        if not _same(wanted, found):
            yield f"{within}{name} is {found!r}, expected {wanted!r}"


def _child_differences(name: str, wanted: Any, drafts: list[Draft]) -> Iterator[str]:
    if not isinstance(wanted, list) or len(wanted) != len(drafts):
        yield f"{name} are {len(drafts)}: {[{**draft.fields, **draft.outside_ids} for draft in drafts]}"
        return
    for place, (expected, draft) in enumerate(zip(wanted, drafts, strict=True)):
        yield from _differences(expected, draft, f"{name}[{place}].")


def _same(wanted: Any, found: Any) -> bool:
    """Compare as a person would: 1000 and "1000" are the same, an object by the keys that are named."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_same(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    if wanted is None or found is None:
        return wanted is found
    try:
        return as_text(wanted) == as_text(found)
    except RecordError:
        return False
