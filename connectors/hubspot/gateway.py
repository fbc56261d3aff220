"""The calls of HubSpot's API that we make, each by the SDK, each in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import SecretStr

from connectors.connector import JsonObject
from connectors.errors import QuotaError, SetupError, TransientError
from connectors.hubspot.answers import Answer, BadRequest
from connectors.hubspot.limits import Limits, make_pace, search_pace
from connectors.hubspot.settings import HubSpotConfig
from connectors.hubspot.tokens import Bearer, FixedToken, RenewedToken
from connectors.hubspot.transport import SdkTransport, host_of
from connectors.transport import make_session

USAGE_PATH = "/account-info/v3/api-usage/daily/private-apps"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its records, and the place of the next page (None on the last)."""

    records: list[JsonObject]
    after: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: its records by rising id, and how many match in all (None: not said)."""

    records: list[JsonObject]
    total: int | None
    more: bool
    """Whether the answer names a next page."""


class Gateway:
    """HubSpot's API for one account. Makes no call until asked.

    Args:
        on_call: called once per attempt of a call.
    """

    def __init__(self, config: HubSpotConfig, on_call: Callable[[], None]) -> None:
        pace = make_pace(config)
        limits = Limits(config, pace)
        name = f"HubSpot at {host_of(config)}"
        session = make_session(name, on_call, pace=pace, judge=limits, ca_bundle=config.ca_bundle)
        account = hash((config.base_url, *config.secrets()))
        search = search_pace(account, config.search_per_second * config.quota_share)
        self.config = config
        self._session = session
        self._transport = SdkTransport(config, session, limits, search)
        self._transport.bearer = self._bearer()
        self._sort_by_text = False

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def page(
        self, kind: str, after: str | None, properties: Sequence[str], associations: Sequence[str] = ()
    ) -> Listing:
        """List live records by id, with their relations on board."""
        asked = {"properties": properties, "associations": associations}
        return self._list(kind, after, archived=False, **{k: [",".join(v)] for k, v in asked.items() if v})

    def archived_page(self, kind: str, after: str | None, properties: Sequence[str]) -> Listing:
        """List records in the recycle bin by id."""
        return self._list(kind, after, archived=True, properties=[",".join(properties)])

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str]) -> dict[str, JsonObject]:
        """Read live records by id; what is archived or merged away is not among the answers."""
        records: dict[str, JsonObject] = {}
        for some in _slices(ids, self.config.read_batch):
            inputs = [{"id": id_} for id_ in some]
            body = {"properties": list(properties), "propertiesWithHistory": [], "inputs": inputs}
            answer = self._call(self._crm.objects.batch_api.read, kind, batch_read_input_simple_public_object_id=body)
            records |= {record["id"]: record for record in answer.records() if record["id"] in some}
        return records

    def search(
        self, kind: str, filters: Sequence[JsonObject], properties: Sequence[str] = (), limit: int | None = None
    ) -> Found:
        """Search live records by filters that all must hold, ordered by id."""
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": self._sorts(),
            "properties": list(properties),
            "limit": limit or self.config.search_page,
        }
        answer = self._search(kind, body)
        return Found(answer.records(), answer.total(), answer.after() is not None)

    def relations(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, set[str]]:
        """Give the ids of type `to` that each record is associated with; those without are left out."""
        related: dict[str, set[str]] = {}
        waiting: list[JsonObject] = [{"id": id_} for id_ in ids]
        while waiting:
            some, waiting = waiting[: self.config.relations_batch], waiting[self.config.relations_batch :]
            answer = self._call(
                self._crm.associations.v4.batch_api.get_page,
                kind,
                to,
                batch_input_public_fetch_associations_batch_request={"inputs": some},
            )
            waiting += _note_relations(answer, related)
        return related

    def properties(self, kind: str) -> list[JsonObject]:
        """List the properties that records of a type have and we may read."""
        answer = self._call(self._crm.properties.core_api.get_all, kind, archived=False)
        return [row for row in answer.rows() if row.get("name")]

    def owners(self, after: str | None, *, archived: bool, limit: int | None = None) -> Listing:
        """List the owners, either those at work or those who left."""
        place = {} if after is None else {"after": after}
        answer = self._call(
            self._crm.owners.owners_api.get_page,
            limit=limit or self.config.list_page,
            archived=archived,
            **place,
        )
        return Listing(answer.records(), answer.after(after))

    def pipelines(self, of: str = "deals") -> list[JsonObject]:
        """List the pipelines of deals, or of leads, their stages inside."""
        return self._call(self._crm.pipelines.pipelines_api.get_all, of).records()

    def usage(self) -> JsonObject:
        """Give today's `currentUsage`, `usageLimit` and `resetsAt`, as far as HubSpot says."""
        client = self._crm.owners.owners_api.api_client
        answer: Answer = client.call_api(USAGE_PATH, "GET", _preload_content=False)
        return next(iter(answer.rows()), {})

    @property
    def _crm(self) -> Any:
        return self._sdk.crm

    @cached_property
    def _sdk(self) -> Any:
        from hubspot import HubSpot  # type: ignore[attr-defined,unused-ignore]  # slow to import

        return HubSpot(api_factory=self._transport.make_api)

    def _list(self, kind: str, after: str | None, **asked: Any) -> Listing:
        place = {} if after is None else {"after": after}
        answer = self._call(self._crm.objects.basic_api.get_page, kind, limit=self.config.list_page, **place, **asked)
        return Listing(answer.records(), answer.after(after))

    def _search(self, kind: str, body: JsonObject) -> Answer:
        do_search = self._crm.objects.search_api.do_search
        try:
            return self._call(do_search, kind, public_object_search_request=body)
        except BadRequest:
            if self._sort_by_text:
                raise
            self._sort_by_text = True
            body["sorts"] = self._sorts()
            return self._call(do_search, kind, public_object_search_request=body)

    def _sorts(self) -> list[Any]:
        """Write the order: as HubSpot's guide does, or after a refusal as its API description does."""
        by_id = {"propertyName": "hs_object_id", "direction": "ASCENDING"}
        return ["hs_object_id"] if self._sort_by_text else [by_id]

    def _call(self, method: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        try:
            return method(*args, **kwargs, _preload_content=False)
        except QuotaError as error:
            error.retry_after = error.retry_after or self._seconds_to_reset()
            raise

    def _seconds_to_reset(self) -> float | None:
        try:
            resets_at = self.usage().get("resetsAt")
        except (SetupError, TransientError):
            return None
        return max(0.0, moment(resets_at) / 1000 - datetime.now(UTC).timestamp()) if resets_at else None

    def _bearer(self) -> Bearer:
        config = self.config
        if config.token is not None:
            return FixedToken(config.token.get_secret_value())
        return RenewedToken(self._new_token, (config.refresh_token or SecretStr("")).get_secret_value())

    def _new_token(self, refresh: str) -> Answer:
        """Trade a refresh token for an access token, `POST /oauth/v1/token`."""
        create = self._sdk.oauth.tokens_api.create
        answer: Answer = create(
            grant_type="refresh_token",
            client_id=self.config.client_id,
            client_secret=(self.config.client_secret or SecretStr("")).get_secret_value(),
            refresh_token=refresh,
            _preload_content=False,
        )
        return answer


def moment(value: object) -> int:
    """Read one of HubSpot's times, ISO 8601 or epoch milliseconds, as epoch milliseconds.

    Raises:
        TransientError: it is neither.
    """
    text = str(value)
    if text.isdigit():
        return int(text)
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError as error:
        raise TransientError(f"HubSpot: {text!r} is not a time") from error


def _note_relations(answer: Answer, related: dict[str, set[str]]) -> Iterator[JsonObject]:
    """Add what an answer says of relations; yield the inputs that ask for what is still missing.

    "None" comes as an entry in `errors` with HTTP 207, not as an empty list.
    """
    unexplained = [error for error in answer.body.get("errors") or [] if not _says_none(error)]
    if unexplained:
        raise TransientError(f"HubSpot: {len(unexplained)} relations could not be read at {answer.place}")
    for row in answer.rows():
        from_id = str((row.get("from") or {}).get("id"))
        related.setdefault(from_id, set()).update(_related_id(to) for to in row.get("to") or ())
        if after := ((row.get("paging") or {}).get("next") or {}).get("after"):
            yield {"id": from_id, "after": str(after)}


def _related_id(to: JsonObject) -> str:
    """`toObjectId` is a number in v4, while ids are text everywhere else."""
    if "toObjectId" not in to:
        raise TransientError("HubSpot: unexpected answer, an association without toObjectId")
    return str(to["toObjectId"])


def _says_none(error: JsonObject) -> bool:
    said = f"{error.get('category')} {error.get('subCategory')} {error.get('message')}".upper()
    return "NO_ASSOCIATIONS_FOUND" in said or "NOT_FOUND" in said


def _slices(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
