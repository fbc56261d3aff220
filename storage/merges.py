"""Merges by hand: who was made one with whom, and all that it takes to make them two again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.streams import as_json, json_text

_COLUMNS = "id, sort, winner_id, loser_id, run_id, merged_by, merged_at, undone_by, undone_at, details"


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge of two people or two companies."""

    id: int
    sort: str
    """`person` or `company`."""
    winner_id: int
    loser_id: int
    """The identity that went into the winner's."""
    run_id: int
    merged_by: str
    merged_at: str
    undone_by: str | None = None
    undone_at: str | None = None
    details: JsonObject = field(default_factory=dict)
    """What was moved and changed; see `hub.merging`."""


def keep(db: Writer, row: MergeRow) -> None:
    """Write a merge; its id is one that `allocate` gave."""
    values = (row.id, row.sort, row.winner_id, row.loser_id, row.run_id, row.merged_by, row.merged_at)
    columns = tuple(_COLUMNS.split(", "))
    db.insert("merge", (*columns[:7], "details"), [(*values, json_text(row.details))])


def note(db: Writer, id_: int, details: JsonObject) -> None:
    """Keep what it takes to take a merge back, where more of it is known than when it was kept."""
    value = "?" if db.is_sqlite else "CAST(? AS JSONB)"
    db.execute(f"UPDATE merge SET details = {value} WHERE id = ?", (json_text(details), id_))


def mark_undone(db: Writer, id_: int, by: str, now: str) -> None:
    """Note that a merge was taken back."""
    db.execute("UPDATE merge SET undone_by = ?, undone_at = ? WHERE id = ?", (by, now, id_))


def by_id(db: Writer, id_: int) -> MergeRow | None:
    """Fetch one."""
    rows = db.select(f"SELECT {_COLUMNS} FROM merge WHERE id = ?", (id_,))
    return _read(rows[0]) if rows else None


def standing(db: Writer, sort: str, identity_ids: Iterable[int]) -> list[MergeRow]:
    """List the merges that stand and that one of these identities had a part in, the latest first."""
    wanted = list(identity_ids)
    found: dict[int, MergeRow] = {}
    for column in ("winner_id", "loser_id"):
        sql = f"SELECT {_COLUMNS} FROM merge WHERE sort = ? AND undone_at IS NULL AND {column} IN {{in}}"
        found |= {row[0]: _read(row) for row in db.select_in(sql, wanted, (sort,))}
    return [found[id_] for id_ in sorted(found, reverse=True)]


def of_run(db: Writer, run_id: int) -> list[int]:
    """List the merges of a run that stand, the latest first."""
    sql = "SELECT id FROM merge WHERE run_id = ? AND undone_at IS NULL ORDER BY id DESC"
    return [row[0] for row in db.select(sql, (run_id,))]


def latest(db: Writer, limit: int) -> list[MergeRow]:
    """List merges, the latest first; those taken back too."""
    return [_read(row) for row in db.select(f"SELECT {_COLUMNS} FROM merge ORDER BY id DESC LIMIT ?", (limit,))]


def _read(row: Sequence[Any]) -> MergeRow:
    id_, sort, winner_id, loser_id, run_id, by, at, undone_by, undone_at, details = row
    return MergeRow(id_, sort, winner_id, loser_id, run_id, by, at, undone_by, undone_at, as_json(details) or {})


def set_merged_into(db: Writer, sort: str, id_: int, into: int | None, now: str) -> None:
    """Let a person or a company be another one, or itself again."""
    db.execute(
        f"UPDATE {sort} SET merged_into = ?, updated_at = ?, version = version + 1 WHERE id = ?", (into, now, id_)
    )


def survivor(db: Writer, sort: str, id_: int) -> int:
    """Follow an identity that went into another one to the one that stands."""
    while (rows := db.select(f"SELECT merged_into FROM {sort} WHERE id = ?", (id_,))) and rows[0][0] is not None:
        id_ = rows[0][0]
    return id_
