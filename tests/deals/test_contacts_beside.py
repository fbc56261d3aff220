"""Contacts with roles beside a deal: said by people, they survive what sources list."""

from __future__ import annotations

import pytest

from connectors.connector import SourceRecord
from hub import deal_contacts
from hub.opening import Hub
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.deals.conftest import MEI, add_contact, row_of
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import customer, rows, run
from tests.hub.test_review_helpers import deal as hubspot_deal

PEOPLE = {"contacts": [customer(str(n), "N", f"Name{n}", f"n{n}@x.example") for n in (1, 2, 3)]}


def beside(hub: Hub, id_: int = 1) -> list[tuple[int, str | None, bool]]:
    """Who stands beside a deal."""
    return [(c.contact_id, c.role, c.is_primary) for c in deal_contacts.listed(hub, id_).contacts]


def test_a_contact_is_put_beside_a_deal_and_taken_away(hub: Hub, deal: int) -> None:
    """With the role that somebody gives, `involved` otherwise; twice is once."""
    other = add_contact(hub, "Bo")
    assert deal_contacts.add(hub, deal, other, "Decision maker", by=MEI).changed
    assert not deal_contacts.add(hub, deal, other, "Decision maker", by=MEI).changed
    assert beside(hub, deal) == [(other, "Decision maker", False)]
    deal_contacts.add(hub, deal, other)
    assert beside(hub, deal) == [(other, "involved", False)]
    deal_contacts.remove(hub, deal, other)
    assert beside(hub, deal) == []


def test_what_people_said_survives_what_the_source_lists(opened: OpenHub) -> None:
    """Added, given a role, taken away: each holds at the next sync, whatever it brings."""
    hub = opened(TOML)
    run(hub, {**PEOPLE, "deals": [hubspot_deal("9", "Pilot", ["1", "2"])]})
    deal_contacts.add(hub, 1, 3, "Adviser")
    deal_contacts.add(hub, 1, 1, "Buyer")
    deal_contacts.remove(hub, 1, 2)
    expected = [(1, "Buyer", True), (3, "Adviser", False)]
    assert beside(hub) == expected

    run(hub, {"deals": [hubspot_deal("9", "Pilot renamed", ["1", "2"])]})
    assert beside(hub) == expected
    assert rows(hub, "SELECT contact_id, origin FROM association ORDER BY 1") == [(1, "hand"), (3, "hand")]


def test_a_rehearsal_puts_nobody_anywhere(hub: Hub, deal: int) -> None:
    """It tells who would stand there."""
    other = add_contact(hub, "Bo")
    told = deal_contacts.add(hub, deal, other, dry_run=True).to_json()
    assert [each["contact_id"] for each in told["contacts"]] == [other]
    assert beside(hub, deal) == []


def test_what_cannot_be_is_refused_with_the_way_out(hub: Hub, deal: int) -> None:
    """The primary contact stays, strangers are not taken away, a role is one line."""
    li, other = row_of(hub, "deal", deal)["contact_id"], add_contact(hub, "Bo")
    with pytest.raises(SetupError, match="is the primary contact"):
        deal_contacts.remove(hub, deal, li)
    with pytest.raises(SetupError, match=f"C-{other} does not stand beside D-{deal}"):
        deal_contacts.remove(hub, deal, other)
    with pytest.raises(SetupError, match="there is no contact C-99"):
        deal_contacts.add(hub, deal, 99)
    with pytest.raises(SetupError, match="is not a role"):
        deal_contacts.add(hub, deal, other, "two\nlines")


def test_a_relation_record_keeps_its_contact_beside_the_deal_but_not_its_role(opened: OpenHub) -> None:
    """Salesforce's contact roles are records of their own: they are removed where they are."""
    hub = opened(TOML)
    people = [
        SourceRecord(f"c{n}", {"Id": f"c{n}", "LastName": f"Name{n}", "Email": f"n{n}@x.example"}) for n in (1, 2)
    ]
    deal = SourceRecord("o1", {"Id": "o1", "Name": "Pilot", "ContactId": "c1", "StageName": "Quote"})

    def role(name: str) -> SourceRecord:
        data = {"Id": "r1", "OpportunityId": "o1", "ContactId": "c2", "Role": name, "IsPrimary": False}
        return SourceRecord("r1", data)

    script = {"Contact": people, "Opportunity": [deal], "OpportunityContactRole": [role("User")]}
    run(hub, script, source="sf", connector="salesforce")
    assert (2, "User", False) in beside(hub)
    with pytest.raises(SetupError, match=r"a relation record says so: sf.OpportunityContactRole:r1"):
        deal_contacts.remove(hub, 1, 2)
    deal_contacts.add(hub, 1, 2, "Buyer")
    run(hub, {"OpportunityContactRole": [role("Manager")]}, source="sf", connector="salesforce")
    assert (2, "Buyer", False) in beside(hub)
