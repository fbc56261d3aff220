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
from typing import Any, Literal

from connectors.connector import Connector, Cursor
from connectors.testing.standin import StandIn
from hub.connecting import connector_class

SMALL = ("page_size", "page_rows", "list_page", "search_page", "read_batch", "relations_batch")
"""Settings by which the kit makes pages small; here they are the vendor's own."""

Read = Literal["first", "later", "nothing"]


@dataclass(frozen=True, slots=True)
class Pages:
    """How a vendor's list is paged, by its own documentation.

    Attributes:
        most: records that one call can bring at most; None: the vendor names no limit.
        source: where that is written.
        blind: a full page does not say that it is the last: one more call tells.
    """

    most: int | None
    source: str
    blind: bool = False

    def calls(self, records: int) -> int:
        """Tell how many calls so many records take; one is needed to learn that there are none."""
        if self.most is None:
            return 1
        return records // self.most + 1 if self.blind else max(1, -(-records // self.most))


@dataclass(frozen=True, slots=True)
class Needed:
    """A call that brings no records, and that the vendor's API leaves no way around.

    Attributes:
        why: what would be missing without it.
        first, later, nothing: how many of a first read, of a later one, and of one that finds nothing.
    """

    why: str
    first: int = 1
    later: int = 1
    nothing: int = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """How one connector is measured, and the fewest calls that its vendor's API allows.

    Attributes:
        first: the list that a first read goes through.
        later: the list that tells what changed; None: the same.
        needed: calls beside the pages.
        above: why the connector makes more calls than the fewest, where it does.
        sweeps: settings that put off what is swept on a schedule of its own, and those that make it due.
    """

    standin: str
    first: Pages
    later: Pages | None = None
    needed: tuple[Needed, ...] = ()
    above: str = ""
    sweeps: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    @property
    def why(self) -> str:
        """Say how the fewest calls come about, in one line."""
        lists = [self.first] + ([self.later] if self.later else [])
        parts = [f"{pages.most or 'any number'} a call ({pages.source})" for pages in lists]
        return "; ".join([*parts, *(f"{need.first}/{need.later}/{need.nothing} {need.why}" for need in self.needed)])


_TOKEN = Needed("an access token, which ends within the hour")
_FORMS = Needed("the list of forms: forms come and go")
_QUESTIONS = Needed("the form's questions: an answer bears their ids alone", nothing=0)
EDITS = ({"edits_every": 9e9}, {"edits_every": 0})

KINDS: dict[str, Kind] = {
    "hubspot": Kind(
        "test_hubspot:HubSpotPortal",
        Pages(100, "CRM objects v3, list: limit 1 to 100"),
        Pages(200, "CRM search: limit 1 to 200"),
        (
            Needed("the properties' names: records bear only those that are asked for", nothing=0),
            Needed("a count by search: the list tells no total", later=0, nothing=0),
            Needed("associations v4, 1,000 records a call: search leaves them out", first=0, nothing=0),
            Needed("the archived ones: listed apart", first=0),
        ),
        "later: a first search asks whether anything changed, so that a run which finds nothing needs no names",
        sweeps=({"archived_every": 9e9, "relations_every": 9e9}, {"archived_every": 0, "relations_every": 1e-9}),
    ),
    "salesforce": Kind(
        "test_salesforce:SalesforceOrg",
        Pages(2_000, "REST query: batchSize up to 2,000"),
        needed=(
            Needed("a session"),
            Needed("the fields' names (describe): SOQL has no * beyond 200 rows"),
            Needed("a count: what ends a query early looks like its end", later=0, nothing=0),
        ),
    ),
    "mailchimp": Kind(
        "test_mailchimp:MailchimpAccount",
        Pages(1_000, "Marketing API 3.0, list members: count, maximum 1,000"),
        needed=(
            Needed("the audiences: they come and go"),
            Needed("the archived members: listed only by their status"),
        ),
        sweeps=({"sweep_every": 9e9}, {"sweep_every": 0}),
    ),
    "sell": Kind(
        "test_sell:SellAccount",
        Pages(100, "Core API v2: per_page, maximum 100; meta.links.next_page"),
        needed=(Needed("the conversions: a converted lead leaves the list of leads"),),
        above="first: pages overlap by a record, so that one who is deleted while we read hides nobody (1 call in 11), "
        "and the latest change is asked for before",
    ),
    "zendesk_support": Kind(
        "test_zendesk_support:SupportTickets",
        Pages(1_000, "incremental export by cursor: per_page up to 1,000; end_of_stream"),
        needed=(Needed("the brands' names: no side-load has them", later=0, nothing=0),),
    ),
    "zendesk_chat": Kind(
        "test_zendesk_chat:ChatAccount", Pages(1_000, "Chat incremental export: limit, maximum 1,000", blind=True)
    ),
    "typeform": Kind(
        "test_typeform:TypeformForm",
        Pages(1_000, "Responses API: page_size, maximum 1,000; total_items"),
        needed=(_FORMS, _QUESTIONS),
    ),
    "jotform": Kind(
        "test_jotform:JotformForm",
        Pages(1_000, "form submissions: limit, maximum 1,000"),
        needed=(_FORMS, _QUESTIONS),
        sweeps=EDITS,
    ),
    "wufoo": Kind(
        "test_wufoo:WufooForm",
        Pages(100, "Wufoo API v3, entries: pageSize, maximum 100", blind=True),
        needed=(_FORMS, _QUESTIONS),
        above="later: a page that is not full is proved the last by an empty one, since a host's pages may be smaller",
        sweeps=EDITS,
    ),
    "google_forms": Kind(
        "test_google_forms:GoogleForm",
        Pages(5_000, "Forms API v1, responses.list: pageSize, at most 5,000"),
        needed=(_TOKEN, _QUESTIONS),
        above="nothing: responses of the last minutes are read again, for some come to light late",
    ),
    "google_sheets": Kind(
        "test_google_sheets:GoogleSheet",
        Pages(None, "Sheets API v4, values: a range has no limit of rows"),
        needed=(
            _TOKEN,
            Needed("the sheet: its name and size", nothing=0),
            Needed(
                "Drive's time of the last change, alone where there is none: a sheet that changed is read whole",
                nothing=0,
            ),
        ),
    ),
    "gravity_forms": Kind(
        "test_gravity_forms:GravityFormsSite",
        Pages(None, "REST API v2, entries: paging[page_size] has no limit"),
        needed=(_QUESTIONS, Needed("the entries in the trash: listed by their status")),
        above="pages of 200, which a site's memory bears; nothing: the last entries are read again",
    ),
    "facebook_leads": Kind(
        "test_facebook_leads:LeadAdPage",
        Pages(100, "Graph API, leads: as much as is known to be answered; Meta documents no maximum"),
        needed=(Needed("the page's forms: they come and go"),),
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


def fewest(name: str, records: int, read: Read) -> int:
    """Tell with how few calls the vendor's API can give so many records."""
    kind = KINDS[name]
    pages = kind.first if read == "first" else kind.later or kind.first
    beside = {
        "first": sum(need.first for need in kind.needed),
        "later": sum(need.later for need in kind.needed),
        "nothing": sum(need.nothing for need in kind.needed),
    }
    return pages.calls(records) + beside[read]


def changed_since(made: Account, first: Reading, changes: int) -> Reading:
    """Read what changed: nothing of what was swept is due."""
    made.change(changes)
    return made.read(first.cursor)


__all__: Sequence[str] = ("KINDS", "Account", "Read", "Reading", "account", "changed_since", "fewest")
