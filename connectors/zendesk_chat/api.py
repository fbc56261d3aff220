"""How we call the Chat API: who we say we are, how fast, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import checked_base_url, make_session
from connectors.zendesk_support.api import judge

TITLE = "Zendesk Chat"
VERSIONS = ("/api/v2/chat", "/api/v2")
"""Where the API lies under a host: at the account's own, and at the older one of Zopim."""
FIX_TOKEN = "make a new OAuth token with the scope read or chat, and store it where `oauth_token` points to"  # noqa: S105


def api_root(subdomain: str | None, base_url: str | None) -> str:
    """Tell where the API is: at `base_url`, with or without its path, or at the subdomain.

    Raises:
        SetupError: neither is set, or the subdomain is more than a name.
    """
    if base_url:
        base = checked_base_url(base_url)
        return base if base.endswith(VERSIONS) else base + VERSIONS[0]
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", subdomain or ""):
        raise SetupError(
            f"{TITLE}: `subdomain` is not set to a name",
            fix='write subdomain = "example" for https://example.zendesk.com',
        )
    return f"https://{subdomain}.zendesk.com{VERSIONS[0]}"


class ChatApi:
    """Calls that give JSON objects or raise a ConnectorError.

    Args:
        auth: as `requests` takes it.
        on_call: called once per attempt.
    """

    def __init__(
        self, root: str, auth: requests.auth.AuthBase, on_call: Callable[[], None], pace: Pace, ca_bundle: str | None
    ) -> None:
        self._root, self._auth = root, auth
        self._session = make_session(TITLE, on_call, pace=pace, judge=judge, ca_bundle=ca_bundle)

    def get(self, path: str, params: Mapping[str, Any]) -> JsonObject:
        """Get one object; `path` starts with a slash."""
        response = self._session.get(self._root + path, params=params, auth=self._auth)
        if error := refusal(response, path):
            raise error
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise TransientError(f"{TITLE}: an answer that is no JSON object at {path}")
        return body

    def close(self) -> None:
        """Give back connections."""
        self._session.close()


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Its words may quote data: left out."""
    status = response.status_code
    if status < 300:
        return None
    text = f"{TITLE}: {response.reason or 'refused'} (HTTP {status}) at {path}"
    if status == 401:
        return CredentialsError(text, fix=FIX_TOKEN)
    if status == 403:
        return SetupError(text, fix="the token needs the scope read or chat, and an owner's or administrator's rights")
    if status == 404:
        return SetupError(text, fix="has the account legacy Chat? Messaging comes by zendesk_support's tickets")
    if status >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    return SetupError(text, fix="run it again; with --full if it goes on; see `time_unit`")
