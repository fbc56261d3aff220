"""Pushing to Sell: each record there once, whatever is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Change, Receipt
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.sell.destination import SellDestination, SellDestinationConfig
from hub.opening import open_hub
from hub.pushing import push_out
from hub.sync import sync_source
from sandbox.sell.account import Json
from sandbox.sell.standin import SellSandbox
from sandbox.vendor import status
from sandbox.zendesk_support import ZendeskSupportSandbox


@pytest.fixture(scope="module")
def running() -> Iterator[SellSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with SellSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: SellSandbox) -> SellSandbox:
    """An account with users, stages and names, and no records."""
    running.reset()
    running.account.clear("leads", "contacts", "deals")
    return running


def opened(vendor: SellSandbox, **settings: Any) -> SellDestination:
    values = {**vendor.settings(), "calls_per_second": 60_000, **settings}
    return SellDestination(SellDestinationConfig.model_validate(values))


def push(vendor: SellSandbox, *changes: Change, **settings: Any) -> list[Receipt]:
    with opened(vendor, **settings) as destination:
        return destination.push(changes)


def lead(number: int = 1, outside_id: str | None = None, **data: Any) -> Change:
    given = {"last_name": "Li", "email": f"li.{number}@example.com", "status": "New", **data}
    return Change(f"lead-{number}", "lead", number, "upsert", given, outside_id)


def contact(number: int, action: str = "upsert", outside_id: str | None = None, **data: Any) -> Change:
    return Change(
        f"contact-{number}", "contact", number, "delete" if action == "delete" else "upsert", data, outside_id
    )


def deal(number: int, **data: Any) -> Change:
    given = {"name": "Seats", "value": "1000.50", "currency": "EUR", "pipeline": "sales pipeline", **data}
    return Change(f"deal-{number}", "deal", number, "upsert", {"stage": "Quote", **given})


def rows(vendor: SellSandbox, table: str = "leads") -> list[Json]:
    return list(vendor.account.tables[table].values())


def test_a_lead_is_made_with_owner_source_tags_and_custom_fields(vendor: SellSandbox) -> None:
    """References by name become the account's ids; a source that it lacks is made."""
    (receipt,) = push(
        vendor,
        lead(
            first_name="Ann", owner_email="BO@example.com", source="Podcast", tags=["a", "b"],
            address={"city": "Boston", "line1": None}, custom_fields={"Seats": "20", "Shoe size": "43"},
        ),
    )  # fmt: skip

    (row,) = rows(vendor)
    users = {user["email"]: id_ for id_, user in vendor.account.tables["users"].items()}
    assert receipt.ok
    assert receipt.outside_id == str(row["id"])
    assert (row["first_name"], row["owner_id"], row["tags"]) == ("Ann", users["bo@example.com"], ["a", "b"])
    assert vendor.account.tables["lead_sources"][row["source_id"]]["name"] == "Podcast"
    assert row["custom_fields"] == {"Seats": "20"}
    assert "Shoe size" in receipt.text


def test_a_whole_deal_goes_out_in_one_push_whatever_the_order(vendor: SellSandbox) -> None:
    """Company, then person, then deal: what others point to goes first."""
    receipts = push(
        vendor,
        deal(1, contact_id=2, owner_email="nobody@example.com", added_at="2024-03-04T00:00:00Z", loss_reason="Price"),
        contact(2, last_name="Li", email="li@example.com", contact_id=3),
        contact(3, name="Acme", is_organization=True),
    )

    assert [receipt.ok for receipt in receipts] == [True, True, True]
    company, person = rows(vendor, "contacts")
    (row,) = rows(vendor, "deals")
    assert (company["is_organization"], person["contact_id"], row["contact_id"]) == (True, company["id"], person["id"])
    assert vendor.account.tables["stages"][row["stage_id"]]["name"] == "Quote"
    assert (row["value"], row["added_on"]) == ("1000.50", "2024-03-04T00:00:00Z")
    assert "nobody@example.com" in {r.key: r.text for r in receipts}["deal-1"]


def test_what_points_to_somebody_not_there_waits(vendor: SellSandbox) -> None:
    """And goes when the hub says what Sell calls them."""
    waiting = deal(1, contact_id=2)
    (receipt,) = push(vendor, waiting)
    known = Change(waiting.key, "deal", 1, "upsert", waiting.data, outside_refs={"contact_id": "77"})
    (later,) = push(vendor, known)

    assert (receipt.ok, later.ok) == (False, True)
    assert "not in Sell yet" in receipt.text
    assert rows(vendor, "deals")[0]["contact_id"] == 77


def test_a_pipeline_of_another_name_is_known_by_its_stage_if_no_other_has_one_of_that_name(vendor: SellSandbox) -> None:
    """The hub calls a source's pipeline "Sales Pipeline (crm)" when it has one of that name already."""
    refs = {"contact_id": "77"}
    data = {"name": "Seats", "pipeline": "Sales Pipeline (crm)", "stage": "Quote", "contact_id": 2}
    (first,) = push(vendor, Change("d", "deal", 1, "upsert", data, outside_refs=refs))
    other = vendor.account.add("pipelines", name="Renewals", disabled=False)
    vendor.account.add("stages", pipeline_id=other["id"], name="Quote", category="quote", position=1, likelihood=1)
    (second,) = push(vendor, Change("e", "deal", 2, "upsert", data | {"name": "More"}, outside_refs=refs))

    assert (first.ok, second.ok) == (True, False)


def test_a_stage_that_sell_does_not_have_is_told(vendor: SellSandbox) -> None:
    (receipt,) = push(vendor, Change("d", "deal", 1, "upsert", {"name": "x", "pipeline": "P", "stage": "Nowhere"}))

    assert not receipt.ok
    assert "Nowhere" in receipt.text


def test_a_delivered_record_is_changed_by_its_id_and_only_where_it_differs(vendor: SellSandbox) -> None:
    """Tags that Sell has beside ours stay: they are a whole to it. What is empty in the hub blanks nothing."""
    (first,) = push(vendor, lead(title="CEO", tags=["ours"]))
    row = rows(vendor)[0]
    row["tags"], row["phone"] = ["ours", "theirs"], "+1415"

    push(vendor, lead(outside_id=first.outside_id, title="CTO", phone=None, tags=["ours", "new"]))
    with vendor.counting() as calls:
        push(vendor, lead(outside_id=first.outside_id, title="CTO", tags=["ours", "new"]))

    assert (row["title"], row["phone"], row["tags"]) == ("CTO", "+1415", ["ours", "theirs", "new"])
    assert [call.method for call in calls] == ["GET"]
    assert len(rows(vendor)) == 1


def test_a_record_deleted_in_sell_is_not_made_again(vendor: SellSandbox) -> None:
    """Somebody meant it; a person decides."""
    (receipt,) = push(vendor, lead(outside_id="4711"))

    assert not receipt.ok
    assert "gone" in receipt.text
    assert rows(vendor) == []


def test_somebody_of_the_same_address_is_taken_for_the_same(vendor: SellSandbox) -> None:
    """Sell itself would make a second one: it knows no unique address."""
    there = vendor.account.add_leads(1)[0]
    there["email"] = "Li.1@Example.com"
    vendor.account.add_leads(1)
    there["email"] = "li.1@example.com"

    (receipt,) = push(vendor, lead(title="CEO"))

    assert receipt.outside_id == str(there["id"])
    assert there["title"] == "CEO"
    assert len(rows(vendor)) == 2


def test_several_that_could_be_it_are_named_and_none_is_touched(vendor: SellSandbox) -> None:
    for row in vendor.account.add_leads(2):
        row["email"] = "li.1@example.com"

    (receipt,) = push(vendor, lead(title="CEO"))

    assert not receipt.ok
    assert all(str(row["id"]) in receipt.text for row in rows(vendor))
    assert {row["title"] for row in rows(vendor)} == {None}


@pytest.mark.parametrize("email", ["li@example.com", None])
@pytest.mark.parametrize("settings", [{}, {"key_field": "Hub key"}])
def test_an_answer_that_was_lost_doubles_nothing(vendor: SellSandbox, email: str | None, settings: Json) -> None:
    """By address; without one by being equal in everything; by the key field in one call."""
    vendor.lost_answers = 1

    (receipt,) = push(vendor, lead(email=email, phone="+1415"), **settings)

    assert receipt.ok
    assert [str(row["id"]) for row in rows(vendor)] == [receipt.outside_id]


def test_without_an_address_another_of_the_same_name_is_not_taken(vendor: SellSandbox) -> None:
    """A bare name joins strangers."""
    push(vendor, lead(1, email=None, phone="+1415"))
    push(vendor, lead(2, email=None, phone="+4930"))

    assert [row["phone"] for row in rows(vendor)] == ["+1415", "+4930"]


def test_by_the_key_field_the_same_change_again_is_the_same_record(vendor: SellSandbox) -> None:
    """One call, and no look beforehand."""
    push(vendor, lead(title="CEO"), key_field="Hub key")
    with vendor.counting() as calls:
        push(vendor, lead(title="CTO"), key_field="Hub key")

    (row,) = rows(vendor)
    assert (row["title"], row["custom_fields"]) == ("CTO", {"Hub key": "lead 1"})
    assert [call.path for call in calls] == ["/v2/leads/upsert"]


def test_deletions_stay_in_the_hub_unless_one_says_so(vendor: SellSandbox) -> None:
    """A lead converted or merged here is somebody's lead there."""
    (made,) = push(vendor, lead())
    gone = Change("gone", "lead", 1, "delete", {}, made.outside_id)

    (kept,) = push(vendor, gone)
    assert len(rows(vendor)) == 1
    (deleted, again) = (push(vendor, gone, delete=True)[0], push(vendor, gone, delete=True)[0])

    assert kept.ok
    assert "stays" in kept.text
    assert deleted.ok
    assert again.ok
    assert rows(vendor) == []


def test_a_contact_with_deals_cannot_be_deleted_and_that_is_said(vendor: SellSandbox) -> None:
    push(vendor, contact(2, last_name="Li"), deal(1, contact_id=2))
    person = rows(vendor, "contacts")[0]

    (receipt,) = push(vendor, contact(2, "delete", str(person["id"])), delete=True)

    assert not receipt.ok
    assert "422" in receipt.text


def test_a_record_that_sell_refuses_leaves_the_others_alone(vendor: SellSandbox) -> None:
    """Each has its own receipt, with the vendor's code and the field."""
    bad, good = push(vendor, lead(1, last_name=None), lead(2))

    assert (bad.ok, good.ok) == (False, True)
    assert "missing /last_name" in bad.text


def test_when_sell_stops_answering_what_was_written_has_its_receipts(vendor: SellSandbox) -> None:
    """The rest stays in the outbox, and the push says why it ended."""
    destination = opened(vendor)
    (first,) = destination.push([lead(1)])
    vendor.faults.add(status(503, retry_after=600), at="/v2/leads", times=9)

    with pytest.raises(TransientError, match="503"):
        destination.push([lead(2), lead(3)])

    destination.close()
    assert first.ok
    assert len(rows(vendor)) == 1


def test_a_batch_cut_short_tells_at_the_end(vendor: SellSandbox) -> None:
    """Receipts first; nobody asks for another batch, so closing says it."""
    destination = opened(vendor)
    vendor.faults.add(lambda _: None, at="/v2/leads", times=2)
    vendor.faults.add(status(503, retry_after=600), at="/v2/leads", times=9)

    receipts = destination.push([lead(1), lead(2)])

    assert [receipt.key for receipt in receipts] == ["lead-1"]
    with pytest.raises(TransientError, match="503"):
        destination.close()


@pytest.mark.parametrize(("scopes", "token", "kind"), [({"read"}, None, SetupError), (None, "no", CredentialsError)])
def test_a_token_without_the_right_ends_the_push(
    vendor: SellSandbox, scopes: set[str] | None, token: str | None, kind: type[SetupError]
) -> None:
    vendor.scopes = scopes or vendor.scopes
    settings = {"token": token} if token else {}

    with pytest.raises(kind):
        push(vendor, lead(), **settings)


def test_an_unknown_kind_of_record_is_refused(vendor: SellSandbox) -> None:
    (receipt,) = push(vendor, Change("n", "note", 1, "upsert", {}))

    assert not receipt.ok


def test_a_hub_is_pushed_to_sell_and_the_second_time_nothing_goes_out(vendor: SellSandbox, tmp_path: Path) -> None:
    """Through the outbox: leads of another source, each once, their ids kept; a change goes to the same record."""
    with ZendeskSupportSandbox() as support:
        source = {"connector": "zendesk_support", "exports_per_minute": 60_000, **support.settings()}
        target = {"connector": "sell", "calls_per_second": 60_000, **vendor.settings()}
        text = "".join(
            f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
            for section, values in (("sources.help", source), ("destinations.sell", target))
        )
        (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
        with open_hub(tmp_path) as hub:
            sync_source(hub, "help")
            first = push_out(hub, "sell")
            again = push_out(hub, "sell", everything=True)
            with hub.store.read() as db:
                delivered = db.select("SELECT outside_id FROM delivery WHERE record_type = 'lead' AND ok", ())
            ticket = next(t for t in support.tickets.values() if "sales" in t["tags"])
            support.users[ticket["requester_id"]]["phone"] = "+14155550199"
            support.change(ticket, priority="urgent")
            sync_source(hub, "help")
            changed = push_out(hub, "sell")

    assert first.failed == 0
    assert first.upserted == len(rows(vendor))
    assert {str(row["id"]) for row in rows(vendor)} == {id_ for (id_,) in delivered}
    assert (again.upserted, again.skipped) == (0, again.queued)
    assert changed.upserted == 1
    assert "+14155550199" in {row["phone"] for row in rows(vendor)}
    assert len(rows(vendor)) == first.upserted
