"""How we call Jotform's API: an envelope says what became of the call, whatever the HTTP status says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import RETRY_STATUSES, Again, checked_base_url, make_session, retry_after

HOST = "https://api.jotform.com"
HOUR = 3600.0
FIX_KEY = "make a new key in Jotform under Settings > API and store it where `token` points to"
FIX_QUOTA = "it goes on when the day's calls are there again: run it less often, name `forms`, or ask for a larger plan"


class JotformApi:
    """Calls that give an envelope's content or raise a ConnectorError.

    Args:
        base_url: the API's address; None: the vendor's usual one.
        on_call: called once per attempt.
        share: of the calls that are left today, as first told, so much is ours.
    """

    def __init__(
        self, base_url: str | None, token: str, on_call: Callable[[], None], share: float, ca_bundle: str | None = None
    ) -> None:
        self._root = checked_base_url(base_url or HOST)
        self._session = make_session("Jotform", on_call, pace=Pace(None), judge=judge, ca_bundle=ca_bundle)
        self._auth = _Key(token)
        self._share = share
        self._reserve: float | None = None
        self.left: int | None = None
        """Calls left today, as of the last answer; None: the vendor did not say."""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Get an envelope's content; `path` starts with a slash.

        Raises:
            RefusedCallError: 400 or 404.
            QuotaError: the day's calls, or our share of them, are used up.
        """
        if self.left is not None and self._reserve is not None and self.left <= self._reserve:
            raise QuotaError(f"Jotform: {self.left} calls are left today, none of them ours", fix=FIX_QUOTA)
        response = self._session.get(self._root + path, params=params, auth=self._auth)
        envelope = envelope_of(response) or {}
        self._note(envelope.get("limit-left"))
        if error := refusal(response, envelope, path):
            raise error
        if "content" not in envelope:
            raise TransientError(f"Jotform: an answer without `content` at {path}")
        return envelope["content"]

    def rows(self, path: str, params: Mapping[str, Any] | None = None) -> list[JsonObject]:
        """Get a list.

        Raises:
            TransientError: the content is none.
        """
        content = self.get(path, params)
        if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
            raise TransientError(f"Jotform: an answer that is no list at {path}")
        return content

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _note(self, left: Any) -> None:
        if isinstance(left, int) and not isinstance(left, bool):
            self.left = left
            if self._reserve is None:  # the call that told it was one of them
                self._reserve = (left + 1) * (1 - self._share)


class _Key(requests.auth.AuthBase):
    """The key as a header, for URLs leak; its repr does not show it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["APIKEY"] = self._key
        return request


class RefusedCallError(SetupError):
    """What was asked for is not there, or not for this key."""


def judge(response: requests.Response) -> Again | None:
    """Repeat the usual by either status, but a used-up day; and a success that is a proxy's page."""
    envelope = envelope_of(response)
    if envelope is None:
        is_odd = response.status_code < 300 or response.status_code in RETRY_STATUSES
        return Again(f"HTTP {response.status_code} without JSON", retry_after(response)) if is_odd else None
    code = status_of(response, envelope)
    if code not in RETRY_STATUSES or _is_day_over(envelope):
        return None
    return Again(f"HTTP {code}", retry_after(response))


def refusal(response: requests.Response, envelope: JsonObject, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. Messages may quote data: left out."""
    code = status_of(response, envelope)
    if _is_day_over(envelope):
        return QuotaError("Jotform: the day's API calls are used up", fix=FIX_QUOTA, retry_after=HOUR)
    if code < 300:
        return None
    text = f"Jotform: refused with {code} at {path}"
    if code == 401:
        return CredentialsError(text, fix=FIX_KEY)
    if code == 403:
        return SetupError(text, fix="the key needs Read access at least: Settings > API")
    if code in {400, 404}:
        return RefusedCallError(text, fix="check `forms`: `sellhub connector check` lists what is seen")
    if code >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    return SetupError(text, fix="check `base_url`: https://eu-api.jotform.com or https://hipaa-api.jotform.com")


def status_of(response: requests.Response, envelope: JsonObject) -> int:
    """The status that counts: the envelope's where it is worse than that of HTTP."""
    code = envelope.get("responseCode")
    inner = int(code) if isinstance(code, int | str) and str(code).isdigit() else 0
    return max(response.status_code, inner)


def envelope_of(response: requests.Response) -> JsonObject | None:
    """Read the body as a JSON object; None when it is something else."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _is_day_over(envelope: JsonObject) -> bool:
    said = str(envelope.get("message") or "").lower().replace("-", " ")
    return "api limit" in said or "daily limit" in said
