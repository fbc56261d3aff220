"""HubSpot's SDK with our transport under it.

The SDK builds paths, queries and bodies; its documented seam `api_factory` lets us replace the part that
sends (`ApiClient.rest_client`, urllib3) by a session that counts, paces, retries and knows `base_url`.
Its models are passed by: they drop what they do not know and parse every record twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.connector import JsonObject
from connectors.hubspot.answers import Answer, read_answer
from connectors.hubspot.limits import Limits
from connectors.hubspot.settings import HubSpotConfig
from connectors.hubspot.tokens import Bearer
from connectors.pace import Pace
from connectors.transport import checked_base_url

HOST = "https://api.hubapi.com"
OBJECTS_PATH = "/crm/v3/objects"


class SdkTransport:
    """Sends what the SDK asks to be sent, and gives back an `Answer`."""

    def __init__(self, config: HubSpotConfig, session: requests.Session, limits: Limits, search: Pace) -> None:
        self.host = checked_base_url(config.base_url or HOST)
        self.bearer: Bearer | None = None
        self._apis: dict[str, Any] = {}
        self._config = config
        self._session = session
        self._limits = limits
        self._search = search

    def make_api(self, package: ModuleType, name: str, _: JsonObject) -> Any:
        """Give one of the SDK's API objects over this transport, made once (the SDK's `api_factory`)."""
        key = f"{package.__name__}.{name}"
        if key not in self._apis:
            client = package.ApiClient(configuration=package.Configuration(host=self.host))
            client.rest_client = self
            self._apis[key] = getattr(package, name)(api_client=client)
        return self._apis[key]

    def GET(  # noqa: N802  -- the SDK's name for it
        self, url: str, *, query_params: Sequence[tuple[str, Any]] | None = None, **_: Any
    ) -> Answer:
        """Send a GET for the SDK."""
        return self._authorised("GET", url, params=_written(query_params or ()))

    def POST(  # noqa: N802  -- the SDK's name for it
        self,
        url: str,
        *,
        query_params: Sequence[tuple[str, Any]] | None = None,
        post_params: Sequence[tuple[str, Any]] | None = None,
        body: JsonObject | None = None,
        **_: Any,
    ) -> Answer:
        """Send a POST for the SDK: form fields for the token endpoint, JSON for all others."""
        if post_params:
            return read_answer(self._send("POST", url, data=list(post_params)), self._secrets())
        return self._authorised("POST", url, params=_written(query_params or ()), json=body)

    def _authorised(self, method: str, url: str, **content: Any) -> Answer:
        self._limits.refuse_when_spent()
        if url.endswith("/search"):
            self._search.wait()
        url = self._placed(url)
        token = self.bearer.current() if self.bearer else ""
        response = self._send(method, url, headers=_bearing(token), **content)
        if response.status_code == 401 and self.bearer is not None and self.bearer.renew(token):
            response = self._send(method, url, headers=_bearing(self.bearer.current()), **content)
        return read_answer(response, self._secrets())

    def _send(self, method: str, url: str, **content: Any) -> requests.Response:
        return self._session.request(method, url, **content)

    def _placed(self, url: str) -> str:
        """Put the objects API under the path that the settings name."""
        path = url.removeprefix(self.host)
        if not path.startswith(OBJECTS_PATH):
            return url
        return self.host + self._config.objects_path.rstrip("/") + path.removeprefix(OBJECTS_PATH)

    def _secrets(self) -> list[str]:
        return self._config.secrets() + (self.bearer.issued() if self.bearer else [])


def _bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def host_of(config: HubSpotConfig) -> str:
    """Name the host that a source speaks to, for messages."""
    return urlsplit(config.base_url or HOST).netloc


def _written(params: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Write query values as the API reads them: truth values in lower case."""
    return [(key, str(value).lower() if isinstance(value, bool) else str(value)) for key, value in params]
