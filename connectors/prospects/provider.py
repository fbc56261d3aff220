"""A provider of prospects: looking is free, contact data costs a credit for each person.

Ours to say, as there is no one API of this kind: `POST /v1/people/search`, `POST /v1/people/{id}/reveal` with an
`Idempotency-Key`, `GET /v1/account`, a bearer token. docs/prospect-lists.md has it in full, for who writes a bridge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import requests
from pydantic import Field, SecretStr

from connectors.connector import ConnectorConfig, JsonObject
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.prospects.person import Prospect, tidy
from connectors.transport import Again, checked_base_url, make_session, retry_after

NAME = "Prospect provider"


class ProviderConfig(ConnectorConfig):
    """Where the provider is, and who we are to it."""

    token: SecretStr = Field(description="The API key")
    page_size: int = Field(100, ge=1, le=1_000, description="People in one call of a search")
    calls_per_second: float = Field(5, gt=0, description="Calls a second that the provider bears")


@dataclass(frozen=True, slots=True)
class Account:
    """What we have with the provider."""

    credits_left: int
    price: int
    """Credits for one person."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """What came of paying for a person."""

    data: JsonObject | None
    """Contact data beside what was known; None: the provider has none, and took nothing."""
    credits: int
    """What it took."""
    credits_left: int | None


class NoCreditsError(SetupError):
    """The account is used up."""


def judge(response: requests.Response) -> Again | None:
    """Repeat 429, 5xx, and a 200 without JSON: a purchase bears a key, so that it is one however often it is asked."""
    status = response.status_code
    if status == 429 or status >= 500:
        return Again(f"HTTP {status}", retry_after(response))
    if status < 300 and not isinstance(_json(response), dict):
        return Again(f"HTTP {status} without JSON", retry_after(response))
    return None


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


class Provider:
    """Speaks to the provider. Use it as a context manager."""

    def __init__(self, config: ProviderConfig, on_call: Callable[[], None] = lambda: None) -> None:
        if not config.base_url:
            raise SetupError(f"{NAME}: base_url is not set", fix='set base_url = "https://…" in hub.toml')
        self._base = checked_base_url(config.base_url)
        self._page_size = config.page_size
        rate = config.calls_per_second * config.quota_share
        pace = Pace(rate, max(1, int(rate)))
        self._session = make_session(NAME, on_call, pace=pace, judge=judge, ca_bundle=config.ca_bundle)
        self._session.headers["Authorization"] = f"Bearer {config.token.get_secret_value()}"

    def account(self) -> Account:
        """Ask what is left, and what a person costs."""
        body = self._asked("GET", "/v1/account")
        left, price = body.get("credits_left"), body.get("price")
        if not isinstance(left, int) or not isinstance(price, int):
            raise TransientError(f"{NAME}: an account without credits_left and price")
        return Account(left, price)

    def search(self, filters: Mapping[str, Sequence[Any]], most: int) -> Iterator[Prospect]:
        """Give people that meet the provider's own filters, up to so many; it costs nothing.

        Raises:
            SetupError: there are more than that.
        """
        cursor: str | None = None
        while True:
            asked = {"filters": dict(filters), "limit": self._page_size, "cursor": cursor}
            body = self._asked("POST", "/v1/people/search", json=asked)
            if (total := body.get("total")) is not None and total > most:
                raise SetupError(
                    f"{NAME}: {total:,} people fit, more than the {most:,} that are looked through",
                    fix="narrow it, joined by and: country, industry, seniority, department, domain, employees",
                )
            people = body.get("people")
            if not isinstance(people, list):
                raise TransientError(f"{NAME}: a search without people")
            yield from (_prospect(person) for person in people if isinstance(person, dict) and person.get("id"))
            following = body.get("next_cursor")
            if not following:
                return
            if following == cursor:
                raise TransientError(f"{NAME}: a search that does not move on")
            cursor = str(following)

    def reveal(self, id_: str, key: str) -> Revealed:
        """Pay for one person's contact data.

        Args:
            key: the same key again is the same purchase: it is answered again, and not paid again.

        Raises:
            NoCreditsError: there are no credits left.
        """
        path = f"/v1/people/{quote(id_, safe='')}/reveal"
        response = self._session.post(f"{self._base}{path}", headers={"Idempotency-Key": key}, json={})
        if response.status_code == 404:
            return Revealed(None, 0, None)
        body = self._good(response, path)
        person, taken, left = body.get("person"), body.get("credits_charged"), body.get("credits_left")
        if not isinstance(person, dict) or not isinstance(taken, int):
            raise TransientError(f"{NAME}: a purchase without person and credits_charged")
        return Revealed(_prospect({"id": id_, **person}).data, taken, left if isinstance(left, int) else None)

    def _asked(self, method: str, path: str, **request: Any) -> JsonObject:
        return self._good(self._session.request(method, f"{self._base}{path}", **request), path)

    @staticmethod
    def _good(response: requests.Response, path: str) -> JsonObject:
        if error := refusal(response, path):
            raise error
        body: JsonObject = response.json()
        return body

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good."""
    if response.status_code < 300:
        return None
    body = _json(response)
    said = str(body.get("error") or "") if isinstance(body, dict) else ""
    text = f"{NAME}: {said or response.reason or 'no reason given'} (HTTP {response.status_code}) at {path}"
    if response.status_code == 401:
        return CredentialsError(text, fix="check token; the provider's account page makes another one")
    if response.status_code == 402:
        return NoCreditsError(text, fix="buy credits there, then say it again: what is paid for is kept")
    if response.status_code == 403:
        return SetupError(text, fix="the key needs the rights to search and to reveal people")
    return SetupError(text, fix="check base_url; docs/prospect-lists.md says what is asked")


def _prospect(person: Mapping[str, Any]) -> Prospect:
    company = person.get("company")
    its = company if isinstance(company, dict) else {}
    told = {
        "organization_name": its.get("name"),
        **{name: its.get(name) for name in ("domain", "industry", "employees")},
    }
    digest = str(person.get("email_sha256") or "").lower()
    data = tidy({**told, "country": its.get("country"), "city": its.get("city"), **_present(person)})
    return Prospect(str(person["id"]), data, digest if len(digest) == 64 else None)


def _present(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if value not in (None, "")}
