"""Trying the connection: what of an org this user may read, and what to ask the admin for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from connectors.connector import Check, JsonObject
from connectors.errors import ConnectorError, SetupError
from connectors.salesforce.client import OrgClient
from connectors.salesforce.columns import first_page
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused, told_to_people
from connectors.salesforce.object import SObject
from connectors.salesforce.streams import CONSENT, WANTED

_SEES_ALL = "SELECT PermissionsViewAllData FROM UserPermissionAccess LIMIT 1"
_WHERE = "in a permission set of the integration user"


def checks(client: OrgClient, config: SalesforceConfig) -> list[Check]:
    """Look at everything that a read needs; stop where what follows would only repeat it."""
    return list(_Checks(client, config).run())


class _Checks:
    def __init__(self, client: OrgClient, config: SalesforceConfig) -> None:
        self._client = client
        self._config = config

    def run(self) -> Iterator[Check]:
        yield (found := _try("reachable", self._reachable))
        if not found.ok:
            return
        yield (found := _try("credentials", self._credentials))
        if not found.ok:
            return
        for stream in WANTED:
            yield _try(f"rights: {stream}", partial(self._rights, stream))
        yield _try("sees all records", self._sees_all)
        yield _try("sample", self._sample)
        yield _try("calls left", self._calls_left)

    def _reachable(self) -> str:
        try:
            offered, wanted = self._client.versions(), self._config.api_version
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
        """Describe an object and read a row of it with all its fields: describe alone promises too much.

        Raises:
            SetupError: the object, or a field without which its records are of little use, cannot be read.
        """
        try:
            described = self._client.describe(stream)
            sobject, _ = first_page(self._client, described, "", limit=1)
        except Refused as refused:
            if not (refused.not_there or refused.code.startswith("INSUFFICIENT_ACCESS")):
                raise
            raise SetupError(
                f"{stream} cannot be read by this user ({refused.code or refused.status})", fix=_asked_for(stream)
            ) from None
        if missing := _hidden(WANTED[stream].essential, sobject):
            raise SetupError(f"{stream}: {', '.join(missing)} cannot be read", fix=_asked_for_fields(stream, missing))
        texts = [f"{len(sobject.columns)} fields"]
        if missing := _hidden(WANTED[stream].useful, sobject):
            lost = ", so that nobody knows who may not be written to or called" if {*missing} & {*CONSENT} else ""
            texts.append(f"hidden from us: {', '.join(missing)}{lost}: {_asked_for_fields(stream, missing)}")
        if refused_too := [name for name in described.names if name not in {*sobject.names, *missing}]:
            texts.append(f"listed but refused: {', '.join(refused_too)}: {_asked_for_fields(stream, refused_too)}")
        texts += ["no SystemModstamp, so edits may be missed"] if sobject.stamp_field != "SystemModstamp" else []
        return "; ".join(texts)

    def _sees_all(self) -> str:
        try:
            rows = self._client.query(_SEES_ALL).rows
        except Refused:
            return "could not be told; what sharing rules hide is not read"
        if rows and rows[0].get("PermissionsViewAllData"):
            return "the user has View All Data"
        return (
            "the user lacks View All Data: records that sharing rules hide are not read; "
            f"ask for View All Data, or View All on each object, {_WHERE}"
        )

    def _sample(self) -> str:
        page = self._client.query("SELECT Id FROM Lead LIMIT 1")
        return f"Lead {page.rows[0]['Id']}" if page.rows else "no leads yet"

    def _calls_left(self) -> str:
        limit, share = self._limits().get("DailyApiRequests") or {}, self._config.quota_share
        left = f"{limit.get('Remaining', '?')} of {limit.get('Max', '?')} calls in 24 hours"
        return left if share == 1 or "Max" not in limit else f"{left}; we stop at {limit['Max'] * share:.0f} used"


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        with told_to_people():
            return Check(name, True, look())
    except ConnectorError as error:
        return Check(name, False, str(error), error.fix)


def _asked_for(stream: str) -> str:
    leave = "" if WANTED[stream].needed else f"; or leave it out: name the others in `streams`, without {stream}"
    if stream in {"Task", "Event"}:
        return f"ask the Salesforce admin for Access Activities {_WHERE}{leave}"
    if stream == "CampaignMember":
        return f"ask the Salesforce admin for Read on Campaign, Lead and Contact {_WHERE}{leave}"
    if stream in {"User", "OpportunityStage"}:
        return f"ask the Salesforce admin for View Setup and Configuration {_WHERE}{leave}"
    parent = {"OpportunityContactRole": "Opportunity", "Note": "what notes stand at"}.get(stream, stream)
    return f"ask the Salesforce admin for Read and View All on {parent} {_WHERE}{leave}"


def _hidden(names: tuple[str, ...], sobject: SObject) -> list[str]:
    return [name for name in names if name not in sobject.names]


def _asked_for_fields(stream: str, names: list[str]) -> str:
    fields = ", ".join(f"{stream}.{name}" for name in names)
    return f"ask the Salesforce admin for Read on {fields} {_WHERE} (field-level security)"
