"""Rows of a Zendesk Support account, as its API gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Json = dict[str, Any]

SEEDED_FROM = int(datetime(2026, 8, 3, 9, 0, tzinfo=UTC).timestamp())
SEATS_FIELD, PLAN_FIELD = 27642, 27648
FIRST_ORGANIZATION = 360_363_695_000
AGENT = 369_531_345_753
GROUPS = {98738: "Support", 98739: "Sales"}
BRANDS = {123: "Acme", 124: "Acme Labs"}
FORMS = {360000389592: "Default form", 360000389593: "Contact sales"}


def named(rows: dict[int, str]) -> list[Json]:
    """Groups, brands or forms, as their lists give them."""
    return [{"id": id_, "name": name} for id_, name in rows.items()]


def comment(number: int, text: str, author: int, at: str, *, public: bool = True) -> Json:
    """A comment of a ticket."""
    said: Json = {"body": text, "plain_body": text, "html_body": f"<p>{text}</p>", "public": public}
    return {"id": number, "type": "Comment", **said, "author_id": author, "attachments": [], "created_at": at}


def metric_set(of: Json, at: str) -> Json:
    """Metrics of a ticket; the minutes change by themselves."""
    minutes = {"calendar": of["id"] % 97, "business": of["id"] % 31}
    return {"id": of["id"] + 1, "ticket_id": of["id"], "replies": 0, "reopens": 0, "latest_comment_added_at": at} | {
        "requester_wait_time_in_minutes": minutes
    }


def iso(seconds: int) -> str:
    """Write a time as the vendor does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def organization(key: int, name: str, domain: str) -> Json:
    """An organization, as the API gives it."""
    return {
        "id": FIRST_ORGANIZATION + key,
        "name": name,
        "domain_names": [domain],
        "external_id": None,
        "tags": [],
        "organization_fields": {},
        "created_at": iso(SEEDED_FROM),
        "updated_at": iso(SEEDED_FROM),
    }


def user(key: int, name: str, email: str | None, at: int) -> Json:
    """An end user, as the API gives them."""
    return {
        "id": key,
        "url": f"https://example.zendesk.com/api/v2/users/{key}.json",
        "name": name,
        "email": email,
        "phone": None,
        "role": "end-user",
        "organization_id": None,
        "active": True,
        "suspended": False,
        "verified": email is not None,
        "external_id": None,
        "locale": "en-US",
        "time_zone": "UTC",
        "tags": [],
        "details": None,
        "notes": None,
        "user_fields": {},
        "created_at": iso(at),
        "updated_at": iso(at),
    }


def ticket(key: int, requester: Json, subject: str, at: int) -> Json:
    """A ticket, as the API gives it."""
    return {
        "id": key,
        "url": f"https://example.zendesk.com/api/v2/tickets/{key}.json",
        "external_id": None,
        "created_at": iso(at),
        "updated_at": iso(at),
        "type": "question",
        "priority": "normal",
        "status": "open",
        "custom_status_id": 1,
        "subject": subject,
        "description": f"{subject}\n\n{requester['name']}",
        "requester_id": requester["id"],
        "submitter_id": requester["id"],
        "assignee_id": None,
        "organization_id": requester["organization_id"],
        "group_id": next(iter(GROUPS)),
        "brand_id": next(iter(BRANDS)),
        "ticket_form_id": next(iter(FORMS)),
        "satisfaction_rating": {"score": "unoffered"},
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "tags": [],
        "custom_fields": [],
        "fields": [],
        "is_public": True,
    }


def ticket_fields(_: Request) -> Response:
    """The account's ticket fields: two of the system's, two of its own."""
    plans = [{"name": "Team", "value": "plan_team"}, {"name": "Suite", "value": "plan_suite"}]
    fields = [
        {"id": 27640, "type": "subject", "title": "Subject", "active": True, "removable": False},
        {"id": 27641, "type": "status", "title": "Status", "active": True, "removable": False},
        {"id": SEATS_FIELD, "type": "integer", "title": "Seats", "active": True, "removable": True},
        {"id": PLAN_FIELD, "type": "tagger", "title": "Plan", "active": True, "removable": True}
        | {"custom_field_options": plans},
    ]
    return JSONResponse({"ticket_fields": fields, "count": len(fields), "next_page": None, "previous_page": None})
