"""Calls to Google's APIs: to any host, with a token that is renewed once, refusals named.

Source of facts: contracts/google, Google's error model (`{error: {code, message, status, details}}`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import requests

from connectors import clock as usual
from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.google.settings import GoogleConfig
from connectors.google.tokens import Tokens
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, retry_after

Params = Sequence[tuple[str, str]]

HOSTS = {
    "/v4": "https://sheets.googleapis.com",
    "/v1": "https://forms.googleapis.com",
    "/drive/v3": "https://www.googleapis.com",
}
"""Which of Google's hosts answers which API; `base_url` stands for all of them."""
SCOPE = "https://www.googleapis.com/auth/"
RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
"""Drive's way of saying 429, by a 403."""
QUOTA_ATTEMPTS = 10
"""The quota is refilled each minute and no wait is told: backing off so often reaches over a minute."""


def pace_of(
    per_minute: float,
    quota_share: float,
    *,
    clock: Callable[[], float] = usual.monotonic,
    sleep: Callable[[float], None] = usual.sleep,
) -> Pace:
    """Make an account's pacer: never more than our share in any minute, a sixth of it at once."""
    ours = per_minute * quota_share
    burst = max(1, int(ours / 6))
    return Pace(max(ours - burst, ours / 2) / 60, burst, clock=clock, sleep=sleep)


def error_of(response: requests.Response) -> JsonObject:
    """Give the error of an answer's body, empty where there is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def reasons_of(error: JsonObject) -> set[str]:
    """List the machine-readable reasons in an error, of the older and of the newer form."""
    parts = [*(error.get("errors") or []), *(error.get("details") or [])]
    return {str(part["reason"]) for part in parts if isinstance(part, dict) and "reason" in part}


def judge(response: requests.Response) -> Again | None:
    """Repeat 429, rate limits told as 403, 5xx, and a good status without JSON."""
    status = response.status_code
    if status == 429 or (status == 403 and reasons_of(error_of(response)) & RATE_REASONS):
        return Again(f"HTTP {status}, quota used up", retry_after(response), QUOTA_ATTEMPTS)
    if status >= 500 or status == 408:
        return Again(f"HTTP {status}", retry_after(response))
    if status < 300 and not _is_object(response):
        return Again(f"HTTP {status} without JSON", retry_after(response))
    return None


def _is_object(response: requests.Response) -> bool:
    try:
        return isinstance(response.json(), dict)
    except ValueError:
        return False


class GoogleApi:
    """GET with a token.

    Args:
        title: the vendor's name for messages.
        scopes: the rights that a service account asks for.
        pace: of this account.
    """

    def __init__(
        self, title: str, config: GoogleConfig, scopes: Sequence[str], pace: Pace, on_call: Callable[[], None]
    ) -> None:
        self._title = title
        self._base = _root(config.base_url)
        self._session = make_session(title, on_call, pace=pace, judge=judge, ca_bundle=config.ca_bundle)
        self._tokens = Tokens(self._session, config, tuple(SCOPE + scope for scope in scopes))
        self.date: str | None = None
        """`Date` of the last answer: the vendor's clock."""

    def get(self, path: str, params: Params, *, api: str) -> JsonObject:
        """Get a JSON object.

        Args:
            path: below the API's root, quoted already.
            api: `/v4`, `/v1` or `/drive/v3`.

        Raises:
            CredentialsError, SetupError, TransientError: as for every connector.
        """
        url = (self._base or HOSTS[api]) + api + path
        response = self._send(url, params)
        if response.status_code == 401 and self._tokens.renewable:
            self._tokens.forget()
            response = self._send(url, params)
        if error := refusal(self._title, response):
            raise error
        self.date = response.headers.get("Date")
        body: JsonObject = response.json()
        if isinstance(body.get("error"), dict):
            raise TransientError(f"{self._title}: an error with status 200 at {_path(response)}")
        return body

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def _send(self, url: str, params: Params) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._tokens.get()}"}
        return self._session.get(url, params=list(params), headers=headers)


def _root(base_url: str | None) -> str | None:
    if base_url is None:
        return None
    root = checked_base_url(base_url)
    return next((root.removesuffix(api) for api in HOSTS if root.endswith(api)), root)


def _path(response: requests.Response) -> str:
    return response.request.path_url.partition("?")[0]


def refusal(title: str, response: requests.Response) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good."""
    status = response.status_code
    if status < 300:
        return None
    error: dict[str, Any] = error_of(response)
    said = str(error.get("status") or response.reason or "no reason given")
    reasons = reasons_of(error)
    text = f"{title}: {said} (HTTP {status}) at {_path(response)}"
    if status == 401:
        return CredentialsError(
            text, fix="give a new access_token, or a service_account, which the hub renews by itself"
        )
    if status == 403:
        return SetupError(text, fix=_right(reasons, str(error.get("message") or "")))
    if status == 404:
        return SetupError(text, fix="check its id, and share it with the account that reads it")
    return SetupError(text, fix=_short(str(error.get("message") or "")))


def _right(reasons: set[str], message: str) -> str:
    if "SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons or "it is disabled" in message:
        return "enable this API in the Google Cloud project: APIs & Services > Library"
    scopes = {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}
    if reasons & scopes or "insufficient authentication scopes" in message.lower():
        return "sign in again with the scopes that the connector's page names"
    return "share it with the account that reads it (a service account: its client_email), as viewer at least"


def _short(message: str) -> str:
    return message.partition("\n")[0][:200]
