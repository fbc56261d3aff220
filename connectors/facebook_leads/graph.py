"""How we call the Graph API: with the page's token, never over our share of its limits, page by page."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, QuotaError, TransientError
from connectors.facebook_leads.answers import TITLE, has_seen_token, json_object, judge, refusal, used, wait_of
from connectors.facebook_leads.settings import FacebookLeadsConfig
from connectors.transport import checked_base_url, make_session

HOST = "https://graph.facebook.com"
OURS = frozenset({"access_token", "appsecret_proof", "fields", "limit", "filtering"})
"""Parameters of a next page's address that we set ourselves; the first two are secrets, and not to be stored."""

Next = dict[str, str]
"""Parameters that ask for the next page."""


def api_root(base_url: str | None, api_version: str) -> str:
    """Tell where the API is: at `base_url`, with or without a version, or at the vendor's."""
    base = checked_base_url(base_url or HOST)
    return base if re.search(r"/v\d+\.\d+$", base) else f"{base}/v{api_version.removeprefix('v')}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; it may be empty and have a next one."""

    rows: list[JsonObject]
    next: Next | None
    """None: the list ends here, and only here."""


class GraphApi:
    """Calls that give JSON objects or raise a ConnectorError.

    The token goes in a header, where no log shows it; into the address only when the header is not taken.
    """

    def __init__(self, config: FacebookLeadsConfig, on_call: Callable[[], None]) -> None:
        self._root = api_root(config.base_url, config.api_version)
        self._token = config.token.get_secret_value()
        self._share = config.quota_share
        self._proof = _proof(config.app_secret.get_secret_value(), self._token) if config.app_secret else None
        self._session = make_session(TITLE, on_call, judge=judge, ca_bundle=config.ca_bundle)
        self._in_query = False
        self._wait: float | None = None
        self.used = 0.0
        """Per cent of the tightest limit that was used, as of the last answer."""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """Get one object; `path` starts with a slash.

        Raises:
            RefusedCallError: what is asked for is not there, or not ours.
            QuotaError: our share of the limits is used up, now or since the last answer.
        """
        self._refuse_when_spent()
        response = self._sent(path, params or {})
        error = refusal(response, path)
        if isinstance(error, CredentialsError) and not self._in_query and not has_seen_token(response):
            self._in_query = True
            response = self._sent(path, params or {})
            error = refusal(response, path)
            self._in_query = not isinstance(error, CredentialsError)
        self.used, self._wait = used(response.headers), wait_of(response)
        if error:
            raise error
        body = json_object(response)
        if body is None:
            raise TransientError(f"{TITLE}: an answer that is no JSON object at {path}")
        return body

    def page(self, path: str, params: Mapping[str, Any], more: Next | None = None) -> Listing:
        """Get one page of a list: the first one, or the one that `more` leads to."""
        answer = self.get(path, {**params, **(more or {})})
        rows = answer.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TransientError(f"{TITLE}: an answer without `data` at {path}")
        following = next_of(answer)
        if following is not None and following == more:
            raise TransientError(f"{TITLE}: a page that is followed by itself at {path}")
        return Listing(rows, following)

    def every(self, path: str, params: Mapping[str, Any]) -> Iterator[JsonObject]:
        """Get a small list's rows, page by page."""
        more: Next | None = None
        while True:
            listing = self.page(path, params, more)
            yield from listing.rows
            more = listing.next
            if more is None:
                return

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _sent(self, path: str, params: Mapping[str, Any]) -> requests.Response:
        query, headers = dict(params), {}
        if self._proof:
            query["appsecret_proof"] = self._proof
        if self._in_query:
            query["access_token"] = self._token
        else:
            headers["Authorization"] = f"Bearer {self._token}"
        return self._session.get(self._root + path, params=query, headers=headers)

    def _refuse_when_spent(self) -> None:
        if self.used >= 100 * self._share:
            raise QuotaError(
                f"{TITLE}: {self.used:g} % of the vendor's limits are used, our share is {self._share:.0%}",
                fix="it goes on from here at the next run; webhooks and fewer `forms` need fewer calls",
                retry_after=self._wait,
            )


def next_of(answer: JsonObject) -> Next | None:
    """Read how the next page is asked for; None when there is none.

    The cursor behind the last row is given on the last page, too, so it is no sign of another one.
    """
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    query = parse_qsl(urlsplit(str(paging["next"])).query)
    following = {name: value for name, value in query if name not in OURS}
    after = (paging.get("cursors") or {}).get("after")
    if not following and after:
        following = {"after": str(after)}
    if not following:
        raise TransientError(f"{TITLE}: a next page that cannot be told from the first one")
    return following


def _proof(app_secret: str, token: str) -> str:
    """Prove that we hold the app's secret, as apps may demand."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
