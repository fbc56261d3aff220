"""What a mapping can feed: each record type's fields, references and what it cannot do without."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from sell_model import source_activities as activities
from sell_model.draft import Draft, JsonObject, LookupKind, Reason, RecordType
from sell_model.records import (
    AssociationFields,
    ContactFields,
    DealFields,
    LeadFields,
    PipelineFields,
    StageFields,
    UserFields,
)

VALUE_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RefTarget:
    """A reference that a record type has."""

    lookup: LookupKind
    column: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A record type as mappings see it."""

    model: type[BaseModel]
    refs: dict[str, RefTarget] = field(default_factory=dict)
    children: dict[str, Target] = field(default_factory=dict)
    required: tuple[tuple[str, ...], ...] = ()
    """Groups of fields or references, of each of which at least one must be fed."""

    @property
    def fields(self) -> frozenset[str]:
        """The names of the plain fields."""
        return frozenset(self.model.model_fields)

    def checked(self, values: JsonObject) -> tuple[JsonObject, list[Reason]]:
        """Validate field values: the ones in JSON form that were given, and a reason for each bad one."""
        try:
            record = self.model.model_validate(values)
        except ValidationError as error:
            return {}, [_reason(dict(fault)) for fault in error.errors(include_url=False)]
        return record.model_dump(mode="json", exclude_unset=True, exclude_none=True), []


def _reason(fault: dict[str, Any]) -> Reason:
    path = ".".join(str(part) for part in fault["loc"])
    text = str(fault["msg"]).removeprefix("Value error, ")
    return Reason(
        path,
        str(fault["input"])[:VALUE_SHOWN],
        text[0].lower() + text[1:],
        "correct it at the source, or add a step or a value map for this field to the mapping",
    )


_OWNER = {"owner": RefTarget("owner", "owner_id")}

LEAD = Target(
    LeadFields,
    {
        **_OWNER,
        "source": RefTarget("source", "source_id"),
        "unqualified_reason": RefTarget("unqualified_reason", "unqualified_reason_id"),
    },
    required=(("last_name", "organization_name"),),
)
CONTACT = Target(
    ContactFields,
    {
        **_OWNER,
        "company": RefTarget("company", "contact_id"),
        "parent_company": RefTarget("company", "parent_organization_id"),
    },
)
_ASSOCIATED = Target(
    AssociationFields,
    {"contact": RefTarget("contact", "contact_id", required=True)},
    required=(("contact",),),
)
DEAL = Target(
    DealFields,
    {
        **_OWNER,
        "contact": RefTarget("contact", "contact_id"),
        "company": RefTarget("company", "organization_id"),
        "stage": RefTarget("stage", "stage_id"),
        "pipeline": RefTarget("pipeline", "pipeline_id"),
        "source": RefTarget("source", "source_id"),
        "loss_reason": RefTarget("loss_reason", "loss_reason_id"),
        "unqualified_reason": RefTarget("unqualified_reason", "unqualified_reason_id"),
    },
    {"associated_contacts": _ASSOCIATED},
    required=(("name",), ("contact", "company", "associated_contacts")),
)
ASSOCIATION = Target(
    AssociationFields,
    {
        "deal": RefTarget("deal", "deal_id", required=True),
        "contact": RefTarget("contact", "contact_id", required=True),
    },
    required=(("deal",), ("contact",)),
)
USER = Target(UserFields, required=(("email", "name"),))
_STAGE = Target(StageFields, required=(("name",),))
PIPELINE = Target(PipelineFields, children={"stages": _STAGE}, required=(("name",),))

BESIDE: frozenset[RecordType] = frozenset({"note", "task", "call", "visit", "email", "ticket"})
"""What a source's record can be that is kept beside a lead, contact or deal."""

PLACES = ("person", "company", "deal")
"""The references that say where an activity stands."""

_BESIDE = {
    "user": RefTarget("owner", "user_id"),
    "person": RefTarget("person", "person"),
    "company": RefTarget("company", "organization_id"),
    "deal": RefTarget("deal", "deal_id"),
}
_OUTCOME = {"outcome": RefTarget("outcome", "outcome_id")}
TAGGING = Target(
    activities.Tagging,
    {"person": RefTarget("person", "person", required=True)},
    required=(("tags", "email_consent", "phone_consent"), ("person",)),
)

TARGETS: dict[RecordType, Target] = {
    "lead": LEAD,
    "contact": CONTACT,
    "deal": DEAL,
    "association": ASSOCIATION,
    "user": USER,
    "pipeline": PIPELINE,
    "note": Target(activities.Note, _BESIDE, required=(("content",), PLACES)),
    "task": Target(activities.Task, {**_BESIDE, **_OWNER}, required=(("content",),)),
    "call": Target(activities.Call, {**_BESIDE, **_OUTCOME}),
    "visit": Target(activities.Visit, {**_BESIDE, **_OUTCOME}, required=(PLACES,)),
    "email": Target(activities.Email, _BESIDE, required=(PLACES,)),
    "ticket": Target(activities.Ticket, _BESIDE, required=(PLACES,)),
    "tagging": TAGGING,
}


def missing(draft: Draft, target: Target) -> list[Reason]:
    """Say which required fields a draft lacks."""
    have = {*draft.fields, *draft.refs, *(name for name, rows in draft.children.items() if rows)}
    return [_lacks(group) for group in _required(draft, target) if have.isdisjoint(group)]


def _required(draft: Draft, target: Target) -> tuple[tuple[str, ...], ...]:
    if target is CONTACT:
        return (("name",),) if draft.fields.get("is_organization") else (("last_name",),)
    return target.required


@cache
def _lacks(group: tuple[str, ...]) -> Reason:
    names = " or ".join(group)
    return Reason(
        group[0],
        "",
        f"{names} is required and nothing was given",
        f"fill it at the source, or map another field to {names}",
        "missing",
    )
