"""A stand-in of Typeform's API: forms, responses, webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

CONTACT, EVENT = "c0nTact1", "eVent202"
SEEDED_FROM = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)
SIZES = ("1 to 10", "11 to 100", "More")

Json = dict[str, Any]
Handler = Callable[[Request], Response]


class TypeformSandbox(Vendor):
    """Two forms: people who asked for contact, and some who came to an event; one of them cannot be a lead.

    Attributes:
        token, secret: the one token that is accepted; what webhooks are signed with.
        scopes: what the token may do.
        forms: definitions by id.
        responses: by form, in the order in which they were processed; rows as the API gives them.
        hidden_late: tokens that the API does not show yet.
        window_with_before: whether `since` counts where `before` is given too.
        before_inclusive: whether the page before a response begins with it.
        lost_anchor: what becomes of `before` with a token that is not there.
        most_rows: rows in one answer at most, whatever `page_size` asks for.
        per_second: calls a second, before 429; None: as many as come.
    """

    name = "typeform"

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
        self.token = "tfp_made-up-token"
        self.secret = "made-up-typeform-secret"
        self.scopes = {"forms:read", "responses:read"}
        self.forms = {CONTACT: _definition(CONTACT, "Contact us"), EVENT: _definition(EVENT, "Autumn event")}
        self.responses: dict[str, list[Json]] = {CONTACT: [], EVENT: []}
        self.hidden_late: set[str] = set()
        self.window_with_before = True
        self.before_inclusive = False
        self.lost_anchor: Literal["refuse", "ignore", "nothing"] = "refuse"
        self.most_rows = 1000
        self.per_second: int | None = None
        self._made = 0
        self._times: list[float] = []
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token, "secret": self.secret}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/forms", self._answer(self._list_forms, "forms:read")),
            Route("/forms/{form}", self._answer(self._one_form, "forms:read")),
            Route("/forms/{form}/responses", self._answer(self._list_responses, "responses:read")),
        ]

    # What happens in the account, for tests and the demo.

    def submit(self, count: int = 1, form: str = CONTACT, *, at: datetime | None = None) -> list[Json]:
        """Let so many people answer, now or at one given second."""
        with self.lock:
            return [self._add(form, at, first="New", last=f"Person {self._made + 1}",
                              email=f"new.{self._made + 1}@example.com") for _ in range(count)]  # fmt: skip

    def delete(self, response: Json, form: str = CONTACT) -> None:
        """Delete a response: it vanishes, and nothing tells of it."""
        with self.lock:
            self.responses[form].remove(response)

    def add_form(self, form: str, title: str) -> None:
        """Make one more form, with the usual questions."""
        with self.lock:
            self.forms[form], self.responses[form] = _definition(form, title), []

    def delete_form(self, form: str) -> None:
        """Delete a form with its responses."""
        with self.lock:
            del self.forms[form], self.responses[form]

    def clear(self) -> None:
        """Delete all responses."""
        with self.lock:
            self.responses = {form: [] for form in self.forms}

    def webhook(
        self, response: Json, form: str = CONTACT, *, secret: str | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Give headers and body of the delivery that tells of a response."""
        kept = {k: v for k, v in response.items() if k not in {"response_id", "metadata"}}
        definition = {k: v for k, v in self.forms[form].items() if k in {"id", "title", "fields"}}
        told = {"form_id": form, **kept, "definition": definition, "ending": {"id": "dflt", "ref": "default_tys"}}
        event = {"event_id": f"01J{response['token'][:20]}", "event_type": "form_response", "form_response": told}
        body = json.dumps(event, ensure_ascii=False).encode()
        return {"content-type": "application/json", "typeform-signature": signature(secret or self.secret, body)}, body

    # The API.

    def _answer(self, handler: Handler, scope: str) -> Handler:
        def answer(request: Request) -> Response:
            with self.lock:
                if self._is_too_fast():
                    return error(429, "TOO_MANY_REQUESTS", "Rate limit exceeded")
                if request.headers.get("authorization") != f"Bearer {self.token}":
                    return error(401, "AUTHENTICATION_FAILED", "Authentication credentials not found on the Request")
                if scope not in self.scopes:
                    return error(403, "FORBIDDEN", f"The token lacks the scope {scope}")
                if (form := request.path_params.get("form")) is not None and form not in self.forms:
                    return error(404, "FORM_NOT_FOUND", f"Non existing form with uid {form}")
                return handler(request)

        return answer

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        self._times = [*(t for t in self._times if now - t < 1), now]
        return self.per_second is not None and len(self._times) > self.per_second

    def _list_forms(self, request: Request) -> Response:
        page, size = int(request.query_params.get("page", 1)), int(request.query_params.get("page_size", 10))
        if not 1 <= size <= 200:
            return error(400, "VALIDATION_ERROR", "page_size")
        rows = [{"id": key, "title": form["title"], "last_updated_at": "2026-08-01T00:00:00Z", "type": "quiz"}
                for key, form in reversed(self.forms.items())]  # fmt: skip
        shown = rows[(page - 1) * size : page * size]
        return JSONResponse({"total_items": len(rows), "page_count": -(-len(rows) // size), "items": shown})

    def _one_form(self, request: Request) -> Response:
        return JSONResponse(self.forms[request.path_params["form"]])

    def _list_responses(self, request: Request) -> Response:
        query = request.query_params
        size = int(query.get("page_size", 25))
        if not 1 <= size <= 1000 or ("sort" in query and ("before" in query or "after" in query)):
            return error(400, "VALIDATION_ERROR", "page_size, or sort beside before or after")
        rows = [row for row in reversed(self.responses[request.path_params["form"]])
                if row["token"] not in self.hidden_late]  # fmt: skip
        anchor = query.get("before")
        if anchor is None or self.window_with_before:
            rows = [row for row in rows if query.get("since", "") <= row["submitted_at"] <= query.get("until", "9")]
        total = len(rows)
        found = rows if anchor is None else self._before(anchor, rows, request.path_params["form"])
        if found is None:
            return error(400, "INVALID_TOKEN", "before")
        shown = found[: min(size, self.most_rows)]
        return JSONResponse({"total_items": total, "page_count": -(-total // size), "items": shown})

    def _before(self, anchor: str, rows: list[Json], form: str) -> list[Json] | None:
        order = {row["token"]: place for place, row in enumerate(self.responses[form])}
        if anchor not in order:
            lost: dict[str, list[Json] | None] = {"refuse": None, "ignore": rows, "nothing": []}
            return lost[self.lost_anchor]
        upto = order[anchor] + (1 if self.before_inclusive else 0)
        return [row for row in rows if order[row["token"]] < upto]

    # The seeded data.

    def _seed(self) -> None:
        for place, sighting in enumerate(sightings("typeform")):
            at = SEEDED_FROM + timedelta(hours=29 * place)
            self._add_sighting(EVENT if sighting.human.key % 4 == 0 else CONTACT, sighting, at)
        self._add(CONTACT, SEEDED_FROM + timedelta(days=60), email="who@example.com", message="")

    def _add_sighting(self, form: str, sighting: Sighting, at: datetime) -> None:
        row = self._add(
            form, at, first=sighting.first_name, last=sighting.last_name, email=sighting.email,
            phone=sighting.phone, company=sighting.company, size=SIZES[sighting.human.key % 3],
        )  # fmt: skip
        row["hidden"] = {"utm_source": "newsletter", "utm_campaign": ("autumn-2026", "webinar")[sighting.human.key % 2]}

    def _add(self, form: str, at: datetime | None, **said: str) -> Json:
        self._made += 1
        submitted = (at or datetime.now(UTC)).astimezone(UTC)
        token = f"{random.Random(f'typeform/{self._made}').getrandbits(160):040x}"
        answers: Json = {"size": SIZES[0], "message": "Please call me.", "consent": True, **said}
        row: Json = {
            "landing_id": token,
            "token": token,
            "response_id": token,
            "landed_at": _iso(submitted - timedelta(minutes=2)),
            "submitted_at": _iso(submitted),
            "metadata": {"user_agent": "Mozilla/5.0", "referer": "https://example.com/", "network_id": "n1"},
            "hidden": {},
            "calculated": {"score": 0},
            "variables": [],
            "answers": [said_by(form, name, value) for name, value in answers.items() if value != ""],
        }
        self.responses[form].append(row)
        return row


_QUESTIONS = (
    ("first", "What's your *first name*?", "short_text", "text"),
    ("last", "And your last name, {{field:first-ref}}?", "short_text", "text"),
    ("email", "Where can we write to you?", "email", "email"),
    ("phone", "Phone (optional)", "phone_number", "phone_number"),
    ("company", "Company name", "short_text", "text"),
    ("size", "How many people work there?", "multiple_choice", "choice"),
    ("message", "How can we help you?", "long_text", "text"),
    ("consent", "May we write to you?", "yes_no", "boolean"),
)


def signature(secret: str, body: bytes) -> str:
    """Sign a webhook's body as the vendor does."""
    return "sha256=" + base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def error(code: int, name: str, description: str) -> Response:
    """An error as the API writes it."""
    return JSONResponse({"code": name, "description": description}, status_code=code)


def said_by(form: str, name: str, value: Any) -> Json:
    """Give an answer to one of a form's usual questions, as the API does."""
    kind, type_ = next((kind, type_) for known, _, kind, type_ in _QUESTIONS if known == name)
    if type_ == "choice":
        value = {"id": f"c{SIZES.index(value)}", "ref": f"choice-{SIZES.index(value)}", "label": value}
    return {"field": {"id": _field_id(form, name), "ref": f"{name}-{form}", "type": kind}, "type": type_, type_: value}


def _definition(form: str, title: str) -> Json:
    fields = [_question(form, *question[:3]) for question in _QUESTIONS]
    group = {"id": f"grp{form}", "ref": f"group-{form}", "title": "About you", "type": "group"}
    inside = {**group, "properties": {"fields": fields[:2]}}
    hidden = ["utm_source", "utm_campaign"]
    return {"id": form, "type": "quiz", "title": title, "fields": [inside, *fields[2:]], "hidden": hidden}


def _question(form: str, name: str, title: str, kind: str) -> Json:
    choices = [{"id": f"c{number}", "ref": f"choice-{number}", "label": label} for number, label in enumerate(SIZES)]
    properties = {"choices": choices} if kind == "multiple_choice" else {}
    return {
        "id": _field_id(form, name),
        "ref": f"{name}-{form}",
        "title": title,
        "type": kind,
        "properties": properties,
    }


def _field_id(form: str, name: str) -> str:
    return hashlib.sha256(f"{form}/{name}".encode()).hexdigest()[:12]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
