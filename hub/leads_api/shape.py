"""A lead as Sell's API gives it, and the ids in it: the hub's own, or those of the Sell that senders fed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.leads_api.connector import LeadsApiConfig
from connectors.leads_api.lead import ADDRESS_PARTS, FIELDS, TEXTS
from sell_model.types import JsonObject
from storage import roster
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.named_rows import named_rows

OWNER, SOURCE = "owner_email", "source_name"
"""What stands beside `owner_id` and `source_id` in a record that is kept: mappings want names."""


@dataclass(frozen=True, slots=True)
class Ids:
    """How users and lead sources are numbered for the senders of one source."""

    users: Mapping[int, roster.UserRow]
    """The hub's users by the hub's ids."""
    outside: Mapping[str, int]
    """Users' ids at the source that `ids_of` names → the hub's."""
    told: Mapping[str, str]
    """`lead_sources`: names by ids."""
    sources: Mapping[str, int]
    """The hub's lead sources by name."""

    def names(self, data: JsonObject) -> JsonObject:
        """Give a lead with the owner's address and the source's name beside their ids; an unknown id has none."""
        owner_id, source_id = data.get("owner_id"), data.get("source_id")
        beside: JsonObject = {}
        if owner_id is not None and (owner := self.owner(owner_id)) is not None:
            beside[OWNER] = owner.email or owner.name
        if source_id is not None and (name := self.source_name(source_id)) is not None:
            beside[SOURCE] = name
        return {**{k: v for k, v in data.items() if k not in (OWNER, SOURCE)}, **beside}

    def owner(self, id_: int) -> roster.UserRow | None:
        """Find a user by an id that a sender uses."""
        return self.users.get(self.outside.get(str(id_), 0) if self.outside else id_)

    def source_name(self, id_: int) -> str | None:
        """Find a lead source by an id that a sender uses."""
        own = {number: name for name, number in self.sources.items()}
        return self.told.get(str(id_)) or (None if self.told else own.get(id_))

    def shown_owner(self, id_: int | None) -> int | None:
        """Give the id by which senders know a user; None: they know none."""
        if id_ is None or not self.outside:
            return id_
        return next((int(outside) for outside, own in self.outside.items() if own == id_ and outside.isdigit()), None)

    def shown_source(self, id_: int | None, name: str | None) -> int | None:
        """Give the id by which senders know a lead source; None: they know none."""
        if not self.told:
            return id_
        return next((int(told) for told, its in self.told.items() if its == name and told.isdigit()), None)


def ids_for(db: Writer, config: LeadsApiConfig) -> Ids:
    """Read how ids are meant for a source."""
    return Ids(
        {user.id: user for user in roster.users(db)},
        roster.outside_ids(db, config.ids_of, "user") if config.ids_of else {},
        config.lead_sources,
        roster.named(db, "source", "lead"),
    )


def leads_as_sell(db: Writer, lead_ids: Iterable[int], ids: Ids) -> dict[int, JsonObject]:
    """Give leads as Sell's API does."""
    return {id_: _as_sell(row, ids) for id_, row in named_rows(db, "lead", lead_ids).items()}


def _as_sell(row: CanonicalRow, ids: Ids) -> JsonObject:
    address = row["address"] or {}
    return {
        "id": row["id"],
        "creator_id": None,
        "owner_id": ids.shown_owner(row["owner_id"]),
        **{name: row[name] for name in TEXTS},
        "address": {part: address.get(part) for part in ADDRESS_PARTS},
        "source_id": ids.shown_source(row["source_id"], row["source"]),
        "unqualified_reason_id": row["unqualified_reason_id"],
        "tags": row["tags"] or [],
        "custom_fields": row["custom_fields"] or {},
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
    }


def moment(text: str) -> str:
    """Write a time as Sell does, to the second.

    >>> moment("2026-11-02T12:00:00.123456Z")
    '2026-11-02T12:00:00Z'
    """
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%SZ")


KEPT_FROM_STRANGERS = frozenset(FIELDS) - {"owner_id", "status"}


def without_others(lead: JsonObject, sent: Mapping[str, object]) -> JsonObject:
    """Leave out what the sender did not send: a token that may not read learns nothing that others know."""
    return {name: value for name, value in lead.items() if name not in KEPT_FROM_STRANGERS or name in sent}
