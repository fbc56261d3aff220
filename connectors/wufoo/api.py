"""How we call Wufoo's API: who we say we are, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, usual_judge

VERSION = "/api/v3"
FIX_KEY = "copy the key from a form's menu > API information, and store it where `token` points to"


def api_root(subdomain: str | None, base_url: str | None) -> str:
    """Tell where the API is: at `base_url`, or at the subdomain.

    Raises:
        SetupError: neither is set, or the subdomain is more than a name.
    """
    if base_url:
        return checked_base_url(base_url).removesuffix(VERSION) + VERSION
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", subdomain or ""):
        raise SetupError(
            "Wufoo: `subdomain` is not set to a name", fix='write subdomain = "example" for https://example.wufoo.com'
        )
    return f"https://{subdomain}.wufoo.com{VERSION}"


class WufooApi:
    """Calls that give lists or raise a ConnectorError.

    Args:
        root: the API's address, its version included.
        on_call: called once per attempt.
        pace: waited for before each attempt.
    """

    def __init__(
        self, root: str, token: str, on_call: Callable[[], None], pace: Pace, ca_bundle: str | None = None
    ) -> None:
        self._root = root
        self._session = make_session("Wufoo", on_call, pace=pace, judge=judge, ca_bundle=ca_bundle)
        self._auth = requests.auth.HTTPBasicAuth(token.encode(), b"sell-hub")

    def rows(self, path: str, name: str, params: Mapping[str, Any] | None = None) -> list[JsonObject]:
        """Get the list that an answer holds under a name; `path` starts with a slash.

        Raises:
            RefusedCallError: 400 or 404.
            TransientError: there is no list.
        """
        response = self._session.get(f"{self._root}{path}.json", params=params, auth=self._auth)
        if error := refusal(response, path):
            raise error
        rows = (_json_object(response) or {}).get(name)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TransientError(f"Wufoo: an answer without `{name}` at {path}")
        return rows

    def close(self) -> None:
        """Give back connections."""
        self._session.close()


class RefusedCallError(SetupError):
    """What was asked for is not there."""


def judge(response: requests.Response) -> Again | None:
    """Repeat the usual (429 "Slow Down", 502, 503, 504), and a 200 that is a proxy's page."""
    if response.status_code < 300 and _json_object(response) is None:
        return Again(f"HTTP {response.status_code} without JSON")
    return usual_judge(response)


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Its text may quote data: left out."""
    envelope = _json_object(response) or {}
    inner = str(envelope.get("HTTPCode"))
    code = max(response.status_code, int(inner) if inner.isascii() and inner.isdigit() else 0)
    if code < 300:
        return None
    text = f"Wufoo: refused with {code} at {path}"
    if code == 401:
        return CredentialsError(text, fix=FIX_KEY)
    if code == 403:
        return SetupError(text, fix="give the key's user the right to view the form and its entries")
    if code in {400, 404}:
        return RefusedCallError(text, fix="check `forms`: `sellhub connector check` lists what is seen")
    if code >= 500 or code in {420, 429}:
        return TransientError(text, fix="it is tried again at the next run")
    return SetupError(text, fix="check `subdomain` or `base_url`")


def _json_object(response: requests.Response) -> JsonObject | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
