"""A plain HubSpot account: contacts, companies, deals, owners, deal pipelines; nothing else is there.

From the vendor's pages, its API description and recorded answers: ids rise, lists give only what was asked
for, search knows neither associations nor archived records and ends at 10,000, relations move no time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.review5.standin import Answer, Asked, StandIn, says

BASE = 1_780_000_000_000
MODIFIED = {"contacts": "lastmodifieddate"}
CUSTOM = {
    "contacts": ("email", "firstname", "lastname", "phone", "company", "lifecyclestage", "hubspot_owner_id"),
    "companies": ("name", "domain", "hubspot_owner_id"),
    "deals": ("dealname", "amount", "pipeline", "dealstage", "closedate", "hubspot_owner_id"),
}
OPERATORS = {"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def problem(status: int, category: str, message: str) -> Answer:
    return says({"status": "error", "message": message, "correlationId": "c", "category": category}, status)


class PlainHubSpot(StandIn):
    """One account with the token `pat-plain`."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "companies": {}, "deals": {}}
        self.related: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.now = BASE
        self.page_cap = 200
        self.unknown = "404"

    # what people do

    def put(self, kind: str, id_: str, at: int | None = None, **properties: str) -> None:
        """Make or change a record."""
        self.now += 1
        at = self.now if at is None else at
        known = self.records[kind].get(id_) or {"created": at, "properties": {}, "archived": None}
        known["properties"] = known["properties"] | properties
        known["changed"] = at
        self.records[kind][id_] = known

    def archive(self, kind: str, id_: str) -> None:
        self.now += 1
        self.records[kind][id_]["archived"] = self.now

    def relate(self, kind: str, id_: str, to: str, to_id: str) -> None:
        self.related.setdefault((kind, to), {}).setdefault(id_, []).append(to_id)

    # what the API does

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer pat-plain":
            return problem(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        parts = asked.path.strip("/").split("/")
        match [asked.method, *parts]:
            case ["GET", "crm", "v3", "owners", *_]:
                owner: dict[str, Any] = {"id": "7", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}
                owner |= {"userId": 41, "createdAt": iso(BASE), "updatedAt": iso(BASE), "archived": False}
                return says({"results": [owner] if asked.query.get("archived", "false") == "false" else []})
            case ["GET", "crm", "v3", "pipelines", "deals"]:
                stages = [
                    {
                        "id": "s1",
                        "label": "New",
                        "displayOrder": 0,
                        "metadata": {"isClosed": "false", "probability": "0.2"},
                    },
                    {
                        "id": "s2",
                        "label": "Won",
                        "displayOrder": 1,
                        "metadata": {"isClosed": "true", "probability": "1.0"},
                    },
                ]
                row = {"id": "default", "label": "Sales", "displayOrder": 0, "stages": stages}
                return says({"results": [row | {"createdAt": iso(BASE), "updatedAt": iso(BASE), "archived": False}]})
            case ["GET", "crm", "v3", "properties", kind] if kind in self.records:
                names = (*CUSTOM[kind], self.created(kind), "hs_object_id", self.modified(kind), "hs_merged_object_ids")
                return says(
                    {"results": [{"name": n, "label": n, "type": "string", "fieldType": "text"} for n in names]}
                )
            case ["GET", "crm", "v3", "objects", kind] if kind in self.records:
                return self.list(kind, asked)
            case ["POST", "crm", "v3", "objects", kind, "search"] if kind in self.records:
                return self.search(kind, asked.json)
            case ["POST", "crm", "v3", "objects", kind, "batch", "read"] if kind in self.records:
                return self.read(kind, asked.json)
            case ["POST", "crm", "v4", "associations", kind, to, "batch", "read"] if kind in self.records:
                return self.relations(kind, to, asked.json)
        if self.unknown == "403":
            return problem(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.")
        if self.unknown == "400":
            return problem(400, "VALIDATION_ERROR", f"Unable to infer object type from: {parts[-1]}")
        if self.unknown == "html":
            return Answer(404, b"<html><body><h2>HTTP ERROR 404</h2></body></html>", {"Content-Type": "text/html"})
        return problem(404, "OBJECT_NOT_FOUND", "not found")

    def created(self, kind: str) -> str:
        return "createdate"

    def modified(self, kind: str) -> str:
        return MODIFIED.get(kind, "hs_lastmodifieddate")

    def shown(self, kind: str, id_: str, names: list[str]) -> dict[str, Any]:
        record = self.records[kind][id_]
        always = {
            self.created(kind): iso(record["created"]),
            "hs_object_id": id_,
            self.modified(kind): iso(record["changed"]),
        }
        row: dict[str, Any] = {
            "id": id_,
            "properties": {n: record["properties"].get(n) for n in names if n in CUSTOM[kind]} | always,
            "createdAt": iso(record["created"]),
            "updatedAt": iso(record["changed"]),
            "archived": record["archived"] is not None,
        }
        if "hs_merged_object_ids" in names and record["properties"].get("hs_merged_object_ids"):
            row["properties"]["hs_merged_object_ids"] = record["properties"]["hs_merged_object_ids"]
        if record["archived"]:
            row["archivedAt"] = iso(record["archived"])
        return row

    def list(self, kind: str, asked: Asked) -> Answer:
        known = {"limit", "after", "properties", "propertiesWithHistory", "associations", "archived"}
        if extra := asked.query.keys() - known:
            return problem(400, "VALIDATION_ERROR", f"unknown {extra}")
        limit = int(asked.query.get("limit", "10"))
        if not 1 <= limit <= 100:
            return problem(400, "VALIDATION_ERROR", "limit")
        limit = min(limit, self.page_cap)
        archived = asked.query.get("archived", "false")
        if archived not in {"true", "false"}:
            return problem(400, "VALIDATION_ERROR", "archived")
        names = [n for n in asked.query.get("properties", "").split(",") if n]
        start = int(asked.query.get("after", "0"))
        ids = sorted(
            (int(i) for i, r in self.records[kind].items() if (r["archived"] is not None) == (archived == "true"))
        )
        ids = [i for i in ids if i >= start]
        rows = [self.shown(kind, str(i), names) for i in ids[:limit]]
        for to in filter(None, asked.query.get("associations", "").split(",")):
            for row in rows:
                if there := self.related.get((kind, to), {}).get(row["id"]):
                    results = [{"id": t, "type": f"{kind}_to_{to}"} for t in there]
                    row.setdefault("associations", {})[to] = {"results": results}
        body: dict[str, Any] = {"results": rows}
        if len(ids) > limit:
            body["paging"] = {"next": {"after": str(ids[limit - 1] + 1), "link": "https://api.hubapi.com/x"}}
        return says(body)

    def search(self, kind: str, body: dict[str, Any]) -> Answer:
        if extra := body.keys() - {"filterGroups", "sorts", "properties", "limit", "after", "query"}:
            return problem(400, "VALIDATION_ERROR", f"unknown {extra}")
        limit, after = body.get("limit", 10), int(body.get("after", "0") or 0)
        if not 0 < limit <= 200 or after + limit > 10_000 or len(body.get("sorts", [])) > 1:
            return problem(400, "VALIDATION_ERROR", "There was a problem with the request.")
        found = [i for i, r in self.records[kind].items() if r["archived"] is None and self.fits(kind, i, body)]
        if sorts := body.get("sorts"):
            name = sorts[0] if isinstance(sorts[0], str) else sorts[0]["propertyName"]
            found.sort(key=lambda i: self.value(kind, i, name) or 0)
        rows = [
            self.shown(kind, i, body.get("properties") or []) for i in found[after : after + limit][: self.page_cap]
        ]
        answer: dict[str, Any] = {"total": len(found), "results": rows}
        if after + len(rows) < len(found):
            answer["paging"] = {"next": {"after": str(after + len(rows))}}
        return says(answer)

    def fits(self, kind: str, id_: str, body: dict[str, Any]) -> bool:
        groups = body.get("filterGroups") or []
        return not groups or any(all(self.holds(kind, id_, f) for f in g["filters"]) for g in groups)

    def holds(self, kind: str, id_: str, given: dict[str, Any]) -> bool:
        assert given["operator"] in OPERATORS
        assert isinstance(given["value"], str)
        value, bound = self.value(kind, id_, given["propertyName"]), int(given["value"])
        if value is None:
            return False
        return {"GT": value > bound, "GTE": value >= bound, "LT": value < bound, "LTE": value <= bound}[
            given["operator"]
        ]

    def value(self, kind: str, id_: str, name: str) -> int | None:
        record = self.records[kind][id_]
        known = {
            "hs_object_id": int(id_),
            self.created(kind): record["created"],
            self.modified(kind): record["changed"],
        }
        return known.get(name)

    def read(self, kind: str, body: dict[str, Any]) -> Answer:
        ids = [row["id"] for row in body["inputs"]]
        if not 0 < len(ids) <= 100:
            return problem(400, "VALIDATION_ERROR", "inputs")
        there = [i for i in ids if i in self.records[kind] and self.records[kind][i]["archived"] is None]
        rows = [self.shown(kind, i, body.get("properties") or []) for i in there]
        answer: dict[str, Any] = {
            "status": "COMPLETE",
            "results": rows,
            "startedAt": iso(BASE),
            "completedAt": iso(BASE),
        }
        if len(there) == len(ids):
            return says(answer)
        gone = [i for i in ids if i not in there]
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some",
            "context": {"ids": gone},
        }
        return says(answer | {"numErrors": 1, "errors": [error]}, 207)

    def relations(self, kind: str, to: str, body: dict[str, Any]) -> Answer:
        ids = [row["id"] for row in body["inputs"]]
        if not 0 < len(ids) <= 1000:
            return problem(400, "VALIDATION_ERROR", "inputs")
        known = self.related.get((kind, to), {})
        rows, errors = [], []
        for id_ in ids:
            if id_ in known:
                types = [{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}]
                rows.append(
                    {"from": {"id": id_}, "to": [{"toObjectId": int(t), "associationTypes": types} for t in known[id_]]}
                )
            else:
                error = {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                }
                errors.append(
                    error | {"message": f"No {to} is associated with {kind} {id_}.", "context": {"fromObjectId": [id_]}}
                )
        answer: dict[str, Any] = {
            "status": "COMPLETE",
            "results": rows,
            "startedAt": iso(BASE),
            "completedAt": iso(BASE),
        }
        return says(answer | {"numErrors": len(errors), "errors": errors}, 207) if errors else says(answer)
