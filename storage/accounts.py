"""Whose account a record belongs to: the contacts of its person and its company, and their deals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.hot import Writer

_STANDS = "merged_into IS NULL AND deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A contact, as far as accounts are concerned."""

    id: int
    owner_id: int | None
    employer_id: int | None
    """The company contact that a person works for."""


def contacts(db: Writer, ids: Iterable[int]) -> dict[int, AccountRow]:
    """Fetch contacts that stand, by id."""
    sql = f"SELECT id, owner_id, contact_id FROM contact WHERE {_STANDS} AND id IN {{in}}"
    return {row[0]: AccountRow(*row) for row in db.select_in(sql, ids)}


def contacts_of_people(db: Writer, person_ids: Iterable[int]) -> dict[int, int]:
    """Map people to their contacts that stand, the oldest of each."""
    sql = f"SELECT person_id, MIN(id) FROM contact WHERE {_STANDS} AND person_id IN {{in}} GROUP BY person_id"
    return dict(db.select_in(sql, person_ids))


def contacts_of_companies(db: Writer, company_ids: Iterable[int]) -> dict[int, int]:
    """Map company identities to their contacts that stand, the oldest of each."""
    sql = f"SELECT company_id, MIN(id) FROM contact WHERE {_STANDS} AND company_id IN {{in}} GROUP BY company_id"
    return dict(db.select_in(sql, company_ids))


def companies_with_keys(db: Writer, keys: Iterable[int | None]) -> dict[int | None, set[int]]:
    """Map match keys of names and domains to the company identities that bear them."""
    found: dict[int | None, set[int]] = {}
    for key, identity_id in db.select_in("SELECT DISTINCT key, identity_id FROM match_key WHERE key IN {in}", keys):
        found.setdefault(key, set()).add(identity_id)
    return found


def latest_deals(db: Writer, contact_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Map contacts to the latest owned deal at which they stand: its id and its owner."""
    wanted = list(set(contact_ids))
    latest: dict[int, int] = {}
    for column in ("contact_id", "organization_id"):
        sql = (
            f"SELECT {column}, MAX(id) FROM deal WHERE owner_id IS NOT NULL AND deleted_at IS NULL "
            f"AND {column} IN {{in}} GROUP BY {column}"
        )
        for contact_id, deal_id in db.select_in(sql, wanted):
            latest[contact_id] = max(deal_id, latest.get(contact_id, 0))
    owners = dict(db.select_in("SELECT id, owner_id FROM deal WHERE id IN {in}", set(latest.values())))
    return {contact_id: (deal_id, owners[deal_id]) for contact_id, deal_id in latest.items()}
