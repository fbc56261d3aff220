"""Reading HubSpot's answers: JSON of the shape we count on, or an error that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.hubspot.limits import policy_of
from connectors.transport import retry_after

APPS_PAGE = "HubSpot: Settings > Integrations > Private Apps (or Legacy Apps)"
LONGEST_MESSAGE = 300
SCOPES = {
    **{t: f"crm.objects.{t}.read" for t in ("contacts", "companies", "deals", "leads", "owners")},
    **dict.fromkeys(("notes", "tasks", "calls", "meetings"), "crm.objects.contacts.read"),
    "emails": "sales-email-read",
}
"""The scope to ask for, where a refusal does not name it."""


class BadRequest(SetupError):  # noqa: N818  -- it names the request
    """HubSpot cannot make sense of a request (HTTP 400)."""


class NotOffered(SetupError):  # noqa: N818  -- it names what is asked for
    """An account does not have what was asked for (HTTP 404)."""


class NoRight(NotOffered):
    """The app may not read what was asked for (HTTP 403)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that HubSpot answered with.

    Attributes:
        place: method and path, for messages.
    """

    place: str
    body: JsonObject

    def rows(self, key: str = "results") -> list[JsonObject]:
        """Give the list of objects under a key.

        Raises:
            TransientError: it is not there, or not a list of objects.
        """
        rows = self.body.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unexpected(f"no list called {key!r}")
        return rows

    def records(self) -> list[JsonObject]:
        """Give `results`, each a record with an `id`; ids become text."""
        rows = self.rows()
        if any(not isinstance(row.get("id"), (str, int)) for row in rows):
            raise self._unexpected("a record without id")
        return [row | {"id": str(row["id"])} for row in rows]

    def after(self, place: str | None = None) -> str | None:
        """Give the place of the next page; None on the last.

        Raises:
            TransientError: it is `place`, where this page was: the list would never end.
        """
        after = _at(self.body, "paging", "next", "after")
        if after is not None and str(after) == place:
            raise self._unexpected("the list does not move on")
        return None if after in (None, "") else str(after)

    def total(self) -> int | None:
        """Give how many records match in all, where the answer says so."""
        total = self.body.get("total")
        return total if isinstance(total, int) else None

    def _unexpected(self, what: str) -> TransientError:
        said = self.body.get("message")
        told = f": {said}"[:LONGEST_MESSAGE] if isinstance(said, str) else ""
        return TransientError(
            f"HubSpot: unexpected answer at {self.place}, {what}{told}",
            fix="check that base_url is HubSpot's API; if it is, see status.hubspot.com",
        )


def read_answer(response: requests.Response, secrets: Sequence[str]) -> Answer:
    """Give the body of a good answer.

    Args:
        secrets: what must not stand in an error's text, should the vendor repeat it.

    Raises:
        ConnectorError: the answer is a refusal, or not a JSON object.
    """
    place = f"{response.request.method} {urlsplit(response.request.url or '').path}"
    if not response.ok:
        raise _refusal(response, place, secrets)
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise TransientError(f"HubSpot: unexpected answer at {place}, not a JSON object", fix="check base_url")
    return Answer(place, body)


def _refusal(response: requests.Response, place: str, secrets: Sequence[str]) -> ConnectorError:
    body = _object(response)
    text = _clean(f"HubSpot: HTTP {response.status_code} at {place}{_said(body)}", secrets)
    match response.status_code:
        case 400 if "infer object type" in str(body.get("message")):
            return NotOffered(text, fix="the account has no such object")
        case 400:
            return BadRequest(text, fix="see the message; objects_path and the page sizes are settings")
        case 401:
            return CredentialsError(text, fix=f"put a valid token into hub.toml; see {APPS_PAGE}")
        case 403:
            return NoRight(text, fix=_scopes_fix(body, place))
        case 404:
            return NotOffered(text, fix="check base_url and objects_path; else the account has no such object")
        case 414:
            return SetupError(text, fix="the list of properties is too long for this host: lower url_limit")
        case 429 if policy_of(response) == "DAILY":
            return QuotaError(text, fix="wait until the account's midnight", retry_after=retry_after(response))
        case _:
            return SetupError(text, fix="check base_url and objects_path; see the message")


def _scopes_fix(body: JsonObject, place: str) -> str:
    scopes = wanted_scopes(body)
    object_type = next((t for t in SCOPES if f"/{t}" in place), "")
    fitting = [s for s in scopes if object_type in s and s.endswith(".read")] if object_type else []
    named = fitting or scopes[:5] or ([SCOPES[object_type]] if object_type else [])
    return f"give the app one of these scopes: {', '.join(named) or 'see the message'}; {APPS_PAGE}"


def wanted_scopes(body: JsonObject) -> list[str]:
    """List the scopes of which a refused call needs one, as the vendor names them."""
    contexts = [_at(error, "context") for error in body.get("errors") or []]
    lists = (c.get(k) for c in contexts if isinstance(c, dict) for k in _SCOPE_KEYS)
    named = [str(scope) for scopes in lists if isinstance(scopes, list) for scope in scopes]
    return sorted(set(named)) or re.findall(r"[a-z_.]+[-.]read", str(body.get("message", "")))


_SCOPE_KEYS = ("requiredGranularScopes", "requiredScopes")


def _object(response: requests.Response) -> JsonObject:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _said(body: JsonObject) -> str:
    said = " ".join(str(body[k]) for k in ("category", "message") if body.get(k))
    return f": {said[:LONGEST_MESSAGE]}" if said else ""


def _clean(text: str, secrets: Iterable[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return text


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
