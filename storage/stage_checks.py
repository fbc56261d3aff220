"""Whether deals' histories and stages hold together."""

from __future__ import annotations

from storage.checks import SHOWN, Breach
from storage.hot import Writer

_BROKEN = (
    "SELECT deal_id FROM ("
    "SELECT h.deal_id, h.from_stage_id, LAG(h.to_stage_id) OVER (PARTITION BY h.deal_id ORDER BY h.id) AS before "
    "FROM stage_change h) steps WHERE COALESCE(from_stage_id, 0) <> COALESCE(before, 0)"
)
_ELSEWHERE = (
    "SELECT d.id FROM deal d WHERE COALESCE(d.stage_id, 0) <> COALESCE("
    "(SELECT h.to_stage_id FROM stage_change h WHERE h.deal_id = d.id ORDER BY h.id DESC LIMIT 1), 0)"
)
_REMOVED = "SELECT d.id FROM deal d JOIN stage s ON s.id = d.stage_id WHERE s.removed_at IS NOT NULL"
_OUTCOMES = (
    "SELECT d.id FROM deal d JOIN stage s ON s.id = d.stage_id "
    "JOIN hand_edit e ON e.record_type = 'deal' AND e.record_id = d.id AND e.field = 'stage_id' WHERE "
    "(d.loss_reason_id IS NOT NULL AND s.category <> 'lost') "
    "OR (d.unqualified_reason_id IS NOT NULL AND s.category <> 'unqualified')"
)


def broken_histories(db: Writer) -> list[Breach]:
    """Find deals whose history has a step that does not start where the one before ended, or does not end where the
    deal stands.
    """
    found = _found(db, "deals have a history with a gap", _BROKEN, "deal_id")
    return found + _found(db, "deals stand elsewhere than their history ends", _ELSEWHERE, "id")


def deals_in_removed_stages(db: Writer) -> list[Breach]:
    """Find deals that stand in a stage which is no more."""
    return _found(db, "deals stand in a removed stage", _REMOVED, "id")


def reasons_of_other_outcomes(db: Writer) -> list[Breach]:
    """Find deals put into their stage by hand that bear a reason of an outcome which they do not have."""
    return _found(db, "deals have a reason that is not of their outcome", _OUTCOMES, "id")


def _found(db: Writer, text: str, sql: str, key: str) -> list[Breach]:
    total = db.select(f"SELECT COUNT(DISTINCT {key}) FROM ({sql}) found")[0][0]
    if not total:
        return []
    ids = db.select(f"SELECT DISTINCT {key} FROM ({sql}) found ORDER BY {key} LIMIT {SHOWN}")
    return [Breach(text, tuple(str(row[0]) for row in ids), total)]
