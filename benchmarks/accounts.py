"""An account with each vendor, as many records in it as wanted, read by its connector: what it costs in calls and time.

The stand-ins are those of the conformance kit, with the vendor's largest pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from connectors.connector import Connector, Cursor
from connectors.testing.standin import StandIn
from hub.connecting import connector_class

SMALL = ("page_size", "page_rows", "list_page", "search_page", "read_batch", "relations_batch")
"""Settings by which the kit makes pages small; here they are the vendor's own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one connector is measured.

    Attributes:
        page: records that one call can bring.
        why: where that figure is from, and what else the vendor makes one ask.
        beside: calls of a first and of a later read that bring no records and that the vendor's API makes needed.
        blind: a full page does not say that it is the last: one more call tells.
        sweeps: settings that put off what is swept on a schedule of its own, and those that make it due.
    """

    standin: str
    page: int
    why: str
    beside: tuple[int, int] = (0, 0)
    blind: bool = False
    sweeps: tuple[dict[str, Any], dict[str, Any]] = ({}, {})


KINDS: dict[str, Kind] = {
    "hubspot": Kind(
        "test_hubspot:HubSpotPortal",
        100,
        "list 100 a call, search 200; 1 for properties; 1 proves the count; later: 1 for relations, 1 for the bin",
        (2, 3),
        sweeps=({"archived_every": 9e9, "relations_every": 9e9}, {"archived_every": 0, "relations_every": 1e-9}),
    ),
    "salesforce": Kind(
        "test_salesforce:SalesforceOrg",
        2_000,
        "a query's answer 2,000; 1 to sign in, 1 for the fields' names, 1 proves a first read's count",
        (3, 2),
    ),
    "mailchimp": Kind(
        "test_mailchimp:MailchimpAccount",
        1_000,
        "members 1,000 a call, archived ones by a list of their own; 1 lists the audiences",
        (2, 2),
        sweeps=({"sweep_every": 9e9}, {"sweep_every": 0}),
    ),
    "sell": Kind(
        "test_sell:SellAccount",
        100,
        "lists 100 a call, a full one may be the last; 1 for conversions; at first 1 for custom fields",
        (2, 1),
        blind=True,
    ),
    "zendesk_support": Kind(
        "test_zendesk_support:SupportTickets",
        1_000,
        "incremental export by cursor: 1,000 a call, which says when it ends; at first 1 for the brands' names",
        (1, 0),
    ),
    "zendesk_chat": Kind("test_zendesk_chat:ChatAccount", 1_000, "incremental chats: 1,000 a call", blind=True),
    "typeform": Kind(
        "test_typeform:TypeformForm", 1_000, "responses 1,000 a call; 1 lists forms, 1 for a form's questions", (2, 2)
    ),
    "jotform": Kind(
        "test_jotform:JotformForm",
        1_000,
        "submissions 1,000 a call; 1 lists forms, 1 for a form's questions",
        (2, 2),
        sweeps=({"edits_every": 9e9}, {"edits_every": 0}),
    ),
    "wufoo": Kind(
        "test_wufoo:WufooForm",
        100,
        "entries 100 a call, no sign of the last page: a full one is followed by one more; 1 lists forms, 1 questions",
        (2, 2),
        blind=True,
        sweeps=({"edits_every": 9e9}, {"edits_every": 0}),
    ),
    "google_forms": Kind(
        "test_google_forms:GoogleForm", 5_000, "responses 5,000 a call; 1 for the questions, 1 for a token", (2, 2)
    ),
    "google_sheets": Kind(
        "test_google_sheets:GoogleSheet",
        10_000,
        "a range as long as wanted (we ask 10,000 rows); 1 token, 1 the sheet, 1 its last change; it has no times, "
        "so one that changed is read whole",
        (3, 3),
    ),
    "gravity_forms": Kind(
        "test_gravity_forms:GravityFormsSite",
        200,
        "entries as many as asked for (we ask 200, a site's memory); 1 lists the form, 1 proves the count",
        (2, 2),
    ),
    "facebook_leads": Kind(
        "test_facebook_leads:LeadAdPage", 100, "leads 100 a call; 1 lists the page's forms; no sign of edits", (1, 1)
    ),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one read of a stream took; `seconds` are our own work, without waiting for the stand-in."""

    records: int
    calls: int
    seconds: float
    cursor: Cursor | None


@dataclass
class Account:
    """One vendor's account, and the connector that reads it."""

    name: str
    standin: StandIn
    address: str
    ids: list[str]

    def read(self, cursor: Cursor | None, *, sweeps: bool = False) -> Reading:
        """Read on from a cursor to the end.

        Args:
            sweeps: what is swept on a schedule is due, rather than put off.
        """
        put_off, due = KINDS[self.name].sweeps
        cls: type[Connector[Any]] = connector_class(self.name)
        given = {k: v for k, v in self.standin.settings(self.address).items() if k not in SMALL}
        config = cls.Config.model_validate({**given, **(due if sweeps else put_off)})
        began, records = time.thread_time(), 0
        with cls(config) as connector:
            for page in connector.pull(self.standin.stream, cursor):
                records += len(page.records)
                cursor = cursor if page.cursor is None else page.cursor
            return Reading(records, connector.calls, time.thread_time() - began, cursor)

    def change(self, count: int) -> None:
        """Change so many records; where that is not told, add them."""
        for number, id_ in enumerate(self.ids[:count]):
            if self.name in ADDED_ONLY:
                self.standin.add(f"new{number}")
            else:
                self.standin.change(id_, f"changed{number}")


ADDED_ONLY = frozenset({"typeform", "jotform", "wufoo", "facebook_leads"})
"""Vendors who do not tell of edits, or only in a sweep: what comes anew there is new."""


@contextmanager
def account(name: str, records: int) -> Iterator[Account]:
    """Make an account with so many records in it, of the last days."""
    module, _, kind = KINDS[name].standin.partition(":")
    standin: StandIn = getattr(import_module(f"tests.conformance.{module}"), kind)()
    address = standin.start()
    try:
        standin.reset()
        yield Account(name, standin, address, _filled(standin, records))
    finally:
        standin.stop()


def _filled(standin: StandIn, records: int) -> list[str]:
    vendor: Any = getattr(standin, "vendor", None)
    if hasattr(vendor, "page_size"):
        vendor.page_size = 2_000
    began, apart = datetime(2022, 1, 1, tzinfo=UTC), timedelta(days=700) / max(1, records)
    if "add_at" in standin.lacks:
        return [standin.add(f"p{number}") for number in range(records)]
    return [standin.add_at(f"p{number}", (began + apart * number).replace(microsecond=0)) for number in range(records)]


def fewest(name: str, records: int, *, first: bool) -> int:
    """Tell with how few calls the vendor's API can give so many records."""
    kind = KINDS[name]
    pages = records // kind.page + 1 if kind.blind else max(1, -(-records // kind.page))
    return pages + kind.beside[0 if first else 1]


def changed_since(made: Account, first: Reading, changes: int) -> Reading:
    """Read what changed: nothing of what was swept is due."""
    made.change(changes)
    return made.read(first.cursor)


__all__: Sequence[str] = ("KINDS", "Account", "Reading", "account", "changed_since", "fewest")
