from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Settings
from typing import Any

import pytest

from connectors.connector import Connector
from connectors.facebook_leads.connector import FacebookLeads
from connectors.google_forms.connector import GoogleForms
from connectors.google_sheets.connector import GoogleSheets
from connectors.gravity_forms.connector import GravityForms
from connectors.hubspot.connector import HubSpot
from connectors.jotform.connector import Jotform
from connectors.mailchimp.connector import Mailchimp
from connectors.salesforce.connector import Salesforce
from connectors.sell.connector import Sell
from connectors.typeform.connector import Typeform
from connectors.wufoo.connector import Wufoo
from connectors.zendesk_chat.connector import ZendeskChat
from connectors.zendesk_support.connector import ZendeskSupport
from mappings.compile import Context, compile_mapping
from mappings.library import Library
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
from sell_model.draft import Draft, Held

UNDERSTOOD = {"missing", "bad_email", "unknown_value"}


@pytest.mark.parametrize(
    ("vendor", "connector", "pace"),
    [
        (HubSpotSandbox, HubSpot, {"search_per_second": 1e6}),
        (SalesforceSandbox, Salesforce, {}),
        (MailchimpSandbox, Mailchimp, {}),
        (GoogleFormsSandbox, GoogleForms, {"reads_per_minute": 1e6}),
        (GravityFormsSandbox, GravityForms, {"calls_per_second": 1e4}),
        (GoogleSheetsSandbox, GoogleSheets, {"reads_per_minute": 1e6}),
        (ZendeskSupportSandbox, ZendeskSupport, {"exports_per_minute": 60_000}),
        (FacebookLeadsSandbox, FacebookLeads, {}),
        (ZendeskChatSandbox, ZendeskChat, {}),
        (TypeformSandbox, Typeform, {"calls_per_second": 1e6}),
        (JotformSandbox, Jotform, {}),
        (WufooSandbox, Wufoo, {"calls_per_second": 1e6}),
        (SellSandbox, Sell, {"calls_per_second": 60_000}),
    ],
)
def test_what_the_real_connectors_bring_goes_through_the_shipped_mappings(
    vendor: type[Vendor], connector: type[Connector[Any]], pace: Settings[str, Any]
) -> None:
    """Every default stream has its mapping; most records are drafts, the odd ones held for plain reasons."""
    library, outcomes = Library(None), Counter[str]()
    with vendor() as stand_in, connector(connector.Config(**stand_in.settings(), **pace)) as source:
        for stream in (stream for stream in source.streams() if stream.default):
            records = [each for page in source.pull(stream.name, None) for each in page.records]
            files = library.for_stream(source.name, stream.name)
            assert files, stream.name
            for mapping in (compile_mapping(file, Context()) for file in files):
                for record in records:
                    got = mapping.apply(record.data) if record.event == "live" else None
                    outcomes[type(got).__name__] += 1
                    for reason in got.reasons if isinstance(got, Held) else ():
                        assert reason.code in UNDERSTOOD, reason

    assert outcomes[Draft.__name__] > 10 * outcomes[Held.__name__]
