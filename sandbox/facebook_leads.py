"""A stand-in of Meta's Graph API as far as lead ads go: a page, its forms, their leads, and its notices."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]
Handler = Callable[[Request], Response]

PAGE = "1000001"
QUOTE, WEBINAR = "3000003", "3000004"
FIRST_LEAD = 9_007_199_254_740_993_000
"""Beyond what a double holds exactly."""
SEEDED_FROM = int(datetime(2026, 9, 7, 8, 0, tzinfo=UTC).timestamp())
RIGHTS = frozenset({"leads_retrieval", "pages_show_list", "pages_read_engagement", "pages_manage_metadata"})
MOST_ROWS = 500

_TYPES = {"full_name": "FULL_NAME", "email": "EMAIL", "phone_number": "PHONE", "company_name": "COMPANY_NAME"}
_SEATS = ("1-10", "11-50", "more_than_50")


class FacebookLeadsSandbox(Vendor):
    """A page with two forms; of the leads one is a test lead, one left no name.

    Attributes:
        token, app_secret, verify_token: what is accepted.
        rights: the permissions of the token.
        expired: whether the token is refused as expired.
        takes_header: whether the token is taken from the Authorization header; False: from the address alone.
        needs_proof: whether a call without `appsecret_proof` is refused.
        by_offset: whether a next page is asked for by offset, which moves when leads come and go.
        oldest_first: whether leads come in the order in which they were sent.
        inclusive: whether GREATER_THAN takes its own second in.
        empty_pages: pages without rows that come before each page with rows.
        most_rows: rows in a page at most.
        usage: per cent of the limits used, as the headers tell; `regain` minutes until calls are taken again.
        forms: by id; leads: by form, newest first.
    """

    name = "facebook_leads"

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded page again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self._begin()

    def _begin(self) -> None:
        self.token, self.app_secret = "EAAmadeuppagetoken", "made-up-app-secret"
        self.verify_token = "made-up-verify-token"
        self.rights = RIGHTS
        self.expired = False
        self.takes_header, self.needs_proof = True, False
        self.by_offset, self.oldest_first, self.inclusive = False, False, False
        self.empty_pages = 0
        self.most_rows = MOST_ROWS
        self.usage, self.regain = 1.0, 0.0
        self.subscribed = ["leadgen"]
        self.forms: dict[str, Json] = {QUOTE: _quote_form(), WEBINAR: _webinar_form()}
        self.leads: dict[str, list[Json]] = {QUOTE: [], WEBINAR: []}
        self._made = 0
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token, "page": PAGE}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/{version}/{id}", self._answer(self._node)),
            Route("/{version}/{id}/leadgen_forms", self._answer(self._list_forms)),
            Route("/{version}/{id}/leads", self._answer(self._list_leads)),
            Route("/{version}/{id}/subscribed_apps", self._answer(self._subscribed_apps)),
        ]

    # What happens on the page, for tests and the demo.

    def add_leads(self, count: int, form: str = QUOTE, *, at: datetime | None = None) -> list[Json]:
        """Let so many new people fill in a form, now or all in one given second."""
        with self.lock:
            made = []
            for _ in range(count):
                number = self._made + 1
                answers = {"email": f"new.{number}@example.com", "full_name": f"New Person {number}"}
                made.append(self._add(form, answers, int(at.timestamp()) if at else int(time.time())))
            return made

    def remove(self, lead: Json) -> None:
        """Forget a lead, as after 90 days."""
        with self.lock:
            self.leads[lead["form_id"]].remove(lead)

    def add_form(self, form: Json) -> None:
        """Publish a form."""
        with self.lock:
            self.forms[form["id"]] = form
            self.leads[form["id"]] = []

    def clear(self) -> None:
        """Forget all leads."""
        with self.lock:
            self.leads = {form: [] for form in self.forms}
            for form in self.forms.values():
                form["leads_count"] = 0

    def notice(self, leads: Iterable[Json], *, page: str = PAGE) -> tuple[dict[str, str], bytes]:
        """Give headers and body of the notice that tells of leads: signed, and with ids only."""
        changes = [
            {
                "field": "leadgen",
                "value": {
                    "leadgen_id": lead["id"],
                    "form_id": lead["form_id"],
                    "page_id": page,
                    "created_time": int(datetime.fromisoformat(lead["created_time"]).timestamp()),
                },
            }
            for lead in leads
        ]
        body = json.dumps({"object": "page", "entry": [{"id": page, "time": int(time.time()), "changes": changes}]})
        return self.signed(body.encode()), body.encode()

    def signed(self, body: bytes) -> dict[str, str]:
        """Give the headers of a notice, keys in small letters."""
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}", "content-type": "application/json"}

    def question(self, verify_token: str | None = None) -> str:
        """Give the query by which the vendor asks whether a webhook's address is ours."""
        return urlencode(
            {
                "hub.mode": "subscribe",
                "hub.challenge": "1158201444",
                "hub.verify_token": self.verify_token if verify_token is None else verify_token,
            }
        )

    # The API.

    def _answer(self, handler: Handler) -> Handler:
        def answer(request: Request) -> Response:
            with self.lock:
                response = self._refused(request) or handler(request)
                response.headers.update(self._usage())
                return response

        return answer

    def _refused(self, request: Request) -> Response | None:
        given = request.query_params.get("access_token")
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if given is None and self.takes_header and scheme == "Bearer":
            given = value
        if given is None:
            return graph_error(2500, "An active access token must be used to query information about the current user.")
        if self.expired:
            return graph_error(190, "Error validating access token: Session has expired.", subcode=463)
        if given != self.token:
            return graph_error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        proof = hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        said = request.query_params.get("appsecret_proof")
        if said != proof and (self.needs_proof or said is not None):
            return graph_error(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")
        return None

    def _usage(self) -> Mapping[str, str]:
        figures = {"call_count": self.usage, "total_cputime": self.usage / 2, "total_time": self.usage / 3}
        page = {"type": "leadgen", **figures, "estimated_time_to_regain_access": self.regain}
        return {"X-App-Usage": json.dumps(figures), "X-Business-Use-Case-Usage": json.dumps({PAGE: [page]})}

    def _node(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        if wanted in {PAGE, "me"}:
            return JSONResponse({"id": PAGE, "name": "Example Machines"})
        if wanted in self.forms:
            return self._lacking("pages_read_engagement") or JSONResponse(_only(self.forms[wanted], request))
        for leads in self.leads.values():
            for lead in leads:
                if lead["id"] == wanted:
                    return self._lacking("leads_retrieval") or JSONResponse(_only(lead, request))
        return _unknown(wanted)

    def _list_forms(self, request: Request) -> Response:
        if request.path_params["id"] not in {PAGE, "me"}:
            return _unknown(request.path_params["id"])
        forms = [_only(form, request) for form in self.forms.values()]
        return self._lacking("pages_show_list") or self._page(request, forms)

    def _list_leads(self, request: Request) -> Response:
        form = request.path_params["id"]
        if form not in self.leads:
            return _unknown(form)
        if refused := self._lacking("leads_retrieval"):
            return refused
        floor = _floor(request.query_params.get("filtering"))
        rows = [lead for lead in self.leads[form] if floor is None or self._is_since(lead, floor)]
        rows.sort(key=lambda lead: (lead["created_time"], int(lead["id"])), reverse=not self.oldest_first)
        return self._page(request, [_only(lead, request) for lead in rows])

    def _is_since(self, lead: Json, floor: int) -> bool:
        created = int(datetime.fromisoformat(lead["created_time"]).timestamp())
        return created > floor or (self.inclusive and created == floor)

    def _subscribed_apps(self, request: Request) -> Response:
        apps = [{"id": "42", "subscribed_fields": self.subscribed}] if self.subscribed else []
        return self._lacking("pages_manage_metadata") or self._page(request, apps)

    def _lacking(self, right: str) -> Response | None:
        if right in self.rights:
            return None
        return graph_error(200, f"(#200) Requires {right} permission to manage the object", status=403)

    def _page(self, request: Request, rows: list[Json]) -> Response:
        """A page behind `after`, which names the last row (or, `by_offset`, how many come before)."""
        limit = min(int(request.query_params.get("limit", 25)), self.most_rows)
        after = request.query_params.get("after")
        start, blanks = 0, 0
        if after is not None:
            said = _decoded(after)
            if said is None:
                return graph_error(100, "(#100) Invalid cursor", subcode=33)
            place, _, blank = said.partition("|")
            start, blanks = self._start(rows, place), int(blank or 0)
        if blanks < self.empty_pages and rows[start:]:
            again = f"{(_decoded(after or '') or '').partition('|')[0]}|{blanks + 1}"
            return self._paged(request, [], again, more=True)
        shown = rows[start : start + limit]
        last = shown[-1]["id"] if shown else ""
        place = str(start + len(shown)) if self.by_offset else last
        return self._paged(request, shown, f"{place}|0", more=bool(rows[start + limit :]))

    def _start(self, rows: list[Json], place: str) -> int:
        if not place:
            return 0
        if self.by_offset:
            return int(place)
        at = next((n for n, row in enumerate(rows) if row["id"] == place), None)
        return self._behind_gone(rows, place) if at is None else at + 1

    def _behind_gone(self, rows: list[Json], place: str) -> int:
        """Where to go on when the row that a cursor names is gone: ids rise with time."""
        gone, sign = int(place), 1 if self.oldest_first else -1
        return next((n for n, row in enumerate(rows) if sign * (int(row["id"]) - gone) > 0), len(rows))

    def _paged(self, request: Request, rows: list[Json], place: str, *, more: bool) -> Response:
        after = base64.urlsafe_b64encode(place.encode()).decode()
        body: Json = {"data": rows}
        if rows or more:
            body["paging"] = {"cursors": {"before": "QVFI", "after": after}}
        if more:
            query = {**request.query_params, "access_token": self.token, "after": after}
            body["paging"]["next"] = f"https://graph.facebook.example{request.url.path}?{urlencode(query)}"
        return JSONResponse(body)

    # The seeded data.

    def _seed(self) -> None:
        for number, sighting in enumerate(sightings("facebook_leads")):
            self._add_sighting(WEBINAR if number % 3 == 0 else QUOTE, sighting, number)
        self._add(
            QUOTE,
            {name: f"<test lead: dummy data for {name}>" for name in ("full_name", "email", "phone_number")},
            SEEDED_FROM + 900_000,
        )
        self._add(WEBINAR, {"email": "no.name@example.com", "first_name": "Nobody"}, SEEDED_FROM + 901_000)

    def _add_sighting(self, form: str, sighting: Sighting, number: int) -> None:
        answers = {"email": sighting.email, "phone_number": sighting.phone}
        if form == QUOTE:
            answers["full_name"] = f"{sighting.first_name} {sighting.last_name}"
            answers["company_name"] = sighting.company
            answers["how_many_seats?"] = _SEATS[number % 3]
        else:
            answers |= {"first_name": sighting.first_name, "last_name": sighting.last_name, "firma": sighting.company}
        lead = self._add(form, answers, SEEDED_FROM + 18_000 * number)
        lead["platform"] = "ig" if number % 4 == 0 else "fb"

    def _add(self, form: str, answers: Mapping[str, str], created: int) -> Json:
        self._made += 1
        moment = datetime.fromtimestamp(created, UTC)
        lead = {
            "id": str(FIRST_LEAD + self._made),
            "created_time": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "form_id": form,
            "ad_id": "120200000000000001",
            "ad_name": "Autumn",
            "adset_id": "120200000000000002",
            "adset_name": "Machines, 25 to 55",
            "campaign_id": "120200000000000003",
            "campaign_name": "Autumn 2026",
            "is_organic": False,
            "platform": "fb",
            "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
        }
        self.leads[form].insert(0, lead)
        self.forms[form]["leads_count"] += 1
        return lead


def graph_error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, kind: str = "OAuthException"
) -> Response:
    """An error as the API writes it."""
    error: Json = {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEfGhIjK"}
    if subcode is not None:
        error["error_subcode"] = subcode
    return JSONResponse({"error": error}, status_code=status)


def question(key: str, label: str, kind: str = "CUSTOM", options: Sequence[tuple[str, str]] = ()) -> Json:
    """A form's question; options are key and text."""
    asked: Json = {"id": f"q-{key}", "key": key, "label": label, "type": kind}
    if options:
        asked["options"] = [{"key": option, "value": text} for option, text in options]
    return asked


def form(id_: str, name: str, questions: Sequence[Json]) -> Json:
    """A published form."""
    return {"id": id_, "name": name, "status": "ACTIVE", "questions": list(questions), "leads_count": 0}


def _quote_form() -> Json:
    usual = [question(key, key.replace("_", " ").capitalize(), kind) for key, kind in _TYPES.items()]
    seats = [(seat, seat.replace("_", " ")) for seat in _SEATS]
    return form(QUOTE, "Ask for a quote", [*usual, question("how_many_seats?", "How many seats?", options=seats)])


def _webinar_form() -> Json:
    """Its company is asked for by a key of the form's own: only the type tells what it is."""
    usual = [question("email", "Email", "EMAIL"), question("phone_number", "Phone", "PHONE")]
    names = [question("first_name", "First name", "FIRST_NAME"), question("last_name", "Last name", "LAST_NAME")]
    return form(WEBINAR, "Webinar 报名", [*usual, *names, question("firma", "Firma", "COMPANY_NAME")])


def _only(row: Json, request: Request) -> Json:
    """What `fields` asks for; the id always."""
    wanted = {"id", *request.query_params.get("fields", "id").split(",")}
    return {name: value for name, value in row.items() if name in wanted}


def _floor(filtering: str | None) -> int | None:
    for test in json.loads(filtering or "[]"):
        if test.get("field") == "time_created" and test.get("operator") == "GREATER_THAN":
            return int(test["value"])
    return None


def _decoded(after: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(after.encode()).decode()
    except ValueError:
        return None


def _unknown(wanted: str) -> Response:
    text = f"Unsupported get request. Object with ID '{wanted}' does not exist, or may not be loaded"
    return graph_error(100, text, subcode=33, kind="GraphMethodException")
