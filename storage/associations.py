"""The contacts beside a deal, as the deal's own source lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sell_model.types import JsonObject
from storage.hot import Writer

Pair: TypeAlias = tuple[int, int]
"""Deal id, contact id."""


def listed(db: Writer, deal_ids: Iterable[int]) -> dict[Pair, Any]:
    """Fetch the associations that came with these deals: id, deal, contact, role, is_primary."""
    sql = "SELECT id, deal_id, contact_id, role, is_primary FROM association WHERE origin = 'deal' AND deal_id IN {in}"
    return {(row[1], row[2]): row for row in db.select_in(sql, deal_ids)}


def primaries(db: Writer, deal_ids: Iterable[int]) -> dict[int, int]:
    """Tell which contact relation records name as a deal's primary one."""
    sql = "SELECT deal_id, contact_id FROM association WHERE origin = 'record' AND is_primary AND deal_id IN {in}"
    return dict(db.select_in(sql, deal_ids))


def bring_in_line(db: Writer, there: Mapping[Pair, Any], wanted: Mapping[Pair, JsonObject], now: str) -> None:
    """Add, change and remove associations so that they are what is wanted."""
    db.delete("association", ("id",), [(row[0],) for pair, row in there.items() if pair not in wanted])
    fresh = [pair for pair in wanted if pair not in there]
    ids = db.allocate("association", len(fresh)) if fresh else iter(())
    columns = ("id", "deal_id", "contact_id", "role", "is_primary", "origin", "created_at", "updated_at")
    rows = [(next(ids), *pair, wanted[pair]["role"], wanted[pair]["is_primary"], "deal", now, now) for pair in fresh]
    db.upsert("association", columns, ("deal_id", "contact_id"), rows)
    changed = [
        (said["role"], said["is_primary"], now, there[pair][0])
        for pair, said in wanted.items()
        if pair in there and (said["role"], said["is_primary"]) != (there[pair][3], bool(there[pair][4]))
    ]
    db.update("association", ("role", "is_primary", "updated_at"), ("id",), changed)
