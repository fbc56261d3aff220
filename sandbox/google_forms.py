"""A stand-in of Google Forms v1: one form, its questions, what people answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.google import GoogleSandbox, Json, refused
from sandbox.people import Sighting, sightings

FORM_ID = "1Yk0_a-form_of_ours"
SEEDED_FROM = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
NAME, EMAIL, PHONE, COMPANY, COUNTRY, TOPICS, SEATS, VISIT, CV, MESSAGE = (
    "1a01", "1a02", "1a03", "1a04", "1a05", "1a06", "1a07", "1a08", "1a09", "1a10",
)  # fmt: skip
SPEED, PRICE = "1b01", "1b02"
_FILTER = re.compile(r"timestamp (>=?) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)")
_MOST = 5000


class GoogleFormsSandbox(GoogleSandbox):
    """A contact form; two of those who filled it in left what cannot be a lead.

    Attributes:
        title: the form's.
        items: as the API gives them.
        responses: as the API gives them, in the order in which they were first sent.
        newest_first: whether they are listed backwards; the vendor does not say.
        filters_by: the time that the filter compares; the vendor does not say it plainly.
        most_rows: responses in one answer at most, whatever is asked for.
        shared: whether the form is shared with who asks.
        between: called after each list, to change things while somebody reads.
    """

    name = "google_forms"

    def begin(self) -> None:
        self.title = "Contact us"
        self.items = _items()
        self.responses: list[Json] = []
        self.newest_first, self.filters_by = False, "lastSubmittedTime"
        self.most_rows = _MOST
        self.shared = True
        self.between: Callable[[], None] = lambda: None
        self._number = 0
        self._pages: dict[str, tuple[str, tuple[str, str]]] = {}
        for place, sighting in enumerate(sightings("google_forms")):
            self.submit(_answers(place, sighting), at=SEEDED_FROM + timedelta(hours=37 * place))
        self.responses[1]["answers"][EMAIL] = _text(EMAIL, "ann(at)acme")
        for question in (NAME, COMPANY):
            del self.responses[3]["answers"][question]

    def settings(self) -> dict[str, str]:
        return {**super().settings(), "form": FORM_ID}

    def routes(self) -> Sequence[Route]:
        return [
            *super().routes(),
            Route("/v1/forms/{id}", self.guarded(self._form, "forms.body.readonly")),
            Route("/v1/forms/{id}/responses", self.guarded(self._list, "forms.responses.readonly")),
        ]

    # What happens to the form, for tests and the demo.

    def submit(self, answers: Json, *, at: datetime | None = None, email: str | None = None) -> Json:
        """Fill the form in, now or at a given time."""
        with self.lock:
            self._number += 1
            told = _iso(at or datetime.now(UTC))
            response: Json = {"responseId": f"ACYDBNj{self._number:04d}-_x", "createTime": told}
            response |= {"lastSubmittedTime": told, "answers": answers}
            if email is not None:
                response["respondentEmail"] = email
            self.responses.append(response)
            return response

    def submit_many(self, count: int, *, at: datetime | None = None) -> list[Json]:
        """So many people fill it in, all in one moment where one is given."""
        with self.lock:
            return [self.submit(_named(f"Ann Li{self._number + 1}"), at=at) for _ in range(count)]

    def edit(self, response: Json, question: str, *values: str, at: datetime | None = None) -> None:
        """Somebody changes an answer and sends the form again."""
        with self.lock:
            response["answers"][question] = _text(question, *values)
            response["lastSubmittedTime"] = _iso(at or datetime.now(UTC))

    def forget_pages(self) -> None:
        """Take no page's name that is out for known any more."""
        with self.lock:
            self._pages.clear()

    # The API.

    def _refusal(self, request: Request) -> Response | None:
        if request.path_params["id"] != FORM_ID:
            return refused(404, "NOT_FOUND", "Requested entity was not found.")
        return None if self.shared else refused(403, "PERMISSION_DENIED", "The caller does not have permission")

    def _form(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        info = {"title": self.title, "documentTitle": "Contact us (website)"}
        form = {"formId": FORM_ID, "info": info, "revisionId": "00000042", "items": self.items}
        return JSONResponse(form | {"responderUri": f"https://docs.google.com/forms/d/e/{FORM_ID}/viewform"})

    def _list(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        query = request.query_params
        wanted = query.get("filter", "")
        parts = _FILTER.fullmatch(wanted)
        if wanted and parts is None:
            return refused(400, "INVALID_ARGUMENT", "Invalid filter.")
        rows = [row for row in self.responses if parts is None or self._fits(row, parts[1], parts[2])]
        rows.sort(key=self._place, reverse=self.newest_first)
        if token := query.get("pageToken"):
            if self._pages.get(token, ("", ("", "")))[0] != wanted or token not in self._pages:
                return refused(400, "INVALID_ARGUMENT", "Invalid page token.")
            behind = self._pages[token][1]
            rows = [
                row for row in rows if (self._place(row) < behind if self.newest_first else self._place(row) > behind)
            ]
        size = min(int(query.get("pageSize") or 0) or _MOST, _MOST, self.most_rows)
        answer = self._answered(rows[:size], wanted, more=len(rows) > size)
        self.between()
        return JSONResponse(answer)

    def _answered(self, rows: list[Json], wanted: str, *, more: bool) -> Json:
        answer: Json = {"responses": rows} if rows else {}
        if more and rows:
            token = f"page-{len(self._pages) + 1}"
            self._pages[token] = (wanted, self._place(rows[-1]))
            answer["nextPageToken"] = token
        return _copied(answer)

    def _place(self, row: Json) -> tuple[str, str]:
        return row[self.filters_by], row["responseId"]

    def _fits(self, row: Json, sign: str, since: str) -> bool:
        at, start = datetime.fromisoformat(row[self.filters_by]), datetime.fromisoformat(since)
        return at > start or (sign == ">=" and at == start)


def _copied(answer: Json) -> Json:
    """Keep an answer as it is, whatever happens to the responses before it is sent."""
    if "responses" in answer:
        answer["responses"] = [{**row, "answers": dict(row["answers"])} for row in answer["responses"]]
    return answer


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _text(question: str, *values: str) -> Json:
    return {"questionId": question, "textAnswers": {"answers": [{"value": value} for value in values]}}


def _named(name: str) -> Json:
    return {NAME: _text(NAME, name)}


def _answers(place: int, sighting: Sighting) -> Json:
    country = sighting.human.company.country
    given = {
        NAME: (f"{sighting.first_name} {sighting.last_name}",),
        EMAIL: (sighting.email,),
        PHONE: (sighting.phone,),
        COMPANY: (sighting.company,),
        COUNTRY: (country,),
        TOPICS: ("Demo", "Price list")[: 1 + place % 2],
        SEATS: (str(1 + place % 5),),
        SPEED: ("Good",),
        PRICE: ("Fair",),
        **({MESSAGE: ("Please call me.",)} if place % 3 == 0 else {}),
        **({VISIT: (f"2026-09-{1 + place % 28:02d}",)} if place % 4 == 0 else {}),
    }
    answers = {question: _text(question, *values) for question, values in given.items()}
    if place == 0:
        file = {"fileId": "0B1-file", "fileName": "plan.pdf", "mimeType": "application/pdf"}
        answers[CV] = {"questionId": CV, "fileUploadAnswers": {"answers": [file]}}
    return answers


def _items() -> list[Json]:
    text: Json = {"textQuestion": {}}
    topics = {"choiceQuestion": {"type": "CHECKBOX", "options": [{"value": "Demo"}, {"value": "Price list"}]}}
    countries: list[Json] = [{"value": "US"}, {"value": "DE"}, {"value": "CN"}, {"isOther": True}]
    country = {"choiceQuestion": {"type": "RADIO", "options": countries}}
    scale = {"scaleQuestion": {"low": 1, "high": 5, "lowLabel": "few", "highLabel": "many"}}
    grid = {"columns": {"type": "RADIO", "options": [{"value": "Good"}, {"value": "Fair"}, {"value": "Poor"}]}}
    rows = [
        _question(SPEED, {"rowQuestion": {"title": "Speed"}}),
        _question(PRICE, {"rowQuestion": {"title": "Price"}}),
    ]
    return [
        _item("Your name", NAME, text),
        _item("E-mail", EMAIL, text),
        _item("Phone number", PHONE, text),
        {"itemId": "7f00", "title": "Your company", "pageBreakItem": {}},
        _item("Company", COMPANY, text),
        _item("Country", COUNTRY, country),
        _item("What are you interested in?", TOPICS, topics),
        _item("How many seats?", SEATS, scale),
        _item("When may we visit?", VISIT, {"dateQuestion": {"includeYear": True}}),
        _item("A plan of your office", CV, {"fileUploadQuestion": {"folderId": "0B1", "maxFiles": 1}}),
        {"itemId": "7f01", "title": "How do you find us?", "questionGroupItem": {"questions": rows, "grid": grid}},
        _item("Message", MESSAGE, {"textQuestion": {"paragraph": True}}),
    ]


def _question(question_id: str, kind: Json) -> Json:
    return {"questionId": question_id, **kind}


def _item(title: str, question_id: str, kind: Json) -> Json:
    question: Any = _question(question_id, kind)
    return {"itemId": f"7f{question_id}", "title": title, "questionItem": {"question": question}}
