"""Who is about to be offered more and still waits for an answer; on both databases."""

from __future__ import annotations

from hub.by_hand import by_hand
from hub.opening import Hub
from hub.upsell import warnings
from sell_model.draft import Draft, Ref
from tests.conftest import OpenHub


def acme(hub: Hub) -> tuple[int, int, int, int]:
    """A company, two who work there, and a stranger."""
    with by_hand(hub, "contact add") as hand:
        company = hand.add(Draft("contact", {"is_organization": True, "name": "Acme"}))
        works_for = {"company": Ref("company", str(company))}
        ann = hand.add(Draft("contact", {"first_name": "Ann", "last_name": "Li"}, works_for))
        bo = hand.add(Draft("contact", {"last_name": "Wu"}, works_for))
        return company, ann, bo, hand.add(Draft("contact", {"last_name": "Oz"}))


def open_tickets(hub: Hub, contact: int, count: int) -> None:
    """What the figures of a contact say."""
    with hub.store.write() as db:
        columns = ("record_type", "record_id", "open_tickets")
        db.upsert("figure", columns, columns[:2], [("contact", contact, count)])


def told(hub: Hub, contact: int) -> list[str]:
    """What is said before this contact is offered more."""
    with hub.store.read() as db:
        return warnings(db, contact)


def test_open_tickets_of_the_company_and_all_who_work_there_are_told(opened: OpenHub) -> None:
    """Whoever of them one is about to talk to."""
    hub = opened()
    company, ann, bo, stranger = acme(hub)
    open_tickets(hub, ann, 1)
    open_tickets(hub, company, 3)
    open_tickets(hub, stranger, 5)

    for contact in (company, ann, bo):
        first, second = told(hub, contact)
        assert first.startswith(f"C-{company} Acme has 3 open tickets")
        assert second.startswith(f"C-{ann} Ann Li has 1 open ticket:")
    assert len(told(hub, stranger)) == 1


def test_without_open_tickets_nothing_is_told(opened: OpenHub) -> None:
    """A warning that always comes is not read."""
    hub = opened()
    company, ann, _, _ = acme(hub)
    open_tickets(hub, ann, 0)

    assert told(hub, company) == told(hub, ann) == []
