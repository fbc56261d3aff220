"""A plain Mailchimp account: audiences and their members; nothing else is there.

From the vendor's pages, its API description and recorded answers: offset paging of at most 1,000, times
in seconds, archived members only when asked for, problem+json, no limit headers, HTTP Basic.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from tests.review5.standin import Answer, Asked, StandIn, says

KEY = "0123456789abcdef0123456789abcdef-us19"
STATUSES = {"subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"}
QUERY = {
    "fields", "exclude_fields", "count", "offset", "email_type", "status", "unique_email_id", "vip_only",
    "since_timestamp_opt", "before_timestamp_opt", "since_last_changed", "before_last_changed", "unsubscribed_since",
    "interest_category_id", "interest_ids", "interest_match", "sort_field", "sort_dir", "since_last_campaign",
}  # fmt: skip


def problem(status: int, title: str, detail: str = "") -> Answer:
    body = {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": status}
    body |= {"detail": detail, "instance": "x"}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/problem+json; charset=utf-8"})


class PlainMailchimp(StandIn):
    """One account; `inclusive` says whether `since` takes its very second in."""

    def __init__(self, *, inclusive: bool = True, contact_ids: bool = False) -> None:
        super().__init__()
        self.audiences: dict[str, dict[str, dict[str, Any]]] = {"a1b2c3": {}}
        self.inclusive = inclusive
        self.contact_ids = contact_ids
        self.page_cap = 1000

    def put(self, email: str, at: datetime, audience: str = "a1b2c3", **values: Any) -> dict[str, Any]:
        """Make or change a member."""
        id_ = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
        at_text = at.isoformat(timespec="seconds")
        row = self.audiences[audience].setdefault(id_, {"timestamp_signup": "", "timestamp_opt": at_text})
        row |= {
            "id": id_, "email_address": email, "unique_email_id": id_[:10], "status": row.get("status", "subscribed"),
            "last_changed": at_text, "list_id": audience, "tags": [], "tags_count": 0,
            "merge_fields": row.get("merge_fields") or {"FNAME": "", "LNAME": email.partition("@")[0]},
        }  # fmt: skip
        if self.contact_ids:
            row["contact_id"] = id_[::-1]
        row |= values
        return row

    def answer(self, asked: Asked) -> Answer:
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        key = base64.b64decode(given).decode().partition(":")[2] if scheme == "Basic" else given
        if key != KEY:
            return problem(401, "API Key Invalid", "Your API key may be invalid, or wrong datacenter.")
        parts = asked.path.strip("/").split("/")
        if asked.path == "/3.0":
            return Answer(301, b"", {"Location": "http://us19.api.mailchimp.com/3.0/"})
        match [asked.method, *parts]:
            case ["GET", "3.0"]:
                return says({"account_id": "x", "account_name": "Plain", "email": "a@example.com", "_links": []})
            case ["GET", "3.0", "lists"]:
                rows = [{"id": a, "name": f"Audience {a}", "stats": {}} for a in self.audiences]
                start, count = int(asked.query.get("offset", 0)), int(asked.query.get("count", 10))
                body = {"lists": rows[start : start + count], "total_items": len(rows), "constraints": {}, "_links": []}
                return says(self.chosen(body, asked))
            case ["GET", "3.0", "lists", audience, "members"] if audience in self.audiences:
                return self.members(audience, asked)
            case ["GET", "3.0", "lists", audience, "members", name] if audience in self.audiences:
                for row in self.audiences[audience].values():
                    if name in {row["id"], row.get("contact_id"), row["email_address"]}:
                        return says(row)
        return problem(404, "Resource Not Found", "The requested resource could not be found.")

    def members(self, audience: str, asked: Asked) -> Answer:
        query = asked.query
        if query.keys() - QUERY:
            return problem(400, "Invalid Resource", f"unknown {query.keys() - QUERY}")
        count, offset = int(query.get("count", 10)), int(query.get("offset", 0))
        if not 0 <= count <= 1000 or query.get("status", "subscribed") not in STATUSES:
            return problem(400, "Invalid Resource", "count or status")
        rows = [row for row in self.audiences[audience].values() if self.fits(row, query)]
        if field := query.get("sort_field"):
            if field not in {"timestamp_opt", "timestamp_signup", "last_changed"}:
                return problem(400, "Invalid Resource", "sort_field")
            rows.sort(key=lambda row: str(row[field]), reverse=query.get("sort_dir", "ASC") == "DESC")
        page = rows[offset : offset + min(count, self.page_cap)]
        links = [{"rel": "self"}]
        body = {"members": [row | {"_links": links} for row in page], "list_id": audience, "total_items": len(rows)}
        return says(self.chosen(body | {"_links": links}, asked))

    def fits(self, row: dict[str, Any], query: dict[str, str]) -> bool:
        status = query.get("status")
        if row["status"] != status if status else row["status"] == "archived":
            return False
        if (wanted := query.get("unique_email_id")) and row["unique_email_id"] != wanted:
            return False
        changed = datetime.fromisoformat(row["last_changed"])
        if since := query.get("since_last_changed"):
            at = datetime.fromisoformat(since)
            if changed < at or (changed == at and not self.inclusive):
                return False
        return not ((before := query.get("before_last_changed")) and changed >= datetime.fromisoformat(before))

    @staticmethod
    def chosen(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Keep what `fields` names, or leave out what `exclude_fields` names."""
        if fields := asked.query.get("fields"):
            wanted = [f.split(".") for f in fields.split(",")]
            kept = {}
            for key, value in body.items():
                subs = {w[1] for w in wanted if w[0] == key and len(w) > 1}
                if [key] in wanted:
                    kept[key] = value
                elif subs and isinstance(value, list):
                    kept[key] = [{k: v for k, v in row.items() if k in subs} for row in value]
            return kept
        for left_out in asked.query.get("exclude_fields", "").split(","):
            key, _, sub = left_out.partition(".")
            if not sub:
                body.pop(key, None)
            elif isinstance(body.get(key), list):
                body[key] = [{k: v for k, v in row.items() if k != sub} for row in body[key]]
        return body
