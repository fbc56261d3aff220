"""Facebook Lead Ads, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.connector import Request
from connectors.facebook_leads.connector import FacebookLeads
from connectors.testing import ConformanceSuite
from sandbox.facebook_leads import QUOTE, FacebookLeadsSandbox, question
from tests.conformance.vendors import NO_ARCHIVE, NO_MERGE, Sandboxed, post


class LeadAdPage(Sandboxed[FacebookLeadsSandbox]):
    """A page with one form; who fills it in says the text as their name."""

    kind = FacebookLeadsSandbox
    stream = "leads"
    fast = {"page_size": 3, "app_secret": "made-up-app-secret", "verify_token": "made-up-verify-token"}
    lacks = NO_ARCHIVE | NO_MERGE | {
        "change": "a lead does not change",
        "expire_token": "page tokens that ended cannot be renewed without a person: see revoke",
        "expire_cursor": "pages are named by their last lead",
        "stale": "a notice bears no time of being sent",
        "extend": "the vendor gives only what is asked for by name: `lead_fields`",
    }  # fmt: skip
    untold = {"delete": "the vendor forgets leads after 90 days, which is no deletion, and tells nothing of it"}

    def begin(self) -> None:
        self.vendor.forms = {QUOTE: self.vendor.forms[QUOTE]}
        self.vendor.clear()

    def secrets(self) -> Sequence[str]:
        return ["EAAmadeuppagetoken", "made-up-app-secret", "made-up-verify-token"]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.leads[QUOTE] if row["id"] == id_)

    def add(self, text: str) -> str:
        return self._said(self.vendor.add_leads(1)[0], text)

    def add_at(self, text: str, when: datetime) -> str:
        return self._said(self.vendor.add_leads(1, at=when)[0], text)

    @staticmethod
    def _said(row: dict[str, Any], text: str) -> str:
        row["field_data"] = [{"name": "full_name", "values": [text]}]
        return str(row["id"])

    def delete(self, id_: str) -> None:
        self.vendor.remove(self._row(id_))

    def retype(self, id_: str) -> None:
        row = self._row(id_)
        row.update(platform=7, is_organic="no")
        row["field_data"].append({"name": "email", "values": None})

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["field_data"].append({"name": "company_name", "values": ["x" * size]})

    def add_field(self, text: str) -> None:
        self.vendor.forms[QUOTE]["questions"].append(question(text, "Kit"))

    def revoke(self) -> None:
        self.vendor.expired = True

    def refuse_rights(self) -> None:
        self.vendor.rights = frozenset(self.vendor.rights - {"leads_retrieval"})

    def deliver(self, id_: str) -> Request:
        headers, body = self.vendor.notice([self._row(id_)])
        return post(body, headers)

    def forge(self, id_: str) -> Sequence[Request]:
        headers, body = self.vendor.notice([self._row(id_)])
        return [post(body + b" ", headers), post(body), post(body, {"x-hub-signature-256": "sha256=00"})]

    def sign(self, body: bytes) -> Request:
        return post(body, self.vendor.signed(body))


class TestFacebookLeads(ConformanceSuite):
    connector, standin = FacebookLeads, LeadAdPage
