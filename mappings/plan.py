"""A mapping made ready: groups of fields, and the one walk over them that makes a draft of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mappings.conditions import Condition
from mappings.errors import StepError
from mappings.group import Feed, Group
from mappings.paths import Bare, Reader
from mappings.values import shown
from sell_model.draft import Draft, Held, JsonObject, Outcome, Reason, RecordType, Skipped
from sell_model.targets import Target, missing

SKIPPED = Skipped()
_NONE = Group(())


@dataclass(frozen=True, slots=True)
class Conditional:
    """A field or reference that is fed only where others were, or were not."""

    group: Group
    is_ref: bool
    only_with: frozenset[str]
    only_without: frozenset[str]

    def wanted(self, fed: set[str]) -> bool:
        """Decide by the names of what was fed so far."""
        with_ok = not self.only_with or not fed.isdisjoint(self.only_with)
        return with_ok and fed.isdisjoint(self.only_without)


@dataclass(frozen=True, slots=True)
class Children:
    """A list inside the record, and the plan for each of its elements."""

    name: str
    elements: Reader
    plan: Plan


@dataclass(slots=True)
class Plan:
    """How one record, or one element inside it, becomes a draft."""

    record_type: RecordType
    target: Target
    mapping: str
    """The mapping's name, for reasons."""
    raw: Callable[[str, JsonObject], Any]
    """Gives what stands in the source for a field by its name; used for reasons only."""
    only_if: Condition | None = None
    fields: Group = _NONE
    refs: Group = _NONE
    parts: list[tuple[str, Group]] = field(default_factory=list)
    """Addresses, part by part."""
    conditional: list[Conditional] = field(default_factory=list)
    custom: Group = _NONE
    children: list[Children] = field(default_factory=list)
    outside_ids: Group = _NONE
    updated_at: Group = _NONE
    currency: str | None = None
    """Of a deal's value where the record says none."""

    def apply(self, record: JsonObject) -> Outcome:
        """Make the draft of one record, or say everything that keeps it from being one."""
        if self.only_if is not None and not self.only_if(record):
            return SKIPPED
        draft, reasons = self.draft(record)
        return Held(tuple(reasons)) if reasons else draft

    def chosen(self, record: JsonObject) -> Outcome:
        """As `apply`, for a record that somebody chose by hand, whatever `only_if` says of it."""
        draft, reasons = self.draft(record)
        draft.chosen = True
        return Held(tuple(reasons)) if reasons else draft

    def draft(self, record: JsonObject) -> tuple[Draft, list[Reason]]:
        """Read everything, then let the record type check it; give the draft and all that is wrong."""
        reasons: list[Reason] = []
        values: JsonObject = {}
        draft = Draft(self.record_type, values)
        self._read(self.fields, record, values, reasons)
        if self.refs:
            self._read(self.refs, record, draft.refs, reasons)
        for name, group in self.parts:
            self._read_inside(name, group, record, values, reasons)
        if self.conditional:
            self._read_conditional(draft, record, reasons)
        if self.custom:
            self._read_inside("custom_fields", self.custom, record, values, reasons)
        if self.currency is not None and "value" in values:
            values.setdefault("currency", self.currency)
        self._read_rest(draft, record, reasons)
        self._check(draft, record, reasons)
        return draft, reasons

    def _read(
        self, group: Group, record: JsonObject, into: dict[str, Any], reasons: list[Reason], within: str = ""
    ) -> None:
        for name, error in group.read(record, into):
            reasons.append(self._reason(f"{within}{name}", record, error))

    def _read_inside(
        self, name: str, group: Group, record: JsonObject, values: JsonObject, reasons: list[Reason]
    ) -> None:
        inside: JsonObject = {}
        self._read(group, record, inside, reasons, f"{name}.")
        if inside:
            values[name] = inside

    def _read_conditional(self, draft: Draft, record: JsonObject, reasons: list[Reason]) -> None:
        fed = {*draft.fields, *draft.refs}
        for each in self.conditional:
            if each.wanted(fed):
                into: dict[str, Any] = draft.refs if each.is_ref else draft.fields
                self._read(each.group, record, into, reasons)
                fed.update(into)

    def _read_rest(self, draft: Draft, record: JsonObject, reasons: list[Reason]) -> None:
        for each in self.children:
            drafts = self._drafts(each, record, reasons)
            if drafts:
                draft.children[each.name] = drafts
        if self.outside_ids:
            self._read(self.outside_ids, record, draft.outside_ids, reasons, "outside_ids.")
        if self.updated_at:
            found: dict[str, str] = {}
            self._read(self.updated_at, record, found, reasons)
            draft.updated_at = found.get("updated_at")

    def _drafts(self, each: Children, record: JsonObject, reasons: list[Reason]) -> list[Draft]:
        elements = each.elements(record)
        if elements is None:
            return []
        drafts = []
        for place, element in enumerate(elements if isinstance(elements, list) else [elements]):
            inside = element if isinstance(element, dict) else Bare(element)
            if each.plan.only_if is None or each.plan.only_if(inside):
                draft, wrong = each.plan.draft(inside)
                reasons.extend(replace(why, field=f"{each.name}[{place}].{why.field}") for why in wrong)
                drafts.append(draft)
        return drafts

    def _check(self, draft: Draft, record: JsonObject, reasons: list[Reason]) -> None:
        """Let the record type check the values, then see that nothing required is missing."""
        checked, wrong = self.target.checked(draft.fields)
        if wrong:
            reasons.extend(self._pointed(reason, record) for reason in wrong)
        else:
            draft.fields = checked
        if not self._complete(draft):
            self._say_missing(draft, reasons)

    def _complete(self, draft: Draft) -> bool:
        """See quickly that everything required is there; False: it takes a closer look."""
        fields, refs = draft.fields, draft.refs
        for group in self.target.required:
            for name in group:
                if name in fields or name in refs:
                    break
            else:
                return False
        return bool(self.target.required)

    def _say_missing(self, draft: Draft, reasons: list[Reason]) -> None:
        """Add what is missing, but for what is there and wrong: that is said already."""
        failed = {reason.field.partition("[")[0].partition(".")[0] for reason in reasons}
        for lack in missing(draft, self.target):
            names = lack.reason.partition(" is required")[0].split(" or ")
            if failed.isdisjoint(names):
                reasons.append(replace(lack, fix=f"{lack.fix} in the mapping {self.mapping}"))

    def _reason(self, name: str, record: JsonObject, error: Exception) -> Reason:
        text, fix, code = str(error) or type(error).__name__, "", "invalid"
        if isinstance(error, StepError):
            fix, code = error.fix, error.code
        elif not isinstance(error, ValueError):
            text = f"the mapping could not read it: {type(error).__name__}: {text}"
        return Reason(name, shown(self.raw(name, record)), text, self._way_out(name, fix), code)

    def _pointed(self, reason: Reason, record: JsonObject) -> Reason:
        """Let a reason of the record type show what the source holds, and name the mapping."""
        raw = self.raw(reason.field, record)
        value = shown(reason.value if raw is None else raw)
        return replace(reason, value=value, fix=self._way_out(reason.field, ""))

    def _way_out(self, name: str, fix: str) -> str:
        advice = fix or "correct it at the source, or add a step or a table of values"
        return f"{advice} (field {name} of the mapping {self.mapping})"


def one(name: str, read: Reader | None) -> Group:
    """Make a group of one field; of none where there is no reader."""
    return Group([Feed(name, read)]) if read is not None else _NONE
