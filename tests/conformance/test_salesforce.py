"""Salesforce, by the conformance kit: leads by REST and by Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.salesforce.connector import Salesforce
from connectors.testing import ConformanceSuite
from sandbox.salesforce.logins import CLIENT_SECRET
from sandbox.salesforce.records import stamp
from sandbox.salesforce.schema import FieldShape
from sandbox.salesforce.standin import SalesforceSandbox
from tests.conformance.vendors import NO_HOOKS, Sandboxed


class SalesforceOrg(Sandboxed[SalesforceSandbox]):
    """An org, signed in by client credentials; the text is a lead's company."""

    kind = SalesforceSandbox
    stream = "Lead"
    lacks = NO_HOOKS | {
        "extend": "the vendor gives only the fields that are asked for by name",
        "retype": "a field's values are of the type that describe tells",
    }  # fmt: skip
    untold = {"delete": "what leaves the recycle bin leaves no trace"}

    def begin(self) -> None:
        self.vendor.page_size = 3
        for table in ("Lead", "Contact", "Opportunity", "Account", "OpportunityContactRole"):
            self.vendor.org.tables[table].clear()
        self._made = 0

    def settings(self, base_url: str) -> dict[str, Any]:
        if not self._given:
            self.vendor.base_url = base_url
            self._given = {**self.vendor.settings("client"), **self.fast}
        return self._given

    def secrets(self) -> Sequence[str]:
        return [CLIENT_SECRET, *(token for token in self.vendor.logins.tokens if "session-" in token)]

    def add(self, text: str) -> str:
        return self._added(Company=text)

    def add_at(self, text: str, when: datetime) -> str:
        at = stamp(when)
        return self._added(Company=text, CreatedDate=at, LastModifiedDate=at, SystemModstamp=at)

    def _added(self, **values: Any) -> str:
        with self.vendor.lock:
            org = self.vendor.org
            (id_,) = org.add_leads(1, **values)
            return id_

    def change(self, id_: str, text: str) -> None:
        with self.vendor.lock:
            self.vendor.org.update(id_, Company=text)

    def delete(self, id_: str) -> None:
        with self.vendor.lock:
            self.vendor.org.purge(id_)

    def archive(self, id_: str) -> None:
        with self.vendor.lock:
            self.vendor.org.delete(id_)

    def restore(self, id_: str) -> None:
        with self.vendor.lock:
            self.vendor.org.undelete(id_)

    def merge(self, loser: str, winner: str) -> None:
        with self.vendor.lock:
            self.vendor.org.merge(winner, loser)

    def enlarge(self, id_: str, size: int) -> None:
        with self.vendor.lock:
            self.vendor.org.update(id_, Description="x" * size)

    def add_field(self, text: str) -> None:
        self.vendor.org.fields["Lead"].append(FieldShape(f"{text}__c", "string"))

    def revoke(self) -> None:
        self.vendor.expire_sessions()
        self.vendor.logins.token = lambda *_: (400, {"error": "invalid_client", "error_description": "no"})  # type: ignore[method-assign]

    def expire_token(self) -> None:
        self.vendor.expire_sessions()

    def expire_cursor(self) -> None:
        self.vendor._open.clear()
        self.vendor.jobs.all.clear()

    def refuse_rights(self) -> None:
        self.vendor.org.fields.pop("Lead")


class TestSalesforce(ConformanceSuite):
    connector, standin = Salesforce, SalesforceOrg


class SalesforceBulk(SalesforceOrg):
    """The same, where every first read is a Bulk job."""

    fast = {"bulk_above": 0, "bulk_page": 3}


class TestSalesforceByBulk(ConformanceSuite):
    connector, standin = Salesforce, SalesforceBulk
