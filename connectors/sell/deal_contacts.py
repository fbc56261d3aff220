"""A deal's contacts, each said to be a person or a company: the vendor keeps both in one list and says neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import JsonObject
from connectors.sell.api import LARGEST_PAGE, SellApi

KEPT_IN_MIND = 100_000
"""Contacts whose kind is remembered within a run; who is forgotten is asked for."""


@dataclass
class DealContacts:
    """Puts beside a deal who its contacts are. What the run has read of contacts it need not ask for."""

    api: SellApi
    _is_company: dict[int, bool] = field(default_factory=dict)

    def learn(self, rows: Iterable[JsonObject]) -> None:
        """Remember of contacts whether they are companies."""
        for row in rows:
            if len(self._is_company) < KEPT_IN_MIND and isinstance(row.get("id"), int):
                self._is_company[row["id"]] = bool(row.get("is_organization"))

    def beside(self, deals: list[JsonObject]) -> list[JsonObject]:
        """Give the deals with `contact_person_id` or `contact_company_id`, and their associated contacts unwrapped.

        Of a contact that we may not see nothing tells the kind; it is taken for a person.
        """
        embedded = [associated(deal) for deal in deals]
        asked = {id_ for deal, beside in zip(deals, embedded, strict=True) for id_ in _unsaid(deal, beside or [])}
        kinds = self.kinds(asked)
        return [_whole(deal, beside, kinds) for deal, beside in zip(deals, embedded, strict=True)]

    def kinds(self, ids: set[int]) -> dict[int, bool]:
        """Tell of contacts whether they are companies; those that we may not see are left out."""
        known = {id_: self._is_company[id_] for id_ in ids if id_ in self._is_company}
        unknown = sorted(ids - known.keys())
        for at in range(0, len(unknown), LARGEST_PAGE):
            some = ",".join(map(str, unknown[at : at + LARGEST_PAGE]))
            rows = self.api.listing("/contacts", {"ids": some, "per_page": LARGEST_PAGE}).rows
            self.learn(rows)
            known |= {row["id"]: bool(row.get("is_organization")) for row in rows}
        return known


def associated(deal: JsonObject) -> list[JsonObject] | None:
    """Read a deal's embedded contacts, whichever way they are wrapped; None where there are none to read."""
    embedded: Any = deal.get("associated_contacts")
    if isinstance(embedded, dict):
        embedded = embedded.get("items")
    if not isinstance(embedded, list):
        return None
    found = [item.get("data", item) for item in embedded if isinstance(item, dict)]
    return [contact for contact in found if isinstance(contact, dict) and contact.get("contact_id")]


def _unsaid(deal: JsonObject, beside: list[JsonObject]) -> Iterator[int]:
    """Whose kind must be known: a primary contact that has a company beside it is a person."""
    primary = deal.get("contact_id")
    ids = [contact["contact_id"] for contact in beside]
    for id_ in ids if _is_person(deal) else [primary, *ids]:
        if isinstance(id_, int):
            yield id_


def _is_person(deal: JsonObject) -> bool:
    """Sell sets `organization_id` where the primary contact is a person with a company."""
    return bool(deal.get("organization_id")) and deal.get("organization_id") != deal.get("contact_id")


def _whole(deal: JsonObject, beside: list[JsonObject] | None, kinds: dict[int, bool]) -> JsonObject:
    primary = deal.get("contact_id")
    is_company = not _is_person(deal) and isinstance(primary, int) and kinds.get(primary, False)
    said: JsonObject = {
        "contact_person_id": None if is_company else primary,
        "contact_company_id": primary if is_company else None,
    }
    if beside is not None:
        said["associated_contacts"] = [
            contact | {"is_organization": kinds.get(contact["contact_id"], False)} for contact in beside
        ]
    return deal | said
