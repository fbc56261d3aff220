from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Settings
from typing import Any

import pytest

from connectors.connector import Connector
from connectors.hubspot.connector import HubSpot
from connectors.mailchimp.connector import Mailchimp
from connectors.salesforce.connector import Salesforce
from connectors.zendesk_support.connector import ZendeskSupport
from mappings.compile import Context, compile_mapping
from mappings.library import Library
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.mailchimp import MailchimpSandbox
from sandbox.salesforce.standin import SalesforceSandbox
from sandbox.vendor import Vendor
from sandbox.zendesk_support import ZendeskSupportSandbox
from sell_model.draft import Draft, Held

UNDERSTOOD = {"missing", "bad_email", "unknown_value"}


@pytest.mark.parametrize(
    ("vendor", "connector", "pace"),
    [
        (HubSpotSandbox, HubSpot, {"search_per_second": 1e6}),
        (SalesforceSandbox, Salesforce, {}),
        (MailchimpSandbox, Mailchimp, {}),
        (ZendeskSupportSandbox, ZendeskSupport, {"exports_per_minute": 60_000}),
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
