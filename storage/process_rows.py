"""What a process file is set against and acts on: pipelines with their stages, and a source's ids of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage import canonical
from storage.canonical import CanonicalRow
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline with the stages that it has now, in their order."""

    id: int
    name: str
    stages: tuple[CanonicalRow, ...]


def pipelines_with_stages(db: Writer) -> list[PipelineRow]:
    """List all pipelines, the default one first; stages that were removed are left out."""
    found = db.select("SELECT id, name FROM pipeline WHERE name IS NOT NULL ORDER BY id")
    return [PipelineRow(id_, name, tuple(stages_of(db, id_))) for id_, name in found]


def stages_of(db: Writer, pipeline_id: int) -> list[CanonicalRow]:
    """List a pipeline's stages in their order; those that were removed are left out."""
    rows = canonical.load_where(db, "stage", "removed_at IS NULL AND pipeline_id IN {in}", [pipeline_id])
    return sorted(rows.values(), key=lambda row: (row["position"] or 0, row["id"]))


def move_behind(db: Writer, stages: Iterable[CanonicalRow], now: str) -> None:
    """Move stages one place back, so that another can stand before them."""
    rows = [{**row, "position": (row["position"] or 0) + 1, "version": row["version"] + 1} for row in stages]
    canonical.update(db, "stage", rows, now)


def forget_outside_ids(db: Writer, source: str, kind: str, values: Sequence[str]) -> None:
    """Forget what a source's own ids led to."""
    db.delete("outside_id", ("source", "kind", "value"), [(source, kind, value) for value in values])


def leads_nowhere(db: Writer, source: str) -> bool:
    """Whether some of a source's own ids lead to stages that are there no more: their making was undone."""
    sql = (
        "SELECT 1 FROM outside_id o WHERE o.source = ? AND o.kind = 'stage' "
        "AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.id = o.record_id) LIMIT 1"
    )
    return bool(db.select(sql, (source,)))
