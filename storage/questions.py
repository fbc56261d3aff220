"""Open questions of who is one: how much of what came last is in question, and keeping them as things stand now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.hot import Writer
from storage.streams import json_text


def in_question(db: Writer, sort: str, newest: int) -> tuple[int, int]:
    """Count, of the source records of a sort that came last, at most so many: all, and those put before people.

    Of a pair the newer one is in question: the other one was there, and nobody asked about it.
    """
    sql = (
        "SELECT COUNT(DISTINCT p.source_record_id), COUNT(DISTINCT d.other_id) FROM "
        "(SELECT source_record_id, identity_id FROM profile WHERE sort = ? ORDER BY source_record_id DESC LIMIT ?) p "
        "LEFT JOIN duplicate d ON d.sort = ? AND d.other_id = p.identity_id AND d.state = 'open'"
    )
    records, asked = db.select(sql, (sort, newest, sort))[0]
    return records, asked


def reweigh(db: Writer, weighed: Mapping[int, tuple[float, str, Sequence[Sequence[Any]]]]) -> None:
    """Bring open questions in step with what is known now: id → bits, guard, parts."""
    rows = [(round(bits, 3), guard, json_text(list(parts)), id_) for id_, (bits, guard, parts) in weighed.items()]
    value = "?" if db.is_sqlite else "CAST(? AS JSONB)"
    sql = f"UPDATE duplicate SET bits = ?, guard = ?, parts = {value} WHERE id = ? AND state = 'open'"
    db.many(sql, rows)


def ask_once_more(db: Writer, sort: str, one_id: int, other_id: int) -> None:
    """Let a pair be a question again, whatever was said of it; does nothing if nobody was asked about it."""
    sql = (
        "UPDATE duplicate SET state = 'open', decided_by = NULL, decided_at = NULL "
        "WHERE sort = ? AND one_id = ? AND other_id = ? AND parts IS NOT NULL"
    )
    db.execute(sql, (sort, *sorted((one_id, other_id))))


def count_asked_by(db: Writer, run_id: int) -> int:
    """Count the pairs that a run put before people and that wait still."""
    count: int = db.select("SELECT COUNT(*) FROM duplicate WHERE run_id = ? AND state = 'open'", (run_id,))[0][0]
    return count
