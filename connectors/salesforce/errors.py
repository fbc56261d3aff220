"""What Salesforce says when it refuses, and what that means for us.

Source of the codes: REST API guide, "Status Codes and Error Responses"; recorded answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests

from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.transport import Again, usual_judge

NOT_THERE = frozenset({"NOT_FOUND", "INVALID_TYPE"})
_AGAIN_SOON = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"})
_AGAIN_LATER = _AGAIN_SOON | {"UNKNOWN_EXCEPTION", "QUERY_TIMEOUT", "EXCEEDED_ID_LIMIT"}
_FIXES = {
    "INVALID_FIELD": "the field is gone or hidden by field-level security; give the integration user the right",
    "INVALID_TYPE": "give the integration user Read on the object, or leave the stream out of `streams`",
    "NOT_FOUND": "check base_url, api_version and the user's rights; or leave the stream out of `streams`",
    "API_DISABLED_FOR_ORG": "this edition has no API access; ask the Salesforce admin",
    "API_CURRENTLY_DISABLED": "API access is switched off; ask the Salesforce admin",
}
_OF_THE_ORG = frozenset({"REQUEST_LIMIT_EXCEEDED", "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"})
"""Refusals with HTTP 403 that are not about what was asked for."""
_LONGEST_MESSAGE = 300


class Refused(Exception):  # noqa: N818 -- internal: becomes a ConnectorError at the connector's door
    """Salesforce answered a call with an error.

    Args:
        status: HTTP status.
        code: its errorCode; for OAuth its `error`; empty when the body said none.
        text: its message, without secrets.
        where: the call, `GET query`.
    """

    def __init__(self, status: int, code: str, text: str, where: str) -> None:
        super().__init__(f"Salesforce {code or 'error'} (HTTP {status}) at {where}: {text}")
        self.status = status
        self.code = code
        self.text = text

    @property
    def session_over(self) -> bool:
        """Whether a new token may help. Bulk tells it as 400 or 403 too."""
        return self.code == "INVALID_SESSION_ID" or (self.status == 401 and not self.code)

    @property
    def not_there(self) -> bool:
        """Whether the thing asked for does not exist, or may not be seen, which looks the same."""
        return self.status in {404, 405} or self.code in NOT_THERE

    @property
    def hidden(self) -> bool:
        """Whether the object asked for is not there, or its rights are not ours."""
        return self.not_there or (self.status == 403 and not self.session_over and self.code not in _OF_THE_ORG)

    def as_connector_error(self) -> ConnectorError:
        """Say it as every connector says it, with the way out."""
        if self.session_over:
            return CredentialsError(str(self), fix="renew the access token, or use a flow that the hub can renew")
        if self.code == "REQUEST_LIMIT_EXCEEDED":
            return QuotaError(str(self), fix="the org's calls of 24 hours are used up; it is tried again later")
        if self.code in _AGAIN_LATER or self.status >= 500:
            return TransientError(str(self), fix="it is tried again at the next run")
        code = "INVALID_TYPE" if self.code.startswith("INSUFFICIENT_ACCESS") else self.code
        return SetupError(str(self), fix=_FIXES.get(code, "see the message, and the user's rights"))


def refusal(status: int, content: Any, where: str, secrets: Sequence[str] = ()) -> Refused:
    """Read an error's body: an array of `{message, errorCode}`, OAuth's object, or any text."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return Refused(status, "", _shown("no JSON error in the answer", secrets), where)
    code = str(first.get("errorCode") or first.get("statusCode") or first.get("error") or "")
    text = str(first.get("message") or first.get("error_description") or "")
    return Refused(status, code, _shown(text, secrets), where)


def _shown(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return re.sub(r"\s+", " ", text).strip()[:_LONGEST_MESSAGE]


@contextmanager
def told_to_people() -> Iterator[None]:
    """Turn a refusal that nobody dealt with into the error that people see."""
    try:
        yield
    except Refused as refused:
        raise refused.as_connector_error() from None


def judge(response: requests.Response) -> Again | None:
    """Repeat what Salesforce's table calls retryable, and a proxy's HTML page where JSON is due."""
    if response.ok:
        html = "text/html" in response.headers.get("Content-Type", "")
        return Again("an HTML page instead of data") if html else None
    if b"<faultcode" in response.content:  # SOAP says by 500 what is final, a wrong password too
        return None
    code = _code(response)
    if code in _AGAIN_SOON:
        return Again(f"{code} (HTTP {response.status_code})")
    if response.status_code == 500:
        return Again(f"{code or 'an error'} (HTTP 500)", attempts=2)
    return usual_judge(response)


def _code(response: requests.Response) -> str:
    try:
        body = json.loads(response.content)
    except ValueError:
        return ""
    return refusal(response.status_code, body, "").code
