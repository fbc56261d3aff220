"""What was built on contacts and deals that a conversion made: whatever would hang in the air without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from storage.activity_figures import CALL_DEALS
from storage.hot import Writer
from storage.undoing import ACTIVITIES

MOST = 20
"""Things of one kind that are told."""


class Thing(NamedTuple):
    """Something that stands on a record."""

    on: int
    """The record's id."""
    what: str
    """`deal`, `employee`, `daughter`, `conversion` (of which lead), `merged`, `part`, or a kind of activity."""
    id: int


_CONVERSIONS = "FROM conversion WHERE undone_at IS NULL"
_ON_CONTACTS = (
    ("deal", "SELECT contact_id, id FROM deal WHERE contact_id IN {in}"),
    ("deal", "SELECT organization_id, id FROM deal WHERE organization_id IN {in}"),
    ("deal", "SELECT contact_id, deal_id FROM association WHERE contact_id IN {in}"),
    ("employee", "SELECT contact_id, id FROM contact WHERE contact_id IN {in}"),
    ("daughter", "SELECT parent_organization_id, id FROM contact WHERE parent_organization_id IN {in}"),
    ("merged", "SELECT merged_into, id FROM contact WHERE merged_into IN {in}"),
    ("conversion", f"SELECT individual_id, lead_id {_CONVERSIONS} AND individual_id IN {{in}}"),
    ("conversion", f"SELECT organization_id, lead_id {_CONVERSIONS} AND organization_id IN {{in}}"),
)  # fmt: skip
_ON_DEALS = (
    ("part", "SELECT cloned_from_id, id FROM deal WHERE cloned_from_id IN {in}"),
    ("contact", "SELECT deal_id, contact_id FROM association WHERE origin <> 'deal' AND deal_id IN {in}"),
)


def on_contacts(db: Writer, ids: Iterable[int]) -> list[Thing]:
    """List what stands on contacts, each thing once."""
    return _things(db, "contact", list(ids), _ON_CONTACTS)


def on_deals(db: Writer, ids: Iterable[int]) -> list[Thing]:
    """List what stands on deals, calls about them among it, each thing once."""
    wanted = list(ids)
    found = _things(db, "deal", wanted, _ON_DEALS)
    sql = "SELECT value, record_id FROM facet WHERE record_type = ? AND field = ? AND value IN {in}"
    calls = db.select_in(sql, map(str, wanted), CALL_DEALS)
    return list(dict.fromkeys([*found, *(Thing(int(value), "call", id_) for value, id_ in calls[:MOST])]))


def _things(db: Writer, kind: str, ids: list[int], queries: Sequence[tuple[str, str]]) -> list[Thing]:
    found = [Thing(row[0], what, row[1]) for what, sql in queries for row in db.select_in(sql, ids)[:MOST]]
    for activity in ACTIVITIES:
        sql = f'SELECT resource_id, id FROM "{activity}" WHERE resource_type = ? AND resource_id IN {{in}}'
        found += [Thing(row[0], activity, row[1]) for row in db.select_in(sql, ids, (kind,))[:MOST]]
    return list(dict.fromkeys(found))
