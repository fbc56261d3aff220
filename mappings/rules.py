"""What a mapping file must keep to, proved without data: every fault at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings.conditions import ConditionError, parse_condition
from mappings.custom import CustomFieldSpec
from mappings.errors import Fault, nearest
from mappings.file import MappingFile
from mappings.kinds import choices_of, field_kind
from mappings.language import AddressSpec, ChildrenSpec, FieldEntry, FieldSpec, MappingSpec
from mappings.marks import Loc
from mappings.paths import PathError, parse_path
from mappings.rules_fields import Role, field_faults, ref_faults
from sell_model.targets import TARGETS, Target


def faults_of(file: MappingFile) -> list[Fault]:
    """Prove a file without data and without running its examples; empty: good."""
    if file.spec is None:
        return sorted(file.faults)
    return sorted(_Rules(file, file.spec).all())


@dataclass(frozen=True, slots=True)
class _Rules:
    file: MappingFile
    spec: MappingSpec

    def all(self) -> Iterator[Fault]:
        spec, target = self.spec, TARGETS[self.spec.to]
        yield from self._name()
        yield from self._condition(("only_if",), spec.only_if)
        for name, single in (("id", spec.id), ("updated_at", spec.updated_at)):
            if single is not None:
                role = Role("text" if name == "id" else "time", name)
                yield from field_faults(self.file, (name,), single, role)
        yield from self._entries(("fields",), spec.fields, target, spec.to)
        yield from self._custom()
        yield from self._outside_ids()
        yield from self._examples()

    def _name(self) -> Iterator[Fault]:
        stated = f"{self.spec.from_.replace('.', '/', 1)}.{self.spec.to}"
        if self.file.name and self.file.name != stated and not self.file.name.startswith(f"{stated}."):
            yield self.file.fault(
                ("from",),
                f"the file is called {self.file.name}, but maps {self.spec.from_} to {self.spec.to}",
                f"call it {stated}.yaml, or correct from and to",
            )

    def _condition(self, loc: Loc, text: str | None) -> Iterator[Fault]:
        if text is None:
            return
        try:
            parse_condition(text)
        except ConditionError as error:
            rest = text[error.place :][:20]
            yield self.file.fault(loc, f"only_if: {error}, near {rest!r}", "like: properties.stage == 'customer'")

    def _entries(self, loc: Loc, entries: dict[str, FieldEntry], target: Target, title: str) -> Iterator[Fault]:
        known = [*sorted(target.fields - {"custom_fields"}), *target.refs, *target.children]
        for name, entry in entries.items():
            here = (*loc, name)
            if name not in known:
                yield self._unknown(here, name, known, target, title)
            elif isinstance(entry, ChildrenSpec):
                yield from self._children(here, name, entry, target)
            else:
                yield from self._entry(here, name, entry, target)
            if isinstance(entry, FieldSpec):
                yield from self._fed_names(here, entry, entries)
        yield from self._required(loc, entries, target)

    def _unknown(self, loc: Loc, name: str, known: Sequence[str], target: Target, title: str) -> Fault:
        by_column = next((ref for ref, spec in target.refs.items() if spec.column == name), "")
        if name == "custom_fields":
            return self.file.fault(loc, "custom_fields stands beside fields, not in it", key=True)
        return self.file.fault(loc, f"a {title} has no field {name!r}", by_column or nearest(name, known), key=True)

    def _entry(self, loc: Loc, name: str, entry: FieldSpec | AddressSpec, target: Target) -> Iterator[Fault]:
        if name in target.children:
            yield self.file.fault(loc, f"{name} are children: a list of them is mapped by each: and fields:")
            return
        kind = field_kind(target.model, name) if name in target.fields else None
        if isinstance(entry, AddressSpec):
            if kind != "address":
                yield self.file.fault(loc, f"{name} is no address: it has no parts", "give it one path")
            yield from self._parts(loc, entry)
            return
        if entry.type is not None or entry.choices:
            key = "type" if entry.type is not None else "choices"
            yield self.file.fault((*loc, key), f"{key} is for custom fields; {name} has its own", key=True)
        if name in target.refs:
            yield from ref_faults(self.file, loc, entry, target.refs[name].lookup, self.spec.to)
        elif kind is not None:
            role = Role(kind, name, choices_of(target.model, name), target)
            yield from field_faults(self.file, loc, entry, role)

    def _parts(self, loc: Loc, entry: AddressSpec) -> Iterator[Fault]:
        for part, spec in entry.parts().items():
            yield from field_faults(self.file, (*loc, part), spec, Role("text", part))

    def _children(self, loc: Loc, name: str, entry: ChildrenSpec, target: Target) -> Iterator[Fault]:
        child = target.children.get(name)
        if child is None:
            yield self.file.fault((*loc, "each"), f"{name} is no list of children: each is not for it", key=True)
            return
        try:
            parse_path(entry.each)
        except PathError as error:
            yield self.file.fault((*loc, "each"), f"not a path: {error}")
        yield from self._condition((*loc, "only_if"), entry.only_if)
        if entry.id is not None:
            yield from field_faults(self.file, (*loc, "id"), entry.id, Role("text", "id"))
        yield from self._entries((*loc, "fields"), entry.fields, child, f"child in {name}")

    def _fed_names(self, loc: Loc, entry: FieldSpec, entries: dict[str, FieldEntry]) -> Iterator[Fault]:
        for key in ("only_with", "only_without"):
            for place, other in enumerate(getattr(entry, key)):
                if other not in entries:
                    message = f"{key}: this mapping feeds no {other!r}"
                    yield self.file.fault((*loc, key, place), message, nearest(other, entries))

    def _required(self, loc: Loc, entries: dict[str, FieldEntry], target: Target) -> Iterator[Fault]:
        groups = (("last_name", "name"),) if target is TARGETS["contact"] else target.required
        for group in groups:
            if entries.keys().isdisjoint(group):
                names = " or ".join(group)
                yield self.file.fault(loc, f"nothing feeds {names}, which is required", f"map {names}", key=True)

    def _custom(self) -> Iterator[Fault]:
        for name, entry in self.spec.custom_fields.items():
            loc: Loc = ("custom_fields", name)
            if isinstance(entry, AddressSpec):
                yield from self._parts(loc, entry)
                continue
            if entry.choices and entry.type not in {"list", "multi_select_list"}:
                message = f"custom field {name}: choices are for the types list and multi_select_list"
                yield self.file.fault((*loc, "choices"), message, "type: list", key=True)
            if entry.lookup is not None or entry.only_with or entry.only_without:
                yield self.file.fault(loc, f"custom field {name}: lookup, only_with and only_without are for fields")
            custom = CustomFieldSpec(entry.type or "string", tuple(entry.choices))
            yield from field_faults(self.file, loc, entry, Role.of_custom(name, custom))

    def _outside_ids(self) -> Iterator[Fault]:
        for name, entry in self.spec.outside_ids.items():
            if name.count(".") != 1:
                message = f"outside id {name!r}: a system and its stream are expected"
                yield self.file.fault(("outside_ids", name), message, "like salesforce.Lead", key=True)
            yield from field_faults(self.file, ("outside_ids", name), entry, Role("text", name))

    def _examples(self) -> Iterator[Fault]:
        for place, example in enumerate(self.spec.examples):
            said = [
                example.expect is not None,
                example.expect_held is not None,
                example.expect_skipped,
            ]
            if sum(said) != 1:
                yield self.file.fault(
                    ("examples", place),
                    f"example {place + 1} must say one of expect, expect_held, expect_skipped",
                    "expect: {last_name: Li}",
                )
