"""What people type for a record's fields, `FIELD=VALUE`, read and checked; all that is wrong with it at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sell_model.custom_fields import CUSTOM, CustomField, CustomValueError, held, typed
from sell_model.draft import Reason
from sell_model.matching.normal_forms import folded
from sell_model.targets import TARGETS, VALUE_SHOWN, Target
from sell_model.types import Address, JsonObject

Kind: TypeAlias = Literal["lead", "contact", "deal"]

ADDRESS_PARTS = tuple(Address.model_fields)
_ADDRESSES = frozenset({"address", "billing_address", "shipping_address"})
_ALIASES = {"close_date": "estimated_close_date", "likelihood": "customized_win_likelihood"}
_NEVER: dict[str, tuple[str, str]] = {
    "custom_fields": ("a custom field is set by its own name", "like: 'Company tier=A'"),
    "added_by": ("the hub keeps who added a record", "leave it out"),
    "last_stage_change_at": ("it follows from the deal's moves", "sellhub deal move ID STAGE"),
    "last_activity_at": ("it follows from the activities", "sellhub note add, call add, visit add"),
}
_NOT_EDITED: dict[str, tuple[str, str]] = {
    "is_organization": ("a person never becomes a company, nor a company a person", "add a new contact"),
    "stage": ("a deal's stage is not edited, the deal moves", "sellhub deal move ID STAGE"),
    "pipeline": ("a deal's pipeline is its stage's", "sellhub deal move ID STAGE --pipeline NAME"),
    "loss_reason": ("it belongs to a lost deal", "sellhub deal lose ID --reason REASON"),
}
_UNQUALIFIED = {
    "lead": ("it belongs to an unqualified lead", "sellhub lead unqualify ID --reason REASON"),
    "deal": ("it belongs to an unqualified deal", "sellhub deal unqualify ID --reason REASON"),
}


@dataclass(slots=True)
class Typed:
    """What was typed, read."""

    kind: Kind
    fields: JsonObject = field(default_factory=dict)
    """Sell's field → its JSON value; without references and custom fields."""
    custom: JsonObject = field(default_factory=dict)
    """Custom field → its value."""
    refs: dict[str, str] = field(default_factory=dict)
    """Reference (`owner`, `company`, `contact`, `stage` …) → the name or id that was typed."""
    parts: dict[str, JsonObject] = field(default_factory=dict)
    """Address, or custom field of that type → the parts of it that were typed; None blanks one."""
    blank: list[str] = field(default_factory=list)
    """Fields and references to blank, custom ones as `custom_fields.NAME`."""
    faults: list[Reason] = field(default_factory=list)


def assignments(words: Iterable[str]) -> tuple[dict[str, str], list[Reason]]:
    """Take `FIELD=VALUE` words apart; what is none of these is a fault.

    >>> assignments(["title=CTO", "email="])
    ({'title': 'CTO', 'email': ''}, [])
    """
    found: dict[str, str] = {}
    faults: list[Reason] = []
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            faults.append(_fault(word, "", "not of the form FIELD=VALUE", "like: title=CTO; FIELD= blanks a field"))
        elif name.strip() in found:
            faults.append(_fault(name.strip(), value, "said twice", "say it once"))
        else:
            found[name.strip()] = value
    return found, faults


def united(typed_words: Mapping[str, str], options: Mapping[str, str], faults: list[Reason]) -> dict[str, str]:
    """Put words and options together; what both say is a fault."""
    faults += [
        _fault(name, options[name], "said twice, as a word and as an option", "say it once")
        for name in options
        if name in typed_words
    ]
    return {**typed_words, **options}


def read(kind: Kind, said: Mapping[str, str], customs: Sequence[CustomField], *, adding: bool) -> Typed:
    """Read what was typed for a record's fields.

    Args:
        said: by Sell's field name, a reference's name, a custom field's name, or `address.city`.
        customs: the custom fields of this type of record.
        adding: it is for a new record; some fields cannot be changed later.
    """
    reader = _Reader(Typed(kind), TARGETS[kind], customs, adding)
    for name, value in said.items():
        reader.take(name, value)
    return reader.checked()


@dataclass(slots=True)
class _Reader:
    typed: Typed
    target: Target
    customs: Sequence[CustomField]
    adding: bool

    def take(self, said: str, value: str) -> None:
        base, _, part = said.partition(".")
        if part in ADDRESS_PARTS and (name := self._address(base)):
            self.typed.parts.setdefault(name, {})[part] = value.strip() or None
            return
        name = self._standard(said)
        if name is None and (custom := self._custom(said)):
            self._take_custom(custom, value)
        elif name is None:
            self.typed.faults.append(self._unknown(said, value))
        elif why := self._refused(name, value):
            self.typed.faults.append(_fault(name, value, *why))
        elif not value.strip():
            self.typed.blank.append(name)
        elif name in self.target.refs:
            self.typed.refs[name] = value.strip()
        else:
            self._take_field(name, value)

    def _address(self, base: str) -> str | None:
        if base in _ADDRESSES & self.target.fields:
            return base
        custom = self._custom(base)
        return f"{CUSTOM}{custom.name}" if custom and custom.type == "address" else None

    def _standard(self, said: str) -> str | None:
        """Give a field or a reference by its name in Sell's words, or by that of its column."""
        columns = {ref.column: name for name, ref in self.target.refs.items()}
        known = {*self.target.fields, *self.target.refs}
        if said in known:
            return said
        if any(custom.name == said for custom in self.customs):
            return None
        name = said.strip().lower().replace(" ", "_").replace("-", "_")
        name = _ALIASES.get(name, columns.get(name, name))
        return name if name in known else None

    def _custom(self, said: str) -> CustomField | None:
        name = said.removeprefix(CUSTOM)
        exact = [custom for custom in self.customs if custom.name == name]
        alike = [custom for custom in self.customs if folded(custom.name) == folded(name)]
        return exact[0] if exact else alike[0] if len(alike) == 1 else None

    def _refused(self, name: str, value: str) -> tuple[str, str] | None:
        if name in _NEVER:
            return _NEVER[name]
        if self.adding or (name.endswith("_reason") and not value.strip()):
            return None
        if name == "unqualified_reason":
            return _UNQUALIFIED[self.typed.kind]
        return _NOT_EDITED.get(name)

    def _take_custom(self, custom: CustomField, value: str) -> None:
        name = f"{CUSTOM}{custom.name}"
        if not value.strip():
            self.typed.blank.append(name)
            return
        try:
            if custom.type == "address":
                self.typed.custom[custom.name] = held("address", _object(value))
            else:
                self.typed.custom[custom.name] = typed(custom.type, value, custom.choices)
        except CustomValueError as fault:
            fix = f"nearest: {fault.nearest}" if fault.nearest else f"{custom.name} is a field of type {custom.type}"
            if fault.code == "unknown_value":
                fix += f"; or add it: sellhub field choice add '{custom.name}' CHOICE --of {custom.record_type}"
            self.typed.faults.append(_fault(custom.name, value, str(fault), fix, fault.code))

    def _take_field(self, name: str, value: str) -> None:
        known: Any = value
        if name == "tags":
            known = [tag.strip() for tag in value.split(",") if tag.strip()]
        elif name == "currency":
            known = value.strip().upper()
        elif name in _ADDRESSES:
            try:
                known = _object(value)
            except CustomValueError as fault:
                self.typed.faults.append(_fault(name, value, str(fault), f"or by its parts: {name}.city=Berlin"))
                return
        self.typed.fields[name] = known

    def _unknown(self, said: str, value: str) -> Reason:
        names = [*sorted(self.target.fields - _NEVER.keys()), *self.target.refs, *(c.name for c in self.customs)]
        near = difflib.get_close_matches(said, names, 1, 0.55)
        fix = f"nearest: {near[0]}" if near else f"fields: {', '.join(names)}"
        return _fault(said, value, f"no field of a {self.typed.kind}", fix, "unknown_field")

    def checked(self) -> Typed:
        """Check the values together, as the record's type demands it."""
        values, reasons = self.target.checked(self.typed.fields)
        if reasons:  # what is right beside them is checked further, so that all faults are told at once
            wrong_fields = {reason.field.partition(".")[0] for reason in reasons}
            rest = {name: value for name, value in self.typed.fields.items() if name not in wrong_fields}
            values, _ = self.target.checked(rest)
        for name, parts in self.typed.parts.items():
            _, wrong = self.target.checked({"address": parts}) if self.typed.kind != "deal" else ({}, [])
            reasons += [_fault(f"{name}.{r.field.rpartition('.')[2]}", r.value, r.reason, "") for r in wrong]
        self.typed.faults += [_fault(r.field, r.value, r.reason, f"correct it: {r.field}=VALUE") for r in reasons]
        self.typed.fields = values
        return self.typed


def _object(value: str) -> JsonObject:
    try:
        known = json.loads(value)
    except ValueError as error:
        raise CustomValueError('not an address: {"line1": "…", "city": "…"} is expected') from error
    if not isinstance(known, dict):
        raise CustomValueError('not an address: {"line1": "…", "city": "…"} is expected')
    return known


def _fault(name: str, value: str, reason: str, fix: str, code: str = "invalid") -> Reason:
    return Reason(name, value[:VALUE_SHOWN], reason, fix, code)
