"""Zendesk Support as its own pages describe it, for a plain account; owes nothing to `sandbox/`."""

from __future__ import annotations

import base64
import time
from calendar import timegm
from typing import Any

from tests.review5.standin import Answer, Asked, StandIn, says

EMAIL, TOKEN = "admin@example.com", "support-token"
NOT_FOUND = says({"error": "RecordNotFound", "description": "Not found"}, 404)
UNKNOWN = {
    "404": NOT_FOUND,
    "403": says({"error": "Forbidden", "description": "You do not have access to this page."}, 403),
    "html": Answer(404, b"<html><body>No such page</body></html>", {"Content-Type": "text/html"}),
}


def stamp(seconds: int) -> str:
    """A time as the vendor writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def invalid(text: str, status: int = 400) -> Answer:
    return says({"error": {"title": "Invalid attribute", "message": text}}, status)


class PlainSupport(StandIn):
    """Tickets and users by cursor, users and organizations by id, and nothing else unless it is named.

    Attributes:
        boards: what `include` may name; a word that is not there is passed over, or refused when `strict`.
        page_cap: rows in a page, whatever is asked for.
        unknown: how an endpoint that the account lacks answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.organizations: dict[int, dict[str, Any]] = {}
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.boards: set[str] = set()
        self.strict = False
        self.page_cap = 1000
        self.unknown = "404"
        self.lapsed: set[str] = set()

    def user(self, id_: int, **more: Any) -> None:
        at = int(time.time()) - 3600
        self.users[id_] = {
            "id": id_,
            "name": f"P{id_} Li{id_}",
            "email": f"p{id_}@example.com",
            "role": "end-user",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            **more,
        }

    def ticket(self, id_: int, requester: int, at: int | None = None, **more: Any) -> None:
        """Put a ticket with what every ticket has, and nothing that is optional."""
        at = at or int(time.time()) - 3600
        self.tickets.pop(id_, None)
        self.tickets[id_] = {
            "id": id_,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "generated_timestamp": at,
            "status": "open",
            "subject": f"Offer {id_}",
            "description": "How much?",
            "requester_id": requester,
            "tags": ["sales"],
            "x_unheard_of": {"a": [1]},
            **more,
        }

    def answer(self, asked: Asked) -> Answer:
        basic = "Basic " + base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        known = asked.headers.get("authorization") == basic
        path = asked.path.removesuffix(".json").removeprefix("/api/v2")
        if not asked.path.startswith("/api/v2/") or asked.method != "GET":
            return NOT_FOUND
        if path == "/users/me":
            return says({"user": {"id": 1, "role": "admin", "name": "Ann"} if known else {"name": "Anonymous user"}})
        if not known:
            return says({"error": "Couldn't authenticate you"}, 401)
        if path in {"/incremental/tickets/cursor", "/incremental/users/cursor"}:
            return self._export(asked, path.split("/")[2])
        if path in {"/users/show_many", "/organizations/show_many", "/tickets/show_many"}:
            return self._many(asked, path.split("/")[1])
        if (name := path[1:]) in self.lists:
            return self._list(asked, name)
        return UNKNOWN[self.unknown]

    def _many(self, asked: Asked, name: str) -> Answer:
        ids = asked.query.get("ids", "").split(",")
        if not all(each.isdigit() for each in ids) or len(ids) > 100 or set(asked.query) - {"ids", "include"}:
            return invalid("ids")
        rows = getattr(self, name)
        found = [rows[int(each)] for each in ids if int(each) in rows]
        return self._boarded({name: found, "count": len(found)}, asked, found)

    def _list(self, asked: Asked, name: str) -> Answer:
        size, after = int(asked.query.get("page[size]", "100")), int(asked.query.get("page[after]") or 0)
        if size > 100 or set(asked.query) - {"page[size]", "page[after]"}:
            return invalid("page")
        rows = self.lists[name][after : after + size]
        more = after + size < len(self.lists[name])
        meta = {"has_more": more, "after_cursor": str(after + size) if more else None, "before_cursor": None}
        return says({name: rows, "meta": meta, "links": {"next": None, "prev": None}})

    def _export(self, asked: Asked, name: str) -> Answer:
        query = asked.query
        if set(query) - {"start_time", "cursor", "per_page", "include", "exclude_deleted"}:
            return invalid("unknown parameter")
        if ("start_time" in query) == ("cursor" in query) or not query.get("per_page", "1").isdigit():
            return invalid("start_time or cursor")
        size = int(query.get("per_page", "1000"))
        if not 1 <= size <= 1000:
            return invalid("per_page")
        if "cursor" in query:
            start, _, last = query["cursor"].removeprefix("c").partition("-")
            if query["cursor"] in self.lapsed or not start.isdigit():
                return invalid("cursor", 422)
            place = (int(start), int(last))
        else:
            if not query["start_time"].isdigit():
                return invalid("start_time")
            if int(query["start_time"]) > time.time() - 60:
                return invalid("Too recent start_time", 422)
            place = (int(query["start_time"]), 0)
        size = min(size, self.page_cap)
        rows = sorted(getattr(self, name).values(), key=self._place)
        behind = [row for row in rows if self._place(row) > place and self._place(row)[0] < time.time() - 60]
        page = behind[:size]
        place = self._place(page[-1]) if page else place
        cursor = f"c{place[0]}-{place[1]}"
        answer = {name: page, "after_cursor": cursor, "end_of_stream": len(behind) <= size}
        return self._boarded(answer, asked, page)

    @staticmethod
    def _place(row: dict[str, Any]) -> tuple[int, int]:
        at = row.get("generated_timestamp") or timegm(time.strptime(row["updated_at"], "%Y-%m-%dT%H:%M:%SZ"))
        return at, row["id"]

    def _boarded(self, answer: dict[str, Any], asked: Asked, rows: list[dict[str, Any]]) -> Answer:
        words = {word for word in asked.query.get("include", "").split(",") if word}
        if self.strict and words - self.boards:
            return invalid("include")
        if "users" in words & self.boards:
            answer["users"] = [
                user for id_, user in self.users.items() if id_ in {row.get("requester_id") for row in rows}
            ]
        if "organizations" in words & self.boards:
            ids = {row.get("organization_id") for row in [*rows, *answer.get("users", [])]}
            answer["organizations"] = [self.organizations[id_] for id_ in ids & self.organizations.keys()]
        return says(answer)
