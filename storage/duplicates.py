"""Pairs that may be one: what weighed evidence found, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.streams import as_json, json_text


@dataclass(frozen=True, slots=True)
class Asked:
    """Two people, or two companies, that may be one; `one_id` is the lower."""

    sort: str
    one_id: int
    other_id: int
    bits: float
    guard: str
    """Why they are not joined without a person; empty: the evidence alone does not suffice."""
    parts: Sequence[Sequence[Any]]
    """Comparison, level, bits; the prior first."""


def ask(db: Writer, asked: Iterable[Asked], run_id: int, now: str) -> None:
    """Put pairs before people; what was said of a pair stands, an open one is asked anew with what is known now."""
    pairs = {(each.sort, each.one_id, each.other_id): each for each in asked if each.one_id != each.other_id}
    columns = "sort, one_id, other_id, bits, guard, parts, state, run_id, asked_at"
    db.many(
        f"INSERT INTO duplicate ({columns}) VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?) "
        "ON CONFLICT (sort, one_id, other_id) DO UPDATE SET bits = excluded.bits, guard = excluded.guard, "
        "parts = excluded.parts WHERE duplicate.state = 'open'",
        [
            (a.sort, a.one_id, a.other_id, round(a.bits, 3), a.guard, json_text(list(a.parts)), run_id, now)
            for a in pairs.values()
        ],
    )


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """A pair that may be one, and what was said of it."""

    id: int
    sort: str
    one_id: int
    other_id: int
    bits: float
    guard: str
    parts: Sequence[Sequence[Any]]
    """Comparison, level, bits; the prior first."""
    state: str
    """`open`, `merged`, or `never`."""
    run_id: int | None
    asked_at: str
    decided_by: str | None = None
    decided_at: str | None = None


_COLUMNS = (
    "d.id, d.sort, d.one_id, d.other_id, d.bits, d.guard, d.parts, d.state, d.run_id, d.asked_at, d.decided_by, "
    "d.decided_at"
)


def _read(row: Sequence[Any]) -> DuplicateRow:
    id_, sort, one_id, other_id, bits, guard, parts, *answer = row
    return DuplicateRow(id_, sort, one_id, other_id, bits, guard or "", as_json(parts) or [], *answer)


def by_id(db: Writer, id_: int) -> DuplicateRow | None:
    """Fetch one."""
    rows = db.select(f"SELECT {_COLUMNS} FROM duplicate d WHERE d.id = ?", (id_,))
    return _read(rows[0]) if rows else None


def between(db: Writer, sort: str, one_id: int, other_id: int) -> DuplicateRow | None:
    """Fetch the one of two identities."""
    pair = sorted((one_id, other_id))
    rows = db.select(
        f"SELECT {_COLUMNS} FROM duplicate d WHERE sort = ? AND one_id = ? AND other_id = ?", (sort, *pair)
    )
    return _read(rows[0]) if rows else None


def of_state(
    db: Writer, state: str, limit: int, *, sort: str | None = None, below: tuple[float, int] | None = None
) -> list[DuplicateRow]:
    """List pairs of one state, the likeliest first; those of whom one is gone into another are left out.

    Args:
        below: the bits and the id of the last pair of the page before.
    """
    clauses, values = ["d.state = ?"], [state]
    if sort is not None:
        clauses.append("d.sort = ?")
        values.append(sort)
    if below is not None:
        clauses.append("(d.bits < ? OR (d.bits = ? AND d.id > ?))")
        values += [below[0], below[0], below[1]]  # type: ignore[list-item]
    sql = f"SELECT {_COLUMNS} FROM duplicate d WHERE {' AND '.join(clauses)} ORDER BY d.bits DESC, d.id LIMIT ?"
    return [_read(row) for row in db.select(sql, (*values, limit))]


def count_open(db: Writer) -> int:
    """Count the pairs that wait for an answer."""
    count: int = db.select("SELECT COUNT(*) FROM duplicate WHERE state = 'open'")[0][0]
    return count


def settle(db: Writer, sort: str, one_id: int, other_id: int, state: str, by: str, now: str) -> None:
    """Note what a person said of two identities, asked or not."""
    one, other = sorted((one_id, other_id))
    db.execute(
        "INSERT INTO duplicate (sort, one_id, other_id, bits, guard, state, asked_at, decided_by, decided_at) "
        "VALUES (?, ?, ?, 0, '', ?, ?, ?, ?) ON CONFLICT (sort, one_id, other_id) DO UPDATE SET "
        "state = excluded.state, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        (sort, one, other, state, now, by, now),
    )


def follow_merge(db: Writer, sort: str, winner_id: int, loser_id: int) -> None:
    """Let open questions about who went into somebody be about that one, where that is not asked already."""
    rows = db.select(
        "SELECT id, one_id, other_id FROM duplicate WHERE sort = ? AND state = 'open' AND (one_id = ? OR other_id = ?)",
        (sort, loser_id, loser_id),
    )
    for id_, one, other in rows:
        third = other if one == loser_id else one
        if third == winner_id or between(db, sort, winner_id, third) is not None:
            db.execute("DELETE FROM duplicate WHERE id = ?", (id_,))
        else:
            db.execute("UPDATE duplicate SET one_id = ?, other_id = ? WHERE id = ?", (*sorted((winner_id, third)), id_))
