"""What is read of an org, in which order, and what of it the shipped mappings cannot do without."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.connector import Stream
from connectors.errors import SetupError

_AUTHOR = ("CreatedBy.Name",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a stream's object beside all that can be read of it.

    Attributes:
        essential: without these its records are of no use.
        useful: without these something is missing that people expect: who owns it, where it belongs, consent.
        beyond: texts of the records that references lead to.
        needed: an org where this object cannot be seen cannot be read.
    """

    essential: tuple[str, ...] = ()
    useful: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    needed: bool = False


CONSENT = ("HasOptedOutOfEmail", "DoNotCall")
"""Who may not be written to or called. New orgs hide both from everybody until an admin shows them."""

WANTED: dict[str, Wanted] = {
    "User": Wanted(("Name",), ("Email", "IsActive")),
    "OpportunityStage": Wanted(("MasterLabel",), ("ApiName", "IsClosed", "IsWon", "SortOrder")),
    "Account": Wanted(("Name",), ("OwnerId",), needed=True),
    "Contact": Wanted(("LastName",), ("Email", "AccountId", "OwnerId", *CONSENT), needed=True),
    "Lead": Wanted(
        ("LastName",),
        ("Company", "Email", "Status", "OwnerId", "IsConverted", "ConvertedContactId", *CONSENT),
        needed=True,
    ),
    "Opportunity": Wanted(("Name", "StageName"), ("Amount", "AccountId", "OwnerId"), needed=True),
    "OpportunityContactRole": Wanted(("OpportunityId", "ContactId")),
    "Task": Wanted((), ("WhoId", "WhatId", "Subject", "IsClosed", "ActivityDate", "OwnerId"), _AUTHOR),
    "Event": Wanted((), ("WhoId", "WhatId", "Subject", "StartDateTime", "OwnerId"), _AUTHOR),
    "Note": Wanted(("ParentId",), ("Title", "Body"), _AUTHOR),
    "CampaignMember": Wanted(("CampaignId",), ("LeadId", "ContactId", "HasResponded"), ("Campaign.Name",)),
}

STREAMS = (
    Stream("User", "users"),
    Stream("OpportunityStage", "pipelines"),
    Stream("Account", "companies"),
    Stream("Contact", "people"),
    Stream("Lead", "people"),
    Stream("Opportunity", "deals"),
    Stream("OpportunityContactRole", "relations"),
    Stream("Task", "activities"),
    Stream("Event", "activities"),
    Stream("Note", "activities"),
    Stream("CampaignMember", "activities"),
)
"""In the order in which they run within their kind: a converted lead points to its contact."""


def known(stream: str) -> str:
    """Give the stream's name, if there is one.

    Raises:
        SetupError: there is none of that name.
    """
    if stream not in WANTED:
        raise SetupError(f"Salesforce has no stream {stream!r}", fix=f"use one of: {', '.join(WANTED)}")
    return stream
