"""A stand-in of a WordPress site with Gravity Forms: REST API v2, two forms, their entries."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]
SEEDED_FROM = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
CONTACT, CALLBACK = "3", "12"
FIRST_ID = 9_007_199_254_740_993
"""Beyond what a float tells apart."""


class GravityFormsSandbox(Vendor):
    """Two forms; two of the entries cannot be leads as they are, one is spam and one in the trash.

    Attributes:
        key: consumer key and secret.
        permalinks: whether `/wp-json` leads to the API; `?rest_route=` always does.
        api_enabled, may_view: the site's switch, and the right of the key's user.
        hours_ahead: how far the site's own zone lies ahead of UTC, in which the filter by time compares.
        counts_as_text: whether counts come as text.
        between: called after each list, to change things while somebody reads.
    """

    name = "gravity_forms"

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded site again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self.key = ("ck_0123456789abcdef", "cs_0123456789abcdef")
            self.permalinks = self.api_enabled = self.may_view = self.counts_as_text = True
            self.hours_ahead = 0
            self.between: Callable[[], None] = lambda: None
            self.forms = {CONTACT: _contact(), CALLBACK: _callback()}
            self.entries: list[Json] = []
            for place, sighting in enumerate(sightings("gravity_forms")):
                self.submit(CONTACT, _answers(place, sighting), at=SEEDED_FROM + timedelta(hours=31 * place))
            self.entries[1]["2"] = "ann(at)acme"
            self.entries[4] |= {"1.3": "", "1.6": "", "4": ""}
            self.entries[6]["status"], self.entries[7]["status"] = "trash", "spam"
            self.submit(CALLBACK, {"1": "Ann Li", "2": "+14155552671"}, at=SEEDED_FROM)

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "consumer_key": self.key[0], "consumer_secret": self.key[1]}

    def routes(self) -> Sequence[Route]:
        return [Route("/wp-json/{route:path}", self._pretty), Route("/", self._plain), Route("/{any:path}", _page)]

    # What happens on the site, for tests and the demo.

    def submit(self, form: str, answers: Json, *, at: datetime | None = None) -> Json:
        """Fill a form in, now or at a given time."""
        with self.lock:
            told = _time(at or datetime.now(UTC))
            entry: Json = {
                "id": str(FIRST_ID + len(self.entries)),
                "form_id": form,
                "post_id": None,
                "status": "active",
            }
            entry |= {"date_created": told, "date_updated": told, "is_starred": "0", "is_read": "0", "ip": "192.0.2.7"}
            entry |= {"source_url": "https://www.example.com/contact", "currency": "USD", "created_by": None, **answers}
            self.entries.append(entry)
            return entry

    def submit_many(self, count: int, *, at: datetime | None = None) -> list[Json]:
        """So many people ask to be called back, all in one second where one is given."""
        with self.lock:
            return [self.submit(CALLBACK, {"1": f"Ann Li{len(self.entries)}"}, at=at) for _ in range(count)]

    def update(self, entry: Json, at: datetime | None = None, **answers: str) -> None:
        """Edit an entry; fields by `f` and their number: `f1="Ann"`."""
        with self.lock:
            entry |= {key[1:] if key[1:].isdigit() else key: value for key, value in answers.items()}
            entry["date_updated"] = _time(at or datetime.now(UTC))

    # The API.

    def _pretty(self, request: Request) -> Response:
        if not self.permalinks:
            return _page(request)
        return self._answer("/" + request.path_params["route"], request)

    def _plain(self, request: Request) -> Response:
        route = request.query_params.get("rest_route")
        return self._answer(route, request) if route else HTMLResponse("<html>Welcome</html>")

    def _answer(self, route: str, request: Request) -> Response:
        with self.lock:
            parts = route.strip("/").split("/")
            if parts[:2] != ["gf", "v2"] or not self.api_enabled:
                return wrong(404, "rest_no_route", "No route was found matching the URL and request method.")
            if not self._is_known(request.headers.get("authorization", "")):
                return wrong(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
            if not self.may_view:
                return wrong(403, "rest_forbidden", "Sorry, you are not allowed to do that.")
            return self._routed(parts[2:], request)

    def _is_known(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        return scheme == "Basic" and base64.b64decode(value).decode() == ":".join(self.key)

    def _routed(self, parts: list[str], request: Request) -> Response:
        if parts == ["forms"]:
            listed = {key: {"id": key, "title": form["title"], "entries": "1"} for key, form in self.forms.items()}
            return JSONResponse(listed or [])
        if parts == ["entries"]:
            return self._list(request, None)
        if parts[0] == "forms" and parts[1] in self.forms:
            return JSONResponse(self.forms[parts[1]]) if len(parts) == 2 else self._list(request, parts[1])
        return wrong(404, "gf_not_found", "Form not found")

    def _list(self, request: Request, form: str | None) -> Response:
        query = request.query_params
        search = json.loads(query.get("search", "{}"))
        rows = [row for row in self.entries if form in {None, row["form_id"]} and self._fits(row, search)]
        if query.get("sorting[key]") == "id":
            rows.sort(key=lambda row: int(row["id"]), reverse=query.get("sorting[direction]") == "DESC")
        size, page = int(query.get("paging[page_size]", 10)), int(query.get("paging[current_page]", 1))
        shown = [dict(row) for row in rows[(page - 1) * size : page * size]]
        self.between()
        return JSONResponse({"total_count": str(len(rows)) if self.counts_as_text else len(rows), "entries": shown})

    def _fits(self, row: Json, search: Json) -> bool:
        for rule in search.get("field_filters", []):
            if rule["key"] == "id" and not int(row["id"]) > int(rule["value"]):
                return False
            since = datetime.fromisoformat(rule["value"]) if rule["key"] == "date_updated" else datetime.min  # noqa: DTZ901
            if datetime.fromisoformat(row["date_updated"]) < since - timedelta(hours=self.hours_ahead):
                return False
        return bool(row["status"] == search.get("status", "active"))


def wrong(status: int, code: str, message: str) -> JSONResponse:
    """An error as WordPress answers it."""
    return JSONResponse({"code": code, "message": message, "data": {"status": status}}, status)


def _page(_: Request) -> Response:
    return HTMLResponse("<html><body>Page not found</body></html>", 404)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _answers(place: int, sighting: Sighting) -> Json:
    answers = {"1.3": sighting.first_name, "1.6": sighting.last_name, "2": sighting.email, "3": sighting.phone}
    answers |= {"4": sighting.company, "5.6": sighting.human.company.country, "5.3": sighting.human.company.city}
    answers |= {"6.1": "Demo", "6.2": "Price list" if place % 2 else "", "7": json.dumps(["Mon", "Tue"])}
    return answers | {"8": "Please call me." if place % 3 == 0 else ""}


def _field(number: int, kind: str, label: str, **more: Any) -> Json:
    return {"id": number, "type": kind, "label": label, "inputs": None, **more}


def _parts(number: int, **labels: str) -> list[Json]:
    return [{"id": f"{number}.{part[1:]}", "label": label} for part, label in labels.items()]


def _contact() -> Json:
    topics = [{"text": each, "value": each} for each in ("Demo", "Price list")]
    days = [{"text": each, "value": each} for each in ("Mon", "Tue")]
    fields = [
        _field(1, "name", "Who are you?", inputs=_parts(1, p2="Prefix", p3="First", p6="Last")),
        _field(2, "email", "Where may we write?"),
        _field(3, "phone", "Where may we call?"),
        _field(4, "text", "Company"),
        _field(5, "address", "Address", inputs=_parts(5, p1="Street Address", p3="City", p6="Country")),
        _field(6, "checkbox", "Interested in", inputs=_parts(6, p1="Demo", p2="Price list"), choices=topics),
        _field(7, "multiselect", "Days", choices=days),
        _field(9, "section", "Anything else?"),
        _field(8, "textarea", "Message"),
    ]
    return {"id": int(CONTACT), "title": "Contact us", "fields": fields}


def _callback() -> Json:
    fields = [_field(1, "text", "Your name"), _field(2, "phone", "Phone"), _field(3, "text", "Status")]
    return {"id": int(CALLBACK), "title": "Call me back", "fields": fields}
