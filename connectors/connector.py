"""What a connector offers: facts about a system, and one generator that reads it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from connectors.errors import RefusedRequest, SetupError

JsonObject: TypeAlias = dict[str, Any]

Cursor: TypeAlias = JsonObject
"""Where a stream was read up to. JSON, opaque to everyone but its connector."""

StreamKind: TypeAlias = Literal["users", "pipelines", "companies", "people", "deals", "relations", "activities"]
"""Also the order in which a source's streams run, so that what is pointed to comes first."""

STREAM_ORDER: tuple[StreamKind, ...] = (
    "users",
    "pipelines",
    "companies",
    "people",
    "deals",
    "relations",
    "activities",
)

RecordEvent: TypeAlias = Literal["live", "deleted", "archived", "merged"]


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record that a system lists, under the vendor's own name for it."""

    name: str
    kind: StreamKind
    default: bool = True
    """Whether it is read when `streams` is not set."""


@dataclass(slots=True)
class SourceRecord:
    """One record of one system, as the vendor sent it.

    `data` is the payload untouched but for what does not belong to the record (links, envelopes,
    Salesforce's `attributes`). It must be the same whichever endpoint it came from, so that a record
    does not look changed because it was read another way. A deletion carries the id and what is known.
    """

    id: str
    data: JsonObject
    changed_at: str | None = None
    """The vendor's time of change, ISO 8601 UTC, to the vendor's precision."""
    event: RecordEvent = "live"
    merged_into: str | None = None
    """With event `merged`: the winner's id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Ids that a system lists now, live or archived: how it is found out what vanished there without a trace.

    Pages of one read give them in portions; a read that did not begin at its beginning gives none.
    """

    ids: Sequence[str]
    every: str | None = None
    """With the last portion: the text that all ids begin with of which none is left out (empty: all of the stream)."""
    look_again: bool = True
    """Whether what is missing is looked for by `fetch` before it is taken for gone: lists shift while they are read."""


@dataclass(slots=True)
class Page:
    """Records in the vendor's order, and the cursor that lies behind all of them.

    Storing the page and the cursor together, then calling `pull` with that cursor, must lose nothing.
    """

    records: list[SourceRecord]
    cursor: Cursor | None
    """None: not a place to resume from; the records belong to the next page's cursor."""
    notices: tuple[str, ...] = ()
    """Sentences for a person: what was detected, what is odd."""
    listed: Listed | None = None
    """Of a read that lists everything: what it met."""


@dataclass(frozen=True, slots=True)
class SourceField:
    """A field that a stream's records have, custom ones too."""

    path: str
    """Dotted path in `SourceRecord.data`, e.g. `properties.email`."""
    type: Literal["string", "number", "boolean", "date", "datetime", "enum", "multi_enum", "object", "array"]
    label: str = ""
    choices: tuple[str, ...] = ()
    """The values that records hold, as the vendor stores them."""
    custom: bool = False
    example: str = ""
    choice_labels: tuple[str, ...] = ()
    """What people see for each of the choices, in their order; empty: the same."""


@dataclass(frozen=True, slots=True)
class Check:
    """One live check of a source: what was tried, whether it holds, what to do if not."""

    name: str
    ok: bool
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that somebody sent to the hub, exactly as it came in."""

    method: str
    url: str
    headers: Mapping[str, str]
    """Keys in lower case."""
    body: bytes
    received_at: datetime
    """UTC."""
    token: str | None = None
    """Name of the hub's own token that it bears: for this source, with the right to write, checked already."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a verified request carried."""

    key: str
    """Names this delivery: the same key again is the same delivery."""
    stream: str
    records: list[SourceRecord]


class ConnectorConfig(BaseModel):
    """The settings that every connector takes. Secrets are `SecretStr`, already resolved.

    A connector's own settings derive from this; unknown settings are refused by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str | None = Field(None, description="The API's address, when not the vendor's usual one")
    ca_bundle: str | None = Field(None, description="File of certificates to trust, for a private host")
    quota_share: float = Field(1.0, gt=0, le=1, description="The share of the vendor's limits that is ours")


ConfigT = TypeVar("ConfigT", bound=ConnectorConfig)


class Connector(ABC, Generic[ConfigT]):
    """A system that records come from.

    Make one per run: it holds the connection and counts the calls it made. Constructing it makes no
    call. Use it as a context manager, so that connections are closed.

    Raises (any method that speaks to the vendor):
        CredentialsError: the vendor refuses our credentials, also after one renewal.
        SetupError: something a person must change.
        TransientError: still failing after the connector's own retries.
    """

    name: ClassVar[str]
    """As in `hub.toml`: `connector = "hubspot"`."""
    title: ClassVar[str]
    """As people call it: `HubSpot`."""
    Config: ClassVar[type[ConnectorConfig]]
    door: ClassVar[str] = "hooks"
    """Of one that receives: by which door of `sellhub serve` requests come (`hooks`, `forms`, `v2`)."""
    custom_fields_at: ClassVar[str | None] = None
    """Key under which records bear the hub's own custom fields by name: those that are defined come in unmapped."""

    def __init__(self, config: ConfigT) -> None:
        self.config = config
        self.calls = 0
        """Calls made to the vendor's API so far, retries counted, sign-in calls too."""

    @abstractmethod
    def streams(self) -> Sequence[Stream]:
        """List what can be read, in the vendor's names."""

    @abstractmethod
    def check(self) -> list[Check]:
        """Try the connection: reachable, credentials, rights per stream, a sample, rate left."""

    @abstractmethod
    def discover(self, stream: str) -> list[SourceField]:
        """List the fields of a stream's records, custom ones too."""

    @abstractmethod
    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read a stream from a cursor on (None: from the beginning), and prove the read complete.

        Pages stream: no more than one vendor page is in memory. Deletions, archivings and merges come
        as records whose `event` says so. A short read raises TransientError; it never looks done.
        """

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        """Make the cursor that reads what changed at or after a time.

        Raises:
            SetupError: this system cannot be read from a time on.
        """
        raise SetupError(
            f"{self.title} {stream}: cannot be read from a point in time",
            fix="leave out --since, or use --full to read everything again",
        )

    def fetch(self, stream: str, ids: Sequence[str]) -> list[SourceRecord]:
        """Read single records by their ids, just as `pull` gives them; one that is gone is left out.

        Raises:
            SetupError: this system's records cannot be read one by one.
        """
        raise SetupError(f"{self.title} {stream}: cannot be read one by one", fix="sync the source, then try again")

    def stored(self, stream: str, cursor: Cursor) -> None:
        """Learn that what lies before a cursor of this run's `pull` is stored for good.

        For a vendor who keeps a record for us until we confirm it. Not called in a rehearsal.
        """

    def receive(self, request: Request) -> Delivery:
        """Verify a request sent to us and read what it carries.

        Raises:
            RefusedRequest: bad signature, too old, or not readable.
        """
        raise SetupError(f"{self.title} does not send webhooks to the hub")

    def handshake(self, request: Request) -> str:
        """Answer the GET request by which a sender makes sure that a webhook's address is ours.

        Raises:
            RefusedRequest: it does not prove who asks, or this system asks nothing.
        """
        raise RefusedRequest("method not allowed", status=405)

    def close(self) -> None:
        """Give back connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Change:
    """One record on its way out: what stands in the hub now, and what happened to it."""

    key: str
    """The same key again is the same change: a destination may see it twice and must keep it once."""
    record_type: str
    record_id: int
    action: Literal["upsert", "delete"]
    data: JsonObject
    """Sell's field names; references by name as well as id; custom fields by name."""
    outside_id: str | None = None
    """What the destination calls this record, as its last receipt for it said."""
    outside_refs: Mapping[str, str] = field(default_factory=dict)
    """Of the contacts that `data` points to, by column (`contact_id`): what the destination calls them."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a destination says of one change."""

    key: str
    ok: bool
    outside_id: str | None = None
    text: str = ""


class Destination(ABC, Generic[ConfigT]):
    """A place that the hub's records are pushed to, fed from the outbox."""

    name: ClassVar[str]
    title: ClassVar[str]
    Config: ClassVar[type[ConnectorConfig]]

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def push(self, changes: Sequence[Change]) -> list[Receipt]:
        """Write changes, in order, at least once, and give one receipt for each.

        Raises:
            TransientError: nothing more can be written now; what has no receipt is pushed again.
        """

    def close(self) -> None:
        """Finish: what was pushed is there for others to read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
