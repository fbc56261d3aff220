"""Counts the API calls of a first and of an incremental sync of each sandbox vendor, beside the fewest possible.

    python -m benchmarks.calls

The fewest are what the vendor's API allows for so many records when nothing is asked twice and nothing
is proved: pages of its largest size, and one call to learn that nothing changed. Ours are more by what
proves a read complete (a count), by looking up which fields there are, and by what is archived.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hub.opening import Hub, open_hub
from hub.sync import sync_source
from sandbox.facebook_leads import FacebookLeadsSandbox
from sandbox.google_forms import GoogleFormsSandbox
from sandbox.google_sheets import GoogleSheetsSandbox
from sandbox.gravity_forms import GravityFormsSandbox
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.jotform import JotformSandbox
from sandbox.mailchimp import MailchimpSandbox
from sandbox.salesforce.standin import SalesforceSandbox
from sandbox.sell.standin import SellSandbox
from sandbox.typeform import TypeformSandbox
from sandbox.vendor import Vendor
from sandbox.wufoo import WufooSandbox
from sandbox.zendesk_chat import ZendeskChatSandbox
from sandbox.zendesk_support import ZendeskSupportSandbox

_PAGE = {
    "hubspot": 100, "salesforce": 2_000, "mailchimp": 1_000, "zendesk_support": 1_000,
    "typeform": 1_000, "jotform": 1_000, "wufoo": 100, "sell": 100, "facebook_leads": 100, "zendesk_chat": 1_000,
    "google_sheets": 10_000, "google_forms": 5_000, "gravity_forms": 200,
}  # fmt: skip
"""Records that one call of a first read can bring. Source: each vendor's API documentation."""

_VENDORS: dict[str, tuple[Callable[[], Vendor], dict[str, Any]]] = {
    "salesforce": (SalesforceSandbox, {}),
    "hubspot": (HubSpotSandbox, {"lag": 0, "search_per_second": 1_000}),
    "mailchimp": (MailchimpSandbox, {}),
    "zendesk_support": (ZendeskSupportSandbox, {"exports_per_minute": 10_000}),
    "typeform": (TypeformSandbox, {"calls_per_second": 1_000}),
    "jotform": (JotformSandbox, {}),
    "wufoo": (WufooSandbox, {"calls_per_second": 1_000}),
    "sell": (SellSandbox, {"calls_per_second": 10_000}),
    "facebook_leads": (FacebookLeadsSandbox, {}),
    "zendesk_chat": (ZendeskChatSandbox, {}),
    "google_forms": (GoogleFormsSandbox, {"reads_per_minute": 1_000_000}),
    "google_sheets": (GoogleSheetsSandbox, {"reads_per_minute": 1_000_000}),
    "gravity_forms": (GravityFormsSandbox, {"calls_per_second": 10_000}),
}


def main() -> None:
    """Print a row per stream: records, calls of the first and of the next sync, and the fewest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measured()
    if given.json:
        print(json.dumps({"streams": rows}))
        return
    print(f"{'source':16} {'stream':24} {'records':>7} {'first':>6} {'fewest':>7} {'next':>5} {'fewest':>7}")
    for row in rows:
        print(
            f"{row['source']:16} {row['stream']:24} {row['records']:>7} {row['first']:>6} {row['first_fewest']:>7} "
            f"{row['next']:>5} {row['next_fewest']:>7}"
        )


def measured() -> list[dict[str, Any]]:
    """Sync every vendor twice and count."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sections = ""
        for name, (make, settings) in _VENDORS.items():
            vendor = stack.enter_context(make())
            values = {"connector": name, **vendor.settings(), **settings}
            sections += f"[sources.{name}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items())
        (folder / "hub.toml").write_text(sections, encoding="utf-8")
        hub = stack.enter_context(open_hub(folder))
        return [row for name in _VENDORS for row in _twice(hub, name)]


def _twice(hub: Hub, source: str) -> list[dict[str, Any]]:
    first, later = sync_source(hub, source), sync_source(hub, source)
    return [
        {
            "source": source,
            "stream": one.stream,
            "records": one.counts.read,
            "first": one.calls,
            "first_fewest": max(1, -(-one.counts.read // _PAGE[source])),
            "next": two.calls,
            "next_fewest": 1,
        }
        for one, two in zip(first, later, strict=True)
    ]


if __name__ == "__main__":
    main()
