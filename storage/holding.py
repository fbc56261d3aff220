"""What is held, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from storage.hot import Writer

_COLUMNS = ("source_record_id", "mapping", "reasons", "code", "field", "run_id", "held_at")


def waiting(db: Writer, source_record_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Give the source records and mappings whose newest draft is held until something else comes."""
    sql = (
        "SELECT source_record_id, mapping FROM held WHERE released_at IS NULL AND code = ? AND source_record_id IN {in}"
    )
    return {(row[0], row[1]) for row in db.select_in(sql, source_record_ids, ("waiting",))}


def replace_held(db: Writer, renewed: Iterable[int], rows: Sequence[Sequence[Any]], now: str) -> None:
    """Hold records; what was held before of those in `renewed` is released."""
    release = "UPDATE held SET released_at = ? WHERE source_record_id = ? AND released_at IS NULL"
    db.many(release, [(now, id_) for id_ in renewed])
    db.insert("held", _COLUMNS, rows)
