"""All stand-ins at once, and the hub.toml of somebody who has an account with each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.mailchimp import MailchimpSandbox
from sandbox.people import SALES_TEAM
from sandbox.salesforce.standin import SalesforceSandbox
from sandbox.vendor import Vendor
from sandbox.zendesk_support import ZendeskSupportSandbox

VENDORS: dict[str, type[Vendor]] = {
    "salesforce": SalesforceSandbox,
    "hubspot": HubSpotSandbox,
    "mailchimp": MailchimpSandbox,
    "zendesk_support": ZendeskSupportSandbox,
}
"""Connector → its stand-in, in the order in which the demo reads them."""

POOL = "Inbound"
WEB_FORM = "web_form"
WEB_FORM_SECRET = "whsec_c2FuZGJveC13ZWItZm9ybS1zZWNyZXQ="


@dataclass(frozen=True, slots=True)
class World:
    """The vendors, running."""

    vendors: Mapping[str, Vendor]

    def hub_toml(self, heading: str) -> str:
        """Write the settings of a hub that reads all of them, and deals out leads to the sales team."""
        sources = {
            name: {"connector": name, "pool": POOL, **_ALL_AT_ONCE.get(name, {}), **vendor.settings()}
            for name, vendor in self.vendors.items()
        }
        sources[WEB_FORM] = {"connector": "webhook", "pool": POOL, "secret": WEB_FORM_SECRET}
        sections = [_section(f"sources.{name}", settings) for name, settings in sources.items()]
        users = [_section("users", {"name": name, "email": email}, many=True) for name, email in SALES_TEAM]
        pool = {"name": POOL, "of": "lead", "members": [email for _, email in SALES_TEAM]}
        return "\n".join([heading, *sections, *users, _section("pools", pool, many=True)])


_ALL_AT_ONCE: dict[str, dict[str, object]] = {}
"""Settings by which a connector does not hold back what a vendor's index may not show yet: a stand-in has no lag."""


@contextmanager
def world() -> Iterator[World]:
    """Start all stand-ins; they end with the block."""
    with ExitStack() as stack:
        yield World({name: stack.enter_context(vendor()) for name, vendor in VENDORS.items()})


def _section(name: str, settings: Mapping[str, object], *, many: bool = False) -> str:
    heading = f"[[{name}]]" if many else f"[{name}]"
    # A JSON string, number, boolean or list of these is TOML too.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    return "\n".join([heading, *lines, ""])
