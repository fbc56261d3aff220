"""Known accounts: whose customer a new record is already, so that the same salesperson can get it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.records import shown_id
from sell_model.matching.keys import company_keys
from sell_model.types import JsonObject
from storage import accounts
from storage.hot import Writer


class Rowed(NamedTuple):
    """A record with its columns as they are to be."""

    kind: str
    id: int
    row: JsonObject


@dataclass(slots=True)
class KnownAccounts:
    """Looks up, many records at a time, which contacts and deals say whose account each is.

    A lead's account: the contact of the same person, the company of its organization name (the one that
    bears name and domain, else the only one of that name), and their latest deal. A contact's: its
    employer, and the latest deal of both. A deal's: its contacts, their employer, and their other deals.
    """

    db: Writer
    _owners: dict[tuple[str, int], int | None] = field(default_factory=dict)
    _accounts: dict[tuple[str, int], list[tuple[str, int]]] = field(default_factory=dict)
    """Record → what says whose account it is, the closest first."""

    def learn(self, records: Iterable[Rowed], batch: Iterable[Rowed] = ()) -> None:
        """Look up the accounts of these records.

        Args:
            batch: what is written in the same transaction, and stored nowhere yet.
        """
        wanted, written = list(records), list(batch)
        contacts = self._contacts_of(wanted, written)
        employers = accounts.contacts(self.db, {id_ for ids in contacts.values() for id_ in ids})
        for rowed in wanted:
            near = contacts[rowed.kind, rowed.id]
            far = [e for id_ in near if id_ in employers and (e := employers[id_].employer_id) is not None]
            contacts[rowed.kind, rowed.id] = list(dict.fromkeys([*near, *far]))
        self._learn_owners(contacts, written)

    def _learn_owners(self, contacts: dict[tuple[str, int], list[int]], written: list[Rowed]) -> None:
        everybody = {id_ for ids in contacts.values() for id_ in ids}
        everybody |= {id_ for kind, id_ in contacts if kind == "contact"}
        stored = accounts.contacts(self.db, everybody)
        deals = accounts.latest_deals(self.db, everybody)
        self._owners |= {("contact", id_): row.owner_id for id_, row in stored.items()}
        self._owners |= {("deal", deal_id): owner_id for deal_id, owner_id in deals.values()}
        self._owners |= {(r.kind, r.id): r.row.get("owner_id") for r in written}
        for record, ids in contacts.items():
            own = [record[1]] if record[0] == "contact" else []
            sold = [("deal", deals[id_][0]) for id_ in [*ids, *own] if id_ in deals]
            self._accounts[record] = [each for each in [*(("contact", i) for i in ids), *sold] if each != record]

    def owners(self, kind: str, id_: int) -> Iterator[tuple[int, str]]:
        """Give the owners of a record's accounts, the closest first, each with the account: `(3, "C-7")`."""
        told: set[int] = set()
        for account in self._accounts.get((kind, id_), ()):
            owner_id = self._owners.get(account)
            if owner_id is not None and owner_id not in told:
                told.add(owner_id)
                yield owner_id, shown_id(*account)

    def note(self, kind: str, id_: int, owner_id: int) -> None:
        """Note who has just got a record: the next ones of its account follow."""
        self._owners[kind, id_] = owner_id

    def _contacts_of(self, wanted: list[Rowed], written: list[Rowed]) -> dict[tuple[str, int], list[int]]:
        """The contacts that each record names, or is known to belong to."""
        leads = [r for r in wanted if r.kind == "lead"]
        people = accounts.contacts_of_people(self.db, {r.row["person_id"] for r in leads} - {None})
        companies = _Companies(self.db, leads, written)
        found: dict[tuple[str, int], list[int]] = {}
        for r in wanted:
            if r.kind == "lead":
                named = [people.get(r.row["person_id"]), companies.of(r.row)]
            else:
                named = [r.row.get("contact_id"), r.row.get("organization_id")]
            found[r.kind, r.id] = list(dict.fromkeys(id_ for id_ in named if id_ is not None))
        return found


class _Companies:
    """The company contacts that leads name by their organization name."""

    def __init__(self, db: Writer, leads: list[Rowed], written: list[Rowed]) -> None:
        keys = {key for lead in leads for key in company_keys(lead.row["organization_name"], lead.row)}
        self._bearers = accounts.companies_with_keys(db, keys - {None})
        ids = {id_ for found in self._bearers.values() for id_ in found}
        self._contacts = accounts.contacts_of_companies(db, ids)
        for each in written:
            if each.kind == "contact" and each.row.get("is_organization") and each.row.get("company_id") is not None:
                self._contacts.setdefault(each.row["company_id"], each.id)
                for key in company_keys(each.row["name"], each.row):
                    self._bearers.setdefault(key, set()).add(each.row["company_id"])

    def of(self, lead: JsonObject) -> int | None:
        """Give the company contact of a lead; None where it names none, or it cannot be told which."""
        keys = company_keys(lead["organization_name"], lead)
        if keys.name is None:
            return None
        named = self._bearers.get(keys.name, set()) & self._contacts.keys()
        near = named & self._bearers.get(keys.site, set())
        for found in (near, named):
            if len(found) == 1:
                return self._contacts[next(iter(found))]
        return None
