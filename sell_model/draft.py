"""What a mapping makes of one source record: a draft of one canonical record, or the reasons why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sell_model.types import JsonObject as JsonObject

RecordType: TypeAlias = Literal[
    "lead",
    "contact",
    "deal",
    "association",
    "user",
    "pipeline",
    "note",
    "task",
    "call",
    "visit",
    "email",
    "ticket",
    "tagging",
]
"""What a mapping can feed. A pipeline draft carries its stages; a tagging adds tags to somebody whom others feed."""

LookupKind: TypeAlias = Literal[
    "owner",
    "company",
    "contact",
    "person",
    "deal",
    "pipeline",
    "stage",
    "source",
    "loss_reason",
    "unqualified_reason",
    "outcome",
]
"""The kinds of things a source refers to by an id or a name of its own. A person is a lead or a contact."""

Otherwise: TypeAlias = dict[str, str] | Literal["hold", "leave", "create", "wait"]
"""What a reference becomes when nothing bears its value.

`hold` the record, `leave` the field empty (said in the mapping's check), `create` it by that
name (sources, reasons and outcomes only), `wait` in silence until somebody bears it (persons only), or
`{"pool": NAME}`, `{"user": EMAIL}`, `{"stage": NAME}`.
"""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference by the source's own id or name, resolved to one of our ids by the hub."""

    lookup: LookupKind
    value: str
    stream: str | None = None
    """The source's stream that the id belongs to, where the mapping says so; None: any."""
    otherwise: Otherwise = "hold"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record is held: where, what stood there, what is wrong with it, the way out."""

    field: str
    value: str
    """As text, cut to 200 characters."""
    reason: str
    fix: str
    code: str = "invalid"
    """Stable and short, to group by: invalid, missing, unknown_value, unknown_owner, waiting …"""

    def to_json(self) -> JsonObject:
        """Give the JSON form that `held show --json` prints."""
        return {
            "field": self.field,
            "value": self.value,
            "reason": self.reason,
            "fix": self.fix,
            "code": self.code,
        }

    @classmethod
    def from_json(cls, data: JsonObject) -> Reason:
        """Read what `to_json` gave."""
        return cls(**data)


@dataclass(slots=True)
class Draft:
    """One source record's view of one canonical record.

    `fields` holds Sell's field names and JSON values: text, int, bool, lists and objects; money as a
    decimal string; times as ISO 8601 UTC text ending in `Z`. A field the source says nothing about is
    absent. `custom_fields` is one of the fields: an object keyed by field name. `refs` holds what
    points elsewhere, keyed by the name of the reference (`owner`, `company`, `contact`, `stage` …).
    """

    record_type: RecordType
    fields: JsonObject
    refs: dict[str, Ref] = field(default_factory=dict)
    children: dict[str, list[Draft]] = field(default_factory=dict)
    """Drafts made by `each:`: `stages` of a pipeline, `associated_contacts` of a deal."""
    outside_ids: dict[str, str] = field(default_factory=dict)
    """Ids that this record says it bears in other systems: `{"salesforce.Lead": "00Q…"}`."""
    updated_at: str | None = None
    """The source's own time of change, ISO 8601 UTC."""
    chosen: bool = False
    """Somebody chose the source record by hand: it stands although its mapping's `only_if` leaves such out."""

    def to_json(self) -> JsonObject:
        """Give the compact JSON form kept beside the raw payload; empty parts are left out."""
        data: JsonObject = {"type": self.record_type, "fields": self.fields}
        if self.refs:
            data["refs"] = {name: [ref.lookup, ref.value, ref.stream, ref.otherwise] for name, ref in self.refs.items()}
        if self.children:
            data["children"] = {k: [child.to_json() for child in v] for k, v in self.children.items()}
        if self.outside_ids:
            data["outside_ids"] = self.outside_ids
        if self.updated_at:
            data["updated_at"] = self.updated_at
        if self.chosen:
            data["chosen"] = True
        return data

    @classmethod
    def from_json(cls, data: JsonObject) -> Draft:
        """Read what `to_json` gave."""
        return cls(
            data["type"],
            data["fields"],
            {name: Ref(*parts) for name, parts in data.get("refs", {}).items()},
            {k: [cls.from_json(child) for child in v] for k, v in data.get("children", {}).items()},
            data.get("outside_ids", {}),
            data.get("updated_at"),
            data.get("chosen", False),
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A record that could not become a draft, with every reason, never only the first."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that the mapping's `only_if` leaves out."""


Outcome: TypeAlias = Draft | Held | Skipped
