"""The records that the stand-in starts with, computed: the same ids, stamps and people at each start."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.people import SALES_TEAM, Sighting, companies, sightings
from sandbox.salesforce import activities
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.schema import LEAD_SOURCES, STAGES

Row = dict[str, Any]
Tables = dict[str, dict[str, Row]]

FIRST_DAY = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
LAST_DAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OPPORTUNITIES = 25
_ADMIN = make_id("User", 1)


def stamp(moment: datetime) -> str:
    """Write a moment as REST does, `2026-01-02T03:04:05.000+0000`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def starting_tables() -> Tables:
    """Make all records: users, stages, accounts, contacts, leads, opportunities and their roles, what people did."""
    seen = sightings("salesforce")
    known, new = seen[1::2], seen[0::2]
    rows = {
        "UserPermissionAccess": [{"Id": make_id("UserPermissionAccess", 1), "PermissionsViewAllData": True}],
        "User": _users(),
        "OpportunityStage": _stages(),
        "Account": _accounts(),
        "Contact": [_contact(n, sighting) for n, sighting in enumerate([*known, new[0]], start=1)],
        "Lead": [_lead(n, sighting) for n, sighting in enumerate(new, start=1)],
    }
    rows["Opportunity"] = [_opportunity(n, rows["Contact"]) for n in range(1, OPPORTUNITIES + 1)]
    rows["OpportunityContactRole"] = [_role(n, rows["Contact"]) for n in range(1, OPPORTUNITIES + 1)]
    _convert_first_lead(rows)
    _make_odd(rows["Lead"])
    rows |= _activities(rows)
    return {sobject: {row["Id"]: row for row in table} for sobject, table in rows.items()}


def _activities(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    people = [*rows["Contact"][:8], *rows["Lead"][10:18]]
    return {
        "Task": activities.tasks(people, rows["Opportunity"], _new),
        "Event": activities.events(people, rows["Opportunity"], _new),
        "Note": activities.notes([rows["Contact"][0], rows["Account"][0], rows["Opportunity"][0]], _new),
        "Campaign": activities.campaigns(_new, owner(1)),
        "CampaignMember": activities.members(people, _new),
    }


def system_fields(sobject: str, number: int, moment: datetime) -> Row:
    """Give what every record has: id, who and when."""
    when = stamp(moment)
    return {
        "Id": make_id(sobject, number),
        "CreatedDate": when,
        "CreatedById": _ADMIN,
        "LastModifiedDate": when,
        "LastModifiedById": _ADMIN,
        "SystemModstamp": when,
    }


def _moment(sobject: str, number: int) -> datetime:
    seconds = int((LAST_DAY - FIRST_DAY).total_seconds())
    return FIRST_DAY + timedelta(seconds=random.Random(f"{sobject}/{number}").randrange(seconds))


def _new(sobject: str, number: int) -> Row:
    return system_fields(sobject, number, _moment(sobject, number))


def owner(number: int) -> str:
    """Give the salesperson who owns the n-th record."""
    return make_id("User", 1 + number % len(SALES_TEAM))


def _users() -> list[Row]:
    team = [(*person, True) for person in SALES_TEAM] + [("Dana Ito", "dana@example.com", False)]
    return [_user(n, *person) for n, person in enumerate(team, start=1)]


def _user(number: int, name: str, email: str, active: bool) -> Row:
    first, last = name.split(" ", 1)
    return _new("User", number) | {
        "Username": f"{email}.sandbox",
        "FirstName": first,
        "LastName": last,
        "Name": name,
        "Email": email,
        "IsActive": active,
        "UserType": "Standard",
        "TimeZoneSidKey": "America/New_York",
    }


def _stages() -> list[Row]:
    return [
        _new("OpportunityStage", n)
        | {
            "MasterLabel": name,
            "ApiName": name,
            "IsActive": True,
            "SortOrder": n,
            "IsClosed": name.startswith("Closed"),
            "IsWon": name == "Closed Won",
            "ForecastCategoryName": category,
            "DefaultProbability": probability,
        }
        for n, (name, probability, category) in enumerate(STAGES, start=1)
    ]


def _accounts() -> list[Row]:
    return [
        _new("Account", company.key + 1)
        | {
            "IsDeleted": False,
            "Name": company.name,
            "Type": "Prospect",
            "BillingStreet": f"{company.key + 1} Main Street\nFloor 2",
            "BillingCity": company.city,
            "BillingState": company.state or None,
            "BillingCountry": company.country,
            "Phone": company.phone,
            "Website": f"https://www.{company.domain}",
            "Industry": company.industry,
            "AnnualRevenue": 1_000_000.0 + 12_500.5 * company.key,
            "NumberOfEmployees": 50 * (company.key + 1),
            "OwnerId": owner(company.key),
            "Customer_Tier__c": "Gold" if company.key % 3 == 0 else None,
        }
        for company in companies()
    ]


def _person(sobject: str, number: int, sighting: Sighting) -> Row:
    return _new(sobject, number) | {
        "IsDeleted": False,
        "FirstName": sighting.first_name,
        "LastName": sighting.last_name,
        "Name": f"{sighting.first_name} {sighting.last_name}",
        "Title": sighting.human.title,
        "Email": sighting.email,
        "Phone": sighting.phone,
        "LeadSource": LEAD_SOURCES[number % len(LEAD_SOURCES)],
        "OwnerId": owner(number),
        "HasOptedOutOfEmail": number % 11 == 0,
        "DoNotCall": number % 13 == 0,
        "EmailBouncedDate": stamp(LAST_DAY - timedelta(days=30)) if number % 12 == 0 else None,
    }


def _contact(number: int, sighting: Sighting) -> Row:
    company = sighting.human.company
    return _person("Contact", number, sighting) | {
        "AccountId": make_id("Account", company.key + 1),
        "MailingCity": company.city,
        "MailingState": company.state or None,
        "MailingCountry": company.country,
        "Birthdate": None,
    }


def _lead(number: int, sighting: Sighting) -> Row:
    company = sighting.human.company
    statuses = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
    return _person("Lead", number, sighting) | {
        "Company": sighting.company,
        "City": company.city,
        "State": company.state or None,
        "Country": company.country,
        "Status": statuses[number % 7 % 3],
        "Industry": company.industry,
        "Rating": ("Hot", "Warm", "Cold", None)[number % 4],
        "IsConverted": False,
        "Description": 'Said: "call me",\nthen left.' if number % 5 == 0 else None,
        "Product_Interest__c": "Hub;Router" if number % 3 == 0 else None,
        "Score__c": float(number % 10),
    }


def _opportunity(number: int, contacts: list[Row]) -> Row:
    contact = contacts[number % len(contacts)]
    name, probability, category = STAGES[number % len(STAGES)]
    closes = date(2026, 9, 1) + timedelta(days=7 * number)
    return _new("Opportunity", number) | {
        "IsDeleted": False,
        "AccountId": contact["AccountId"],
        "Name": f"{contact['LastName']}: {5 * number} seats",
        "StageName": name,
        "Amount": 1_200.5 * number if number % 8 else None,
        "Probability": probability,
        "CloseDate": closes.isoformat(),
        "Type": "New Business",
        "LeadSource": contact["LeadSource"],
        "IsClosed": name.startswith("Closed"),
        "IsWon": name == "Closed Won",
        "ForecastCategoryName": category,
        "OwnerId": contact["OwnerId"],
    }


def _role(number: int, contacts: list[Row]) -> Row:
    return _new("OpportunityContactRole", number) | {
        "IsDeleted": False,
        "OpportunityId": make_id("Opportunity", number),
        "ContactId": contacts[number % len(contacts)]["Id"],
        "Role": "Decision Maker",
        "IsPrimary": True,
    }


def _convert_first_lead(rows: dict[str, list[Row]]) -> None:
    contact = rows["Contact"][-1]
    deal = next(deal for deal in rows["Opportunity"] if deal["AccountId"] == contact["AccountId"])
    mark_converted(rows["Lead"][0], contact, deal["Id"])


def mark_converted(lead: Row, contact: Row, opportunity_id: str | None) -> None:
    """Write into a lead what a conversion leaves there."""
    lead.update(
        IsConverted=True,
        Status="Closed - Converted",
        ConvertedDate=lead["SystemModstamp"][:10],
        ConvertedAccountId=contact.get("AccountId"),
        ConvertedContactId=contact["Id"],
        ConvertedOpportunityId=opportunity_id,
    )


def _make_odd(leads: list[Row]) -> None:
    leads[3]["Email"] = "not-an-email"
    leads[6]["Status"] = "Nurture (old)"
    leads[9]["Phone"] = "ask at reception"
