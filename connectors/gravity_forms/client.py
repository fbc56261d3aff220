"""Calls to a WordPress site with Gravity Forms, REST API v2. Source of facts: vendor_apis §9, the add-on's readme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import requests
from pydantic import Field, SecretStr

from connectors.connector import ConnectorConfig
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, retry_after

API = "/gf/v2"
PAGE = 200
"""Entries in one call: there is no hard limit, and a small host bears no more."""


class GravityFormsConfig(ConnectorConfig):
    """Which site, which form, and who we are to it."""

    site: str | None = Field(None, description="The site's address; or set base_url")
    consumer_key: str = Field(min_length=1, description="Consumer key of an API key; or a WordPress user's name")
    consumer_secret: SecretStr = Field(description="Its consumer secret; or an application password of that user")
    form: str | None = Field(None, description="A form's number; left out: all forms")
    permalinks: bool = Field(True, description="Whether the site has pretty permalinks; else ?rest_route= is used")
    trash: bool = Field(True, description="Whether entries in the trash are told, at each run")
    overlap: float = Field(50_400, ge=0, description="Seconds that a read reaches back before the last one's beginning")
    page_size: int = Field(PAGE, ge=1, description="Entries in one call")
    calls_per_second: float = Field(5, gt=0, description="Calls a second that the site bears")


def judge(response: requests.Response) -> Again | None:
    """Repeat 429, 5xx (508 too: the host's limit of processes), and a 200 without JSON."""
    status = response.status_code
    if status == 429 or status >= 500:
        return Again(f"HTTP {status}", retry_after(response))
    if status < 300 and _json(response) is None:
        return Again(f"HTTP {status} without JSON", retry_after(response))
    return None


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


class Site:
    """GET with the key.

    Attributes:
        date: `Date` of the last answer: the site's clock.
    """

    def __init__(self, config: GravityFormsConfig, on_call: Callable[[], None]) -> None:
        address = config.base_url or config.site
        if not address:
            raise SetupError("Gravity Forms: no site is set", fix='set site = "https://www.example.com"')
        self._root = checked_base_url(address).removesuffix(API).removesuffix("/wp-json")
        self._permalinks = config.permalinks
        self._auth = (config.consumer_key, config.consumer_secret.get_secret_value())
        rate = config.calls_per_second * config.quota_share
        pace = Pace(rate, max(1, int(rate)))
        self._session = make_session("Gravity Forms", on_call, pace=pace, judge=judge, ca_bundle=config.ca_bundle)
        self.date: str | None = None

    def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Any:
        """Get what a path of the API answers, an object or a list."""
        url, given = f"{self._root}/wp-json{API}{path}", list(params)
        if not self._permalinks:
            url, given = f"{self._root}/", [("rest_route", f"{API}{path}"), *given]
        response = self._session.get(url, params=given, auth=self._auth)
        if error := refusal(response, path):
            raise error
        self.date = response.headers.get("Date")
        return response.json()

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. The message may quote what was sent."""
    status, body = response.status_code, _json(response)
    if status < 300:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    text = f"Gravity Forms: {code or response.reason or 'no reason given'} (HTTP {status}) at {API}{path}"
    if status == 401:
        fix = "check the key under Forms > Settings > REST API; some hosts strip the Authorization header, ask yours"
        return CredentialsError(text, fix=fix)
    if status == 403 and code is None:
        return SetupError(
            f"{text}: a web page, not the API", fix="let the site's security plug-in or firewall pass the API"
        )
    if status == 403:
        fix = "the key's user needs gravityforms_view_entries and gravityforms_edit_forms; the key: Read"
        return SetupError(text, fix=fix)
    if status == 404 and code is None:
        return SetupError(f"{text}: a web page, not the API", fix="set permalinks = false, or check site")
    if status == 404 and code == "rest_no_route":
        return SetupError(text, fix="enable the API under Forms > Settings > REST API")
    if status == 404:
        return SetupError(text, fix="check form: its number stands in the list of forms")
    return SetupError(text)


def object_of(body: Any, what: str) -> dict[str, Any]:
    """Give an object; PHP writes an empty one as an empty list.

    Raises:
        TransientError: it is neither.
    """
    if body == []:
        return {}
    if not isinstance(body, dict):
        raise TransientError(f"Gravity Forms: an answer that is no {what}")
    return body
