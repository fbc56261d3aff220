"""The fields of leads, contacts and deals. Source: Zendesk Sell API v2 (records) and its smart lists (figures)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sell_model.consent import STRICTNESS
from sell_model.custom_fields import CustomField
from sell_model.filters.fields import CUSTOM, Catalogue, Field, Kind, Person, RecordKind, make_catalogue

ADDRESS_PARTS = ("line1", "city", "postal_code", "state", "country")
ACTIVITY_TYPES = ("note", "task", "call", "visit", "email", "stage_change")

_CUSTOM_KINDS: dict[str, Kind] = {
    "number": "number", "bool": "bool", "date": "date", "datetime": "datetime",
    "list": "choice", "multi_select_list": "tags",
}  # fmt: skip
"""Type of a custom field → what filters take it for; all others are text."""


def _texts(*names: str) -> list[Field]:
    return [Field(name, "text") for name in names]


def _address(name: str, *, is_short: bool = False) -> list[Field]:
    return [Field(f"{name}.{part}", "text", aliases=(part,) if is_short else (), part=part) for part in ADDRESS_PARTS]


_WHO = [
    Field("owner", "owner", "who is responsible, by e-mail address; also me and my team"),
    Field("team", "choice", "the owner's team", is_closed=True),
    Field("pool", "choice", "the distribution pool that dealt it out to its owner", is_closed=True),
    Field("fed_by", "tags", "the sources of hub.toml that feed it", is_closed=True),
]
_TIMES = [
    Field("added_at", "datetime", "when it was made at its source, else here", aliases=("added_on",)),
    Field("added_by", "text", "who made it there", aliases=("created_by",)),
    Field("created_at", "datetime", "when it came into the hub"),
    Field("updated_at", "datetime", "when it last changed in the hub", aliases=("updated_on",)),
]
_FIGURES = [
    Field("last_activity", "datetime", "the last note, task, call, visit, e-mail or stage change",
          aliases=("last_activity_at",)),
    Field("last_activity_type", "choice", choices=ACTIVITY_TYPES),
    Field("days_since_last_activity", "days", over="last_activity"),
    Field("last_communication", "datetime", "the last call, visit or e-mail", aliases=("last_communication_at",)),
    Field("last_communication_type", "choice", choices=("call", "visit", "email")),
    Field("days_since_last_communication", "days", over="last_communication"),
    Field("next_task", "datetime", "when the next open task is due", aliases=("next_task_at", "next_task_due")),
    Field("has_next_task", "bool", "whether a task is open, due some day or not"),
    Field("open_tickets", "number", "support tickets that are not solved"),
]  # fmt: skip
_PERSON = [
    *_texts("title", "description", "industry", "website", "email", "phone", "mobile", "fax"),
    *_texts("twitter", "facebook", "linkedin", "skype"),
    *_address("address", is_short=True),
    Field("email_consent", "choice", "whether one may write to them", choices=STRICTNESS["email_consent"],
          is_closed=True),
    Field("phone_consent", "choice", "whether one may call them", choices=STRICTNESS["phone_consent"],
          is_closed=True),
]  # fmt: skip
_SHARED = [Field("tags", "tags"), *_WHO, *_TIMES, *_FIGURES]

_LEAD = [
    Field("id", "number"),
    Field("name", "text", "first and last name, else the organization's"),
    *_texts("first_name", "last_name", "organization_name"),
    Field("status", "choice", is_closed=True),
    Field("source", "choice", "Sell's field Source; what feeds it is fed_by", is_closed=True),
    Field("unqualified_reason", "choice", is_closed=True),
    *_PERSON,
    *_SHARED,
]
_CONTACT = [
    Field("id", "number"),
    Field("is_organization", "bool", "a company, not a person"),
    *_texts("name", "first_name", "last_name"),
    Field("company", "text", "the company a person works for"),
    Field("parent_organization", "text", "the company that a company belongs to"),
    Field("customer_status", "choice", choices=("none", "current", "past"), is_closed=True),
    Field("prospect_status", "choice", choices=("none", "current", "lost"), is_closed=True),
    *_PERSON,
    *_address("billing_address"),
    *_address("shipping_address"),
    *_SHARED,
]
_DEAL = [
    Field("id", "number"),
    *_texts("name", "description"),
    Field("value", "money", "compared with amounts of the same currency only"),
    Field("currency", "choice"),
    Field("value_basis", "choice", "what the value is: per month, or of the whole contract",
          choices=("mrr", "contract_total")),
    Field("hot", "bool"),
    Field("pipeline", "choice", is_closed=True),
    Field("stage", "choice", is_closed=True),
    Field("stage_category", "choice", "what kind of stage: decides the outcome",
          choices=("incoming", "qualified", "quote", "closure", "custom", "won", "unqualified", "lost"),
          is_closed=True),
    Field("win_likelihood", "number", "per cent: the deal's own, else its stage's"),
    Field("contact", "text", "the primary contact's name"),
    Field("organization", "text", "the company's name", aliases=("company",)),
    Field("source", "choice", "Sell's field Source; what feeds it is fed_by", is_closed=True),
    Field("loss_reason", "choice", is_closed=True),
    Field("unqualified_reason", "choice", is_closed=True),
    Field("estimated_close_date", "date", aliases=("expected_close_date",)),
    Field("last_stage_change_at", "datetime", aliases=("last_stage_change",)),
    Field("days_since_last_stage_change", "days", "how long it stands in its stage", over="last_stage_change_at"),
    Field("part", "number", "which instalment of a divided deal it is"),
    Field("parts", "number", "into how many instalments it was divided"),
    *_SHARED,
]  # fmt: skip
_FIELDS: dict[RecordKind, list[Field]] = {"lead": _LEAD, "contact": _CONTACT, "deal": _DEAL}


def catalogue(
    record_type: RecordKind,
    custom: Iterable[CustomField] = (),
    *,
    choices: Mapping[str, Sequence[str]] | None = None,
    people: Sequence[Person] = (),
    currency: str = "USD",
) -> Catalogue:
    """Give all that filters on a record type can ask about.

    Args:
        custom: the custom fields that are defined for it.
        choices: by field, the values that exist: statuses, stages, pools … What is not listed is taken as written.
        people: the users; none: any owner is taken as written.
        currency: of amounts that name none.
    """
    known = choices or {}
    fields = [replace(f, choices=tuple(known[f.name])) if f.name in known else f for f in _FIELDS[record_type]]
    return make_catalogue(record_type, [*fields, *_custom_fields(custom)], people, currency)


def _custom_fields(custom: Iterable[CustomField]) -> Iterable[Field]:
    for each in custom:
        name = f"{CUSTOM}{each.name}"
        if each.type == "address":
            yield from (Field(f"{name}.{part}", "text", custom=each.name, part=part) for part in ADDRESS_PARTS)
            continue
        kind = _CUSTOM_KINDS.get(each.type, "text")
        listed = each.choices if kind in {"choice", "tags"} and each.choices else None
        yield Field(name, kind, f"custom field, {each.type}", choices=listed, is_closed=bool(listed), custom=each.name)
