"""What the stand-in's people did: tasks, calls, e-mails, meetings, notes, and a campaign with its members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.ids import make_id

Row = dict[str, Any]
System = Callable[[str, int], Row]
"""Gives what every record has, by object and number."""

CAMPAIGNS = ("Spring Webinar", "Trade Fair 2026")
_KINDS = ("Call", "Task", "Email", "Task")


def tasks(people: list[Row], deals: list[Row], system: System) -> list[Row]:
    """Make open and closed tasks, logs of calls and of e-mails, of people and deals; one is archived."""
    return [_task(n, people[n % len(people)], deals[n % len(deals)], system("Task", n)) for n in range(1, 25)]


def _task(number: int, person: Row, deal: Row, system: Row) -> Row:
    kind, done = _KINDS[number % 4], number % 4 != 1
    row: Row = system | {
        "IsDeleted": False,
        "WhoId": person["Id"],
        "WhatId": deal["Id"] if number % 3 == 0 and person["Id"].startswith("003") else None,
        "Subject": {"Call": "Call", "Email": "Email: Your offer"}.get(kind, "Send the offer"),
        "ActivityDate": system["CreatedDate"][:10],
        "Status": "Completed" if done else "Not Started",
        "Priority": "High" if number % 5 == 0 else "Normal",
        "IsHighPriority": number % 5 == 0,
        "OwnerId": person["OwnerId"],
        "Description": "They want a quote.\nAsk again in a week." if number % 2 else None,
        "AccountId": person.get("AccountId"),
        "IsClosed": done,
        "IsArchived": number == 8,
        "IsReminderSet": False,
        "IsRecurrence": False,
        "TaskSubtype": kind,
        "CompletedDateTime": system["CreatedDate"] if done else None,
    }
    if kind == "Call":
        row |= {"CallType": ("Outbound", "Inbound")[number % 8 // 4], "CallDurationInSeconds": 30 * number}
        row |= {"CallDisposition": "Interested"}
    return row


def events(people: list[Row], deals: list[Row], system: System) -> list[Row]:
    """Make meetings that took place and one that is to come."""
    return [_event(n, people[-n], deals[n], system("Event", n)) for n in range(1, 7)]


def _event(number: int, person: Row, deal: Row, system: Row) -> Row:
    day = "2036-08-03" if number == 6 else system["CreatedDate"][:10]
    start = f"{day}T15:00:00.000+0000"
    return system | {
        "IsDeleted": False,
        "WhoId": person["Id"],
        "WhatId": deal["Id"] if person["Id"].startswith("003") else None,
        "Subject": "Meeting",
        "Location": "1 Main St, Boston" if number % 2 else None,
        "IsAllDayEvent": False,
        "ActivityDateTime": start,
        "ActivityDate": day,
        "DurationInMinutes": 60,
        "StartDateTime": start,
        "EndDateTime": f"{day}T16:00:00.000+0000",
        "Description": "Showed the prices" if number % 2 else None,
        "AccountId": person.get("AccountId"),
        "OwnerId": person["OwnerId"],
        "IsPrivate": False,
        "IsChild": False,
        "IsGroupEvent": False,
        "IsArchived": False,
        "IsRecurrence": False,
        "IsReminderSet": False,
        "EventSubtype": "Event",
    }


def notes(places: list[Row], system: System) -> list[Row]:
    """Make a note of the old kind on some records."""
    return [
        system("Note", number)
        | {
            "IsDeleted": False,
            "ParentId": place["Id"],
            "Title": "Good to know",
            "IsPrivate": False,
            "Body": f"Asked for {place.get('Name')} twice.",
            "OwnerId": place["OwnerId"],
        }
        for number, place in enumerate(places, start=1)
    ]


def campaigns(system: System, owner: str) -> list[Row]:
    """Make the campaigns."""
    return [
        system("Campaign", number)
        | {
            "IsDeleted": False,
            "Name": name,
            "Type": "Webinar",
            "Status": "Completed",
            "IsActive": True,
            "OwnerId": owner,
        }
        for number, name in enumerate(CAMPAIGNS, start=1)
    ]


def members(people: list[Row], system: System) -> list[Row]:
    """Make people members of the campaigns; every third has responded."""
    return [_member(n, person, system("CampaignMember", n)) for n, person in enumerate(people, start=1)]


def _member(number: int, person: Row, system: Row) -> Row:
    lead = person["Id"].startswith("00Q")
    responded = number % 3 == 0
    return system | {
        "IsDeleted": False,
        "CampaignId": make_id("Campaign", 1 + number % len(CAMPAIGNS)),
        "LeadId": person["Id"] if lead else None,
        "ContactId": None if lead else person["Id"],
        "Status": "Responded" if responded else "Sent",
        "HasResponded": responded,
        "FirstRespondedDate": system["CreatedDate"][:10] if responded else None,
        "LeadOrContactId": person["Id"],
    }
