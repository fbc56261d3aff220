"""Calls to one org through simple-salesforce: signed in, renewed once, within our share of the quota."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests

from connectors.connector import JsonObject
from connectors.errors import QuotaError, TransientError
from connectors.salesforce import soql
from connectors.salesforce.auth import renewable, sign_in
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused, judge, refusal
from connectors.salesforce.object import SObject, read_describe
from connectors.salesforce.values import stamp
from connectors.transport import checked_base_url, make_session

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce as Sdk

LONGEST_QUERY = 10_000
"""Bytes of an encoded query in a URL; URL and headers together may have 16,384."""
_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class QueryPage:
    """One page of a query's answer."""

    rows: list[JsonObject]
    total: int | None
    """`totalSize`: rows of the whole result."""
    more: str | None
    """Path of the next page; None: this is the last."""
    answered_at: str
    """The vendor's clock."""


class OrgClient:
    """One org. Makes no call until asked; `on_call` counts every call, sign-ins and retries too."""

    def __init__(self, config: SalesforceConfig, on_call: Callable[[], None]) -> None:
        self._config = config
        self._http = make_session(
            "Salesforce",
            on_call,
            judge=judge,
            base_url=checked_base_url(config.base_url) if config.base_url else None,
            ca_bundle=config.ca_bundle,
        )
        self._sdk: Sdk | None = None
        self._slash = "/"
        self.usage: tuple[int, int] | None = None
        """Calls used and allowed in 24 hours, as the last answer told."""

    def close(self) -> None:
        """Give back connections."""
        self._http.close()

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Make a call.

        Args:
            path: below `/services/data/vXX.X/`, or from the host on when it starts with a slash.

        Raises:
            Refused: Salesforce says no, also after one renewal of the session.
            QuotaError: our share of the org's calls is used up.
        """
        self._stay_within_share()
        try:
            return self._call_once(method, path, **kwargs)
        except Refused as refused:
            if not (refused.session_over and renewable(self._config)):
                raise
        self._sdk = None
        return self._call_once(method, path, **kwargs)

    def _call_once(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        from simple_salesforce.exceptions import SalesforceError

        sdk = self._signed_in()
        url = f"https://{sdk.sf_instance}{path}" if path.startswith("/") else sdk.base_url + path
        headers = {"X-PrettyPrint": "0"} | kwargs.pop("headers", {})
        where = f"{method} {urlsplit(url).path}"
        try:
            answer: requests.Response = sdk._call_salesforce(method, url, headers=headers, **kwargs)
        except SalesforceError as error:
            secrets = [*self._config.secrets(), sdk.session_id]
            raise refusal(error.status, error.content, where, secrets) from None
        if told := _USAGE.search(answer.headers.get("Sforce-Limit-Info", "")):
            self.usage = (int(told[1]), int(told[2]))
        return answer

    def _signed_in(self) -> Sdk:
        if self._sdk is None:
            from simple_salesforce.api import Salesforce as Sdk

            session = sign_in(self._http, self._config)
            self._sdk = Sdk(
                session_id=session.token,
                instance_url=session.host,
                session=self._http,
                version=self._config.api_version,
            )
        return self._sdk

    def _stay_within_share(self) -> None:
        used, allowed = self.usage or (0, 1)
        if used > allowed * self._config.quota_share:
            raise QuotaError(
                f"Salesforce: {used} of the org's {allowed} calls in 24 hours are used, "
                f"and quota_share is {self._config.quota_share:g}",
                fix="wait, or raise quota_share",
            )

    def json(self, method: str, path: str, **kwargs: Any) -> JsonObject:
        """Make a call whose answer is a JSON object.

        Raises:
            TransientError: it is not.
        """
        return json_object(self.call(method, path, **kwargs))

    def versions(self) -> list[str]:
        """List the API versions that the host offers; needs no session."""
        host = self._config.base_url or sign_in(self._http, self._config).host
        answer = self._http.get(f"{host.rstrip('/')}/services/data/")
        if not answer.ok:
            raise refusal(answer.status_code, None, "GET /services/data/")
        return [str(version.get("version")) for version in _json(answer)]

    def describe(self, sobject: str) -> SObject:
        """Read an object's fields."""
        return read_describe(sobject, self.json("GET", f"sobjects/{sobject}/describe"))

    def query(self, text: str, *, deleted_too: bool = False) -> QueryPage:
        """Run a query and give its first page; one too long for a URL goes in a composite request."""
        resource = ("queryAll" if deleted_too else "query") + self._slash
        if len(quote(text)) <= LONGEST_QUERY:
            answer = self._queried(resource, text)
            return _page(_json(answer), answer)
        path = f"/services/data/v{self._config.api_version}/{resource}?q={quote(text)}"
        part = {"method": "GET", "referenceId": "query", "url": path}
        answer = self.call("POST", "composite", json={"compositeRequest": [part]})
        (inner, *_) = json_object(answer).get("compositeResponse") or [{}]
        if not isinstance(inner, dict) or not {"httpStatusCode", "body"} <= inner.keys():
            raise TransientError("Salesforce: the answer to a composite request holds no answer")
        if inner["httpStatusCode"] >= 400:
            raise refusal(inner["httpStatusCode"], inner["body"], f"composite {resource}")
        return _page(inner["body"], answer)

    def _queried(self, resource: str, text: str) -> requests.Response:
        """Ask as the SDK does, with a slash; a host that knows no such path is asked as the guide writes it."""
        try:
            return self.call("GET", resource, params={"q": text})
        except Refused as refused:
            if refused.status != 404 or not self._slash:
                raise
        answer = self.call("GET", resource.rstrip("/"), params={"q": text})
        self._slash = ""
        return answer

    def more(self, path: str) -> QueryPage:
        """Give a further page of a query."""
        answer = self.call("GET", path)
        return _page(_json(answer), answer)

    def count(self, sobject: str, where: str, *, deleted_too: bool = False) -> int:
        """Count rows exactly."""
        return self.query(soql.count(sobject, where), deleted_too=deleted_too).total or 0


def vendor_clock(answer: requests.Response) -> str:
    """Give the time by the vendor's clock, ours where it does not say."""
    try:
        return stamp(parsedate_to_datetime(answer.headers.get("Date", "")))
    except ValueError:
        return stamp(datetime.now(UTC))


def json_object(answer: requests.Response) -> JsonObject:
    """Read an answer that must be a JSON object.

    Raises:
        TransientError: it is not.
    """
    body = _json(answer)
    if not isinstance(body, dict):
        raise TransientError(f"Salesforce: the answer of {urlsplit(answer.url).path} is not a JSON object")
    return body


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.exceptions.JSONDecodeError:
        raise TransientError(
            f"Salesforce: the answer of {urlsplit(answer.url).path} is not JSON",
            fix="a proxy may stand in between; it is tried again at the next run",
        ) from None


def _page(body: Any, answer: requests.Response) -> QueryPage:
    if not isinstance(body, dict) or not ({"records", "totalSize"} & body.keys()):
        raise TransientError("Salesforce: the answer to a query is not a query result")
    more = None if body.get("done", True) else body.get("nextRecordsUrl")
    if more:
        parts = urlsplit(more)
        more = parts.path + (f"?{parts.query}" if parts.query else "")
    return QueryPage(body.get("records") or [], body.get("totalSize"), more, vendor_clock(answer))
