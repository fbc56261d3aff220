"""Notes, tasks, calls and visits: each says beside which record it stands, and of which of our streams that is.

The vendor keeps people and companies in one list of contacts, leads in another, and numbers each by itself: the
same number may be a lead and a contact. So the id of what an activity stands at is put under a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.connector import Cursor, JsonObject
from connectors.errors import TransientError
from connectors.sell.api import RefusedCallError
from connectors.sell.deal_contacts import DealContacts
from connectors.sell.reading import List, Read, read_list, read_whole

ACTIVITIES = {"notes": "/notes", "tasks": "/tasks", "calls": "/calls", "visits": "/visits"}
"""Stream → its path."""
ALL = {"read": "all"}
"""The cursor of a list that the vendor does not sort by time: it is read whole each time."""


def with_places(rows: list[JsonObject], contacts: DealContacts) -> list[JsonObject]:
    """Give activities with `lead_id`, `contact_person_id`, `contact_company_id`, `deal_id`: one of them, or none."""
    ids = {row["resource_id"] for row in rows if row.get("resource_type") == "contact"}
    kinds = contacts.kinds({id_ for id_ in ids if isinstance(id_, int)})
    return [row | _place(row.get("resource_type"), row.get("resource_id"), kinds) for row in rows]


def _place(kind: Any, id_: Any, is_company: dict[int, bool]) -> JsonObject:
    place = dict.fromkeys(("lead_id", "contact_person_id", "contact_company_id", "deal_id"))
    if kind == "contact":
        kind = "contact_company" if is_company.get(id_, False) else "contact_person"
    name = f"{kind}_id"
    return place | ({name: id_} if name in place else {})


def read_activities(
    get: List, cursor: Cursor | None, *, largest: int, overlap: float, now: float, what: str
) -> Iterator[Read]:
    """Yield all, or what changed since the cursor; all again where the vendor does not sort this list by time.

    Raises:
        TransientError: the list is not in the order that was asked for.
    """
    marked = cursor is not None and "mark" in cursor
    if cursor is not None and not marked and (cursor == ALL or "step" in cursor):
        yield from _whole(get, cursor, largest, what)
        return
    try:
        yield from read_list(get, cursor if marked else None, largest=largest, overlap=overlap, now=now, what=what)
    except RefusedCallError as error:
        if "invalid_param" not in error.codes:
            raise
        yield from _whole(get, None, largest, what)


def _whole(get: List, cursor: Cursor | None, largest: int, what: str) -> Iterator[Read]:
    """Read all by id; in the vendor's own order, and without proof, where it takes no order at all."""
    try:
        yield from read_whole(get, cursor, largest=largest, what=what)
    except RefusedCallError as error:
        if "invalid_param" not in error.codes:
            raise
        yield from _as_listed(get, largest, what)


def _as_listed(get: List, largest: int, what: str) -> Iterator[Read]:
    page, before = 1, None
    while True:
        listing = get({"page": page, "per_page": largest})
        if listing.rows and listing.rows == before:
            raise TransientError(f"Zendesk Sell: page {page} of {what} is page {page - 1} again")
        before = listing.rows
        yield Read(listing.rows, ALL)  # a read that is cut short begins anew
        if not listing.rows or (len(listing.rows) < largest and not listing.more):
            return
        page += 1
