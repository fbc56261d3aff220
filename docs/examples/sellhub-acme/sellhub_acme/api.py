"""How we call Acme's API: who we say we are, which answers are repeated, what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, usual_judge

HOST = "https://api.acme.example"
FIX_TOKEN = "make a new token in Acme under Settings > API, and store it where `token` points to"  # noqa: S105


class AcmeApi:
    """Calls that give JSON objects, or raise a ConnectorError.

    Args:
        base_url: the API's address; None: the vendor's usual one.
        on_call: called once per attempt.
        pace: waited for before each attempt.
    """

    def __init__(
        self, base_url: str | None, token: str, on_call: Callable[[], None], pace: Pace, ca_bundle: str | None = None
    ) -> None:
        self._root = checked_base_url(base_url or HOST)
        self._session = make_session("Acme", on_call, pace=pace, judge=judge, ca_bundle=ca_bundle)
        self._auth = _Bearer(token)

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonObject:
        """Get one object; `path` starts with a slash."""
        response = self._session.get(self._root + path, params=params, auth=self._auth)
        if error := refusal(response, path):
            raise error
        body = json_object(response)
        if body is None:
            raise TransientError(f"Acme: an answer that is no JSON object at {path}")
        return body

    def rows(self, path: str, key: str, params: Mapping[str, str | int] | None = None) -> list[JsonObject]:
        """Get a list of objects: the value of `key`; an answer without one is a fault, and no empty list."""
        return rows_of(self.get(path, params), key, path)

    def close(self) -> None:
        """Give back connections."""
        self._session.close()


class PlaceForgotten(SetupError):  # noqa: N818  -- it names what happened at the vendor
    """The vendor does not know the place any more from which it was to go on."""


class _Bearer(requests.auth.AuthBase):
    """The token as authorization; its repr does not show it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def judge(response: requests.Response) -> Again | None:
    """Repeat the usual (429, 502, 503, 504), and a success that is a proxy's page or half an answer."""
    if response.status_code < 300 and json_object(response) is None:
        return Again(f"HTTP {response.status_code} without JSON")
    return usual_judge(response)


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Its own words may quote data: left out."""
    status = response.status_code
    if status < 300:
        return None
    text = f"Acme: HTTP {status} at {path}"
    if status == 401:
        return CredentialsError(text, fix=FIX_TOKEN)
    if status == 403:
        return SetupError(text, fix="give the token the right people:read, under Settings > API")
    if status == 410:
        return PlaceForgotten(text, fix="sellhub sync --full reads everything again")
    if status >= 500:
        return TransientError(text)
    return SetupError(text, fix="check base_url")


def rows_of(answer: JsonObject, key: str, path: str) -> list[JsonObject]:
    """Give a list of objects out of an answer.

    Raises:
        TransientError: there is none.
    """
    rows = answer.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise TransientError(f"Acme: an answer without `{key}` at {path}")
    return rows


def json_object(response: requests.Response) -> JsonObject | None:
    """Read the body as a JSON object; None when it is something else."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
