"""A plain Salesforce org: users, accounts, contacts, leads, opportunities; nothing else is there.

From the vendor's pages and recorded answers. SOQL is read as far as a reader by time needs it: conditions
on `SystemModstamp`, `Id` and truth values, AND, OR, brackets, ORDER BY, LIMIT, COUNT().
"""

from __future__ import annotations

import csv
import io
import operator as operator_
import re
from datetime import UTC, datetime
from typing import Any

from tests.review5.standin import Answer, Asked, StandIn, says

VERSION = "/services/data/v62.0"
PREFIX = {
    "User": "005",
    "OpportunityStage": "01J",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
}
SYSTEM = ("Id", "IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp")
FIELDS = {
    "User": ("Name", "Email", "IsActive"),
    "OpportunityStage": ("MasterLabel", "ApiName", "IsClosed", "IsWon", "SortOrder"),
    "Account": ("MasterRecordId", "Name", "OwnerId", "Website"),
    "Contact": ("MasterRecordId", "LastName", "FirstName", "Email", "AccountId", "OwnerId"),
    "Lead": ("MasterRecordId", "LastName", "FirstName", "Company", "Email", "Status", "OwnerId", "IsConverted",
             "ConvertedContactId"),
    "Opportunity": ("Name", "StageName", "Amount", "AccountId", "OwnerId", "CloseDate"),
}  # fmt: skip
NO_DELETED = {"User", "OpportunityStage"}
TYPES = {"Id": "id", "IsActive": "boolean", "IsClosed": "boolean", "IsWon": "boolean", "IsConverted": "boolean",
         "IsDeleted": "boolean", "SortOrder": "int", "Amount": "currency", "CloseDate": "date", "Email": "email",
         "CreatedDate": "datetime", "LastModifiedDate": "datetime", "SystemModstamp": "datetime",
         "AccountId": "reference", "OwnerId": "reference", "MasterRecordId": "reference"}  # fmt: skip
TOKEN = re.compile(r"\s*(\(|\)|>=|<=|!=|=|<|>|'(?:[^'\\]|\\.)*'|[\w.:+-]+|,)")


def stamp(seconds: float) -> str:
    """Write a time as REST does: whole seconds, `+0000`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def fault(status: int, code: str, message: str) -> Answer:
    return says([{"message": message, "errorCode": code}], status)


class PlainOrg(StandIn):
    """One org; `00Dtoken` is its session."""

    def __init__(self, slash: str = "either") -> None:
        super().__init__()
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in FIELDS}
        self.token = "00Dtoken"
        self.page = 2000
        self.slash = slash
        self.unknown = 404
        self.refused: set[str] = set()
        self.jobs: dict[str, tuple[str, bool]] = {}
        self.locators: dict[str, tuple[list[dict[str, Any]], list[str], str]] = {}
        self.bulk_page = 50_000
        self.logins = 0

    def put(self, name: str, n: int, at: float, **values: Any) -> str:
        """Make or change a row; give its id."""
        id_ = f"{PREFIX[name]}{n:012d}AAA"
        row = self.rows[name].setdefault(id_, dict.fromkeys(FIELDS[name]) | {"Id": id_, "CreatedDate": stamp(at)})
        row |= {"IsDeleted": False} if name not in NO_DELETED and "IsDeleted" not in row else {}
        row |= {"SystemModstamp": stamp(at), "LastModifiedDate": stamp(at)} | values
        return id_

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/services/oauth2/token" and asked.method == "POST":
            self.logins += 1
            host = "https://plain.my.salesforce.com"
            return says({"access_token": self.token, "instance_url": host, "id": "x", "token_type": "Bearer",
                         "issued_at": "1", "signature": "s"})  # fmt: skip
        if asked.path == "/services/data/":
            return says([{"label": "x", "url": VERSION, "version": "62.0"}])
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return fault(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if not asked.path.startswith(VERSION):
            return fault(404, "NOT_FOUND", "The requested resource does not exist")
        return self.resource(asked, asked.path.removeprefix(VERSION))

    def resource(self, asked: Asked, path: str) -> Answer:
        if asked.method == "GET" and (found := re.fullmatch(r"/sobjects/(\w+)/describe", path)):
            return self.describe(found[1])
        slash = {"with": "/", "without": "", "either": "/?"}[self.slash]
        if asked.method == "GET" and (found := re.fullmatch(rf"/(query|queryAll){slash}", path)):
            return self.query(asked.query["q"], deleted_too=found[1] == "queryAll")
        if asked.method == "GET" and (found := re.fullmatch(r"/query(?:All)?/(\w+)-(\d+)", path)):
            if found[1] not in self.locators:
                return fault(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            rows, names, sobject = self.locators[found[1]]
            return self.portion(rows, names, sobject, found[1], int(found[2]))
        if path == "/limits" and asked.method == "GET":
            return says({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}})
        if path == "/jobs/query" and asked.method == "POST":
            return self.make_job(asked.json)
        if asked.method == "GET" and (found := re.fullmatch(r"/jobs/query/(\w+)", path)):
            return says({"id": found[1], "state": "JobComplete"})
        if asked.method == "GET" and (found := re.fullmatch(r"/jobs/query/(\w+)/results", path)):
            return self.results(found[1], asked)
        return self.not_there("The requested resource does not exist")

    def not_there(self, text: str) -> Answer:
        if self.unknown == 403:
            return fault(403, "INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id")
        if self.unknown == 400:
            return fault(400, "INVALID_TYPE", text)
        return fault(404, "NOT_FOUND", text)

    def names(self, sobject: str) -> tuple[str, ...]:
        return (*(n for n in SYSTEM if n != "IsDeleted" or sobject not in NO_DELETED), *FIELDS[sobject])

    def describe(self, sobject: str) -> Answer:
        if sobject not in FIELDS and sobject not in self.refused:
            return self.not_there("The requested resource does not exist")
        if sobject in self.refused:
            fields = [{"name": n, "type": TYPES.get(n, "string")} for n in SYSTEM]
            return says({"name": sobject, "fields": fields})
        return says(
            {"name": sobject, "fields": [{"name": n, "type": TYPES.get(n, "string")} for n in self.names(sobject)]}
        )

    def query(self, text: str, *, deleted_too: bool) -> Answer:
        found = self.selected(text, deleted_too)
        if isinstance(found, Answer):
            return found
        rows, names, sobject = found
        if names == ["COUNT()"]:
            return says({"totalSize": len(rows), "done": True, "records": []})
        locator = f"01g{len(self.locators):012d}"
        self.locators[locator] = (rows, names, sobject)
        return self.portion(rows, names, sobject, locator, 0)

    def portion(self, rows: list[dict[str, Any]], names: list[str], sobject: str, locator: str, start: int) -> Answer:
        end = start + self.page
        records = [
            {"attributes": {"type": sobject, "url": "x"}} | {n: row.get(n) for n in names} for row in rows[start:end]
        ]
        body: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows), "records": records}
        if end < len(rows):
            body["nextRecordsUrl"] = f"{VERSION}/query/{locator}-{end}"
        return says(body)

    def selected(self, text: str, deleted_too: bool) -> Answer | tuple[list[dict[str, Any]], list[str], str]:
        parsed = re.fullmatch(
            r"SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY ([\w, ]+?))?(?: LIMIT (\d+))?", text.strip()
        )
        if parsed is None:
            return fault(400, "MALFORMED_QUERY", f"unexpected token: {text[:60]}")
        names, sobject = [n.strip() for n in parsed[1].split(",")], parsed[2]
        if sobject not in FIELDS:
            return fault(400, "INVALID_TYPE", f"sObject type '{sobject}' is not supported.")
        for name in names:
            if name not in self.names(sobject) and name != "COUNT()":
                return fault(400, "INVALID_FIELD", f"No such column '{name}' on entity '{sobject}'.")
        rows = [row for row in self.rows[sobject].values() if deleted_too or not row.get("IsDeleted")]
        if parsed[3]:
            holds = Condition(parsed[3])
            rows = [row for row in rows if holds(row)]
        for name in reversed([n.strip() for n in (parsed[4] or "").split(",") if n.strip()]):
            rows.sort(key=lambda row, by=name: str(row[by]))  # type: ignore[misc]
        return (rows[: int(parsed[5])] if parsed[5] else rows), names, sobject

    def make_job(self, body: dict[str, Any]) -> Answer:
        if body["operation"] not in {"query", "queryAll"} or body.get("contentType", "CSV") != "CSV":
            return fault(400, "INVALIDENTITY", "bad job")
        found = self.selected(body["query"], body["operation"] == "queryAll")
        if isinstance(found, Answer):
            return found
        job = f"750{len(self.jobs):012d}"
        self.jobs[job] = (body["query"], body["operation"] == "queryAll")
        return says({"id": job, "operation": body["operation"], "state": "UploadComplete", "object": found[2]})

    def results(self, job: str, asked: Asked) -> Answer:
        if asked.headers.get("accept") != "text/csv":
            return fault(406, "X", "text/csv only")
        found = self.selected(*self.jobs[job])
        assert not isinstance(found, Answer)
        rows, names, _ = found
        size = min(int(asked.query.get("maxRecords", self.bulk_page)), self.bulk_page)
        start = int(asked.query.get("locator", "0"))
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(names)
        for row in rows[start : start + size]:
            writer.writerow([_cell(row.get(n)) for n in names])
        more = str(start + size) if start + size < len(rows) else "null"
        headers = {"Content-Type": "text/csv", "Sforce-Locator": more}
        return Answer(200, out.getvalue().encode(), headers)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).replace("+0000", "Z")


class Condition:
    """A WHERE clause."""

    def __init__(self, text: str) -> None:
        self._tokens = TOKEN.findall(text)
        self._at = 0
        self._tree = self._either()
        assert self._at == len(self._tokens), text

    def __call__(self, row: dict[str, Any]) -> bool:
        return bool(_holds(self._tree, row))

    def _next(self) -> str:
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _either(self) -> Any:
        """SOQL refuses AND and OR side by side without brackets."""
        parts, words = [self._one()], set()
        while self._at < len(self._tokens) and self._tokens[self._at] in {"AND", "OR"}:
            words.add(self._next())
            parts.append(self._one())
        assert len(words) <= 1, "unexpected token: brackets are due between AND and OR"
        return (next(iter(words), "AND"), parts)

    def _one(self) -> Any:
        if self._tokens[self._at] == "(":
            self._next()
            inner = self._either()
            assert self._next() == ")"
            return inner
        name, operator = self._next(), self._next()
        if operator == "IN":
            assert self._next() == "("
            values = []
            while (token := self._next()) != ")":
                values += [] if token == "," else [token.strip("'")]
            return (operator, name, values)
        return (operator, name, self._next())


def _holds(tree: Any, row: dict[str, Any]) -> bool:
    match tree:
        case ("AND", list() as parts):
            return all(_holds(part, row) for part in parts)
        case ("OR", list() as parts):
            return any(_holds(part, row) for part in parts)
        case ("IN", name, values):
            return row.get(name) in values
        case (operator, name, literal):
            value, other = _comparable(row.get(name)), _literal(literal)
            order = {"=": operator_.eq, "!=": operator_.ne, ">": operator_.gt, "<": operator_.lt,
                     ">=": operator_.ge, "<=": operator_.le}  # fmt: skip
            return bool(order[operator](value, other))
    raise AssertionError(tree)


def _comparable(value: Any) -> Any:
    return value.replace(".000+0000", "Z") if isinstance(value, str) else value


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000)?(Z|[+-]\d\d:\d\d)", text), text
    return text.replace(".000Z", "Z")
