"""How we call Sell's API: who we say we are, how fast, and what its refusals mean.

Source of facts: Core API v2. It tells no limit and no `Retry-After`: 10 calls a second a token are documented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, Judge, checked_base_url, make_session, usual_judge

HOST = "https://api.getbase.com"
VERSION = "/v2"
LARGEST_PAGE = 100
NEW_TOKEN = "make a new token in Sell under Settings > Integrations > OAuth > Access tokens"  # noqa: S105  -- advice
FIX_RIGHTS = "make the token with the scope read (for `sync_api` also sync), as an admin"


def api_root(base_url: str | None) -> str:
    """Tell where the API is: at `base_url`, with or without the version, or at the vendor's."""
    return checked_base_url(base_url or HOST).removesuffix(VERSION) + VERSION


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    rows: list[JsonObject]
    more: bool
    """Whether the vendor names a next page. It may not do so on any page: a full page may have one all the same."""


class SellApi:
    """Calls that give what the vendor says, or raise a ConnectorError.

    Args:
        root: the API's address, its version included.
        on_call: called once per attempt.
        pace: waited for before each attempt.
        judge: which answers are asked for again.
    """

    def __init__(
        self,
        root: str,
        token: str,
        on_call: Callable[[], None],
        pace: Pace,
        ca_bundle: str | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._root = root
        self._session = make_session("Zendesk Sell", on_call, pace=pace, judge=judge or usual, ca_bundle=ca_bundle)
        self._session.headers.update({"Accept": "application/json", "User-Agent": "sell-hub (connector for Sell)"})
        self._auth = _Bearer(token)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Make one call; `path` starts with a slash.

        Raises:
            RefusedCallError: 4xx other than 401 and 403, with the vendor's code.
        """
        response = self._session.request(
            method, self._root + path, params=params, json=body, headers=headers, auth=self._auth
        )
        if error := refusal(response, path):
            raise error
        return response

    def one(self, path: str) -> JsonObject:
        """Get one object's data."""
        data = (json_object(self.call("GET", path)) or {}).get("data")
        if not isinstance(data, dict):
            raise TransientError(f"Zendesk Sell: an answer without `data` at {path}")
        return data

    def listing(self, path: str, params: Mapping[str, Any]) -> Listing:
        """Get one page of a list."""
        body = json_object(self.call("GET", path, params=params)) or {}
        links = (body.get("meta") or {}).get("links") or {}
        return Listing([data_of(item) for item in items_of(body, path)], bool(links.get("next_page")))

    def every(self, path: str) -> Iterator[list[JsonObject]]:
        """Get a small list page by page, in the vendor's own order."""
        page, before = 1, None
        while True:
            listing = self.listing(path, {"page": page, "per_page": LARGEST_PAGE})
            if listing.rows and listing.rows == before:
                raise TransientError(f"Zendesk Sell: page {page} is page {page - 1} again at {path}")
            before = listing.rows
            yield listing.rows
            if not listing.rows or (len(listing.rows) < LARGEST_PAGE and not listing.more):
                return
            page += 1

    def mount(self, adapter: requests.adapters.HTTPAdapter) -> None:
        """Send all further calls through another adapter."""
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Give back connections."""
        self._session.close()


class _Bearer(requests.auth.AuthBase):
    """The token as authorization; its repr does not show it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class RefusedCallError(SetupError):
    """The vendor does not accept what was asked.

    Args:
        status: HTTP status, 400 to 499 but 401 and 403.
        codes: the vendor's error codes.
    """

    def __init__(self, text: str, *, fix: str = "", status: int = 0, codes: tuple[str, ...] = ()) -> None:
        super().__init__(text, fix=fix)
        self.status = status
        self.codes = codes


def usual(response: requests.Response) -> Again | None:
    """Repeat the usual (429, 502, 503, 504), and a success that is a proxy's page.

    A 429 bears neither JSON nor `Retry-After` for sure: we back off by our own measure then.
    """
    if response.status_code in {200, 201} and json_object(response) is None:
        return Again(f"HTTP {response.status_code} without JSON")
    return usual_judge(response)


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Messages may quote data: left out."""
    status = response.status_code
    if status < 300:
        return None
    errors = errors_of(response)
    said = ", ".join(" ".join(pair).strip() for pair in errors) or response.reason or "no reason given"
    text = f"Zendesk Sell: {said} (HTTP {status}) at {path}"
    if status == 401:
        return CredentialsError(text, fix=NEW_TOKEN)
    if status == 403:
        return SetupError(text, fix=FIX_RIGHTS)
    if status >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    fix = "check `base_url`" if status == 404 else "see docs/connectors/sell.md; ask the vendor if it goes on"
    return RefusedCallError(text, fix=fix, status=status, codes=tuple(code for code, _ in errors))


def errors_of(response: requests.Response) -> list[tuple[str, str]]:
    """Read the error envelope: code and field of each error; none where the body is something else."""
    errors = (json_object(response) or {}).get("errors")
    found = [item.get("error") for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    return [(str(e.get("code") or ""), str(e.get("field") or "")) for e in found if isinstance(e, dict)]


def json_object(response: requests.Response) -> JsonObject | None:
    """Read the body as a JSON object; None when it is something else."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def items_of(body: JsonObject, path: str) -> list[JsonObject]:
    """Give a list's items, each `{data, meta}`.

    Raises:
        TransientError: there is no list.
    """
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise TransientError(f"Zendesk Sell: an answer without `items` at {path}")
    return items


def data_of(item: JsonObject) -> JsonObject:
    """Give an item's data, out of its envelope."""
    data = item.get("data", item)
    return data if isinstance(data, dict) else {}
