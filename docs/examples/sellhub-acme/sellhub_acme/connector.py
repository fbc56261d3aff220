"""Acme CRM: owners and people, read by its feed of changes and told by webhook. Source of facts: README.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, cast, get_args

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    RecordEvent,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from sellhub_acme.api import AcmeApi, PlaceForgotten, rows_of
from sellhub_acme.hook import person_in, verified

OWNERS, PEOPLE = Stream("owners", "users"), Stream("people", "people")
MOST = 100  # people in one page, and ids in one call; the API's own limit
EVENTS: tuple[RecordEvent, ...] = get_args(RecordEvent)
FieldType = Literal["string", "number", "boolean", "date", "datetime", "enum"]
TYPES: tuple[FieldType, ...] = get_args(FieldType)


class AcmeConfig(ConnectorConfig):
    """Settings of an Acme source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="API token, of the right people:read")
    secret: SecretStr | None = Field(None, description="Signing secret of the webhook; without it nothing is received")
    page_size: int = Field(MOST, ge=1, le=MOST, description="People in one call")
    calls_per_second: float = Field(5, gt=0, description="Calls a second that the vendor allows")


class Acme(Connector[AcmeConfig]):
    """People of one account; whoever was deleted, put away or merged comes as such, and is left out by no page.

    The feed gives each person behind their last change, so what happens while it is read comes again at its end.
    """

    name: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme"
    Config = AcmeConfig

    def __init__(self, config: AcmeConfig) -> None:
        super().__init__(config)
        pace = Pace(config.calls_per_second * config.quota_share)
        self._api = AcmeApi(config.base_url, config.token.get_secret_value(), self._count, pace, config.ca_bundle)

    def streams(self) -> Sequence[Stream]:
        return [OWNERS, PEOPLE]

    def check(self) -> list[Check]:
        """Say whose account it is, and try each stream."""
        account = str(self._api.get("/v1/me").get("account") or "")
        received = "are verified" if self.config.secret else "are not received: no `secret` is set"
        return [
            Check("credentials", True, f"account {account}"),
            self._tried("owners", "/v1/owners", {}),
            self._tried("people", "/v1/changes", {"limit": 1}),
            Check("webhooks", True, f"deliveries {received}"),
        ]

    def discover(self, stream: str) -> list[SourceField]:
        """List the fields, the account's own ones too, which lie under `own`."""
        self._known(stream)
        if stream == OWNERS.name:
            return [SourceField(name, "string", name.title()) for name in ("id", "name", "email")]
        return [_field(row) for row in self._api.rows("/v1/fields", "fields")]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield all owners, or the people who changed since the cursor.

        A place that the vendor has forgotten is replaced by the beginning, with a notice.

        Raises:
            TransientError: an answer that does not prove where the feed ends.
        """
        self._known(stream)
        if stream == OWNERS.name:
            rows = self._api.rows("/v1/owners", "owners")
            yield Page([SourceRecord(str(row["id"]), row) for row in rows], {"read": "all"})
            return
        try:
            yield from self._changes(_place(cursor))
        except PlaceForgotten:
            yield Page([], None, ("Acme has forgotten where the last read ended: everybody is read again",))
            yield from self._changes(None)

    def fetch(self, stream: str, ids: Sequence[str]) -> list[SourceRecord]:
        if stream != PEOPLE.name:
            return super().fetch(stream, ids)
        portions = (ids[at : at + MOST] for at in range(0, len(ids), MOST))
        rows = [row for some in portions for row in self._api.rows("/v1/people", "people", {"ids": ",".join(some)})]
        return [record for record in map(_record, rows) if record.event == "live"]

    def receive(self, request: Request) -> Delivery:
        """Verify a delivery, and read the person in it.

        Raises:
            RefusedRequest: 401 forged or old; 400 not readable.
            SetupError: no secret is set to verify it with.
        """
        if self.config.secret is None:
            raise SetupError("Acme: no secret is set, so nothing can be verified", fix='set `secret = "env:…"`')
        key = verified(request, self.config.secret.get_secret_value())
        person = person_in(request.body)
        return Delivery(key, PEOPLE.name, [_record(person)] if person else [])

    def close(self) -> None:
        self._api.close()

    def _changes(self, after: str | None) -> Iterator[Page]:
        more = True
        while more:
            asked = {"limit": self.config.page_size, **({"after": after} if after else {})}
            answer = self._api.get("/v1/changes", asked)
            people, behind, more = rows_of(answer, "people", "/v1/changes"), answer.get("next"), answer.get("more")
            if not isinstance(behind, str) or not isinstance(more, bool) or (more and behind == after):
                raise TransientError("Acme: a page of the feed that does not say where to go on, or whether")
            after = behind
            yield Page([_record(row) for row in people], {"after": after})

    def _tried(self, stream: str, path: str, params: dict[str, str | int]) -> Check:
        try:
            rows = self._api.rows(path, stream, params)
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(stream, False, str(error), error.fix)
        return Check(stream, True, "readable" if rows else "readable; there is nobody")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        names = [known.name for known in self.streams()]
        if stream not in names:
            raise SetupError(f"Acme has no stream {stream!r}", fix=f"streams: {', '.join(names)}")


def _place(cursor: Cursor | None) -> str | None:
    """Read where the last run ended; what was written by another version is a beginning."""
    after = (cursor or {}).get("after")
    return after if isinstance(after, str) else None


def _record(row: JsonObject) -> SourceRecord:
    """Make the record of a person: its state becomes the event, all else stays as it came."""
    state = row.get("state")
    event = cast("RecordEvent", state) if state in EVENTS else "live"
    into = row.get("merged_into")
    changed = row.get("changed_at")
    return SourceRecord(
        str(row["id"]),
        row,
        changed if isinstance(changed, str) else None,
        event,
        str(into) if event == "merged" and into else None,
    )


def _field(row: JsonObject) -> SourceField:
    path = f"own.{row['id']}" if row.get("own") else str(row["id"])
    kind = cast("FieldType", row["type"]) if row.get("type") in TYPES else "string"
    return SourceField(path, kind, str(row.get("label") or row["id"]), custom=bool(row.get("own")))
