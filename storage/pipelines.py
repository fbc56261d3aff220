"""Pipelines and their stages as admins edit them. What they set holds against the sources that bring pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sell_model.stages import Place
from storage import canonical, hand_edits
from storage.canonical import CanonicalRow
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline with what stands in it."""

    id: int
    name: str
    disabled: bool
    stages: int | None = None
    """None, as with deals: not counted."""
    deals: int | None = None
    """Deals that are not deleted, won and lost ones too."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage as its admin sees it."""

    id: int
    pipeline_id: int
    name: str
    category: str
    position: int
    likelihood: int
    exit_criteria: str | None
    removed_at: str | None
    merged_into: int | None
    deals: int | None
    """Deals that stand in it and are not deleted; None: not counted."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.pipeline_id, self.position, self.category)


def pipelines(db: Writer) -> list[PipelineRow]:
    """List all pipelines in order of id: the first that takes deals is the default."""
    rows = db.select("SELECT id, name, disabled FROM pipeline ORDER BY id")
    return [PipelineRow(row[0], row[1] or "", bool(row[2])) for row in rows]


def counted_pipelines(db: Writer) -> list[PipelineRow]:
    """List all pipelines with what stands in them: all deals are looked at, so nothing for a single deal's move."""
    rows = db.select(
        "SELECT p.id, p.name, p.disabled, COUNT(DISTINCT s.id), COUNT(d.id) FROM pipeline p "
        "LEFT JOIN stage s ON s.pipeline_id = p.id AND s.removed_at IS NULL "
        "LEFT JOIN deal d ON d.stage_id = s.id AND d.deleted_at IS NULL "
        "GROUP BY p.id, p.name, p.disabled ORDER BY p.id"
    )
    return [PipelineRow(row[0], row[1] or "", bool(row[2]), row[3], row[4]) for row in rows]


def stages(db: Writer, pipeline_id: int, *, lock: bool = False, counted: bool = False) -> list[StageRow]:
    """List a pipeline's stages in their order, removed ones last.

    Args:
        lock: on PostgreSQL, let nobody else change them until the transaction ends.
        counted: count the deals in each, too: for that all of the pipeline's are looked at.
    """
    if lock and not db.is_sqlite:
        db.select("SELECT id FROM pipeline WHERE id = ? FOR UPDATE", (pipeline_id,))
        db.select("SELECT id FROM stage WHERE pipeline_id = ? ORDER BY id FOR UPDATE", (pipeline_id,))
    deals = "(SELECT COUNT(*) FROM deal d WHERE d.stage_id = s.id AND d.deleted_at IS NULL)" if counted else "NULL"
    rows = db.select(
        "SELECT s.id, s.pipeline_id, s.name, s.category, s.position, s.likelihood, s.exit_criteria, s.removed_at, "
        f"s.merged_into, {deals} "
        "FROM stage s WHERE s.pipeline_id = ? ORDER BY s.removed_at IS NOT NULL, s.position, s.id",
        (pipeline_id,),
    )
    return [StageRow(*[*row[:2], row[2] or "", row[3], row[4] or 0, row[5] or 0, *row[6:]]) for row in rows]


def stage(db: Writer, stage_id: int) -> StageRow | None:
    """Look a stage up."""
    rows = db.select("SELECT pipeline_id FROM stage WHERE id = ?", (stage_id,))
    return next((s for row in rows for s in stages(db, row[0]) if s.id == stage_id), None)


def share(db: Writer, stage_id: int) -> bool:
    """Keep a stage from being removed until the transaction ends; tells whether it takes deals still."""
    tail = "" if db.is_sqlite else " FOR SHARE"
    return bool(db.select(f"SELECT id FROM stage WHERE id = ? AND removed_at IS NULL{tail}", (stage_id,)))


def change(
    db: Writer, kind: str, id_: int, fields: Mapping[str, Any], by: str, now: str
) -> tuple[int, CanonicalRow] | None:
    """Set columns of a pipeline or a stage, to hold against its source.

    Returns:
        Its new version and what stood in the columns that changed; None: nothing changed.
    """
    hand_edits.keep_hand_edits(db, kind, id_, fields, by, now)
    return put(db, kind, id_, fields, now)


def put(db: Writer, kind: str, id_: int, fields: Mapping[str, Any], now: str) -> tuple[int, CanonicalRow] | None:
    """Set columns that no source has a say in; gives what `change` gives."""
    row = canonical.load(db, kind, [id_], lock=True)[id_]
    before = {name: row[name] for name, value in fields.items() if row[name] != value}
    if not before:
        return None
    after = {**row, **fields, "version": row["version"] + 1}
    canonical.update(db, kind, [after], now)
    return after["version"], before


def held_fields(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Tell which columns of pipelines or stages admins have set, and to what."""
    edits = hand_edits.hand_edits(db, kind, ids)
    return {id_: {name: edit.value for name, edit in fields.items()} for id_, fields in edits.items()}


def disabled_by_hand(db: Writer, pipeline_id: int) -> bool:
    """Whether an admin said that a pipeline takes no more deals, and not its source."""
    return bool(held_fields(db, "pipeline", [pipeline_id]).get(pipeline_id, {}).get("disabled"))


def forget(db: Writer, kind: str, ids: Iterable[int]) -> None:
    """Remove pipelines or stages that nothing knows, with what admins set on them."""
    for id_ in ids:
        db.execute("DELETE FROM hand_edit WHERE record_type = ? AND record_id = ?", (kind, id_))
        db.execute("DELETE FROM outside_id WHERE kind = ? AND record_id = ?", (kind, id_))
        db.execute(f"DELETE FROM {kind} WHERE id = ?", (id_,))


@dataclass(frozen=True, slots=True)
class OutsideName:
    """By which id a source knows a pipeline or a stage."""

    source: str
    value: str
    record_id: int


def known_outside(db: Writer, kind: str, ids: Iterable[int]) -> list[OutsideName]:
    """Tell which sources' own ids lead to these pipelines or stages."""
    sql = "SELECT source, value, record_id FROM outside_id WHERE kind = ? AND record_id IN {in}"
    return [OutsideName(*row) for row in db.select_in(sql, ids, (kind,))]


def lead_outside_ids(db: Writer, stage_id: int, to: int) -> None:
    """Let the sources' ids of a stage lead to another one."""
    db.execute("UPDATE outside_id SET record_id = ? WHERE kind = 'stage' AND record_id = ?", (to, stage_id))


def still_in(db: Writer, stage_id: int, deal_ids: Iterable[int]) -> list[int]:
    """Tell which of these deals stand in a stage, by id."""
    rows = db.select_in("SELECT id FROM deal WHERE stage_id = ? AND id IN {in} ORDER BY id", deal_ids, (stage_id,))
    return [row[0] for row in rows]


def count_deals(db: Writer, stage_id: int) -> int:
    """Count the deals that stand in a stage, deleted ones too."""
    counted: int = db.select("SELECT COUNT(*) FROM deal WHERE stage_id = ?", (stage_id,))[0][0]
    return counted


def deals_in(db: Writer, stage_id: int, limit: int) -> list[int]:
    """List deals that stand in a stage, deleted ones too, by id."""
    sql = "SELECT id FROM deal WHERE stage_id = ? ORDER BY id LIMIT ?"
    return [row[0] for row in db.select(sql, (stage_id, limit))]
