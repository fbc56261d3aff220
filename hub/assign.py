"""Assigning: what is new and has no owner gets one from its pool; each turn stands in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hub.batch import Entity
from sell_model.pools import deal_out
from storage import roster
from storage.hot import Writer
from storage.streams import json_text


class Turn(NamedTuple):
    """One turn of a pool, spent on one record."""

    pool_id: int
    user_id: int
    record_type: str
    record_id: int
    skipped: tuple[int, ...]
    """Members who were not available."""


def assign(db: Writer, entities: Iterable[Entity], default_pool: Callable[[str], int | None]) -> list[Turn]:
    """Deal out the ownerless of a batch, in its order; sets their owner and gives the turns spent.

    A pool named by the source is asked for new records and for ownerless old ones, the default pool
    for new records only. Whoever awaits a named owner is left alone.
    """
    waiting: dict[int, list[Entity]] = {}
    for entity in entities:
        after = entity.after
        if after is None or after.get("owner_id") is not None or entity.owner_awaited:
            continue
        meant_for_all = entity.is_new or entity.awaited_until_now
        pool = entity.pool_id or (default_pool(entity.kind) if meant_for_all else None)
        if pool is not None:
            waiting.setdefault(pool, []).append(entity)
    turns: list[Turn] = []
    for pool_id in sorted(waiting):
        turns += _deal(db, pool_id, waiting[pool_id])
    return turns


def _deal(db: Writer, pool_id: int, entities: list[Entity]) -> list[Turn]:
    members = roster.members(db, pool_id, lock=True)
    dealt, spent = deal_out(members, len(entities))
    if not dealt:
        return []
    roster.save_turns(db, pool_id, spent)
    away = tuple(m.user_id for m in members if not m.available)
    turns = []
    for entity, user_id in zip(entities, dealt, strict=True):
        if entity.after is not None:
            entity.after["owner_id"] = user_id
        turns.append(Turn(pool_id, user_id, entity.kind, entity.id, away))
    return turns


def record_turns(db: Writer, turns: Iterable[Turn], run_id: int | None, now: str) -> None:
    """Write turns into the ledger."""
    columns = ("pool_id", "user_id", "record_type", "record_id", "run_id", "assigned_at", "skipped")
    rows = [
        (t.pool_id, t.user_id, t.record_type, t.record_id, run_id, now, json_text(t.skipped) if t.skipped else None)
        for t in turns
    ]
    db.insert("assignment", columns, rows)
