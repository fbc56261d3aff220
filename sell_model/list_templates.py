"""Smart lists that ship with the hub: for leads that are being worked, and for accounts after the sale.

Sell has its admins publish such templates; it ships none by name. These are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from sell_model.filters.fields import RecordKind


@dataclass(frozen=True, slots=True)
class ListTemplate:
    """A smart list that everybody has."""

    record_type: RecordKind
    name: str
    about: str
    filter: str
    """In the language of `sell_model.filters`."""
    columns: tuple[str, ...]
    sort: str
    needs: tuple[tuple[str, str], ...] = ()
    """Custom fields that must be defined for it: name and type."""


_WORKED = ("name", "organization_name", "status", "owner", "last_communication", "next_task")
_ACCOUNT = ("name", "company", "owner", "last_communication", "open_tickets")
_SALE = ("name", "value", "currency", "stage", "owner", "last_activity", "estimated_close_date")
_RENEWAL_DATE = (("Renewal date", "date"),)

TEMPLATES: tuple[ListTemplate, ...] = (
    ListTemplate(
        "lead", "New and untouched", "new leads that nobody did anything with yet",
        "status is New and last_activity is empty", ("name", "organization_name", "source", "owner", "added_at"),
        "added_at:desc",
    ),
    ListTemplate(
        "lead", "Going cold", "being worked, and nobody spoke with them for more than a week",
        "status is Working and (days_since_last_communication > 7 or last_communication is empty)", _WORKED,
        "last_communication:asc",
    ),
    ListTemplate(
        "lead", "No next task", "open leads for whom nothing is planned",
        "status is none of (Unqualified) and has_next_task no", _WORKED, "last_activity:desc",
    ),
    ListTemplate(
        "lead", "Task overdue", "open leads whose next task should have been done",
        "status is none of (Unqualified) and next_task before today", _WORKED, "next_task:asc",
    ),
    ListTemplate(
        "lead", "Unassigned", "open leads without an owner",
        "owner is empty and status is none of (Unqualified)",
        ("name", "organization_name", "status", "source", "fed_by", "added_at"), "added_at:desc",
    ),
    ListTemplate(
        "lead", "My open leads", "open leads of whoever looks",
        "owner is me and status is none of (Unqualified)", _WORKED, "next_task:asc",
    ),
    ListTemplate(
        "lead", "Active this week", "open leads with a call, a visit or an e-mail in the last 7 days",
        "status is none of (Unqualified) and last_communication in last 7 days", _WORKED, "last_communication:desc",
    ),
    ListTemplate(
        "contact", "Customers without contact for 60 days", "customers nobody spoke with for more than 60 days",
        "customer_status is current and (days_since_last_communication > 60 or last_communication is empty)",
        _ACCOUNT, "last_communication:asc",
    ),
    ListTemplate(
        "contact", "Customers with open tickets", "customers who wait for support",
        "customer_status is current and open_tickets > 0", _ACCOUNT, "open_tickets:desc",
    ),
    ListTemplate(
        "contact", "Renewal in the next 60 days", "contracts that end soon",
        'custom_fields."Renewal date" in next 60 days', (*_ACCOUNT, 'custom_fields."Renewal date"'),
        'custom_fields."Renewal date":asc', _RENEWAL_DATE,
    ),
    ListTemplate(
        "contact", "Past customers", "who was a customer once", "customer_status is past", _ACCOUNT,
        "last_communication:desc",
    ),
    ListTemplate(
        "deal", "Hot deals", "open deals with a star",
        "hot yes and stage_category is none of (won, lost, unqualified)", _SALE, "estimated_close_date:asc",
    ),
    ListTemplate(
        "deal", "Closing this month", "open deals expected to close in this month",
        "estimated_close_date this month and stage_category is none of (won, lost, unqualified)", _SALE, "value:desc",
    ),
    ListTemplate(
        "deal", "Overdue deals", "open deals whose expected close date has passed",
        "estimated_close_date before today and stage_category is none of (won, lost, unqualified)", _SALE,
        "estimated_close_date:asc",
    ),
    ListTemplate(
        "deal", "Stuck deals", "open deals that stand in their stage for more than 30 days",
        "days_since_last_stage_change > 30 and stage_category is none of (won, lost, unqualified)",
        (*_SALE, "days_since_last_stage_change"), "days_since_last_stage_change:desc",
    ),
    ListTemplate(
        "deal", "Renewals in the next 60 days", "deals whose contract ends soon",
        'custom_fields."Renewal date" in next 60 days', (*_SALE, 'custom_fields."Renewal date"'),
        'custom_fields."Renewal date":asc', _RENEWAL_DATE,
    ),
)  # fmt: skip
