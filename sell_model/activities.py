"""What people do around a record: notes, tasks, calls, visits, e-mails seen. Source of the fields: Sell API v2.

An activity stands at one lead, contact or deal. A call or a task may stand at none (Sell calls such a
task floating). A call or a visit has one outcome at most. What was done cannot lie in the future.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, model_validator

from sell_model.errors import SetupError
from sell_model.types import PARAGRAPH_LENGTH, Address, JsonObject, Paragraph, SellModel, Text, Time

ActivityKind: TypeAlias = Literal["note", "task", "call", "visit", "email"]
ResourceType: TypeAlias = Literal["lead", "contact", "deal"]

LONGEST_CALL = 366 * 86_400
"""Seconds; more is a mistake, and more than databases keep."""

Content: TypeAlias = Annotated[str, Field(min_length=1, max_length=PARAGRAPH_LENGTH)]
"""What a note or a task says; never empty."""


def _not_ahead(moment: str, info: ValidationInfo) -> str:
    now = (info.context or {}).get("now")
    if now is not None and moment > now:
        raise ValueError("lies in the future; what is planned is a task: sellhub task add")
    return moment


Done: TypeAlias = Annotated[Time, AfterValidator(_not_ahead)]
"""When something was done, as ISO 8601 UTC text: never after the `now` of the validation's context."""


class _Beside(SellModel):
    resource_type: ResourceType | None = None
    resource_id: int | None = None
    """Of the lead, contact or deal that it stands at; both or none."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.resource_type is None) != (self.resource_id is None):
            raise ValueError("resource_type and resource_id come together")
        return self


class _AtSomething(_Beside):
    @model_validator(mode="after")
    def _at_one(self) -> Self:
        if self.resource_id is None:
            raise ValueError("it stands at a lead, a contact or a deal: name one")
        return self


class NoteFields(_AtSomething):
    """A note on a record."""

    content: Content
    is_important: bool = False
    noted_at: Done | None = None


class TaskFields(_Beside):
    """Something to be done. One that stands at no record is floating."""

    content: Content
    due_date: Time | None = None
    """In the past, too: whoever moves house brings overdue tasks."""
    remind_at: Time | None = None
    completed: bool = False
    completed_at: Done | None = None


class CallFields(_Beside):
    """A call that was made or came in. Only its number is required."""

    phone_number: Annotated[str, Field(min_length=1, max_length=255)]
    """As dialled; Sell asks for E.164 and takes anything."""
    made_at: Done | None = None
    duration: Annotated[int, Field(ge=0, le=LONGEST_CALL)] | None = None
    """Seconds."""
    incoming: bool = False
    missed: bool = False
    outcome: Text | None = None
    """By name; one at most."""
    summary: Paragraph | None = None
    recording_url: Text | None = None
    external_id: Text | None = None
    associated_deal_ids: Annotated[list[int], Field(default_factory=list)]
    """The deals that it was about."""

    @model_validator(mode="after")
    def _at_whom_one_spoke_to(self) -> Self:
        if self.resource_type == "deal":
            raise ValueError("a call stands at a lead or a contact: name whom it was with, and the deal by --deal")
        return self


class VisitFields(_AtSomething):
    """A meeting face to face."""

    visited_at: Done | None = None
    outcome: Text | None = None
    """By name; one at most."""
    summary: Paragraph | None = None
    resource_address: Address | None = None


class EmailFields(_AtSomething):
    """An e-mail that was seen: sent to somebody, or come in from them."""

    subject: Annotated[str, Field(min_length=1, max_length=255)]
    sent_at: Done | None = None
    incoming: bool = False
    summary: Paragraph | None = None
    external_id: Text | None = None


ActivityFields: TypeAlias = NoteFields | TaskFields | CallFields | VisitFields | EmailFields


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """What holds for one kind of activity."""

    fields: type[ActivityFields]
    prefix: str
    """Of its ids as people read them: N-4."""
    done_at: str | None
    """The column that says when it was done; None: a task, which is added first and done later."""
    is_communication: bool
    """Whether it was an exchange with the person. Sell's: e-mail, call, text, meeting."""
    text: str
    """The column that says what it was about."""
    has_outcome: bool = False


ACTIVITIES: dict[ActivityKind, ActivityRule] = {
    "note": ActivityRule(NoteFields, "N", "noted_at", is_communication=False, text="content"),
    "task": ActivityRule(TaskFields, "T", None, is_communication=False, text="content"),
    "call": ActivityRule(CallFields, "CALL", "made_at", is_communication=True, text="summary", has_outcome=True),
    "visit": ActivityRule(VisitFields, "V", "visited_at", is_communication=True, text="summary", has_outcome=True),
    "email": ActivityRule(EmailFields, "E", "sent_at", is_communication=True, text="subject"),
}


def read_activity(kind: ActivityKind, said: Mapping[str, Any], now: str) -> JsonObject:
    """Check what somebody says of an activity; gives its fields, those not said by their defaults.

    Args:
        said: by Sell's field names, None where nothing was said; an outcome by name.
        now: ISO 8601 UTC text; what was done lies before it.

    Raises:
        SetupError: every field that is missing or wrong, at once.
    """
    given = {name: value for name, value in said.items() if value is not None}
    try:
        fields = ACTIVITIES[kind].fields.model_validate(given, context={"now": now})
    except ValidationError as error:
        faults = [_fault(dict(fault)) for fault in error.errors(include_url=False)]
        raise SetupError(
            f"this {kind} cannot be stored: {'; '.join(faults)}", fix=f"correct that; sellhub {kind} add --help"
        ) from error
    return fields.model_dump()


def _fault(fault: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    text = str(fault["msg"]).removeprefix("Value error, ")
    if not place:
        return text
    said = fault.get("input")
    shown = f" {str(said)[:80]!r}" if isinstance(said, (str, int)) and str(said) else ""
    return f"{place}{shown}: {text}"
