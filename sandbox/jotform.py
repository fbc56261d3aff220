"""A stand-in of Jotform's API: forms, questions, submissions in envelopes, webhooks in multipart form."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

QUOTE, VISIT = "202944822449057", "203011223344556"
SEEDED_FROM = datetime(2026, 8, 6, 13, 0, tzinfo=UTC)
FIRST_ID = 4_791_133_489_169_827_307
BOUNDARY = "----made-up-boundary"

Json = dict[str, Any]
Handler = Callable[[Request], Response]


class JotformSandbox(Vendor):
    """Two forms with the usual fields; one submission cannot be a lead, one was deleted.

    Attributes:
        token, secret: the one key that is accepted; what stands in the webhooks' address.
        zone: the time zone that times are written in.
        forms: titles by id.
        submissions: by form, as made; rows as the API gives them.
        left: calls left today.
        http_too: whether errors have their status in HTTP as well as in the envelope.
        ids_as_text: whether ids are compared and ordered as text, not as numbers.
        heeds_filter, heeds_order: whether `filter` and `orderby` count.
        most_rows: rows in one answer at most, whatever `limit` asks for.
        not_for_us: forms that exist and that the key may not see.
    """

    name = "jotform"

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
        self.token = "made-up-jotform-key"
        self.secret = "made-up jotform secret/1"
        self.zone = "America/New_York"
        self.forms = {QUOTE: "Ask for a quote", VISIT: "Plan a visit"}
        self.submissions: dict[str, list[Json]] = {QUOTE: [], VISIT: []}
        self.left = 50_000
        self.http_too = True
        self.ids_as_text = False
        self.heeds_filter = self.heeds_order = True
        self.most_rows = 1000
        self.not_for_us: set[str] = set()
        self.next_id = FIRST_ID
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token, "secret": self.secret}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/user", self._answer(lambda _: {"username": "robinfield", "status": "ACTIVE"})),
            Route("/user/forms", self._answer(self._list_forms)),
            Route("/form/{form}/questions", self._answer(lambda _: questions())),
            Route("/form/{form}/submissions", self._answer(self._list_submissions)),
            Route("/submission/{id}", self._answer(self._one_submission)),
        ]

    # What happens in the account, for tests and the demo.

    def submit(self, count: int = 1, form: str = QUOTE, *, at: datetime | None = None) -> list[Json]:
        """Let so many people answer, now or at one given second."""
        with self.lock:
            return [self._add(form, at, {"first": "New", "last": f"Person {self.next_id}"},
                              f"new.{self.next_id}@example.com") for _ in range(count)]  # fmt: skip

    def edit(self, submission: Json, *, at: datetime | None = None, **answers: Any) -> None:
        """Change a submission's answers, by their names."""
        with self.lock:
            for answer in submission["answers"].values():
                if answer["name"] in answers:
                    answer["answer"] = answers[answer["name"]]
            submission["updated_at"] = self._local(at or datetime.now(UTC))

    def delete(self, submission: Json, *, listed: bool = True) -> None:
        """Delete a submission: it stays listed as deleted, or vanishes."""
        with self.lock:
            submission["status"] = "DELETED"
            submission["updated_at"] = self._local(datetime.now(UTC))
            if not listed:
                self.submissions[submission["form_id"]].remove(submission)

    def add_form(self, form: str, title: str) -> None:
        """Make one more form."""
        with self.lock:
            self.forms[form], self.submissions[form] = title, []

    def delete_form(self, form: str) -> None:
        """Delete a form with its submissions."""
        with self.lock:
            del self.forms[form], self.submissions[form]

    def clear(self) -> None:
        """Delete all submissions."""
        with self.lock:
            self.submissions = {form: [] for form in self.forms}

    def webhook(self, submission: Json) -> tuple[dict[str, str], bytes]:
        """Give headers and body of the delivery that tells of a submission."""
        raw = {f"q{qid}_{each['name']}": each.get("answer") for qid, each in submission["answers"].items()}
        fields = {
            "formID": submission["form_id"], "submissionID": submission["id"], "ip": submission["ip"],
            "webhookURL": "https://hub.example.com/", "formTitle": "Form", "username": "robinfield", "type": "WEB",
            "pretty": "Name:…", "rawRequest": json.dumps({"slug": f"submit/{submission['form_id']}/", **raw}),
        }  # fmt: skip
        return multipart(fields)

    # The API.

    def _answer(self, handler: Callable[[Request], Any]) -> Handler:
        def answer(request: Request) -> Response:
            with self.lock:
                if self.left <= 0:
                    return self.envelope(429, "API-Limit exceeded")
                self.left -= 1
                if request.headers.get("apikey") != self.token:
                    return self.envelope(401, "You're not authorized to use this API")
                form = request.path_params.get("form")
                if form is not None and (form not in self.forms or form in self.not_for_us):
                    return self.envelope(401, f"You're not authorized to use (/form-id/{form})")
                content = handler(request)
                return content if isinstance(content, Response) else self.envelope(200, "success", content)

        return answer

    def envelope(self, code: int, message: str, content: Any = "") -> Response:
        """An answer as the API writes it."""
        body = {"responseCode": code, "message": message, "content": content, "limit-left": self.left}
        if isinstance(content, list):
            body["resultSet"] = {"offset": 0, "limit": 1000, "count": len(content)}
        return JSONResponse(body, status_code=code if self.http_too else 200)

    def _list_forms(self, request: Request) -> list[Json]:
        offset, limit = int(request.query_params.get("offset", 0)), int(request.query_params.get("limit", 20))
        rows = [{"id": key, "title": title, "status": "ENABLED"} for key, title in self.forms.items()]
        return rows[offset : offset + limit]

    def _list_submissions(self, request: Request) -> Any:
        query = request.query_params
        limit, offset = int(query.get("limit", 20)), int(query.get("offset", 0))
        if limit > 1000:
            return self.envelope(400, "limit")
        rows = list(self.submissions[request.path_params["form"]])
        if self.heeds_filter:
            rows = [row for row in rows if self._fits(row, json.loads(query.get("filter", "{}")))]
        if query.get("orderby") == "id" and self.heeds_order:
            rows.sort(key=lambda row: self._id(row["id"]), reverse=query.get("direction") == "DESC")
        else:
            rows.reverse()
        return rows[offset : offset + min(limit, self.most_rows)]

    def _fits(self, row: Json, conditions: dict[str, str]) -> bool:
        for condition, value in conditions.items():
            name, _, comparison = condition.partition(":")
            ours, theirs = (self._id(row["id"]), self._id(value)) if name == "id" else (row[name] or "", value)
            if comparison == "gt" and not ours > theirs:
                return False
        return True

    def _id(self, text: str) -> Any:
        return text if self.ids_as_text else int(text)

    def _one_submission(self, request: Request) -> Any:
        for rows in self.submissions.values():
            for row in rows:
                if row["id"] == request.path_params["id"]:
                    return row
        return self.envelope(404, "Submission not found")

    # The seeded data.

    def _seed(self) -> None:
        for place, sighting in enumerate(sightings("jotform")):
            at = SEEDED_FROM + timedelta(hours=27 * place)
            self._add_sighting(VISIT if sighting.human.key % 4 == 0 else QUOTE, sighting, at)
        self._add(QUOTE, SEEDED_FROM + timedelta(days=55), {}, "nobody@example.com")
        self.submissions[QUOTE][1]["status"] = "DELETED"

    def _add_sighting(self, form: str, sighting: Sighting, at: datetime) -> None:
        company = sighting.human.company
        row = self._add(form, at, {"first": sighting.first_name, "last": sighting.last_name}, sighting.email)
        said = {
            "phoneNumber": {"full": sighting.phone}, "company": sighting.company,
            "address": {"addr_line1": "1 Main St", "city": company.city, "state": company.state, "postal": "",
                        "country": company.country},
        }  # fmt: skip
        for answer in row["answers"].values():
            if answer["name"] in said:
                answer["answer"] = said[answer["name"]]

    def _add(self, form: str, at: datetime | None, name: Json, email: str) -> Json:
        said = {"name": name, "email": email, "howCan": "Please send a quote."}
        row: Json = {
            "id": str(self.next_id),
            "form_id": form,
            "ip": "203.0.113.78",
            "created_at": self._local(at or datetime.now(UTC)),
            "updated_at": None,
            "status": "ACTIVE",
            "new": "1",
            "flag": "0",
            "answers": {
                qid: {key: each[key] for key in ("name", "order", "text", "type")}
                | ({"answer": said[each["name"]]} if said.get(each["name"]) else {})
                for qid, each in questions().items()
            },
        }
        self.next_id += 7
        self.submissions[form].append(row)
        return row

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")


def questions() -> dict[str, Json]:
    """The questions of each form, by number."""
    return {
        qid: {"qid": qid, "name": name, "order": order, "text": text, "type": kind, **more}
        for qid, name, order, text, kind, more in (
            ("1", "heading", "1", "Tell us about you", "control_head", {}),
            ("3", "name", "2", "Name", "control_fullname", {}),
            ("4", "email", "3", "E-mail", "control_email", {}),
            ("5", "phoneNumber", "4", "Phone Number", "control_phone", {}),
            ("6", "company", "5", "Company", "control_textbox", {}),
            ("7", "address", "6", "Address", "control_address", {}),
            ("10", "size", "8", "How many are you?", "control_dropdown", {"options": "1 to 10|11 to 100|More"}),
            ("9", "howCan", "7", "How can we help you?", "control_textarea", {}),
            ("2", "submit", "9", "Submit", "control_button", {}),
        )
    }


def multipart(fields: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """Give headers and body of a form of several parts."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()
    return {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}, body
