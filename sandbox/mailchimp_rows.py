"""Answers of the stand-in of Mailchimp, in the vendor's form."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.people import Sighting

Json = dict[str, Any]


def subscriber_hash(address: str) -> str:
    """A member's `id`: the MD5 of the address in lower case, as the vendor defines it."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def problem(code: int, title: str, detail: str) -> Response:
    """An error as the API writes it."""
    body = {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": code}
    return JSONResponse(
        {**body, "detail": detail, "instance": ""}, status_code=code, media_type="application/problem+json"
    )


def member_row(number: int, audience: str, address: str, changed: str) -> Json:
    """A new member, as the API gives it."""
    digits = random.Random(f"mailchimp/{number}")
    return {
        "id": subscriber_hash(address),
        "email_address": address,
        "unique_email_id": f"{digits.getrandbits(40):010x}",
        "contact_id": f"{digits.getrandbits(128):032x}",
        "full_name": f"New {number}",
        "web_id": 100_000_000 + number,
        "email_type": "html",
        "status": "subscribed",
        "merge_fields": {
            "FNAME": "New",
            "LNAME": f"Person {number}",
            "PHONE": "",
            "COMPANY": "",
            "ADDRESS": "",
        },
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": "",
        "timestamp_signup": changed,
        "ip_opt": "203.0.113.10",
        "timestamp_opt": changed,
        "member_rating": 2,
        "last_changed": changed,
        "language": "",
        "vip": False,
        "email_client": "",
        "location": {
            "latitude": 0,
            "longitude": 0,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": "",
            "timezone": "",
        },
        "marketing_permissions": [],
        "source": "Embed Form",
        "tags_count": 0,
        "tags": [],
        "list_id": audience,
        "_links": [link(f"/lists/{audience}/members/{subscriber_hash(address)}")],
    }


def merge_field(key: int, tag: str, label: str, kind: str, choices: Sequence[str] = ()) -> Json:
    """A merge field of an audience."""
    field = {"merge_id": key, "tag": tag, "name": label, "type": kind, "required": False, "default_value": ""}
    return {
        **field,
        "public": False,
        "display_order": key,
        "options": {"choices": list(choices)} if choices else {},
    }


def merge_values(sighting: Sighting) -> Json:
    """What somebody wrote into the form of an audience."""
    company = sighting.human.company
    return {
        "FNAME": sighting.first_name,
        "LNAME": sighting.last_name,
        "PHONE": sighting.phone,
        "COMPANY": sighting.company,
        "TITLE": sighting.human.title,
        "INTEREST": ("Trial", "Demo", "Price list", "")[sighting.human.key % 4],
        "ADDRESS": {
            "addr1": "", "addr2": "", "city": company.city, "state": company.state, "zip": "",
            "country": company.country,
        },
    }  # fmt: skip


def page(request: Request, key: str, rows: list[Json], *, most: int = 1000, **more: str) -> Response:
    """A slice of rows, cut down by `fields` and `exclude_fields` at the depth that clients use."""
    query = request.query_params
    count, offset = int(query.get("count", 10)), int(query.get("offset", 0))
    if count > 1000:
        return problem(400, "Invalid Resource", "The count may not be more than 1000.")
    body: Json = {
        key: rows[offset : offset + min(count, most)],
        **more,
        "total_items": len(rows),
        "_links": [link(f"/{key}")],
    }
    if fields := query.get("fields"):
        wanted = fields.split(",")
        body = {name: value for name, value in body.items() if any(f.split(".")[0] == name for f in wanted)}
    for excluded in filter(None, query.get("exclude_fields", "").split(",")):
        body = _without(body, excluded)
    return JSONResponse(body)


def _without(body: Json, path: str) -> Json:
    head, _, rest = path.partition(".")
    if not rest:
        return {name: value for name, value in body.items() if name != head}
    rows = [{name: value for name, value in row.items() if name != rest} for row in body.get(head, [])]
    return {**body, head: rows} if head in body else body


def not_found() -> Response:
    """What is not there."""
    return problem(404, "Resource Not Found", "The requested resource could not be found.")


def redirect_to_http(_: Request) -> Response:
    """What the API's address without its slash answered in 2017."""
    page = "<html><head><title>301 Moved Permanently</title></head></html>"
    return Response(page, 301, {"Location": "http://us19.api.mailchimp.example/3.0/"}, "text/html")


def link(path: str) -> Json:
    """A link, as every answer has some."""
    href = f"https://us19.api.mailchimp.example/3.0{path}"
    return {"rel": "self", "href": href, "method": "GET"}


def iso(moment: datetime) -> str:
    """A time as the API writes it: to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
