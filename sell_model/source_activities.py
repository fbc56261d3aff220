"""What a source says of an activity, field by field: Sell's names, and the source's own times and authors.

Laxer than what people type: a source's call may have no number, its e-mail no subject. Whom it was with and who
did it are references. See `sell_model.activities` for those that people add.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from sell_model.activities import LONGEST_CALL, Content
from sell_model.records import EmailConsent, PhoneConsent
from sell_model.types import Address, Paragraph, SellModel, Tags, Text, Time

Line: TypeAlias = Annotated[str, Field(max_length=2_000)]
"""A single line that others wrote: an e-mail's subject, a link to a recording. At most 2,000 characters."""


class _Told(SellModel):
    added_by: Text | None = None
    """Its author, as the source names them; shown where `user` is nobody of ours."""


class Note(_Told):
    """A note on somebody, a company or a deal."""

    content: Content | None = None
    is_important: bool = False
    noted_at: Time | None = None


class Task(_Told):
    """Something to be done, or that was; a planned meeting is a task."""

    content: Content | None = None
    due_date: Time | None = None
    remind_at: Time | None = None
    completed: bool = False
    completed_at: Time | None = None
    added_at: Time | None = None
    """When it was put down at its source; figures and lists of tasks go by it."""


class Call(_Told):
    """A call that was made or came in."""

    phone_number: Text | None = None
    made_at: Time | None = None
    duration: Annotated[int, Field(ge=0, le=LONGEST_CALL)] | None = None
    """Seconds."""
    incoming: bool = False
    missed: bool = False
    summary: Paragraph | None = None
    recording_url: Line | None = None
    external_id: Text | None = None


class Visit(_Told):
    """A meeting that took place."""

    visited_at: Time | None = None
    summary: Paragraph | None = None
    resource_address: Address | None = None


class Email(_Told):
    """An e-mail that was seen."""

    subject: Line | None = None
    summary: Paragraph | None = None
    sent_at: Time | None = None
    incoming: bool = False
    external_id: Line | None = None


class Ticket(_Told):
    """A request to a help desk. Its status decides whether it counts as open."""

    external_id: Text | None = None
    """What people call it there; the record's id at the source where nothing is said."""
    subject: Line | None = None
    status: Text | None = None
    opened_at: Time | None = None
    last_comment_at: Time | None = None
    last_comment: Paragraph | None = None
    satisfaction: Text | None = None


class Tagging(SellModel):
    """Tags for a person whom another record made, and what it says of writing to them and calling them."""

    tags: Tags | None = None
    email_consent: EmailConsent | None = None
    phone_consent: PhoneConsent | None = None
