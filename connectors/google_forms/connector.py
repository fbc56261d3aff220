"""Google Forms as a source: the responses to one form. Source of facts: Forms API v1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar
from urllib.parse import quote

from connectors.connector import Check, Connector, Cursor, JsonObject, Page, SourceField, SourceRecord, Stream
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.google.api import GoogleApi, pace_of
from connectors.google_forms.questions import Form, fields_of, form_of, record_data
from connectors.google_forms.settings import GoogleFormsConfig

RESPONSES = Stream("responses", "people")
SCOPES = ("forms.body.readonly", "forms.responses.readonly")


class GoogleForms(Connector[GoogleFormsConfig]):
    """The responses to a form; one that was edited comes again under the same id.

    A read takes what was sent at or after the beginning of the last one, less an overlap: whatever happened
    while that one ran is met again. A response that is deleted is not told by this API.
    """

    name: ClassVar[str] = "google_forms"
    title: ClassVar[str] = "Google Forms"
    Config = GoogleFormsConfig

    def __init__(self, config: GoogleFormsConfig) -> None:
        super().__init__(config)
        pace = pace_of(config.reads_per_minute, config.quota_share)
        self._api = GoogleApi(self.title, config, SCOPES, pace, self._count)
        self._path = f"/forms/{quote(config.form, safe='')}"

    def streams(self) -> Sequence[Stream]:
        return [RESPONSES]

    def check(self) -> list[Check]:
        """Read the form, and one of its responses."""
        return [self._tried("form", self._form_check), self._tried("responses", self._responses_check)]

    def discover(self, stream: str) -> list[SourceField]:
        self._expect(stream)
        return fields_of(self._form())

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Give the responses sent since the cursor, page by page until no further one is named.

        The API gives no count; it names the next page as long as there is one, and a page without what it
        must hold is a fault.

        Raises:
            TransientError: an answer without what was asked for, or pages that go round in a circle.
            SetupError: no such form, or no right to it.
        """
        self._expect(stream)
        form: Form | None = None
        for responses, behind in self._walk(dict(cursor or {})):
            form = form or (self._form() if responses else None)
            yield Page([self._record(each, form) for each in responses] if form else [], behind)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._expect(stream)
        return {"since": _iso(since)}

    def close(self) -> None:
        self._api.close()

    def _walk(self, state: JsonObject) -> Iterator[tuple[list[JsonObject], Cursor]]:
        """Give the responses of each page, and the cursor behind them."""
        answer, state = self._first_page(state)
        seen = set[str]()
        while True:
            responses, token = _listed(answer)
            if token is None:
                yield responses, {"since": state["began"]}
                return
            if token in seen:
                raise TransientError("Google Forms: the list of responses goes round in a circle")
            seen.add(token)
            state = {**state, "token": token}
            yield responses, state
            answer = self._page(state.get("since"), token)

    def _first_page(self, state: JsonObject) -> tuple[JsonObject, JsonObject]:
        """Go on where an unfinished read stopped, or begin; a page's name of long ago is not known any more."""
        if token := state.get("token"):
            try:
                return self._page(state.get("since"), token), state
            except CredentialsError:
                raise
            except SetupError:
                state = {"since": state.get("since")}
        answer = self._page(state.get("since"), None)
        return answer, {"since": state.get("since"), "began": self._now()}

    def _page(self, since: str | None, token: str | None) -> JsonObject:
        params = [("pageSize", str(self.config.page_size))]
        if since is not None and self.config.filtered:
            start = datetime.fromisoformat(since) - timedelta(seconds=self.config.overlap)
            params.append(("filter", f"timestamp >= {_iso(start)}"))
        if token is not None:
            params.append(("pageToken", token))
        return self._api.get(f"{self._path}/responses", params, api="/v1")

    def _form(self) -> Form:
        return form_of(self._api.get(self._path, [], api="/v1"))

    def _record(self, response: JsonObject, form: Form) -> SourceRecord:
        data = record_data(response, form, self.config.form)
        changed = response.get("lastSubmittedTime") or response.get("createTime")
        return SourceRecord(str(response["responseId"]), data, changed_at=str(changed) if changed else None)

    def _now(self) -> str:
        """Tell the time of the last answer: by the vendor's clock, or by ours where it does not say."""
        try:
            told = parsedate_to_datetime(self._api.date or "").astimezone(UTC)
        except ValueError:
            told = datetime.now(UTC)
        return _iso(told)

    def _tried(self, name: str, check: Callable[[], str]) -> Check:
        try:
            return Check(name, True, check())
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, str(error), error.fix)

    def _form_check(self) -> str:
        form = self._form()
        return f"{form.title}: {', '.join(question.label for question in form.questions.values())}"

    def _responses_check(self) -> str:
        responses, _ = _listed(self._api.get(f"{self._path}/responses", [("pageSize", "1")], api="/v1"))
        return "there are some" if responses else "there is none yet"

    def _count(self) -> None:
        self.calls += 1

    def _expect(self, stream: str) -> None:
        if stream != RESPONSES.name:
            raise SetupError(f"Google Forms has no stream {stream!r}", fix=f"its only stream is {RESPONSES.name}")


def _listed(answer: JsonObject) -> tuple[list[JsonObject], str | None]:
    """Give the responses of a page, and the name of the next; a page without any leaves the key out."""
    responses = answer.get("responses", [])
    if not isinstance(responses, list) or not all(isinstance(each, dict) for each in responses):
        raise TransientError("Google Forms: an answer whose `responses` are none")
    return responses, str(answer["nextPageToken"]) if answer.get("nextPageToken") else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
