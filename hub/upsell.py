"""Upsell: what to know before a customer is offered more."""

from __future__ import annotations

from hub.records import shown_id
from storage.hot import Writer
from storage.upsell import with_open_tickets


def warnings(db: Writer, contact_id: int) -> list[str]:
    """Say why now may be a bad time to offer a customer more: tickets that are still open.

    The contact's own, those of the company it works for, and of all who work there; at most ten contacts are named.
    """
    found = with_open_tickets(db, contact_id)
    return [
        f"{shown_id('contact', each.contact_id)} {each.name or ''}".rstrip()
        + f" has {each.open_tickets} open {'ticket' if each.open_tickets == 1 else 'tickets'}: settle that first, "
        f"or mention it: sellhub contact show {shown_id('contact', each.contact_id)}"
        for each in found
    ]
