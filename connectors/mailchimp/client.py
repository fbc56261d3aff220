"""The Mailchimp SDK's client, made to speak through our session and to any host.

The SDK calls `requests.get` itself, insists on its vendor's host, takes problem+json for text and an
empty error body for success. Its generated endpoint classes serve well; its way out is replaced here.
"""

from __future__ import annotations

import re
from typing import Any

import requests
from mailchimp_marketing.api_client import ApiClient, ApiClientError

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.transport import Again, checked_base_url, retry_after

VERSION = "/3.0"
FIX_KEY = "make a new key under Account > Extras > API keys and store it where `token` points to"
KEY_REFUSED = frozenset({"api key invalid", "api key missing", "api key revoked", "user disabled"})
"""Titles of problem documents that mean the key, whatever the status."""


class MissingError(SetupError):
    """What was asked for is not there."""


def api_root(token: str, base_url: str | None) -> str:
    """Tell where the API is: at `base_url`, or in the data centre that the key ends with.

    Raises:
        SetupError: no `base_url`, and the key names no data centre.
    """
    if base_url:
        return checked_base_url(base_url).removesuffix(VERSION) + VERSION
    data_centre = token.rpartition("-")[2]
    if "-" not in token or not re.fullmatch(r"[a-z]{2,4}\d{1,4}", data_centre):
        raise SetupError(
            "Mailchimp: the key in `token` names no data centre",
            fix="copy the whole key, its end like -us19 included",
        )
    return f"https://{data_centre}.api.mailchimp.com{VERSION}"


def json_object(response: requests.Response) -> JsonObject | None:
    """Read the body as a JSON object; None when it is something else (a proxy's page, nothing)."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def judge(response: requests.Response) -> Again | None:
    """Repeat 429, 5xx, a 403 that is no problem document (overload), and a 200 that is not JSON.

    There is no Retry-After and no quota at this vendor, only 10 connections at a time; its overload
    answers carry no JSON (vendor_apis: fundamentals page, at second hand).
    """
    status = response.status_code
    if status == 429 or status >= 500:
        return Again(f"HTTP {status}", retry_after(response))
    is_page = status == 403 or (status < 300 and not _says_json(response))
    if is_page and json_object(response) is None:
        return Again(f"HTTP {status} without JSON", retry_after(response))
    return None


def _says_json(response: requests.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def refusal(response: requests.Response) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good.

    Decided by the problem's `title`; its `detail` may quote what was sent, so it is left out.
    """
    status = response.status_code
    if status < 300:
        return None
    title = str((json_object(response) or {}).get("title") or response.reason or "no reason given")
    text = f"Mailchimp: {title} (HTTP {status}) at {_path(response)}"
    if status == 401 or title.lower() in KEY_REFUSED:
        return CredentialsError(text, fix=FIX_KEY)
    if status == 403:
        return SetupError(text, fix="give the key's user the role Manager or Admin")
    if status == 404:
        return MissingError(text, fix="check `audience`: `sellhub connector check` lists what the key sees")
    return SetupError(text)


def _path(response: requests.Response) -> str:
    return response.request.path_url.partition("?")[0]


class SessionApiClient(ApiClient):
    """The SDK's `ApiClient` over one of our sessions; give it to the SDK's endpoint classes.

    Every call gives a JSON object or raises a ConnectorError.

    Args:
        session: from `connectors.transport.make_session`, with `judge`.
        token: API key or OAuth token; both serve as the password of HTTP Basic.
        root: the API's address, its version included.
    """

    def __init__(self, session: requests.Session, token: str, root: str) -> None:
        super().__init__({"api_key": token})  # type: ignore[no-untyped-call]  # the SDK has no types
        self.host = root
        self.server = ""  # else the SDK replaces the word "server" anywhere in the URL
        self._session = session
        self._auth = ("sell-hub", token)

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
    ) -> requests.Response:
        response = self._session.request(method, url, params=query_params, headers=headers, json=body, auth=self._auth)
        if error := refusal(response):
            raise error
        response.headers["Content-Type"] = "application/json"  # judged already; the SDK crashes without
        return response

    def call_api(self, *args: Any, **kwargs: Any) -> JsonObject:
        try:
            answer = super().call_api(*args, **kwargs)  # type: ignore[no-untyped-call]
        except ApiClientError as error:
            if isinstance(error.text, ConnectorError):
                raise error.text from None
            raise
        if not isinstance(answer, dict):
            raise TransientError(f"Mailchimp: an empty answer at {args[0]}")
        return answer
