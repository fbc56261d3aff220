"""The contacts beside a deal, as the deal's own source lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sell_model.types import JsonObject
from storage.hot import Writer

Pair: TypeAlias = tuple[int, int]
"""Deal id, contact id."""


def listed(db: Writer, deal_ids: Iterable[int]) -> dict[Pair, Any]:
    """Fetch the associations of these deals: id, deal, contact, role, is_primary, origin."""
    sql = "SELECT id, deal_id, contact_id, role, is_primary, origin FROM association WHERE deal_id IN {in}"
    return {(row[1], row[2]): row for row in db.select_in(sql, deal_ids)}


def by_pair(db: Writer, deal_ids: Iterable[int]) -> dict[Pair, int]:
    """Map deals and contacts to the association that joins them."""
    return {pair: row[0] for pair, row in listed(db, deal_ids).items()}


def primaries(db: Writer, deal_ids: Iterable[int], without: Iterable[int]) -> dict[int, int]:
    """Tell which contact relation records name as a deal's primary one, leaving out some associations."""
    sql = "SELECT id, deal_id, contact_id FROM association WHERE origin = 'record' AND is_primary AND deal_id IN {in}"
    left_out = set(without)
    return {row[1]: row[2] for row in db.select_in(sql, deal_ids) if row[0] not in left_out}


def bring_in_line(db: Writer, there: Mapping[Pair, Any], wanted: Mapping[Pair, JsonObject], now: str) -> None:
    """Add, change and remove deals' own associations so that they are what is wanted; relation records' stay.

    What people put beside a deal is its own, too; on a contact that a relation record names they set the role.
    """
    own = {pair: row for pair, row in there.items() if row[5] in {"deal", "hand"}}
    db.delete("association", ("id",), [(row[0],) for pair, row in own.items() if pair not in wanted])
    fresh = [pair for pair in wanted if pair not in there]
    ids = db.allocate("association", len(fresh)) if fresh else iter(())
    columns = ("id", "deal_id", "contact_id", "role", "is_primary", "origin", "created_at", "updated_at")
    rows = [(next(ids), *pair, *_said(wanted[pair]), now, now) for pair in fresh]
    db.insert("association", columns, rows)
    changed = [
        (*_said(said), now, own[pair][0])
        for pair, said in wanted.items()
        if pair in own and _said(said) != (own[pair][3], bool(own[pair][4]), own[pair][5])
    ]
    db.update("association", ("role", "is_primary", "origin", "updated_at"), ("id",), changed)
    roles = [
        (said["role"], now, there[pair][0])
        for pair, said in wanted.items()
        if said.get("by_hand") and pair in there and pair not in own and said["role"] != there[pair][3]
    ]
    db.update("association", ("role", "updated_at"), ("id",), roles)


def _said(said: JsonObject) -> tuple[str | None, bool, str]:
    return said["role"], said["is_primary"], "hand" if said.get("by_hand") else "deal"
