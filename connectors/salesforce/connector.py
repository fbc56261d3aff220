"""Salesforce: users, accounts, contacts, leads, opportunities, their roles and stages.

Source of facts: REST API and Bulk API 2.0 guides, v62.0. Small reads go by REST, large ones by Bulk;
later reads take what changed by `SystemModstamp`, soft deletions and merges along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import ClassVar

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, JsonObject, Page, SourceField, Stream
from connectors.errors import ConnectorError, SetupError
from connectors.salesforce.client import OrgClient
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused, told_to_people
from connectors.salesforce.object import SObject
from connectors.salesforce.place import Place
from connectors.salesforce.reading import Reading
from connectors.salesforce.values import stamp

_STREAMS = (
    Stream("User", "users"),
    Stream("OpportunityStage", "pipelines"),
    Stream("Account", "companies"),
    Stream("Contact", "people"),
    Stream("Lead", "people"),
    Stream("Opportunity", "deals"),
    Stream("OpportunityContactRole", "relations"),
)
_MAY_BE_MISSING = frozenset({"User", "OpportunityStage", "OpportunityContactRole"})
"""Orgs and users without these can still be read; that they are missing is said."""
_SEES_ALL = "SELECT PermissionsViewAllData FROM UserPermissionAccess LIMIT 1"


class Salesforce(Connector[SalesforceConfig]):
    """One org."""

    name: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    Config: ClassVar[type[ConnectorConfig]] = SalesforceConfig

    def __init__(self, config: SalesforceConfig) -> None:
        super().__init__(config)
        self._client = OrgClient(config, self._count_call)

    def _count_call(self) -> None:
        self.calls += 1

    def close(self) -> None:
        self._client.close()

    def streams(self) -> tuple[Stream, ...]:
        return _STREAMS

    def discover(self, stream: str) -> list[SourceField]:
        with told_to_people():
            sobject = self._client.describe(_known(stream))
        return [column.as_source_field() for column in sobject.columns]

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        _known(stream)
        at = stamp(since)
        return Place(since=at, read_at=at).cursor()

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        place = Place.of(cursor)
        with told_to_people():
            sobject = self._described(_known(stream), place)
            if sobject is None:
                yield Page([], place.cursor(), (f"{stream} is not visible to this user: nothing is read.",))
                return
            yield from Reading(self._client, self.config, sobject, place).pages()

    def _described(self, stream: str, place: Place) -> SObject | None:
        try:
            return self._client.describe(stream)
        except Refused as refused:
            if refused.not_there and stream in _MAY_BE_MISSING and place.read_at is None:
                return None
            raise

    def check(self) -> list[Check]:
        found = [self._try("reachable", self._reachable)]
        if found[-1].ok:
            found.append(self._try("credentials", self._credentials))
        if found[-1].ok:
            found += [self._try(f"rights: {s.name}", partial(self._rights, s.name)) for s in _STREAMS]
            found.append(self._try("sees all records", self._sees_all))
            found.append(self._try("sample", self._sample))
            found.append(self._try("calls left", self._calls_left))
        return found

    @staticmethod
    def _try(name: str, look: Callable[[], str]) -> Check:
        try:
            with told_to_people():
                return Check(name, True, look())
        except ConnectorError as error:
            return Check(name, False, str(error), error.fix)

    def _reachable(self) -> str:
        try:
            offered, wanted = self._client.versions(), self.config.api_version
        except Refused as refused:
            return f"answers, but does not list its API versions (HTTP {refused.status})"
        if wanted not in offered:
            raise SetupError(
                f"API version {wanted} is not offered here",
                fix=f"set api_version to one of: {', '.join(offered[-5:])}",
            )
        return f"API version {wanted} is offered"

    def _credentials(self) -> str:
        self._limits()
        return "signed in"

    def _limits(self) -> JsonObject:
        try:
            return dict(self._client.json("GET", "limits/"))
        except Refused as refused:  # some users may not see the limits, yet read all else
            if refused.session_over or refused.code == "REQUEST_LIMIT_EXCEEDED":
                raise
            return {}

    def _rights(self, stream: str) -> str:
        sobject = self._client.describe(stream)
        missing = "" if sobject.stamp_field == "SystemModstamp" else "; no SystemModstamp, so edits may be missed"
        return f"{len(sobject.columns)} fields{missing}"

    def _sees_all(self) -> str:
        try:
            rows = self._client.query(_SEES_ALL).rows
        except Refused:
            return "could not be told; what sharing rules hide is not read"
        if rows and rows[0].get("PermissionsViewAllData"):
            return "the user has View All Data"
        return "the user lacks View All Data: records that sharing rules hide are not read"

    def _sample(self) -> str:
        page = self._client.query("SELECT Id FROM Lead LIMIT 1")
        return f"Lead {page.rows[0]['Id']}" if page.rows else "no leads yet"

    def _calls_left(self) -> str:
        limit = self._limits().get("DailyApiRequests") or {}
        return f"{limit.get('Remaining', '?')} of {limit.get('Max', '?')} calls in 24 hours"


def _known(stream: str) -> str:
    if stream not in {known.name for known in _STREAMS}:
        raise SetupError(
            f"Salesforce has no stream {stream!r}", fix=f"use one of: {', '.join(s.name for s in _STREAMS)}"
        )
    return stream
