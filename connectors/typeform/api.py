"""How we call Typeform's API: who we say we are, how fast, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, usual_judge

HOST = "https://api.typeform.com"
FIX_TOKEN = "make a new token in Typeform under Account > Personal tokens and store it where `token` points to"  # noqa: S105  -- advice
FIX_RIGHTS = "make a personal token with the scopes Forms: read and Responses: read (forms:read, responses:read)"


class TypeformApi:
    """Calls that give JSON objects or raise a ConnectorError.

    Args:
        base_url: the API's address; None: the vendor's usual one.
        on_call: called once per attempt.
        pace: waited for before each attempt.
    """

    def __init__(
        self, base_url: str | None, token: str, on_call: Callable[[], None], pace: Pace, ca_bundle: str | None = None
    ) -> None:
        self._root = checked_base_url(base_url or HOST)
        self._session = make_session("Typeform", on_call, pace=pace, judge=judge, ca_bundle=ca_bundle)
        self._auth = _Bearer(token)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """Get one object; `path` starts with a slash.

        Raises:
            RefusedCallError: 400, 404 or 422.
        """
        response = self._session.get(self._root + path, params=params, auth=self._auth)
        if error := refusal(response, path):
            raise error
        body = _json_object(response)
        if body is None:
            raise TransientError(f"Typeform: an answer that is no JSON object at {path}")
        return body

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
    """The vendor does not accept what was asked: a form that is gone, a response that is no place to go on from.

    Args:
        status: the HTTP status.
    """

    def __init__(self, text: str, *, fix: str, status: int) -> None:
        super().__init__(text, fix=fix)
        self.status = status


def judge(response: requests.Response) -> Again | None:
    """Repeat the usual (429, 502, 503, 504), and a 200 that is a proxy's page."""
    if response.status_code < 300 and _json_object(response) is None:
        return Again(f"HTTP {response.status_code} without JSON")
    return usual_judge(response)


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Descriptions may quote data: left out."""
    status = response.status_code
    if status < 300:
        return None
    code = (_json_object(response) or {}).get("code") or response.reason or "no reason given"
    text = f"Typeform: {code} (HTTP {status}) at {path}"
    if status == 401:
        return CredentialsError(text, fix=FIX_TOKEN)
    if status == 403:
        return SetupError(text, fix=FIX_RIGHTS)
    if status in {400, 404, 422}:
        return RefusedCallError(text, fix="check `forms`: `sellhub connector check` lists what is seen", status=status)
    if status >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    return SetupError(text, fix="check `base_url`: https://api.eu.typeform.com or https://api.typeform.eu in the EU")


def _json_object(response: requests.Response) -> JsonObject | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
