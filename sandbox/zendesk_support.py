"""A stand-in of Zendesk Support's API v2: the incremental exports, users, fields."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import SALES_TEAM, Sighting, companies, sightings
from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]
Handler = Callable[[Request], Response]

SEEDED_FROM = int(datetime(2026, 8, 3, 9, 0, tzinfo=UTC).timestamp())
START_LIES_BACK = 60
"""Seconds before now that a start must lie back at least."""
SEATS_FIELD, PLAN_FIELD = 27642, 27648
FIRST_USER, FIRST_ORGANIZATION, FIRST_TICKET = 369_531_345_000, 360_363_695_000, 35_400
LISTED_AT_MOST = 100
_SALES_SUBJECTS = ("Price for 20 seats?", "Please send a quote", "Demo for our team", "Upgrade our plan")
_OTHER_SUBJECTS = ("Cannot sign in", "Invoice of last month", "Export is empty")


class ZendeskSupportSandbox(Vendor):
    """Tickets, some tagged `sales`; among them a merged one, a deleted one, and one without address.

    Attributes:
        role: of the user whom the credentials stand for; the exports are for admins.
        page_size: rows in a page where the caller does not say.
        exports_per_minute: None: as many as anybody likes.
        side_loads: whether `include` is honoured.
        refused_cursors: cursors that are answered with 400.
        settles_after: seconds before an item shows in an export; the vendor's 60 would keep a demo waiting.
        tickets, users: rows by id; `organizations` too.
    """

    name = "zendesk_support"

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
        self.email, self.token = "ann@example.com", "made-up-zendesk-token"
        self.oauth_token = "made-up-zendesk-oauth-token"
        self.role = "admin"
        self.page_size = 1000
        self.exports_per_minute: int | None = None
        self.side_loads = True
        self.refused_cursors: set[str] = set()
        self.settles_after = 0
        self.tickets: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.organizations: dict[int, Json] = {}
        self._generated: dict[str, dict[int, tuple[int, int]]] = {"tickets": {}, "users": {}}
        """When each row was last generated, and in which place: (Unix seconds, a running number)."""
        self._clock = 0
        self._changes = 0
        self._exported_at: list[float] = []
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "email": self.email, "token": self.token}

    def routes(self) -> Sequence[Route]:
        paths: list[tuple[str, Handler]] = [
            ("/incremental/tickets/cursor", self._known_only(self._exporter("tickets", lambda: self.tickets))),
            ("/incremental/users/cursor", self._known_only(self._exporter("users", lambda: self.users))),
            ("/users/me", self._whoami),
            ("/users/show_many", self._known_only(self._show_many_users)),
            ("/ticket_fields", self._known_only(_ticket_fields)),
            ("/user_fields", self._known_only(lambda _: JSONResponse({"user_fields": []}))),
            ("/tickets/{key}", self._known_only(self._one_ticket)),
        ]
        return [Route(f"/api/v2{path}{ending}", handler) for path, handler in paths for ending in (".json", "")]

    # What happens in the account, for tests and the demo.

    def add_user(self, name: str, email: str | None) -> Json:
        """Add an end user."""
        with self.lock:
            return self._keep_user(name, email, self._now())

    def add_tickets(self, count: int, *, tags: Sequence[str] = ("sales",), at: int | None = None) -> list[Json]:
        """Add so many tickets, each of a new requester, now or at a given Unix second."""
        with self.lock:
            return [self._add_ticket(list(tags), self._now() if at is None else at) for _ in range(count)]

    def _add_ticket(self, tags: list[str], at: int) -> Json:
        number = len(self.users)
        user = self._keep_user(f"New Person {number}", f"new.{number}@example.com", at)
        ticket = self._keep_ticket(user, "Price list, please", at)
        ticket["tags"] = tags
        return ticket

    def change(self, ticket: Json, **values: Any) -> None:
        """Edit a ticket."""
        with self.lock:
            ticket.update(values, updated_at=_iso(self._now()))
            self._generate("tickets", ticket)

    def touch(self, ticket: Json) -> None:
        """Change a ticket as the system does: it comes again, with the same `updated_at`."""
        with self.lock:
            self._generate("tickets", ticket)

    def delete(self, ticket: Json) -> None:
        """Delete a ticket: it stays in the export, as deleted."""
        self.change(ticket, status="deleted")

    def merge(self, loser: Json) -> None:
        """Merge a ticket into another: it is closed, with a tag."""
        self.change(loser, status="closed", tags=[*loser["tags"], "closed_by_merge"])

    def deactivate(self, user: Json) -> None:
        """Delete a user, or merge them into another."""
        with self.lock:
            user.update(active=False, updated_at=_iso(self._now()))
            self._generate("users", user)

    def clear(self) -> None:
        """Empty the account."""
        with self.lock:
            self.tickets.clear()
            self.users.clear()
            for stamps in self._generated.values():
                stamps.clear()

    # The API.

    def _known_only(self, handler: Handler) -> Handler:
        def answer(request: Request) -> Response:
            if not self._is_known(request):
                return JSONResponse({"error": "Couldn't authenticate you"}, 401)
            with self.lock:
                return handler(request)

        return answer

    def _is_known(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            return base64.b64decode(value).decode() == f"{self.email}/token:{self.token}"
        return scheme == "Bearer" and value == self.oauth_token

    def _whoami(self, request: Request) -> Response:
        """Who we are; who nobody knows is answered 200 and an anonymous user."""
        if not self._is_known(request):
            return JSONResponse({"user": {"id": None, "name": "Anonymous user", "role": "end-user"}})
        user = _user(FIRST_USER - 1, SALES_TEAM[0][0], self.email, SEEDED_FROM) | {"role": self.role}
        return JSONResponse({"user": user}, headers={"X-Rate-Limit": "400", "X-Rate-Limit-Remaining": "399"})

    def _exporter(self, key: str, rows: Callable[[], dict[int, Json]]) -> Handler:
        def export(request: Request) -> Response:
            if self.role != "admin":
                return JSONResponse({"error": "Forbidden", "description": "You are not an admin"}, 403)
            if (wait := self._wait()) is not None:
                return JSONResponse({"error": "APIRateLimitExceeded"}, 429, {"Retry-After": str(wait)})
            position = self._position(request)
            return position if isinstance(position, Response) else self._page(request, key, rows(), position)

        return export

    def _position(self, request: Request) -> tuple[int, int] | Response:
        """What an export goes on behind: (Unix seconds, running number)."""
        query = request.query_params
        if cursor := query.get("cursor"):
            known = _read_cursor(cursor)
            return known if known and cursor not in self.refused_cursors else _invalid("cursor is not valid")
        if not (start := query.get("start_time", "")).isdigit():
            return _invalid("start_time is missing")
        if int(start) > time.time() - START_LIES_BACK:
            return JSONResponse({"error": "InvalidValue", "description": "Too recent start_time."}, 422)
        return int(start), -1

    def _page(self, request: Request, key: str, rows: dict[int, Json], position: tuple[int, int]) -> Response:
        size = min(int(request.query_params.get("per_page", self.page_size)), self.page_size)
        shown = self._settled(key, position)
        page = [rows[row_id] | self._stamp(key, row_id) for _, row_id in shown[:size]]
        behind = shown[:size][-1][0] if page else position
        cursor = base64.b64encode(f"{behind[0]}|{behind[1]}".encode()).decode()
        body = {
            key: page,
            "after_url": f"{request.url.replace(query='')}?cursor={cursor}",
            "after_cursor": cursor,
            "before_cursor": None,
            "end_of_stream": len(shown) <= size,
        }
        wanted = request.query_params.get("include", "").split(",") if self.side_loads else []
        return JSONResponse(body | self._side_loaded(page, wanted))

    def _settled(self, key: str, position: tuple[int, int]) -> list[tuple[tuple[int, int], int]]:
        newest = time.time() - self.settles_after
        stamps = ((stamp, row_id) for row_id, stamp in self._generated[key].items())
        return sorted(
            item for item in stamps if item[0] > position and (item[0][0] <= newest or not self.settles_after)
        )

    def _stamp(self, key: str, row_id: int) -> Json:
        return {"generated_timestamp": self._generated[key][row_id][0]} if key == "tickets" else {}

    def _side_loaded(self, page: list[Json], wanted: Sequence[str]) -> Json:
        more: Json = {}
        if "users" in wanted:
            ids = dict.fromkeys(row["requester_id"] for row in page)
            more["users"] = [self.users[key] for key in ids if key in self.users]
        if "organizations" in wanted:
            ids = dict.fromkeys(row["organization_id"] for row in page)
            more["organizations"] = [self.organizations[key] for key in ids if key in self.organizations]
        return more

    def _wait(self) -> int | None:
        """Seconds until another export is allowed; None: it is, and is counted."""
        now = time.time()
        self._exported_at = [at for at in self._exported_at if at > now - 60]
        if self.exports_per_minute is not None and len(self._exported_at) >= self.exports_per_minute:
            return max(1, int(self._exported_at[0] + 60 - now))
        self._exported_at.append(now)
        return None

    def _show_many_users(self, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        if len(ids) > LISTED_AT_MOST:
            return _invalid("too many ids")
        users = [self.users[int(key)] for key in ids if key.isdigit() and int(key) in self.users]
        return JSONResponse({"users": users, "count": len(users), "next_page": None, "previous_page": None})

    def _one_ticket(self, request: Request) -> Response:
        key = request.path_params["key"]
        ticket = self.tickets.get(int(key)) if key.isdigit() else None
        if ticket is None or ticket["status"] == "deleted":
            return JSONResponse({"error": "RecordNotFound", "description": "Not found"}, 404)
        return JSONResponse({"ticket": ticket})

    # Time, and the seeded data.

    def _now(self) -> int:
        """Unix seconds at which what is done now is stamped; never before what was done already."""
        self._clock = max(self._clock, int(time.time()))
        return self._clock

    def _generate(self, key: str, row: Json, at: int | None = None) -> None:
        self._changes += 1
        self._generated[key][row["id"]] = (self._now() if at is None else at, self._changes)

    def _seed(self) -> None:
        self.organizations = {
            FIRST_ORGANIZATION + company.key: _organization(company.key, company.name, company.domain)
            for company in companies()
        }
        for sighting in sightings("zendesk_support"):
            self._seed_sighting(sighting)
        self._seed_odd_ones()

    def _seed_sighting(self, sighting: Sighting) -> None:
        key, at = sighting.human.key, SEEDED_FROM + 15 * 3600 * sighting.human.key
        user = self._keep_user(f"{sighting.first_name} {sighting.last_name}", sighting.email, at)
        user |= {"phone": sighting.phone, "organization_id": FIRST_ORGANIZATION + sighting.human.company.key}
        is_sales = key % 3 != 2
        subjects = _SALES_SUBJECTS if is_sales else _OTHER_SUBJECTS
        ticket = self._keep_ticket(user, subjects[key % len(subjects)], at)
        ticket["tags"] = ["sales", "website"] if is_sales else ["support"]
        ticket["custom_fields"] = [
            {"id": SEATS_FIELD, "value": str(5 * key) if is_sales else None},
            {"id": PLAN_FIELD, "value": ("plan_team", "plan_suite")[key % 2] if is_sales else None},
        ]

    def _seed_odd_ones(self) -> None:
        """A second ticket of one person, merged into the first; one deleted; two that cannot be read well."""
        first, second, *_ = self.tickets.values()
        again = self._keep_ticket(self.users[first["requester_id"]], first["subject"], SEEDED_FROM + 76 * 86_400)
        again.update(status="closed", tags=["sales", "closed_by_merge"])
        gone = self._keep_ticket(self.users[second["requester_id"]], "Wrong number", SEEDED_FROM + 77 * 86_400)
        gone.update(status="deleted", tags=["sales"])
        caller = self._keep_user("Unknown caller", None, SEEDED_FROM + 78 * 86_400)
        self._keep_ticket(caller, "Please call me back", SEEDED_FROM + 78 * 86_400)["tags"] = ["sales", "phone"]
        clerk = self._keep_user("Front Desk", "front.desk@example.com", SEEDED_FROM + 79 * 86_400)
        clerk["phone"] = "extension twelve"
        self._keep_ticket(clerk, "Price list, please", SEEDED_FROM + 79 * 86_400)["tags"] = ["sales"]

    def _keep_user(self, name: str, email: str | None, at: int) -> Json:
        user = _user(FIRST_USER + len(self.users), name, email, at)
        self.users[user["id"]] = user
        self._generate("users", user, at)
        return user

    def _keep_ticket(self, user: Json, subject: str, at: int) -> Json:
        ticket = _ticket(FIRST_TICKET + len(self.tickets), user, subject, at)
        self.tickets[ticket["id"]] = ticket
        self._generate("tickets", ticket, at)
        return ticket


def _read_cursor(cursor: str) -> tuple[int, int] | None:
    try:
        seconds, _, number = base64.b64decode(cursor, validate=True).decode().partition("|")
        return int(seconds), int(number)
    except ValueError:
        return None


def _invalid(text: str) -> Response:
    return JSONResponse({"error": "InvalidValue", "description": text}, 400)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _organization(key: int, name: str, domain: str) -> Json:
    return {
        "id": FIRST_ORGANIZATION + key,
        "name": name,
        "domain_names": [domain],
        "external_id": None,
        "tags": [],
        "organization_fields": {},
        "created_at": _iso(SEEDED_FROM),
        "updated_at": _iso(SEEDED_FROM),
    }


def _user(key: int, name: str, email: str | None, at: int) -> Json:
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
        "created_at": _iso(at),
        "updated_at": _iso(at),
    }


def _ticket(key: int, user: Json, subject: str, at: int) -> Json:
    return {
        "id": key,
        "url": f"https://example.zendesk.com/api/v2/tickets/{key}.json",
        "external_id": None,
        "created_at": _iso(at),
        "updated_at": _iso(at),
        "type": "question",
        "priority": "normal",
        "status": "open",
        "custom_status_id": 1,
        "subject": subject,
        "description": f"{subject}\n\n{user['name']}",
        "requester_id": user["id"],
        "submitter_id": user["id"],
        "assignee_id": None,
        "organization_id": user["organization_id"],
        "group_id": 98738,
        "brand_id": 123,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "tags": [],
        "custom_fields": [],
        "fields": [],
        "is_public": True,
    }


def _ticket_fields(_: Request) -> Response:
    plans = [{"name": "Team", "value": "plan_team"}, {"name": "Suite", "value": "plan_suite"}]
    fields = [
        {"id": 27640, "type": "subject", "title": "Subject", "active": True, "removable": False},
        {"id": 27641, "type": "status", "title": "Status", "active": True, "removable": False},
        {"id": SEATS_FIELD, "type": "integer", "title": "Seats", "active": True, "removable": True},
        {"id": PLAN_FIELD, "type": "tagger", "title": "Plan", "active": True, "removable": True}
        | {"custom_field_options": plans},
    ]
    return JSONResponse({"ticket_fields": fields, "count": len(fields), "next_page": None, "previous_page": None})
