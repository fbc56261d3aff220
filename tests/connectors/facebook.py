"""What the tests of Facebook Lead Ads share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.connector import Cursor, Page, Request, SourceRecord
from connectors.facebook_leads.connector import FacebookLeads
from connectors.facebook_leads.settings import FacebookLeadsConfig
from sandbox.facebook_leads import QUOTE, FacebookLeadsSandbox

AN_HOUR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def connect(vendor: FacebookLeadsSandbox, **settings: Any) -> FacebookLeads:
    """A connector pointed at the stand-in by nothing but its settings."""
    return FacebookLeads(FacebookLeadsConfig(**{**vendor.settings(), **settings}))


def pages(vendor: FacebookLeadsSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as source:
        return list(source.pull("leads", cursor))


def read(
    vendor: FacebookLeadsSandbox, cursor: Cursor | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    got = pages(vendor, cursor, **settings)
    last = got[-1].cursor
    assert last is not None
    return [record for page in got for record in page.records], last


def hooked(vendor: FacebookLeadsSandbox, **settings: Any) -> FacebookLeads:
    """A connector that receives."""
    return connect(vendor, app_secret=vendor.app_secret, verify_token=vendor.verify_token, **settings)


def posted(headers: dict[str, str], body: bytes) -> Request:
    """A notice as it arrives at the hub."""
    return Request("POST", "https://hub.example.com/hooks/facebook", headers, body, datetime.now(UTC))


def asked(query: str) -> Request:
    """The vendor's question as it arrives at the hub."""
    return Request("GET", f"https://hub.example.com/hooks/facebook?{query}", {}, b"", datetime.now(UTC))


def quiet(vendor: FacebookLeadsSandbox) -> FacebookLeadsSandbox:
    """Leave one empty form."""
    vendor.forms = {QUOTE: vendor.forms[QUOTE]}
    vendor.clear()
    return vendor
