"""Reading one form's leads: newest first, up to where the last read began.

Since the newest come first, where a read ends is known only at its end: until then the cursor holds the
next page *and* the newest lead met, so that a read broken off goes on, and what comes meanwhile is for the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from connectors.connector import Cursor, JsonObject
from connectors.facebook_leads.answers import RefusedCallError
from connectors.facebook_leads.graph import Listing, Next


@dataclass(frozen=True, slots=True)
class Place:
    """Where one form was read up to; times are Unix seconds.

    Attributes:
        since: leads created before this were read; None: none was.
        newest: the latest lead met by the read under way.
        next: asks for its next page; None: it has not begun, or is done.
    """

    since: int | None = None
    newest: int | None = None
    next: Next | None = None

    def ended(self, overlap: int) -> Place:
        """The place behind a whole read: the next one begins a little before the newest lead."""
        if self.newest is None:
            return Place(self.since)
        return Place(max(self.newest - overlap, self.since or 0))


class Progress:
    """The stream's cursor, taken apart: a place for each form."""

    def __init__(self, cursor: Cursor | None) -> None:
        self._since: int | None = (cursor or {}).get("since")
        self._places: dict[str, JsonObject] = dict((cursor or {}).get("forms", {}))

    def place(self, form: str) -> Place:
        """Where to go on; a form never read begins at its beginning, or where the user said."""
        return Place(**self._places[form]) if form in self._places else Place(self._since)

    def at(self, form: str, place: Place) -> Cursor:
        """The cursor with one form moved on."""
        values = {"since": place.since, "newest": place.newest, "next": place.next}
        self._places = {**self._places, form: {name: value for name, value in values.items() if value is not None}}
        return {"since": self._since, "forms": self._places}


Ask = Callable[[dict[str, Any], Next | None], Listing]
"""Asks for one page of a form's leads: parameters, and what leads to a further page."""


@dataclass(frozen=True, slots=True)
class Portion:
    """One page of leads, each met for the first time, and the place behind it."""

    rows: list[JsonObject]
    behind: Place
    notices: tuple[str, ...] = ()


def read_form(ask: Ask, place: Place, overlap: int) -> Iterator[Portion]:
    """Yield pages from a place to the end of the list; a page that the vendor no longer knows begins it anew."""
    last: frozenset[str] = frozenset()
    while True:
        place, listing, notices = _asked(ask, place)
        newest = max([t for t in map(created, listing.rows) if t is not None], default=None)
        newest = max([t for t in (place.newest, newest) if t is not None], default=None)
        place = replace(place, newest=newest, next=listing.next)
        behind = place if listing.next is not None else place.ended(overlap)
        yield Portion([row for row in listing.rows if str(row.get("id")) not in last], behind, notices)
        if listing.next is None:
            return
        last = frozenset(str(row.get("id")) for row in listing.rows) or last


def _asked(ask: Ask, place: Place) -> tuple[Place, Listing, tuple[str, ...]]:
    try:
        return place, ask(_window(place), place.next), ()
    except RefusedCallError:
        if place.next is None:
            raise
        anew = replace(place, next=None)
        return anew, ask(_window(anew), None), ("the vendor refused the stored page; the form is read again",)


def _window(place: Place) -> dict[str, Any]:
    if place.since is None:
        return {}
    # One second less: whether "greater than" takes its own second in makes no difference then.
    return {"filtering": json.dumps([{"field": "time_created", "operator": "GREATER_THAN", "value": place.since - 1}])}


def created(lead: JsonObject) -> int | None:
    """When a lead was sent, Unix seconds; None where that cannot be read."""
    value = lead.get("created_time")
    if isinstance(value, int):
        return value
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        return None


def created_iso(lead: JsonObject) -> str | None:
    """The same as ISO 8601 UTC."""
    moment = created(lead)
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
