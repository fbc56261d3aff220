"""Typeform: responses to forms, read and received. Source of facts: Create, Responses and Webhooks API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, SecretStr

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
from connectors.errors import CredentialsError, RefusedRequest, SetupError, TransientError
from connectors.form_by_form import form_by_form
from connectors.pace import Pace
from connectors.typeform.answers import Form, fields_of
from connectors.typeform.api import RefusedCallError, TypeformApi
from connectors.typeform.walk import PAGE, Place, Responses, before, iso, token_of, walk

RESPONSES = Stream("responses", "people")
LARGEST_LIST = 200
SIGNATURE, SCHEME = "typeform-signature", "sha256="
BAD_REQUEST = 400


class TypeformConfig(ConnectorConfig):
    """Settings of a Typeform source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="Personal access token")
    forms: tuple[str, ...] | None = Field(
        None, description="Ids of the forms to read; left out: all that the token sees"
    )
    secret: SecretStr | None = Field(None, description="Secret of the forms' webhooks; without it nothing is received")
    overlap: float = Field(3600, ge=0, description="Seconds that a read reaches back before the newest response known")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Responses in one call")
    calls_per_second: float = Field(2, gt=0, description="Calls a second; the vendor allows 2 an account")


class Typeform(Connector[TypeformConfig]):
    """Completed responses of the chosen forms, each with its form's title and its answers beside their questions.

    A record's id is the response's token, which a webhook bears too: read and received it is one record.
    Responses do not change. Their deletion is not told by this vendor.
    """

    name: ClassVar[str] = "typeform"
    title: ClassVar[str] = "Typeform"
    Config = TypeformConfig

    def __init__(self, config: TypeformConfig) -> None:
        super().__init__(config)
        pace = Pace(config.calls_per_second * config.quota_share)
        token = config.token.get_secret_value()
        self._api = TypeformApi(config.base_url, token, self._count, pace, config.ca_bundle)
        self._overlap = timedelta(seconds=config.overlap)

    def streams(self) -> Sequence[Stream]:
        return [RESPONSES]

    def check(self) -> list[Check]:
        checks, forms = [], self.config.forms
        try:
            seen = [str(form["id"]) for form in self._listed_forms()]
            fix = "" if seen else "make a form, or the token in the account that has it"
            checks.append(Check("forms:read", bool(seen), f"{len(seen)} forms are seen", fix))
            forms = forms or tuple(seen)
        except CredentialsError:
            raise
        except SetupError as error:
            checks.append(Check("forms:read", False, str(error), error.fix))
        checks += [self._sample(form) for form in forms or ()]
        received = "are verified by `secret`" if self.config.secret else "are not received: no `secret` is set"
        return [*checks, Check("webhooks", True, f"deliveries {received}")]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        return list(fields_of(self._definition(form) for form in self._forms()))

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield responses since the cursor, form by form, each form from its newest response backwards.

        A form that vanished since it was listed is passed over with a notice.

        Raises:
            TransientError: a form was read short, also after reading it again.
            SetupError: a form that `forms` names is not there; told once the others are read.
        """
        self._known(stream)
        yield from form_by_form(self._forms, cursor, self._read, RefusedCallError, chosen=bool(self.config.forms))

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        return {"since": iso(since), "forms": {}}

    def receive(self, request: Request) -> Delivery:
        """Verify a webhook, whose key is the response's token. What is no response, or of another form, is let lie.

        Raises:
            RefusedRequest: 401 not signed with our secret; 400 not readable.
            SetupError: no secret is set to verify it with.
        """
        self._verify(request)
        event = _event(request.body)
        response = event.get("form_response")
        if event.get("event_type") != "form_response" or not isinstance(response, dict):
            return Delivery(f"event:{event.get('event_id')}", RESPONSES.name, [])
        definition = response.get("definition")
        form = Form({**(definition if isinstance(definition, dict) else {}), "id": response.get("form_id")})
        record = form.record(response)
        if not record.id or not form.id:
            raise RefusedRequest("Typeform: a response without token or form_id", status=BAD_REQUEST)
        is_ours = not self.config.forms or form.id in self.config.forms
        return Delivery(record.id, RESPONSES.name, [record] if is_ours else [])

    def close(self) -> None:
        self._api.close()

    def _read(self, form_id: str, state: JsonObject) -> Generator[Page, None, JsonObject]:
        """Read a form on from where it stands: a walk that was broken off to its end, then what is new."""
        form: Form | None = None
        broken_off = (state["forms"].get(form_id) or {}).get("walk")
        for start in [Place.of(broken_off), None] if broken_off else [None]:
            known = set((state["forms"].get(form_id) or {}).get("known") or ())
            place = start or Place(self._since(form_id, state))
            for rows, behind, is_last in walk(partial(self._responses, form_id), place, self.config.page_size):
                new = [row for row in rows if token_of(row) not in known]
                if new and form is None:
                    form = self._definition(form_id)
                state = _moved(state, form_id, behind, is_last)
                yield Page([form.record(row) for row in new] if form else [], state)
        return state

    def _since(self, form_id: str, state: JsonObject) -> str | None:
        mark = (state["forms"].get(form_id) or {}).get("mark")
        if mark:
            return before(mark, self._overlap)
        since: str | None = state.get("since")
        return since

    def _responses(self, form_id: str, window: dict[str, Any]) -> Responses:
        answer = self._api.get(f"/forms/{form_id}/responses", window)
        rows, total = answer.get("items"), answer.get("total_items")
        if not isinstance(rows, list) or not isinstance(total, int):
            raise TransientError("Typeform: an answer without `items` or `total_items`: cannot prove a read complete")
        return Responses([row for row in rows if isinstance(row, dict)], total)

    def _definition(self, form_id: str) -> Form:
        return Form({**self._api.get(f"/forms/{form_id}"), "id": form_id})

    def _forms(self) -> list[str]:
        return list(self.config.forms or (str(form["id"]) for form in self._listed_forms()))

    def _listed_forms(self) -> list[JsonObject]:
        """List all forms; pages go by number, so a form made or deleted meanwhile makes us look again."""
        forms: dict[str, JsonObject] = {}
        for _ in range(3):
            page, total = 1, 0
            while page == 1 or len(forms) < total:
                answer = self._api.get("/forms", {"page": page, "page_size": LARGEST_LIST})
                items = [item for item in answer.get("items") or () if isinstance(item, dict) and item.get("id")]
                total = int(answer.get("total_items") or len(items))
                forms |= {str(item["id"]): item for item in items}
                page += 1
                if not items:
                    break
            if len(forms) >= total:
                return list(forms.values())
        raise TransientError(f"Typeform: {total} forms are counted and {len(forms)} listed")

    def _sample(self, form_id: str) -> Check:
        name = f"responses of {form_id}"
        try:
            answer = self._responses(form_id, {"page_size": 1})
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, str(error), error.fix)
        return Check(name, True, f"{answer.total} responses")

    def _verify(self, request: Request) -> None:
        if self.config.secret is None:
            raise SetupError("Typeform: no secret is set, so nothing can be verified", fix='set `secret = "env:…"`')
        key = self.config.secret.get_secret_value().encode()
        expected = SCHEME.encode() + base64.b64encode(hmac.digest(key, request.body, hashlib.sha256))
        if not hmac.compare_digest(request.headers.get(SIGNATURE, "").encode(), expected):
            raise RefusedRequest("Typeform: Typeform-Signature is missing, or does not fit the body and the secret")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != RESPONSES.name:
            raise SetupError(f"Typeform has no stream {stream!r}", fix=f"streams: {RESPONSES.name}")


def _event(body: bytes) -> JsonObject:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise RefusedRequest("Typeform: the body is no JSON object", status=BAD_REQUEST)
    return event


def _moved(state: JsonObject, form_id: str, place: Place, is_last: bool) -> JsonObject:
    """The cursor behind a page: in mid-walk its place, at the end the time of the newest response."""
    now = state["forms"].get(form_id) or {}
    if not is_last:
        now = {**now, "walk": asdict(place)}
    elif times := [time for time in (now.get("mark"), place.top) if time]:
        now = {"mark": max(times), "known": list(place.newest)}
    else:
        now = {}
    return {**state, "forms": {**state["forms"], form_id: now}}
