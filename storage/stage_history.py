"""Deals' histories: which stage they came from and went to, when, and who moved them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sell_model.stages import Change
from storage.hot import Writer

MOST = 1_000
"""Steps that a deal's history is told with, the last ones."""


@dataclass(frozen=True, slots=True)
class StageStep:
    """One step of a deal's history, as people read it."""

    change: Change
    from_stage: str | None
    to_stage: str | None
    to_category: str | None
    pipeline: str | None
    by: str | None
    """Who moved it; where no person did, the source whose run did."""
    run_id: int | None
    run_kind: str | None


def history(db: Writer, deal_id: int) -> list[StageStep]:
    """List a deal's steps, first to last; of very many the last thousand."""
    rows = db.select(
        "SELECT h.from_stage_id, h.to_stage_id, h.changed_at, f.name, t.name, t.category, p.name, "
        "COALESCE(h.changed_by, r.source), h.run_id, r.kind FROM stage_change h "
        "LEFT JOIN stage f ON f.id = h.from_stage_id LEFT JOIN stage t ON t.id = h.to_stage_id "
        "LEFT JOIN pipeline p ON p.id = t.pipeline_id LEFT JOIN run r ON r.id = h.run_id "
        "WHERE h.deal_id = ? ORDER BY h.id DESC LIMIT ?",
        (deal_id, MOST),
    )
    return [StageStep(Change(*row[:3]), *row[3:]) for row in reversed(rows)]


def open_stage_before(db: Writer, deal_id: int) -> int | None:
    """Find the open stage that a deal stood in last, where it still takes deals."""
    rows = db.select(
        "SELECT s.id FROM stage_change h JOIN stage s ON s.id = h.to_stage_id "
        "WHERE h.deal_id = ? AND s.category NOT IN ('won', 'lost', 'unqualified') "
        "ORDER BY h.id DESC LIMIT 1",
        (deal_id,),
    )
    return rows[0][0] if rows else None


def mentions(db: Writer, stage_ids: Iterable[int]) -> bool:
    """Whether any deal's history, or any deal, knows one of these stages."""
    known = list(stage_ids)
    for table, column in (("deal", "stage_id"), ("stage_change", "to_stage_id"), ("stage_change", "from_stage_id")):
        if db.select_in(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN {{in}}", known):
            return True
    return False
