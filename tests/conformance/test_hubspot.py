"""HubSpot, by the conformance kit: contacts, by a private app's token and by OAuth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.hubspot.connector import HubSpot
from connectors.testing import ConformanceSuite
from connectors.testing.rights import Rights
from connectors.testing.suite import Suite
from sandbox.hubspot.kinds import SCOPES
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.standin import CLIENT, TOKEN, HubSpotSandbox
from tests.conformance.vendors import NO_HOOKS, Sandboxed


class HubSpotPortal(Sandboxed[HubSpotSandbox]):
    """A portal; the text is a contact's last name."""

    kind = HubSpotSandbox
    stream = "contacts"
    fast = {"lag": 0, "list_page": 3, "search_page": 3, "read_batch": 3, "search_per_second": 1e6}
    lacks = NO_HOOKS | {
        "delete": "what is deleted goes to the recycle bin: see archive",
        "expire_token": "a private app's token does not end: see OAuth below",
        "expire_cursor": "list and search go by ids and times, which do not end",
        "extend": "the vendor gives only the properties that are asked for by name",
        "retype": "property values are text, whatever their type",
    }  # fmt: skip

    def reset(self) -> None:
        self.vendor.reset(empty=True)
        self._given = {}
        self.begin()

    def begin(self) -> None:
        self.vendor.limits.per_window = self.vendor.limits.searches_per_second = 1_000_000

    def secrets(self) -> Sequence[str]:
        return [TOKEN]

    @property
    def _portal(self) -> Portal:
        return self.vendor.portal

    def add(self, text: str) -> str:
        with self.vendor.lock:
            return self._portal.create("contacts", {"lastname": text})

    def add_at(self, text: str, when: datetime) -> str:
        with self.vendor.lock:
            return self._portal.create("contacts", {"lastname": text}, at=int(when.timestamp() * 1000))

    def change(self, id_: str, text: str) -> None:
        self.vendor.update("contacts", id_, lastname=text)

    def archive(self, id_: str) -> None:
        self.vendor.archive("contacts", id_)

    def restore(self, id_: str) -> None:
        with self.vendor.lock:
            self._portal.restore("contacts", id_)

    def merge(self, loser: str, winner: str) -> None:
        self.vendor.merge("contacts", winner, loser)

    def enlarge(self, id_: str, size: int) -> None:
        self.vendor.update("contacts", id_, company="x" * size)

    def add_field(self, text: str) -> None:
        definition: dict[str, Any] = {**self._portal.properties["contacts"][0], "name": text, "label": text.title()}
        self._portal.properties["contacts"].append(definition)

    def revoke(self) -> None:
        self.vendor.tokens.clear()

    def refuse_rights(self) -> None:
        self.vendor.scopes.remove(SCOPES["contacts"])


class TestHubSpot(ConformanceSuite):
    connector, standin = HubSpot, HubSpotPortal


class HubSpotApp(HubSpotPortal):
    """The same, signed in by OAuth."""

    lacks = {name: why for name, why in HubSpotPortal.lacks.items() if name != "expire_token"} | {
        "revoke": "a refresh token that is refused is tested with the connector",
    }  # fmt: skip

    def settings(self, base_url: str) -> dict[str, Any]:
        return {**self.vendor.oauth_settings(), **self.fast, "base_url": base_url}

    def secrets(self) -> Sequence[str]:
        return [CLIENT["client_secret"], CLIENT["refresh_token"], "sandbox-access-token"]

    def expire_token(self) -> None:
        self.vendor.tokens = dict.fromkeys(self.vendor.tokens, 0)


class TestHubSpotByOAuth(Rights, Suite):
    """What differs: how it signs in."""

    connector, standin = HubSpot, HubSpotApp
