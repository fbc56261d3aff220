"""Wufoo: entries of forms, read and received. Source of facts: Wufoo API v3, webhooks."""

from __future__ import annotations

import hmac
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl
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
from connectors.pace import Pace
from connectors.wufoo.api import RefusedCallError, WufooApi, api_root
from connectors.wufoo.entries import FORMAT, OWN_FIELDS, Form, earlier
from connectors.wufoo.walk import PAGE, Place, latest, walk

ENTRIES = Stream("entries", "people")
MOST_FORMS = 1_000
BAD_REQUEST = 400


class WufooConfig(ConnectorConfig):
    """Settings of a Wufoo source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    subdomain: str | None = Field(None, description="The name before .wufoo.com; or set base_url")
    token: SecretStr = Field(description="API key")
    forms: tuple[str, ...] | None = Field(None, description="Hashes of the forms to read; left out: all that are seen")
    secret: SecretStr | None = Field(None, description="The webhooks' handshake key; without it nothing is received")
    timezone: str = Field("America/New_York", description="The account's time zone: the API's times do not say theirs")
    edits_every: float = Field(6, ge=0, description="Hours between looks for edits; new ones come with each read")
    overlap: float = Field(86_400, ge=0, description="Seconds that a look for edits reaches back before the last one")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Entries in one call")
    calls_per_second: float = Field(5, gt=0, description="Calls a second; the vendor tells no number")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no time zone of that name; write it like Europe/Berlin")
        return name


class Wufoo(Connector[WufooConfig]):
    """Entries of the chosen forms, each with its answers beside their questions.

    A record's id is the form's hash and the entry's id. Deletions are not told by this vendor.
    """

    name: ClassVar[str] = "wufoo"
    title: ClassVar[str] = "Wufoo"
    Config = WufooConfig

    def __init__(self, config: WufooConfig) -> None:
        super().__init__(config)
        root, token = api_root(config.subdomain, config.base_url), config.token.get_secret_value()
        pace = Pace(config.calls_per_second * config.quota_share)
        self._api = WufooApi(root, token, self._count, pace, config.ca_bundle)
        self._zone = ZoneInfo(config.timezone)

    def streams(self) -> Sequence[Stream]:
        return [ENTRIES]

    def check(self) -> list[Check]:
        seen = self._seen()
        fix = "" if seen else "make a form, or take the key of a user who may see one"
        forms = self.config.forms or tuple(seen)
        received = "are known by `secret`" if self.config.secret else "are not received: no `secret` is set"
        return [
            Check("forms", bool(seen), f"{len(seen)} forms are seen", fix),
            *(self._sample(form) for form in forms),
            Check("webhooks", True, f"deliveries {received}"),
        ]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        told = {field.path: field for form in self._forms() for field in self._form(form, "").described()}
        return [*OWN_FIELDS, *told.values()]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield entries since the cursor, form by form, edits of older ones when it is time for them.

        A form that vanished since it was listed is passed over with a notice.

        Raises:
            TransientError: the vendor's list is not in the order that proves a read.
            SetupError: a form that `forms` names is not there; told once the others are read.
        """
        self._known(stream)
        state: JsonObject = {**(cursor or {}), "forms": dict((cursor or {}).get("forms") or {})}
        seen, gone = self._seen(), list[str]()
        for form in self.config.forms or seen:
            try:
                state = yield from self._read(form, seen.get(form, ""), state)
            except RefusedCallError as error:
                gone += [str(error)] if self.config.forms else []
                yield Page([], None, (f"form {form} is no longer there",))
        if gone:
            raise SetupError("; ".join(gone), fix="check `forms`: `sellhub connector check` lists what is seen")

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        local = since.astimezone(self._zone) - timedelta(seconds=1)  # the API compares by "after"
        return {"since": local.strftime(FORMAT), "forms": {}}

    def receive(self, request: Request) -> Delivery:
        """Read an entry that was sent to us with the handshake key, form and fields described beside it.

        Raises:
            RefusedRequest: 401 without the key; 400 without an entry, or without the form's description.
            SetupError: no secret is set.
        """
        if self.config.secret is None:
            raise SetupError("Wufoo: no secret is set, so nothing is received", fix='set `secret = "env:…"`')
        sent = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
        key = self.config.secret.get_secret_value()
        if not hmac.compare_digest(sent.get("HandshakeKey", "").encode(), key.encode()):
            raise RefusedRequest("Wufoo: HandshakeKey is missing or wrong")
        described, fields = _json(sent.get("FormStructure")), _json(sent.get("FieldStructure")).get("Fields")
        form, entry = str(described.get("Hash") or ""), sent.get("EntryId", "")
        if not (entry.isascii() and entry.isdigit()) or not form or not isinstance(fields, list):
            raise RefusedRequest(
                "Wufoo: no entry, or not described: tick Include Field and Form Structures", status=BAD_REQUEST
            )
        is_ours = not self.config.forms or form in self.config.forms
        questions = [field for field in fields if isinstance(field, dict)]
        record = Form(form, str(described.get("Name") or ""), questions, self._zone).record(sent)
        return Delivery(f"{form}:{entry}", ENTRIES.name, [record] if is_ours else [])

    def close(self) -> None:
        self._api.close()

    def _read(self, form: str, name: str, state: JsonObject) -> Generator[Page, None, JsonObject]:
        """Read a form on from where it stands: a walk that was broken off, what is new, what was edited."""
        broken_off = (state["forms"].get(form) or {}).get("walk")
        if broken_off:
            state = yield from self._walk(form, name, Place(**broken_off), state)
        last = (state["forms"].get(form) or {}).get("last")
        new = Place(after=last) if last else Place(by="DateCreated", floor=state.get("since"))
        state = yield from self._walk(form, name, new, state)
        now = state["forms"].get(form) or {}
        known = now.get("edited") or state.get("since")
        if known and self._is_time(now.get("looked_at")):
            edits = Place(by="DateUpdated", floor=earlier(known, self.config.overlap))
            state = yield from self._walk(form, name, edits, state)
        return state

    def _walk(self, hash_: str, name: str, place: Place, state: JsonObject) -> Generator[Page, None, JsonObject]:
        def ask(query: dict[str, str | int]) -> list[JsonObject]:
            return self._api.rows(f"/forms/{hash_}/entries", "Entries", query)

        form: Form | None = None
        for rows, behind, is_last in walk(ask, place, self.config.page_size):
            if rows and form is None:
                form = self._form(hash_, name)
            state = _moved(state, hash_, behind, is_last)
            yield Page([form.record(row) for row in rows] if form else [], state)
        return state

    def _is_time(self, looked_at: str | None) -> bool:
        if looked_at is None:
            return True
        return datetime.now(UTC) - datetime.fromisoformat(looked_at) >= timedelta(hours=self.config.edits_every)

    def _form(self, form: str, name: str) -> Form:
        return Form(form, name, self._api.rows(f"/forms/{form}/fields", "Fields"), self._zone)

    def _forms(self) -> list[str]:
        return list(self.config.forms or self._seen())

    def _seen(self) -> dict[str, str]:
        """List the forms that the key sees: hash and name.

        Raises:
            SetupError: so many that the list may not have them all.
        """
        rows = self._api.rows("/forms", "Forms", {"limit": MOST_FORMS})
        if len(rows) >= MOST_FORMS and not self.config.forms:
            raise SetupError(f"Wufoo: more than {MOST_FORMS} forms cannot be listed", fix="name them by `forms`")
        return {str(row["Hash"]): str(row.get("Name") or "") for row in rows if row.get("Hash")}

    def _sample(self, form: str) -> Check:
        name = f"entries of {form}"
        try:
            rows = self._api.rows(f"/forms/{form}/entries", "Entries", {"pageSize": 1})
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, str(error), error.fix)
        return Check(name, True, "readable" if rows else "readable; nobody has answered")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != ENTRIES.name:
            raise SetupError(f"Wufoo has no stream {stream!r}", fix=f"streams: {ENTRIES.name}")


def _json(text: str | None) -> JsonObject:
    try:
        value: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _moved(state: JsonObject, form: str, place: Place, is_last: bool) -> JsonObject:
    """The cursor behind a page: in mid-walk its place; at the end the last id, or how far edits are known."""
    now = state["forms"].get(form) or {}
    if not is_last:
        now = {**now, "walk": asdict(place)}
    else:
        now = {name: value for name, value in now.items() if name != "walk"}
        is_first, seen = "last" not in now, latest(now.get("seen"), place.seen)
        now |= {"seen": seen} if seen else {}
        now |= {"last": place.after} if place.after and place.by != "DateUpdated" else {}
        if seen and (place.by == "DateUpdated" or (is_first and place.floor is None)):
            now |= {"edited": seen, "looked_at": datetime.now(UTC).isoformat()}
    return {**state, "forms": {**state["forms"], form: now}}
