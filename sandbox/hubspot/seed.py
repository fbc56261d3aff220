"""What stands in the HubSpot account of the sandbox: the same at each start, ids and times too."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot import seed_activities
from sandbox.hubspot.kinds import ACTIVITIES, CREATED, MODIFIED
from sandbox.hubspot.portal import Portal, iso
from sandbox.people import SALES_TEAM, Sighting, companies, sightings

AUGUST = 1_785_578_400_000
"""2026-08-01T10:00:00Z."""
HOUR = 3_600_000
FIRST_COMPANY, FIRST_CONTACT, FIRST_DEAL, FIRST_OWNER, FIRST_USER = 9001, 101, 7001, 501, 70_001

LEAD_STATUSES = ("NEW", "OPEN", "IN_PROGRESS", "NEW", "")
LIFECYCLES = ("lead", "marketingqualifiedlead", "lead", "salesqualifiedlead", "customer")
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2", False),
    ("qualifiedtobuy", "Qualified to buy", "0.4", False),
    ("presentationscheduled", "Presentation scheduled", "0.6", False),
    ("decisionmakerboughtin", "Decision maker bought in", "0.8", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Closed won", "1.0", True),
    ("closedlost", "Closed lost", "0.0", True),
)
DEALS = 25
INTERESTS = ("support", "onboarding", "support;training", "")

_PROPERTIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "contacts": (
        ("email", "Email", "string"),
        ("firstname", "First name", "string"),
        ("lastname", "Last name", "string"),
        ("phone", "Phone number", "phone_number"),
        ("mobilephone", "Mobile phone number", "phone_number"),
        ("company", "Company name", "string"),
        ("jobtitle", "Job title", "string"),
        ("city", "City", "string"),
        ("state", "State/Region", "string"),
        ("country", "Country/Region", "string"),
        ("lifecyclestage", "Lifecycle stage", "enumeration"),
        ("hs_lead_status", "Lead status", "enumeration"),
        ("hubspot_owner_id", "Contact owner", "enumeration"),
        ("associatedcompanyid", "Primary associated company ID", "number"),
        ("hs_email_optout", "Unsubscribed from all email", "bool"),
        ("hs_email_hard_bounce_reason_enum", "Email hard bounce reason", "enumeration"),
        ("hs_calculated_merged_vids", "Merged vids with timestamps", "enumeration"),
    ),
    "companies": (
        ("name", "Company name", "string"),
        ("domain", "Company domain name", "string"),
        ("industry", "Industry", "string"),
        ("phone", "Phone number", "phone_number"),
        ("city", "City", "string"),
        ("state", "State/Region", "string"),
        ("country", "Country/Region", "string"),
        ("hubspot_owner_id", "Company owner", "enumeration"),
    ),
    "deals": (
        ("dealname", "Deal name", "string"),
        ("amount", "Amount", "number"),
        ("deal_currency_code", "Currency", "enumeration"),
        ("dealstage", "Deal stage", "enumeration"),
        ("pipeline", "Pipeline", "enumeration"),
        ("closedate", "Close date", "datetime"),
        ("closed_lost_reason", "Closed lost reason", "string"),
        ("hubspot_owner_id", "Deal owner", "enumeration"),
        ("hs_primary_associated_company", "Primary associated company", "number"),
    ),
}
_OPTIONS = {
    "lifecyclestage": ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer"),
    "hs_lead_status": (
        "NEW",
        "OPEN",
        "IN_PROGRESS",
        "OPEN_DEAL",
        "UNQUALIFIED",
        "ATTEMPTED_TO_CONTACT",
        "CONNECTED",
        "BAD_TIMING",
    ),
}
"""The choices that every account starts with."""
_COMPUTED = (
    ("hs_object_id", "Record ID", "number"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration"),
)


def seed(portal: Portal) -> None:
    """Fill an empty account."""
    define(portal)
    portal.owners = [_owner(number, name, email) for number, (name, email) in enumerate(SALES_TEAM)]
    portal.owners.append(_owner(len(SALES_TEAM), "Dora Vance", "dora@example.com") | {"archived": True})
    _seed_companies(portal)
    for number, sighting in enumerate(sightings("hubspot")):
        _seed_contact(portal, number, sighting)
    for number in range(DEALS):
        _seed_deal(portal, number)
    seed_activities.seed_leads(portal, AUGUST)
    users = [(str(owner["userId"]), owner["id"]) for owner in portal.owners if not owner["archived"]]
    seed_activities.seed_activities(portal, AUGUST, users)


def define(portal: Portal) -> None:
    """Give an account its properties and its pipeline, and no record."""
    for kind, rows in (_PROPERTIES | seed_activities.PROPERTIES).items():
        dated = ((CREATED[kind], "Create date", "datetime"), (MODIFIED[kind], "Last modified date", "datetime"))
        listed = (*rows, *(seed_activities.EVERY_ACTIVITY if kind in ACTIVITIES else ()), *_COMPUTED, *dated)
        portal.properties[kind] = [
            _property(name, label, type_, _OPTIONS.get(name, ())) for name, label, type_ in listed
        ]
    portal.properties["contacts"].append(
        _property("interests", "Interests", "enumeration", ("support", "onboarding", "training"))
        | {"fieldType": "checkbox", "hubspotDefined": False}
    )
    for row in portal.properties["calls"]:
        if row["name"] == "hs_call_disposition":
            row["options"] = [
                {"label": label, "value": id_, "hidden": False, "displayOrder": place}
                for place, (id_, label) in enumerate(seed_activities.DISPOSITIONS)
            ]
    portal.pipelines = [_pipeline()]
    portal.lead_pipelines = [_lead_pipeline()]


def _property(name: str, label: str, type_: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    listed = [
        {"label": option.replace("_", " ").title(), "value": option, "hidden": False, "displayOrder": place}
        for place, option in enumerate(options)
    ]
    return {
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": {"enumeration": "select", "datetime": "date"}.get(type_, "text"),
        "groupName": "sandbox",
        "description": "",
        "options": listed,
        "calculated": name.startswith("hs_calculated"),
        "hasUniqueValue": name == "email",
        "hidden": False,
        "hubspotDefined": True,
        "archived": False,
    }


def _pipeline() -> dict[str, Any]:
    dated = {"createdAt": iso(AUGUST), "updatedAt": iso(AUGUST), "archived": False}
    stages = [
        {
            "id": id_,
            "label": label,
            "displayOrder": place,
            "metadata": {"isClosed": str(closed).lower(), "probability": probability},
        }
        | dated
        for place, (id_, label, probability, closed) in enumerate(STAGES)
    ]
    return {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "stages": stages} | dated


def _lead_pipeline() -> dict[str, Any]:
    dated = {"createdAt": iso(AUGUST), "updatedAt": iso(AUGUST), "archived": False}
    stages = [
        {"id": id_, "label": label, "displayOrder": place, "metadata": {"leadState": state}} | dated
        for place, (id_, label, state) in enumerate(seed_activities.LEAD_STAGES)
    ]
    return {"id": "lead-pipeline-id", "label": "Lead pipeline", "displayOrder": 0, "stages": stages} | dated


def _owner(number: int, name: str, email: str) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "id": str(FIRST_OWNER + number),
        "email": email,
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": FIRST_USER + 7 * number,
        "userIdIncludingInactive": FIRST_USER + 7 * number,
        "createdAt": iso(AUGUST),
        "updatedAt": iso(AUGUST + number * HOUR),
        "archived": False,
    }


def _owner_id(number: int) -> str:
    """Deal owners round; every fourth record has none, one in seventeen that of somebody who left."""
    if number % 17 == 16:
        return str(FIRST_OWNER + len(SALES_TEAM))
    return "" if number % 4 == 3 else str(FIRST_OWNER + number % len(SALES_TEAM))


def _set(**properties: str) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value}


def _seed_companies(portal: Portal) -> None:
    for company in companies():
        properties = _set(
            name=company.name,
            domain=company.domain,
            industry=company.industry.upper(),
            phone=company.phone,
            city=company.city,
            state=company.state,
            country=company.country,
            hubspot_owner_id=_owner_id(company.key),
        )
        at = AUGUST + company.key * HOUR
        portal.create("companies", properties, at=at, id_=FIRST_COMPANY + company.key)


def _seed_contact(portal: Portal, number: int, sighting: Sighting) -> None:
    company = sighting.human.company
    properties = _set(
        email=sighting.email,
        firstname=sighting.first_name,
        lastname=sighting.last_name,
        phone=sighting.phone,
        company=sighting.company,
        jobtitle=sighting.human.title,
        city=company.city,
        country=company.country,
        lifecyclestage=LIFECYCLES[number % len(LIFECYCLES)],
        hs_lead_status=LEAD_STATUSES[number % len(LEAD_STATUSES)],
        hubspot_owner_id=_owner_id(number),
        interests=INTERESTS[number % len(INTERESTS)],
    ) | _ODD.get(number, {})
    id_ = portal.create("contacts", properties, at=AUGUST + (number + 1) * 30 * HOUR, id_=FIRST_CONTACT + number)
    portal.update("contacts", id_, {}, at=AUGUST + (number + 1) * 30 * HOUR + 17_123)
    portal.associate("contacts", id_, "companies", str(FIRST_COMPANY + company.key), primary=True)


_ODD = {
    7: {"hs_email_optout": "true"},
    11: {"email": "no at sign.example.com"},
    13: {"hs_email_optout": "false", "hs_email_hard_bounce_reason_enum": "MAILBOX_FULL"},
    22: {"hs_lead_status": "Nurture_X"},
}
"""What a demo should show: values that no mapping knows, so that something is held; people not to be written to."""


def _seed_deal(portal: Portal, number: int) -> None:
    stage = STAGES[number % len(STAGES)][0]
    contact = FIRST_CONTACT + 2 * number
    company = next(iter(portal.relations["contacts", "companies", contact]))
    name = portal.records["companies"][company].properties["name"]
    at = AUGUST + (number + 1) * 60 * HOUR
    properties = _set(
        dealname=f"{name} – {('Pilot', 'Renewal', 'Rollout')[number % 3]}",
        amount=f"{1200 + 375 * number}.{number % 4 * 25:02d}",
        deal_currency_code="EUR" if number % 5 == 4 else "USD",
        dealstage=stage,
        pipeline="default",
        closedate=iso(at + 720 * HOUR),
        closed_lost_reason="Price" if stage == "closedlost" else "",
        hubspot_owner_id=_owner_id(number),
    )
    id_ = portal.create("deals", properties, at=at, id_=FIRST_DEAL + number)
    portal.associate("deals", id_, "contacts", str(contact))
    portal.associate("deals", id_, "companies", str(company), primary=True)
