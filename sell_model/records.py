"""Sell's records, field by field. Source of the fields: Zendesk Sell API v2 (`/v2/leads` and so on).

`…Fields` is what sources feed and people edit; the class derived from it adds what the hub keeps:
ids, references, its own times. The source's times and authors (`added_at`, `added_by`) stay apart
from ours (`created_at`, `updated_at`), so that reports show the past and not import day.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from sell_model.types import (
    Address,
    Currency,
    CustomFields,
    Date,
    Email,
    Money,
    Paragraph,
    Percent,
    SellModel,
    Tags,
    Text,
    Time,
)

StageCategory: TypeAlias = Literal["incoming", "qualified", "quote", "closure", "won", "unqualified", "lost", "custom"]
"""Decides a stage's outcome; its name never does, since names may be edited."""

EmailConsent: TypeAlias = Literal["subscribed", "pending", "archived", "bounced", "unsubscribed"]
"""Whether a person may be written to; the later, the stricter. Absent: nobody said."""

PhoneConsent: TypeAlias = Literal["allowed", "refused"]
"""Whether a person may be called."""

CLOSED_CATEGORIES = frozenset({"won", "unqualified", "lost"})


class _PersonFields(SellModel):
    first_name: Text | None = None
    last_name: Text | None = None
    title: Text | None = None
    description: Paragraph | None = None
    industry: Text | None = None
    website: Text | None = None
    email: Email | None = None
    phone: Text | None = None
    mobile: Text | None = None
    fax: Text | None = None
    twitter: Text | None = None
    facebook: Text | None = None
    linkedin: Text | None = None
    skype: Text | None = None
    email_consent: EmailConsent | None = None
    phone_consent: PhoneConsent | None = None
    address: Address | None = None
    tags: Tags | None = None
    custom_fields: CustomFields | None = None
    added_at: Time | None = None
    added_by: Text | None = None


class LeadFields(_PersonFields):
    """What a source or a person says about a lead. `last_name` or `organization_name` is required."""

    organization_name: Text | None = None
    status: Text | None = None
    """The status's name; `New` where nobody said."""


class ContactFields(_PersonFields):
    """What a source or a person says about a contact, a person or a company (`is_organization`)."""

    is_organization: bool = False
    name: Text | None = None
    """A company's name (required); for a person, made of the first and the last name."""
    customer_status: Literal["none", "current", "past"] | None = None
    prospect_status: Literal["none", "current", "lost"] | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None


class DealFields(SellModel):
    """What a source or a person says about a deal. `name` and the primary contact are required."""

    name: Text | None = None
    value: Money | None = None
    currency: Currency | None = None
    hot: bool | None = None
    estimated_close_date: Date | None = None
    customized_win_likelihood: Percent | None = None
    """Overrides the stage's likelihood."""
    last_stage_change_at: Time | None = None
    last_activity_at: Time | None = None
    description: Paragraph | None = None
    tags: Tags | None = None
    custom_fields: CustomFields | None = None
    added_at: Time | None = None
    added_by: Text | None = None


class AssociationFields(SellModel):
    """How a contact stands beside a deal. Sell's only role is `involved`; sources have more."""

    role: Text | None = None
    is_primary: bool = False


class UserFields(SellModel):
    """Somebody who can own records."""

    name: Text | None = None
    email: Email | None = None
    status: Literal["active", "inactive"] | None = None
    role: Literal["user", "admin"] | None = None
    team_name: Text | None = None
    timezone: Text | None = None
    phone_number: Text | None = None


class PipelineFields(SellModel):
    """A way that deals go. No deals may be added to a disabled one."""

    name: Text | None = None
    disabled: bool = False


class StageFields(SellModel):
    """A step of a pipeline."""

    name: Text | None = None
    category: StageCategory | None = None
    position: int | None = Field(None, ge=0)
    likelihood: Percent | None = None
    active: bool | None = None


class _Kept(SellModel):
    id: int
    created_at: Time
    updated_at: Time
    version: int = 1
    """Grows by one with each change; an undo leaves alone what is no longer at the version it knew."""


class Person(_Kept):
    """The identity that matching finds; a lead and a contact of one human share it."""

    merged_into: int | None = None


class Company(_Kept):
    """The identity of a company."""

    merged_into: int | None = None


class Lead(LeadFields, _Kept):
    """A potential customer whose interest is not yet confirmed."""

    person_id: int
    owner_id: int | None = None
    source_id: int | None = None
    unqualified_reason_id: int | None = None


class Contact(ContactFields, _Kept):
    """A person or a company one does business with."""

    person_id: int | None = None
    company_id: int | None = None
    contact_id: int | None = None
    """Of a person: the company contact they work for."""
    parent_organization_id: int | None = None
    owner_id: int | None = None


class Deal(DealFields, _Kept):
    """A chance to sell; its stage fixes its pipeline."""

    contact_id: int
    organization_id: int | None = None
    stage_id: int
    owner_id: int | None = None
    source_id: int | None = None
    loss_reason_id: int | None = None
    unqualified_reason_id: int | None = None


class User(UserFields, _Kept):
    """A user of the hub."""


class Pipeline(PipelineFields, _Kept):
    """A pipeline with its stages kept apart."""


class Stage(StageFields, _Kept):
    """A stage of one pipeline."""

    pipeline_id: int
