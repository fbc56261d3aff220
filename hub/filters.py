"""Filters on this hub's records: what they can ask for here, who `me` is, what day it is."""

from __future__ import annotations

from hub.opening import Hub
from hub.rows import DEFAULT_STATUS
from sell_model.filters import Catalogue, Context, Filter, catalogue, parse
from sell_model.filters.fields import RecordKind
from storage import custom_fields, filter_values
from storage.hot import Writer

STATUSES = (DEFAULT_STATUS, "Working", "Unqualified")
"""The statuses of leads that are always there. Ours: Sell's are configured by each account."""


def catalogue_of(hub: Hub, db: Writer, kind: RecordKind) -> Catalogue:
    """Give what filters on a record type can ask about, with the values that exist here."""
    choices = filter_values.choices(db, kind)
    if kind == "lead":
        choices["status"] = list(dict.fromkeys([*STATUSES, *choices["status"]]))
    return catalogue(
        kind,
        custom_fields.custom_fields(db, kind),
        choices=choices,
        people=filter_values.people(db),
        currency=hub.settings.hub.currency,
    )


def context_of(hub: Hub, db: Writer, who: str | None) -> Context:
    """Give what relative words mean now, in the hub's time zone, to somebody.

    Args:
        who: an address or a login name; only a user of the hub can be `me`.
    """
    people = filter_values.people(db)
    me = next((person for person in people if who and person.email.lower() == who.lower()), None)
    team = {person.email for person in people if me and me.team and person.team == me.team}
    mine = frozenset({me.email, *team}) if me else frozenset()
    return Context(hub.clock(), hub.settings.hub.timezone, me.email if me else None, mine)


def stored_filter(hub: Hub, db: Writer, kind: RecordKind, text: str) -> Filter:
    """Read a filter that was checked when it was stored; a status, stage or user that is gone since is never met.

    Raises:
        SetupError: it cannot be read; a field that it asks about is gone.
    """
    return parse(text, catalogue_of(hub, db, kind), known_only=False)
