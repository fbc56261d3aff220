"""Zendesk Sell's Core API as its own pages describe it, for a plain account; owes nothing to `sandbox/`."""

from __future__ import annotations

import time
from typing import Any

from tests.review5.standin import Answer, Asked, StandIn, says

TOKEN = "sell-token"
SORTED = {"id", "created_at", "updated_at"}
FILTERS = {
    "contacts": {"is_organization", "email", "name", "first_name", "last_name", "owner_id", "creator_id", "contact_id"},
    "leads": {"creator_id", "owner_id", "source_id", "first_name", "last_name", "organization_name", "status", "email"},
    "deals": {"contact_id", "organization_id", "owner_id", "stage_id", "source_id", "hot", "name", "includes"},
    "stages": {"pipeline_id"},
    "notes": {"q", "resource_type", "resource_id", "creator_id"},
    "tasks": {"q", "resource_type", "resource_id", "creator_id", "owner_id", "completed", "overdue", "remind", "type"},
}


def stamp(seconds: float) -> str:
    """A time as the vendor writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def error(status: int, code: str) -> Answer:
    """An error as the vendor wraps it."""
    return says({"errors": [{"error": {"code": code, "message": code}}], "meta": {"http_status": str(status)}}, status)


UNKNOWN = {
    "404": error(404, "not_found"),
    "403": error(403, "insufficient_scope"),
    "html": Answer(404, b"<html><body>No such page</body></html>", {"Content-Type": "text/html"}),
}


class PlainSell(StandIn):
    """The lists that every account has; others only when they are put in.

    Attributes:
        lists: name of a list → its rows by id.
        links: whether an answer names its next page.
        page_cap: rows in a page, whatever is asked for.
        unsorted: lists that refuse `sort_by`.
        unknown: how an endpoint that the account lacks answers.
        no_includes: whether `includes` is refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, dict[int, dict[str, Any]]] = {
            name: {} for name in ("users", "pipelines", "stages", "contacts", "leads", "deals", "lead_sources")
        }
        self.links = True
        self.page_cap = 100
        self.unsorted: set[str] = set()
        self.unknown = "404"
        self.no_includes = False
        self.start = int(time.time()) - 86_400

    def put(self, list_: str, id_: int, at: float | None = None, /, **fields: Any) -> None:
        """Put a row with its times, and nothing that is optional."""
        time_ = stamp(at or self.start + id_ % 1000)
        rows = self.lists.setdefault(list_, {})
        rows[id_] = {"id": id_, "created_at": time_, **rows.get(id_, {}), "updated_at": time_, **fields}

    def answer(self, asked: Asked) -> Answer:
        if not asked.headers.get("user-agent") or "python-requests" in asked.headers["user-agent"]:
            return error(400, "invalid_user_agent")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "unauthorized")
        if asked.headers.get("accept") != "application/json":
            return error(400, "invalid_header")
        if asked.path == "/v2/users/self":
            return says({"data": {"id": 1, "role": "admin", "status": "active"}, "meta": {"type": "user"}})
        name = asked.path.removeprefix("/v2/")
        if asked.method != "GET" or not asked.path.startswith("/v2/") or name not in self.lists:
            return UNKNOWN[self.unknown]
        return self._list(asked.query, name)

    def _list(self, query: dict[str, str], name: str) -> Answer:
        if set(query) - {"page", "per_page", "sort_by", "ids"} - FILTERS.get(name, set()):
            return error(400, "invalid_param")
        page, size = query.get("page", "1"), query.get("per_page", "25")
        if not page.isdigit() or not size.isdigit() or int(page) < 1 or not 1 <= int(size) <= 100:
            return error(400, "invalid_param")
        field, _, order = query.get("sort_by", "id").partition(":")
        is_bad_order = field not in SORTED or order not in {"", "asc", "desc"} or name in self.unsorted
        if ("sort_by" in query and is_bad_order) or ("includes" in query and self.no_includes):
            return error(400, "invalid_param")
        rows = [row for row in self.lists[name].values() if self._wanted(row, query)]
        rows.sort(key=lambda row: (row[field], row["id"]), reverse=order == "desc")
        size_ = min(int(size), self.page_cap)
        at = (int(page) - 1) * size_
        links: dict[str, str] = {"self": "x"}
        if self.links and at + size_ < len(rows):
            links["next_page"] = f"{self.url}/v2/{name}?page={int(page) + 1}"
        items = [{"data": row, "meta": {"type": name, "version": 1}} for row in rows[at : at + size_]]
        return says({"items": items, "meta": {"type": "collection", "count": len(items), "links": links}})

    @staticmethod
    def _wanted(row: dict[str, Any], query: dict[str, str]) -> bool:
        if "ids" in query and str(row["id"]) not in query["ids"].split(","):
            return False
        return "is_organization" not in query or str(row["is_organization"]).lower() == query["is_organization"]
