"""How we call Zendesk's API: who we say we are, how fast, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, usual_judge

VERSION = "/api/v2"
FIX_CREDENTIALS = (
    "make a new API token in Admin Center > Apps and integrations > APIs, and check `email`; "
    "in place of an OAuth token that has expired make a new one"
)
FIX_RIGHTS = (
    "incremental exports are for admins: let an admin make the API token, or an OAuth token with the scope read"
)
LISTED = 100  # rows in one page of a list; the API's own limit

_REMAINING = ("ratelimit-remaining", "rate-limit-remaining", "x-rate-limit-remaining")
_RESET = ("ratelimit-reset", "rate-limit-reset", "x-rate-limit-reset")
_ENDPOINT_LIMIT = re.compile(r"remaining=(\d+).*?resets=(\d+)")


def api_root(subdomain: str | None, base_url: str | None) -> str:
    """Tell where the API is: at `base_url`, or at the subdomain.

    Raises:
        SetupError: neither is set, or the subdomain is more than a name.
    """
    if base_url:
        return checked_base_url(base_url).removesuffix(VERSION) + VERSION
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", subdomain or ""):
        raise SetupError(
            "Zendesk Support: `subdomain` is not set to a name",
            fix='write subdomain = "example" for https://example.zendesk.com',
        )
    return f"https://{subdomain}.zendesk.com{VERSION}"


class BearerAuth(requests.auth.AuthBase):
    """An OAuth access token as authorization; its repr does not show it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class ZendeskApi:
    """Calls that give JSON objects or raise a ConnectorError.

    Args:
        root: the API's address, its version included.
        auth: as `requests` takes it.
        on_call: called once per attempt.
        pace: waited for before each attempt.
    """

    def __init__(
        self,
        root: str,
        auth: requests.auth.AuthBase,
        on_call: Callable[[], None],
        pace: Pace,
        ca_bundle: str | None = None,
    ) -> None:
        self._root = root
        self._auth = auth
        self._pace = pace
        self._session = make_session("Zendesk Support", on_call, pace=pace, judge=judge, ca_bundle=ca_bundle)
        self.remaining: int | None = None
        """Calls left in the account's minute, as of the last answer; None: the vendor did not say."""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """Get one object; `path` starts with a slash.

        Raises:
            RefusedCallError: 400 or 422, what was asked is not accepted.
        """
        response = self._session.get(self._root + path, params=params, auth=self._auth)
        self._obey(response.headers)
        if error := refusal(response, path):
            raise error
        body = _json_object(response)
        if body is None:
            raise TransientError(f"Zendesk Support: an answer that is no JSON object at {path}")
        return body

    def every(self, path: str, key: str) -> Iterator[JsonObject]:
        """Get the rows of a small list page by page, whichever way the vendor pages it.

        Args:
            key: where the rows lie in an answer: `groups`.
        """
        params: dict[str, Any] = {"page[size]": LISTED}
        while True:
            answer = self.get(path, params)
            yield from (row for row in answer.get(key) or () if isinstance(row, dict))
            following = _next_page(answer)
            if following is None or following == params:
                return
            params = following

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _obey(self, headers: Mapping[str, str]) -> None:
        """Rest until the vendor's window starts anew when it says that nothing is left in this one."""
        remaining = _first_number(headers, _REMAINING)
        self.remaining = self.remaining if remaining is None else remaining
        limits = [(remaining, _first_number(headers, _RESET))]
        limits += [_endpoint_limit(value) for key, value in headers.items() if "zendesk-ratelimit" in key.lower()]
        for left, reset in limits:
            if left == 0 and reset:
                self._pace.rest(min(reset, 90))


class RefusedCallError(SetupError):
    """The vendor does not accept what was asked (400, 422), such as a cursor that it no longer knows."""


def judge(response: requests.Response) -> Again | None:
    """Repeat the usual (429, 502, 503, 504), and a 200 that is a proxy's page or was cut short."""
    if response.status_code < 300 and _json_object(response) is None:
        return Again(f"HTTP {response.status_code} without JSON")
    return usual_judge(response)


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Descriptions may quote data: left out."""
    status = response.status_code
    if status < 300:
        return None
    text = f"Zendesk Support: {_reason(response)} (HTTP {status}) at {path}"
    if status == 401:
        return CredentialsError(text, fix=FIX_CREDENTIALS)
    if status == 403:
        return SetupError(text, fix=FIX_RIGHTS)
    if status in {400, 422}:
        return RefusedCallError(text, fix="run it again; with --full if it goes on")
    if status >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    return SetupError(text, fix="check `subdomain` or `base_url`")


def _reason(response: requests.Response) -> str:
    """The error's name: a string at times, an object with a title at others, or no JSON at all."""
    error = (_json_object(response) or {}).get("error")
    if isinstance(error, dict):
        error = error.get("title")
    return str(error or response.reason or "no reason given")


def _json_object(response: requests.Response) -> JsonObject | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _next_page(answer: JsonObject) -> dict[str, Any] | None:
    """Tell how to ask for the page behind an answer; a cursor may be there on the last page, too."""
    meta = answer.get("meta")
    if isinstance(meta, dict):
        cursor = meta.get("after_cursor")
        return {"page[size]": LISTED, "page[after]": cursor} if meta.get("has_more") and cursor else None
    number = parse_qs(urlsplit(answer.get("next_page") or "").query).get("page", [""])[0]
    return {"per_page": LISTED, "page": int(number)} if number.isdigit() else None


def _first_number(headers: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    return next((int(headers[name]) for name in names if headers.get(name, "").isdigit()), None)


def _endpoint_limit(value: str) -> tuple[int | None, int | None]:
    """Read `total=100; remaining=99; resets=41`."""
    found = _ENDPOINT_LIMIT.search(value)
    return (int(found[1]), int(found[2])) if found else (None, None)
