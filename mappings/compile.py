"""Compiles a mapping file: what it says once becomes functions that every record runs through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from mappings.conditions import Find
from mappings.context import Context
from mappings.custom import CustomFieldSpec
from mappings.errors import MappingError
from mappings.file import MappingFile
from mappings.language import ChildrenSpec, FieldEntry, MappingSpec
from mappings.plan import Plan
from mappings.planning import custom_group, custom_spec, plan_of, text_group, time_group
from mappings.raw import Raw, named_specs
from mappings.readers import Surroundings
from mappings.rules import faults_of
from mappings.usage import keys_read
from mappings.values import shown
from sell_model.draft import Draft, Held, JsonObject, LookupKind, Reason, RecordType, Skipped
from sell_model.targets import TARGETS, Target

__all__ = ["Context", "CustomFieldSpec", "Mapping", "compile_mapping"]

ENGINE = "1"
"""Grows when the engine makes other drafts of the same mapping and record."""
PROBLEM = "_problem"
"""Key by which a connector says, in a sentence, why a record cannot be read."""
_HEADERS_KEPT = 64


def compile_mapping(
    file: MappingFile, context: Context, over: Callable[[MappingSpec], MappingSpec] | None = None
) -> Mapping:
    """Compile a mapping file for a hub.

    Args:
        over: sets the mapping right for one source, as its process file wants it.

    Raises:
        MappingError: the file cannot be used; it carries every fault.
    """
    faults = faults_of(file)
    if file.spec is None or faults:
        raise MappingError(faults, fix=f"then run: sellhub map check {file.title}")
    return Mapping(file.title, over(file.spec) if over else file.spec, context)


class Mapping:
    """A compiled mapping. It holds no state that a record could change, and may be shared by threads.

    Args:
        name: as the library calls it.
        spec: what the file says; it must be free of faults (`compile_mapping` sees to it).
        context: the hub's own defaults.
    """

    def __init__(self, name: str, spec: MappingSpec, context: Context) -> None:
        self.name = name
        self.source = spec.from_
        """Connector and stream: `hubspot.contacts`."""
        self.record_type: RecordType = spec.to
        self.version = _version(spec, context)
        """Changes when the file's meaning, the hub's defaults or the engine change; comments do not count."""
        self.custom_fields = {field: custom_spec(entry) for field, entry in spec.custom_fields.items()}
        """What must be defined in the hub when this mapping is activated, by name."""
        self.lookups: frozenset[LookupKind] = frozenset(_lookups(spec.fields, TARGETS[spec.to]))
        """The kinds of references that its drafts may hold."""
        self._spec = spec
        self._context = context
        self._any_case = spec.columns == "any_case"
        self._read = keys_read(spec)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._plan = self._compiled(lambda key: key)

    def apply(self, data: JsonObject, *, chosen: bool = False) -> Draft | Held | Skipped:
        """Make a draft of one source record.

        Never raises for what a record holds: it is held, with every reason at once.

        Args:
            chosen: somebody chose it by hand, whatever `only_if` says of it.
        """
        if PROBLEM in data:
            return Held((_problem(data[PROBLEM]),))
        plan = self._plan_for(tuple(data)) if self._any_case else self._plan
        return plan.chosen(data) if chosen else plan.apply(data)

    def partly(self, data: JsonObject) -> Draft | None:
        """Make what can be made of a draft, whatever is missing or wrong beside it; None: `only_if` leaves it out."""
        plan = self._plan_for(tuple(data)) if self._any_case else self._plan
        return plan.draft(data)[0] if plan.only_if is None or plan.only_if(data) else None

    def unused(self, data: JsonObject) -> list[str]:
        """Name the top-level keys of a flat record that nothing in this mapping reads.

        Keys that begin with an underscore are the connector's own and are left out.
        """
        read = set(self._read)
        if self._any_case:
            find = _finder(tuple(data))
            read = {found for key in self._read if (found := find(key)) is not None}
        return [key for key in data if key not in read and not key.startswith("_")]

    def _plan_for(self, header: tuple[str, ...]) -> Plan:
        plan = self._plans.get(header)
        if plan is None:
            if len(self._plans) >= _HEADERS_KEPT:
                self._plans.clear()
            plan = self._plans[header] = self._compiled(_finder(header))
        return plan

    def _compiled(self, find: Find) -> Plan:
        spec, around = self._spec, Surroundings(self._context, find)
        plan = plan_of(self.name, spec.to, TARGETS[spec.to], spec.fields, spec.only_if, around)
        plan.custom = custom_group(spec.custom_fields, around)
        plan.outside_ids = text_group(spec.outside_ids, around)
        plan.updated_at = time_group(spec.updated_at, around)
        plan.currency = self._context.currency if spec.to == "deal" else None
        plan.raw = Raw(named_specs(spec), find)
        return plan


def _version(spec: MappingSpec, context: Context) -> str:
    meaning = spec.model_dump(mode="json", by_alias=True, exclude={"examples", "notes"}, exclude_defaults=True)
    text = json.dumps([ENGINE, meaning, context.as_options()], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _problem(sentence: Any) -> Reason:
    return Reason("", "", shown(sentence), "correct the record at the source, then read it again", "unreadable")


def _finder(header: tuple[str, ...]) -> Find:
    """Find keys without regard to capitals and to blanks around and inside; the first of equals wins."""
    folded: dict[str, str] = {}
    for key in header:
        folded.setdefault(_folded(key), key)
    return lambda key: folded.get(_folded(key))


def _folded(key: str) -> str:
    return " ".join(key.split()).casefold()


def _lookups(entries: dict[str, FieldEntry], target: Target) -> set[LookupKind]:
    found: set[LookupKind] = set()
    for name, entry in entries.items():
        if isinstance(entry, ChildrenSpec):
            found |= _lookups(entry.fields, target.children[name])
        elif name in target.refs:
            found.add(target.refs[name].lookup)
    return found
