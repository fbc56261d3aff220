"""A stand-in of Wufoo's API v3: forms, fields, entries, webhooks in form encoding."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

DEMO, FAIR = "z1demo0form", "m7fair0form"
SEEDED_FROM = datetime(2026, 8, 7, 15, 0, tzinfo=UTC)

Json = dict[str, Any]
Handler = Callable[[Request], Response]


class WufooSandbox(Vendor):
    """Two forms with the usual fields; one entry cannot be a lead.

    Attributes:
        token, secret: the one key that is accepted; the webhooks' handshake key.
        zone: the time zone that times are written in.
        forms: names by hash.
        entries: by form, as made; rows as the API gives them.
        http_too: whether errors have their status in HTTP as well as in the body.
        heeds_filter, heeds_order: whether filters and `sort` count.
        most_rows: rows in one answer at most, whatever `pageSize` asks for.
        not_for_us: forms that the key may not see the entries of.
    """

    name = "wufoo"

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
        self.token = "MADE-UPWU-FOOK-EY00"
        self.secret = "made-up-handshake"
        self.zone = "America/New_York"
        self.forms = {DEMO: "Show me a demo", FAIR: "Met at the fair"}
        self.entries: dict[str, list[Json]] = {DEMO: [], FAIR: []}
        self.http_too = True
        self.heeds_filter = self.heeds_order = True
        self.most_rows = 100
        self.not_for_us: set[str] = set()
        self._last = dict.fromkeys(self.forms, 0)
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token, "secret": self.secret}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/api/v3/forms.json", self._answer(self._list_forms)),
            Route("/api/v3/forms/{form}/fields.json", self._answer(lambda _: JSONResponse({"Fields": fields()}))),
            Route("/api/v3/forms/{form}/entries.json", self._answer(self._list_entries)),
        ]

    # What happens in the account, for tests and the demo.

    def submit(self, count: int = 1, form: str = DEMO, *, at: datetime | None = None) -> list[Json]:
        """Let so many people answer, now or at one given second."""
        with self.lock:
            return [self._add(form, at, **self._newcomer(form)) for _ in range(count)]

    def _newcomer(self, form: str) -> dict[str, str]:
        number = self._last[form] + 1
        return {"Field1": "New", "Field2": f"Person {number}", "Field3": f"new.{form}.{number}@example.com"}

    def edit(self, entry: Json, *, at: datetime | None = None, **values: str) -> None:
        """Change an entry's fields."""
        with self.lock:
            entry.update(values, DateUpdated=self._local(at or datetime.now(UTC)), UpdatedBy="ann")

    def delete(self, entry: Json, form: str = DEMO) -> None:
        """Delete an entry: it vanishes, and nothing tells of it."""
        with self.lock:
            self.entries[form].remove(entry)

    def add_form(self, form: str, name: str) -> None:
        """Make one more form."""
        with self.lock:
            self.forms[form], self.entries[form], self._last[form] = name, [], 0

    def delete_form(self, form: str) -> None:
        """Delete a form with its entries."""
        with self.lock:
            del self.forms[form], self.entries[form]

    def clear(self) -> None:
        """Delete all entries."""
        with self.lock:
            self.entries = {form: [] for form in self.forms}

    def webhook(self, entry: Json, form: str = DEMO, *, described: bool = True, secret: str | None = None) -> bytes:
        """Give the body of the delivery that tells of an entry."""
        sent = {k: v for k, v in entry.items() if k not in {"DateUpdated", "UpdatedBy"}}
        sent |= {"IP": "203.0.113.9", "HandshakeKey": self.secret if secret is None else secret}
        if described:
            sent["FormStructure"] = json.dumps({"Hash": form, "Name": self.forms[form]})
            sent["FieldStructure"] = json.dumps({"Fields": fields()})
        return urlencode(sent).encode()

    # The API.

    def _answer(self, handler: Handler) -> Handler:
        def answer(request: Request) -> Response:
            scheme, _, value = request.headers.get("authorization", " ").partition(" ")
            user = base64.b64decode(value).decode().partition(":")[0] if scheme == "Basic" else ""
            form = request.path_params.get("form")
            with self.lock:
                if user != self.token:
                    return self.error(401, "You must authenticate to get at the goodies.")
                if form is not None and form not in self.forms:
                    return self.error(404, "A 404 is returned if the requested resource can not be found.")
                if form in self.not_for_us:
                    return self.error(403, "You do not have permission to view this resource.")
                return handler(request)

        return answer

    def error(self, code: int, text: str) -> Response:
        """An error as the API writes it."""
        return JSONResponse({"Text": text, "HTTPCode": code}, status_code=code if self.http_too else 200)

    def _list_forms(self, request: Request) -> Response:
        rows = [{"Name": name, "Hash": key, "IsPublic": "1"} for key, name in self.forms.items()]
        return JSONResponse({"Forms": rows[: int(request.query_params.get("limit", 100))]})

    def _list_entries(self, request: Request) -> Response:
        query = request.query_params
        size, start = int(query.get("pageSize", 25)), int(query.get("pageStart", 0))
        if size > 100:
            return self.error(400, "pageSize")
        rows = list(self.entries[request.path_params["form"]])
        if self.heeds_filter:
            for name in (f"Filter{n}" for n in range(1, 10)):
                rows = [row for row in rows if name not in query or _fits(row, query[name])]
        if query.get("sort") == "EntryId" and self.heeds_order:
            rows.sort(key=lambda row: int(row["EntryId"]), reverse=query.get("sortDirection", "ASC") == "DESC")
        else:
            rows.reverse()
        return JSONResponse({"Entries": rows[start : start + min(size, self.most_rows)]})

    # The seeded data.

    def _seed(self) -> None:
        for place, sighting in enumerate(sightings("wufoo")):
            self._add_sighting(FAIR if sighting.human.key % 4 == 0 else DEMO, sighting, place)
        self._add(DEMO, SEEDED_FROM + timedelta(days=50), Field3="nobody@example.com")

    def _add_sighting(self, form: str, sighting: Sighting, place: int) -> None:
        company = sighting.human.company
        self._add(
            form, SEEDED_FROM + timedelta(hours=25 * place), Field1=sighting.first_name, Field2=sighting.last_name,
            Field3=sighting.email, Field4=sighting.phone, Field5=sighting.company, Field8=company.city,
            Field11=company.country, Field20="Please show me.", Field31="Price list",
        )  # fmt: skip

    def _add(self, form: str, at: datetime | None, **values: str) -> Json:
        self._last[form] += 1
        row: Json = {"EntryId": str(self._last[form])}
        row |= {part["ID"]: "" for field in fields()[1:] for part in field.get("SubFields", [field])}
        row |= {**values, "DateCreated": self._local(at or datetime.now(UTC)), "CreatedBy": "public"}
        row |= {"DateUpdated": "", "UpdatedBy": None}
        self.entries[form].append(row)
        return row

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")


def _fits(row: Json, condition: str) -> bool:
    name, operator, value = condition.split(" ", 2)
    if operator == "Is_greater_than":
        return int(row[name]) > int(value)
    return bool(row[name]) and row[name] > value


def fields() -> list[Json]:
    """The fields of each form, as the API gives them."""
    return [
        {"Title": "Entry Id", "Type": "text", "ID": "EntryId"},
        {"Title": "Name", "Type": "shortname", "ID": "Field1", "SubFields": _parts(1, "First", "Last")},
        {"Title": "Your e-mail", "Type": "email", "ID": "Field3"},
        {"Title": "Phone", "Type": "phone", "ID": "Field4"},
        {"Title": "Company", "Type": "text", "ID": "Field5"},
        {"Title": "Address", "Type": "address", "ID": "Field6", "SubFields": _parts(6, *_ADDRESS)},
        {"Title": "How can we help you?", "Type": "textarea", "ID": "Field20"},
        {"Title": "How many are you?", "Type": "select", "ID": "Field21", "Choices": _choices("1", "More")},
        {"Title": "Send me", "Type": "checkbox", "ID": "Field30", "SubFields": _parts(30, "News", "Price list")},
    ]


_ADDRESS = ("Street Address", "Address Line 2", "City", "State / Province / Region", "Postal / Zip Code", "Country")


def _parts(first: int, *labels: str) -> list[Json]:
    return [{"ID": f"Field{number}", "Label": label, "DefaultVal": ""} for number, label in enumerate(labels, first)]


def _choices(*labels: str) -> list[Json]:
    return [{"Label": label} for label in labels]
