"""Custom fields on their way to contacts and deals, and what must hold of a lead to be converted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.by_hand import by_hand
from hub.conversion_wishes import Wishes
from hub.opening import Hub
from hub.tracing import trace
from sell_model.custom_fields import CustomField, CustomType
from sell_model.errors import SetupError
from storage.custom_fields import add_field
from tests.conftest import OpenHub
from tests.conversion.world import TOML, bring, convert, lead_row, record
from tests.hub.test_review_helpers import contact, rows, run

ADA = lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme")


def define(hub: Hub, record_type: str, **fields: CustomType) -> None:
    """Define custom fields."""
    with hub.store.write() as db:
        for name, type_ in fields.items():
            add_field(db, CustomField(record_type, name, type_), hub.now())


def test_custom_values_go_where_there_is_a_field_for_them(hub: Hub, tmp_path: Path) -> None:
    """To the contact, to the deal, to both; what has no place is listed, and no field is made."""
    define(hub, "lead", Size="string", Budget="number", Secret="string", Tier="string")
    define(hub, "contact", size="text", Tier="number")
    define(hub, "deal", Budget="number", Size="string")
    bring(hub, tmp_path, ADA)
    with by_hand(hub, "lead edit") as hand:
        values = {"Size": "L", "Budget": "5000", "Secret": "x", "Tier": "gold"}
        hand.edit("lead", 1, {f"custom_fields.{name}": value for name, value in values.items()})
    before = rows(hub, "SELECT record_type, name FROM custom_field ORDER BY 1, 2")
    done = convert(hub, 1, Wishes(deal=""))

    assert record(hub, "contact", done.person)["custom_fields"] == {"size": "L"}
    assert record(hub, "deal", done.deal)["custom_fields"] == {"Budget": "5000", "Size": "L"}
    assert {"size", "Budget"} <= set(done.carried)
    assert {each.field: each.why for each in done.left if each.field in {"Secret", "Tier"}} == {
        "Secret": "contacts have no custom field of this name",
        "Tier": "contacts have it as number, leads as string",
    }
    assert rows(hub, "SELECT record_type, name FROM custom_field ORDER BY 1, 2") == before


def test_what_sources_say_later_goes_the_same_way(hub: Hub) -> None:
    """A sync after the conversion brings a custom value to the contact's own field."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    done = convert(hub, 1)
    assert record(hub, "contact", done.person)["custom_fields"] == {"Lifecycle stage": "lead"}

    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", lifecyclestage="opportunity")]})
    assert record(hub, "contact", done.person)["custom_fields"] == {"Lifecycle stage": "opportunity"}


def test_a_contacts_values_are_traced_to_the_leads_source_record(hub: Hub) -> None:
    """Custom ones, too; what only leads have is no value of the contact."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", jobtitle="CTO")]})
    done = convert(hub, 1)
    told = {story.field: story.said for story in trace(hub, "contact", done.person or 0)}

    said = [told["title"], told["custom_fields.Lifecycle stage"]]
    assert [each.record for each in said if each is not None] == ["crm.contacts:1"] * 2
    assert "status" not in told


def qualified(opened: OpenHub, criteria: str) -> Hub:
    """A hub whose leads must have an address and be at work."""
    return opened(f'[hub]\nqualification = "email is not empty and status is Working"\ncriteria = "{criteria}"\n{TOML}')


def test_what_does_not_hold_is_told_and_converted_all_the_same(opened: OpenHub, tmp_path: Path) -> None:
    """`warn`: people know better."""
    hub = qualified(opened, "warn")
    bring(hub, tmp_path, ADA)
    assert convert(hub, 1).warnings == ["not qualified: status is Working: does not hold"]


def test_what_does_not_hold_is_refused_until_it_does(opened: OpenHub, tmp_path: Path) -> None:
    """`refuse`: with the parts that do not hold, and nothing is stored."""
    hub = qualified(opened, "refuse")
    bring(hub, tmp_path, ADA)
    with pytest.raises(SetupError, match="L-1 is not qualified: status is Working: does not hold"):
        convert(hub, 1)
    assert rows(hub, "SELECT COUNT(*) FROM contact") == [(0,)]

    with by_hand(hub, "lead edit") as hand:
        hand.edit("lead", 1, {"status": "Working"})
    assert convert(hub, 1).warnings == []


def test_a_qualification_that_cannot_be_read_says_where_it_stands(opened: OpenHub, tmp_path: Path) -> None:
    """In hub.toml."""
    hub = opened(f'[hub]\nqualification = "shoe_size > 3"\n{TOML}')
    bring(hub, tmp_path, ADA)
    with pytest.raises(SetupError, match=r"\[hub\] qualification in hub.toml.*shoe_size"):
        convert(hub, 1)
