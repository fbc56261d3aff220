"""A stand-in of Zendesk Support's API v2: the incremental exports, users, fields."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import SALES_TEAM
from sandbox.vendor import Faults, Vendor
from sandbox.zendesk_account import FIRST_USER, HelpDesk
from sandbox.zendesk_rows import (
    BRANDS,
    FORMS,
    GROUPS,
    PLAN_FIELD,
    SEEDED_FROM,
    comment,
    iso,
    metric_set,
    named,
    ticket_fields,
)
from sandbox.zendesk_rows import user as user_row

__all__ = ["PLAN_FIELD", "ZendeskSupportSandbox"]

Json = dict[str, Any]
Handler = Callable[[Request], Response]

START_LIES_BACK = 60
"""Seconds before now that a start must lie back at least."""
LISTED_AT_MOST = 100
_LISTS = {"/groups": GROUPS, "/brands": BRANDS, "/ticket_forms": FORMS}


class ZendeskSupportSandbox(HelpDesk, Vendor):
    """A help desk (`sandbox.zendesk_account`) and its API.

    Attributes:
        role: of the user whom the credentials stand for; the exports are for admins.
        page_size: rows in a page where the caller does not say.
        exports_per_minute: None: as many as anybody likes.
        side_loads: whether `include` is honoured; `metrics_inside`: metric sets come inside tickets, else beside.
        hidden: paths of small lists that the plan does not have.
        secret: webhooks are signed with it.
        refused_cursors: cursors that are answered with 400.
        settles_after: seconds before an item shows in an export; the vendor's 60 would keep a demo waiting.
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
        self.side_loads, self.metrics_inside = True, True
        self.hidden: set[str] = set()
        self.secret = "made-up-zendesk-signing-secret"
        self._sent = 0
        self.refused_cursors: set[str] = set()
        self.settles_after = 0
        self._exported_at: list[float] = []
        self.begin()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "email": self.email, "token": self.token}

    def routes(self) -> Sequence[Route]:
        paths: list[tuple[str, Handler]] = [
            ("/incremental/tickets/cursor", self._known_only(self._exporter("tickets", lambda: self.tickets))),
            ("/incremental/users/cursor", self._known_only(self._exporter("users", lambda: self.users))),
            ("/users/me", self._whoami),
            ("/users/show_many", self._known_only(self._show_many_users)),
            ("/ticket_fields", self._known_only(ticket_fields)),
            ("/user_fields", self._known_only(lambda _: JSONResponse({"user_fields": []}))),
            ("/tickets/show_many", self._known_only(self._show_many_tickets)),
            ("/tickets/{key:int}/comments", self._known_only(self._comments)),
            ("/tickets/{key}", self._known_only(self._one_ticket)),
            *((path, self._known_only(self._lister(path, rows))) for path, rows in _LISTS.items()),
        ]
        return [Route(f"/api/v2{path}{ending}", handler) for path, handler in paths for ending in (".json", "")]

    def notice(
        self, row: Json, event: str = "ticket.created", /, *, at: int | None = None, **body: Any
    ) -> tuple[dict[str, str], bytes]:
        """What a webhook sends of a ticket or user, or what `body` says: headers and body."""
        self._sent += 1
        said = {"type": f"zen:event-type:{event}", "id": f"event-{self._sent}", "detail": {"id": str(row["id"])}}
        content = json.dumps(body or said).encode()
        stamp = iso(int(time.time()) if at is None else at)
        digest = hmac.digest(self.secret.encode(), stamp.encode() + content, hashlib.sha256)
        headers = {"signature": base64.b64encode(digest).decode(), "signature-timestamp": stamp}
        headers["invocation-id"] = f"invocation-{self._sent}"
        return {f"x-zendesk-webhook-{name}": value for name, value in headers.items()}, content

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
        user = user_row(FIRST_USER - 1, SALES_TEAM[0][0], self.email, SEEDED_FROM) | {"role": self.role}
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
        wanted = request.query_params.get("include", "").split(",") if self.side_loads else []
        side = self._side_loaded(page, wanted) if key == "tickets" else {}
        side |= self._organizations(page) if key == "users" and "organizations" in wanted else {}
        body = {
            key: page,
            "after_url": f"{request.url.replace(query='')}?cursor={cursor}",
            "after_cursor": cursor,
            "before_cursor": None,
            "end_of_stream": len(shown) <= size,
        }
        return JSONResponse(body | side)

    def _settled(self, key: str, position: tuple[int, int]) -> list[tuple[tuple[int, int], int]]:
        newest = time.time() - self.settles_after
        stamps = ((stamp, row_id) for row_id, stamp in self.generated[key].items())
        return sorted(
            item for item in stamps if item[0] > position and (item[0][0] <= newest or not self.settles_after)
        )

    def _stamp(self, key: str, row_id: int) -> Json:
        return {"generated_timestamp": self.generated[key][row_id][0]} if key == "tickets" else {}

    def _side_loaded(self, page: list[Json], wanted: Sequence[str]) -> Json:
        more: Json = {}
        if "users" in wanted:
            ids = dict.fromkeys(row["requester_id"] for row in page)
            more["users"] = [self.users[key] for key in ids if key in self.users]
        if "metric_sets" in wanted:
            metrics = {row["id"]: metric_set(row, self._said_at(row)) for row in page}
            if self.metrics_inside:
                for row in page:
                    row["metric_set"] = metrics[row["id"]]
            else:
                more["metric_sets"] = list(metrics.values())
        more |= {name: named(rows) for name, rows in (("groups", GROUPS), ("ticket_forms", FORMS)) if name in wanted}
        if "organizations" in wanted:
            more |= self._organizations(page)
        return more

    def _organizations(self, page: Sequence[Json]) -> Json:
        ids = dict.fromkeys(row["organization_id"] for row in page)
        return {"organizations": [self.organizations[key] for key in ids if key in self.organizations]}

    def _said_at(self, ticket: Json) -> str:
        said = self.comments.get(ticket["id"])
        return str(said[-1]["created_at"] if said else ticket["created_at"])

    def _lister(self, path: str, rows: dict[int, str]) -> Handler:
        def listed(_: Request) -> Response:
            if path in self.hidden:
                return JSONResponse({"error": "Forbidden", "description": "Not in your plan"}, 403)
            key = path.removeprefix("/")
            return JSONResponse({key: named(rows), "count": len(rows), "next_page": None, "previous_page": None})

        return listed

    def _show_many_tickets(self, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        if len(ids) > LISTED_AT_MOST:
            return _invalid("too many ids")
        found = [self.tickets[int(key)] for key in ids if key.isdigit() and int(key) in self.tickets]
        page = [dict(row) for row in found if row["status"] != "deleted"]
        wanted = request.query_params.get("include", "").split(",") if self.side_loads else []
        side = self._side_loaded(page, wanted)
        return JSONResponse({"tickets": page, "count": len(page), "next_page": None, "previous_page": None} | side)

    def _comments(self, request: Request) -> Response:
        ticket = self.tickets.get(request.path_params["key"])
        if ticket is None or ticket["status"] == "deleted":
            return JSONResponse({"error": "RecordNotFound", "description": "Not found"}, 404)
        first = comment(1, ticket["description"], ticket["requester_id"], ticket["created_at"])
        rows = [first, *self.comments.get(ticket["id"], [])]
        if request.query_params.get("sort_order") == "desc":
            rows.reverse()
        size = int(request.query_params.get("per_page", LISTED_AT_MOST))
        return JSONResponse({"comments": rows[:size], "count": len(rows), "next_page": None, "previous_page": None})

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
        wanted = request.query_params.get("include", "").split(",") if self.side_loads else []
        side = self._organizations(users) if "organizations" in wanted else {}
        return JSONResponse({"users": users, "count": len(users), "next_page": None, "previous_page": None} | side)

    def _one_ticket(self, request: Request) -> Response:
        key = request.path_params["key"]
        ticket = self.tickets.get(int(key)) if key.isdigit() else None
        if ticket is None or ticket["status"] == "deleted":
            return JSONResponse({"error": "RecordNotFound", "description": "Not found"}, 404)
        return JSONResponse({"ticket": ticket})


def _read_cursor(cursor: str) -> tuple[int, int] | None:
    try:
        seconds, _, number = base64.b64decode(cursor, validate=True).decode().partition("|")
        return int(seconds), int(number)
    except ValueError:
        return None


def _invalid(text: str) -> Response:
    return JSONResponse({"error": "InvalidValue", "description": text}, 400)
