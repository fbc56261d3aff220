"""A stand-in of Mailchimp's Marketing API 3.0: audiences, members, merge fields."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

NEWSLETTER, EVENTS = "a4598b5a35", "e73f5910ca"
CONNECTIONS = 10
SEEDED_FROM = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)

Json = dict[str, Any]
Handler = Callable[[Request], Response]

_STATUSES = ("subscribed",) * 6 + ("unsubscribed", "pending", "subscribed", "cleaned")


class MailchimpSandbox(Vendor):
    """Two audiences, some people in both; one member is archived, two cannot be leads as they are.

    Attributes:
        token: the one key that is accepted, as HTTP Basic password or as Bearer.
        archived_unasked: whether a listing without `status` shows archived members.
        since_inclusive: whether `since_last_changed` includes its very second.
        most_rows: rows in one answer at most, whatever `count` asks for.
        members: by audience; rows as the API gives them.
    """

    name = "mailchimp"

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded account again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self._begin()

    def _begin(self) -> None:
        self.token = "0123456789abcdef0123456789abcdef-us19"
        self.archived_unasked = False
        self.since_inclusive = True
        self.most_rows = 1000
        self.lists = {NEWSLETTER: "Newsletter", EVENTS: "Trade fairs"}
        self.members: dict[str, list[Json]] = {NEWSLETTER: [], EVENTS: []}
        self._made = 0
        self._open = 0
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/3.0", _redirect_to_http),
            Route("/3.0/", self._answer(self._account)),
            Route("/3.0/ping", self._answer(lambda _: JSONResponse({"health_status": "Everything's Chimpy!"}))),
            Route("/3.0/lists", self._answer(self._list_lists)),
            Route("/3.0/lists/{list_id}/members", self._answer(self._list_members)),
            Route("/3.0/lists/{list_id}/members/{hash}", self._answer(self._one_member)),
            Route("/3.0/lists/{list_id}/merge-fields", self._answer(self._merge_fields)),
        ]

    # What happens in the account, for tests and the demo.

    def add_members(self, count: int, audience: str = NEWSLETTER, *, at: datetime | None = None) -> list[Json]:
        """Subscribe so many new people, now or at one given second (as an import does)."""
        with self.lock:
            return [self._add(audience, f"new.{self._made + 1}@example.com", at) for _ in range(count)]

    def change(self, member: Json, *, at: datetime | None = None, **merge_fields: str) -> None:
        """Edit a member's merge fields; it moves to the end of its audience."""
        with self.lock:
            member["merge_fields"] = {**member["merge_fields"], **merge_fields}
            member["last_changed"] = _iso(at or datetime.now(UTC))

    def change_address(self, member: Json, address: str) -> None:
        """Give a member another address: the hash follows, the contact id stays."""
        with self.lock:
            member["email_address"], member["id"] = address, subscriber_hash(address)
            self.change(member)

    def set_status(self, member: Json, status: str) -> None:
        """Subscribe, unsubscribe, clean or archive a member."""
        with self.lock:
            member["status"] = status
            self.change(member)

    def archive(self, member: Json) -> None:
        """Put a member away: listed only when archived ones are asked for."""
        self.set_status(member, "archived")

    def clear(self) -> None:
        """Empty all audiences."""
        with self.lock:
            self.members = {audience: [] for audience in self.lists}

    # The API.

    def _answer(self, handler: Handler) -> Handler:
        def answer(request: Request) -> Response:
            with self._connection() as busy:
                if busy:
                    return Response("Too many requests", status_code=429, media_type="text/plain")
                if not self._is_known(request.headers.get("authorization", "")):
                    detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
                    return problem(401, "API Key Invalid", detail)
                with self.lock:
                    return handler(request)

        return answer

    @contextmanager
    def _connection(self) -> Iterator[bool]:
        """Count a connection; true when there are too many."""
        self._open += 1
        try:
            yield self._open > CONNECTIONS
        finally:
            self._open -= 1

    def _is_known(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        if scheme == "Basic":
            return base64.b64decode(value).decode().partition(":")[2] == self.token
        return scheme == "Bearer" and value == self.token

    def _account(self, _: Request) -> Response:
        return JSONResponse(
            {
                "account_id": "0123456789abcdef012345678",
                "account_name": "Example Arts",
                "email": "ann@example.com",
                "role": "owner",
                "total_subscribers": sum(len(rows) for rows in self.members.values()),
                "_links": [_link("")],
            }
        )

    def _list_lists(self, request: Request) -> Response:
        rows = [
            {
                "id": key,
                "name": name,
                "stats": {"member_count": len(self.members[key])},
                "_links": [_link(f"/lists/{key}")],
            }
            for key, name in self.lists.items()
        ]
        return _page(request, "lists", rows)

    def _list_members(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        if audience not in self.members:
            return _not_found()
        rows = [row for row in self.members[audience] if self._fits(row, request)]
        if request.query_params.get("sort_field") == "last_changed":
            descending = request.query_params.get("sort_dir", "ASC") == "DESC"
            rows.sort(key=lambda row: row["last_changed"], reverse=descending)
        return _page(request, "members", rows, most=self.most_rows, list_id=audience)

    def _fits(self, row: Json, request: Request) -> bool:
        query, changed = request.query_params, datetime.fromisoformat(row["last_changed"])
        status = query.get("status")
        if (row["status"] != status) if status else (row["status"] == "archived" and not self.archived_unasked):
            return False
        if (since := query.get("since_last_changed")) and not self._is_since(changed, since):
            return False
        before = query.get("before_last_changed")
        return not before or changed < datetime.fromisoformat(before)

    def _is_since(self, changed: datetime, since: str) -> bool:
        start = datetime.fromisoformat(since)
        return changed > start or (self.since_inclusive and changed == start)

    def _one_member(self, request: Request) -> Response:
        rows = self.members.get(request.path_params["list_id"], [])
        for row in rows:
            if request.path_params["hash"] in {row["id"], row["contact_id"]}:
                return JSONResponse(row)
        return _not_found()

    def _merge_fields(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        if audience not in self.members:
            return _not_found()
        fields = [
            _merge_field(1, "FNAME", "First Name", "text"),
            _merge_field(2, "LNAME", "Last Name", "text"),
            _merge_field(3, "ADDRESS", "Address", "address"),
            _merge_field(4, "PHONE", "Phone Number", "phone"),
            _merge_field(5, "COMPANY", "Company", "text"),
            _merge_field(6, "TITLE", "Job title", "text"),
            _merge_field(7, "INTEREST", "Interested in", "dropdown", ["Trial", "Demo", "Price list"]),
        ]
        return _page(request, "merge_fields", fields, list_id=audience)

    # The seeded data.

    def _seed(self) -> None:
        for sighting in sightings("mailchimp"):
            self._add_sighting(NEWSLETTER, sighting)
            if sighting.human.key % 7 == 0:
                self._add_sighting(EVENTS, sighting)
        rows = self.members[NEWSLETTER]
        rows[3]["status"] = "archived"
        rows[5]["merge_fields"]["PHONE"] = "ask reception"
        rows[8]["merge_fields"] |= {"FNAME": "", "LNAME": "", "COMPANY": ""}

    def _add_sighting(self, audience: str, sighting: Sighting) -> None:
        company = sighting.human.company
        row = self._add(audience, sighting.email, SEEDED_FROM + timedelta(hours=17 * sighting.human.key))
        row["status"] = _STATUSES[sighting.human.key % len(_STATUSES)]
        row["full_name"] = f"{sighting.first_name} {sighting.last_name}"
        row["location"]["country_code"] = company.country
        row["merge_fields"] = {
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

    def _add(self, audience: str, address: str, at: datetime | None) -> Json:
        self._made += 1
        row = _member(self._made, audience, address, _iso(at or datetime.now(UTC)))
        self.members[audience].append(row)
        return row


def subscriber_hash(address: str) -> str:
    """A member's `id`: the MD5 of the address in lower case, as the vendor defines it."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def problem(code: int, title: str, detail: str) -> Response:
    """An error as the API writes it."""
    body = {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": code}
    return JSONResponse(
        {**body, "detail": detail, "instance": ""}, status_code=code, media_type="application/problem+json"
    )


def _member(number: int, audience: str, address: str, changed: str) -> Json:
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
        "_links": [_link(f"/lists/{audience}/members/{subscriber_hash(address)}")],
    }


def _merge_field(key: int, tag: str, label: str, kind: str, choices: Sequence[str] = ()) -> Json:
    field = {"merge_id": key, "tag": tag, "name": label, "type": kind, "required": False, "default_value": ""}
    return {
        **field,
        "public": False,
        "display_order": key,
        "options": {"choices": list(choices)} if choices else {},
    }


def _page(request: Request, key: str, rows: list[Json], *, most: int = 1000, **more: str) -> Response:
    """A slice of rows, cut down by `fields` and `exclude_fields` at the depth that clients use."""
    query = request.query_params
    count, offset = int(query.get("count", 10)), int(query.get("offset", 0))
    if count > 1000:
        return problem(400, "Invalid Resource", "The count may not be more than 1000.")
    body: Json = {
        key: rows[offset : offset + min(count, most)],
        **more,
        "total_items": len(rows),
        "_links": [_link(f"/{key}")],
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


def _not_found() -> Response:
    return problem(404, "Resource Not Found", "The requested resource could not be found.")


def _redirect_to_http(_: Request) -> Response:
    page = "<html><head><title>301 Moved Permanently</title></head></html>"
    return Response(page, 301, {"Location": "http://us19.api.mailchimp.example/3.0/"}, "text/html")


def _link(path: str) -> Json:
    href = f"https://us19.api.mailchimp.example/3.0{path}"
    return {"rel": "self", "href": href, "method": "GET"}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
