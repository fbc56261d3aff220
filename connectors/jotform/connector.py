"""Jotform: submissions of forms, read and received. Source of facts: Jotform API v1, webhooks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ConfigDict, Field, SecretStr, field_validator

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    Request,
    SourceField,
    Stream,
)
from connectors.errors import CredentialsError, RefusedRequest, SetupError
from connectors.form_by_form import form_by_form
from connectors.jotform.api import JotformApi, RefusedCallError
from connectors.jotform.delivery import is_ours, submission_id
from connectors.jotform.submissions import FORMAT, earlier, fields_of, record_of
from connectors.jotform.walk import PAGE, Place, latest, walk

SUBMISSIONS = Stream("submissions", "people")
GONE = "DELETED"


class JotformConfig(ConnectorConfig):
    """Settings of a Jotform source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="API key, of read access at least")
    forms: tuple[str, ...] | None = Field(None, description="Ids of the forms to read; left out: all of the account")
    secret: SecretStr | None = Field(
        None, description="What stands behind ?secret= in the webhooks' address; without it nothing is received"
    )
    timezone: str = Field("America/New_York", description="The account's time zone: the API's times do not say theirs")
    edits_every: float = Field(6, ge=0, description="Hours between looks for edits; new ones come with each read")
    overlap: float = Field(86_400, ge=0, description="Seconds that a look for edits reaches back before the last one")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Submissions in one call")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no time zone of that name; write it like Europe/Berlin")
        return name


class Jotform(Connector[JotformConfig]):
    """Submissions of the chosen forms, each with its answers as a list.

    A record's id is the submission's, kept as text: it has 19 digits. What is listed as deleted comes as
    event `deleted`; what vanishes is not told by this vendor.
    """

    name: ClassVar[str] = "jotform"
    title: ClassVar[str] = "Jotform"
    Config = JotformConfig

    def __init__(self, config: JotformConfig) -> None:
        super().__init__(config)
        token = config.token.get_secret_value()
        self._api = JotformApi(config.base_url, token, self._count, config.quota_share, config.ca_bundle)
        self._zone = ZoneInfo(config.timezone)

    def streams(self) -> Sequence[Stream]:
        return [SUBMISSIONS]

    def check(self) -> list[Check]:
        user = self._api.get("/user")
        account = user.get("username", "") if isinstance(user, dict) else ""
        forms = self._forms()
        fix = "" if forms else "make a form, or the key in the account that has it"
        checks = [
            Check("credentials", True, f"account {account}".strip()),
            Check("forms", bool(forms), f"{len(forms)} forms to read", fix),
            *(self._sample(form) for form in forms),
        ]
        if self._api.left is not None:
            checks.append(Check("rate", self._api.left > 0, f"{self._api.left} calls left today"))
        received = "have `secret` in their address" if self.config.secret else "are not received: no `secret` is set"
        return [*checks, Check("webhooks", True, f"deliveries {received}")]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        answers = [self._of_form(form, "questions") for form in self._forms()]
        return list(fields_of(each for each in answers if isinstance(each, dict)))

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield submissions since the cursor, form by form, edits of older ones when it is time for them.

        A form that vanished since it was listed is passed over with a notice.

        Raises:
            TransientError: the vendor's list is not in the order that proves a read.
            QuotaError: the day's calls, or our share of them, are used up.
            SetupError: a form that `forms` names is not there; told once the others are read.
        """
        self._known(stream)
        yield from form_by_form(self._forms, cursor, self._read, RefusedCallError, chosen=bool(self.config.forms))

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        local = since.astimezone(self._zone) - timedelta(seconds=1)  # the API compares by "later than"
        return {"since": local.strftime(FORMAT), "forms": {}}

    def receive(self, request: Request) -> Delivery:
        """Get the submission that a webhook tells of; what it says beside the id is not trusted.

        Named by the submission and its last edit, so that an edit is taken and a repetition is known.

        Raises:
            RefusedRequest: 401 without our secret, or of no submission that the key sees; 400 not readable.
            SetupError: no secret is set.
            TransientError: the vendor does not answer now.
        """
        if self.config.secret is None:
            raise SetupError("Jotform: no secret is set, so nothing is received", fix='set `secret = "env:…"`')
        if not is_ours(request, self.config.secret.get_secret_value()):
            raise RefusedRequest("Jotform: the secret in the address is missing or wrong")
        wanted = submission_id(request)
        try:
            row = self._of_ours(f"/submission/{wanted}")
        except RefusedCallError:
            raise RefusedRequest("Jotform: no submission of that id is seen by the key") from None
        if not isinstance(row, dict) or str(row.get("id")) != wanted:
            raise RefusedRequest("Jotform: another submission came than was asked for")
        key = f"{wanted}@{latest(row.get('created_at'), row.get('updated_at'))}"
        chosen = not self.config.forms or str(row.get("form_id")) in self.config.forms
        return Delivery(key, SUBMISSIONS.name, [record_of(row, self._zone)] if chosen else [])

    def close(self) -> None:
        self._api.close()

    def _read(self, form: str, state: JsonObject) -> Generator[Page, None, JsonObject]:
        """Read a form on from where it stands: a walk that was broken off, what is new, what was edited."""
        broken_off = (state["forms"].get(form) or {}).get("walk")
        if broken_off:
            state = yield from self._walk(form, Place(**broken_off), state)
        last = (state["forms"].get(form) or {}).get("last")
        new = Place("id", after=last) if last else Place("created_at", state.get("since"))
        state = yield from self._walk(form, new, state)
        now = state["forms"].get(form) or {}
        known = now.get("edited") or state.get("since")
        if known and self._is_time(now.get("looked_at")):
            floor = earlier(known, self.config.overlap)
            state = yield from self._walk(form, Place("created_at", floor), state)
            state = yield from self._walk(form, Place("updated_at", floor), state)
        return state

    def _walk(self, form: str, place: Place, state: JsonObject) -> Generator[Page, None, JsonObject]:
        def ask(query: dict[str, str | int]) -> list[JsonObject]:
            return self._listed(form, query)

        for rows, behind, is_last in walk(ask, place, self.config.page_size):
            state = _moved(state, form, behind, is_last)
            yield Page([record_of(row, self._zone) for row in rows], state)
        return state

    def _is_time(self, looked_at: str | None) -> bool:
        if looked_at is None:
            return True
        return datetime.now(UTC) - datetime.fromisoformat(looked_at) >= timedelta(hours=self.config.edits_every)

    def _listed(self, form: str, query: dict[str, str | int]) -> list[JsonObject]:
        try:
            return self._api.rows(f"/form/{form}/submissions", query)
        except CredentialsError as error:
            raise self._meant(error) from error

    def _of_form(self, form: str, what: str) -> Any:
        return self._of_ours(f"/form/{form}/{what}")

    def _of_ours(self, path: str) -> Any:
        try:
            return self._api.get(path)
        except CredentialsError as error:
            raise self._meant(error) from error

    def _meant(self, error: CredentialsError) -> SetupError:
        """Tell a key that is refused from one that is good and may not see this form: both are a 401 here.

        Raises:
            CredentialsError: the key is refused everywhere.
        """
        self._api.get("/user")
        return RefusedCallError(f"{error}: not there, or not for this key", fix="check `forms`, and whose key it is")

    def _forms(self) -> list[str]:
        return list(self.config.forms or dict.fromkeys(self._all_forms()))

    def _all_forms(self) -> Iterator[str]:
        offset = 0
        while rows := self._api.rows("/user/forms", {"limit": PAGE, "offset": offset, "orderby": "id"}):
            yield from (str(row["id"]) for row in rows if row.get("id") and row.get("status") != GONE)
            if len(rows) < PAGE:
                return
            offset += len(rows)

    def _sample(self, form: str) -> Check:
        name = f"submissions of {form}"
        try:
            rows = self._listed(form, {"limit": 1})
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, str(error), error.fix)
        return Check(name, True, "readable" if rows else "readable; nobody has answered")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != SUBMISSIONS.name:
            raise SetupError(f"Jotform has no stream {stream!r}", fix=f"streams: {SUBMISSIONS.name}")


def _moved(state: JsonObject, form: str, place: Place, is_last: bool) -> JsonObject:
    """The cursor behind a page: in mid-walk its place; at the end the last id, or how far edits are known."""
    now = state["forms"].get(form) or {}
    if not is_last:
        now = {**now, "walk": asdict(place)}
    else:
        now = {name: value for name, value in now.items() if name != "walk"}
        is_first = "last" not in now
        seen, last = latest(now.get("seen"), place.seen), place.after
        now |= {"seen": seen} if seen else {}
        now |= {"last": last} if last and (is_first or place.by == "id") else {}
        if seen and (place.by == "updated_at" or (is_first and place.floor is None)):
            now |= {"edited": seen, "looked_at": datetime.now(UTC).isoformat()}
    return {**state, "forms": {**state["forms"], form: now}}
