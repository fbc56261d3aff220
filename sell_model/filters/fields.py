"""What filters can ask about: the fields of a record type, each with its kind and its possible values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "number", "money", "days", "date", "datetime", "choice", "owner", "tags", "bool"]
"""What a field holds. `days` counts the days since a time field; `tags` holds several choices."""
RecordKind: TypeAlias = Literal["lead", "contact", "deal"]

CUSTOM = "custom_fields."


@dataclass(frozen=True, slots=True)
class Field:
    """A field that filters can ask about, lists can show and sort by."""

    name: str
    """As filters and lists call it: Sell's name; `custom_fields.NAME`; `address.city`."""
    kind: Kind
    about: str = ""
    """What it is, where the name does not say it."""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] | None = None
    """The values that exist; None: nobody listed them."""
    is_closed: bool = False
    """Whether a value that is not among the choices is a mistake."""
    over: str = ""
    """Of `days`: the time field whose age it is."""
    custom: str = ""
    """Of a custom field: its name; its parts (of an address) have it, too."""
    part: str = ""
    """Of a part of an address: `line1`, `city`, `postal_code`, `state`, `country`."""

    @property
    def written(self) -> str:
        """The name as filters write it, quoted where it must be."""
        if not self.custom:
            return self.name
        quoted = self.custom if self.custom.isidentifier() else '"' + _escaped(self.custom) + '"'
        return f"{CUSTOM}{quoted}{f'.{self.part}' if self.part else ''}"


@dataclass(frozen=True, slots=True)
class Person:
    """A user who may own records."""

    email: str
    """The address; of a user without one, the name."""
    name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that filters on one record type can ask about."""

    record_type: RecordKind
    fields: Mapping[str, Field]
    """By name."""
    people: Sequence[Person] = ()
    """The users there are; none: any owner is taken as written."""
    currency: str = "USD"
    """Of amounts in filters that name none."""
    _short: Mapping[str, Field] = field(default_factory=dict)

    def find(self, name: str, *, is_quoted: bool = False) -> Field | None:
        """Give the field of a name, an alias, or a custom field's own name; case matters only where it must.

        A quoted name is a custom field's, unless a field of Sell's is called so, too: then it is neither.
        """
        if is_quoted:
            return self._custom(name) if self._own(name) is None else None
        return self._own(name) or self._custom(name.removeprefix(CUSTOM))

    def _own(self, name: str) -> Field | None:
        return self.fields.get(name) or self._short.get(name.lower())

    def _custom(self, name: str) -> Field | None:
        if found := self.fields.get(f"{CUSTOM}{name}"):
            return found
        alike = [f for f in self.fields.values() if f.custom and f.name.lower() == f"{CUSTOM}{name}".lower()]
        return alike[0] if len(alike) == 1 else None

    def nearest(self, name: str) -> str | None:
        """Give the field whose name is most like this one, as filters write it."""
        by_name = {known.removeprefix(CUSTOM).lower(): f for known, f in self.fields.items()}
        by_name |= self._short
        near = difflib.get_close_matches(name.removeprefix(CUSTOM).lower(), by_name, 1, cutoff=0.5)
        return by_name[near[0]].written if near else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def make_catalogue(
    record_type: RecordKind, fields: Sequence[Field], people: Sequence[Person], currency: str
) -> Catalogue:
    """Set up a catalogue: names and aliases are found whatever their case."""
    by_name = {f.name: f for f in fields}
    short = {alias.lower(): f for f in fields for alias in (*f.aliases, *(() if f.custom else (f.name,)))}
    return Catalogue(record_type, by_name, people, currency, short)
