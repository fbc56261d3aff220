"""The outcomes that a call or a visit may have: names that admins make."""

from __future__ import annotations

from dataclasses import dataclass

from storage.activities import OUTCOMES
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome, and how many calls or visits have it."""

    id: int
    name: str
    used: int
    version: int


def outcomes(db: Writer, of: str) -> list[OutcomeRow]:
    """List the outcomes of calls or of visits, in the order in which they were made; at most 500."""
    sql = (
        f'SELECT o.id, o.name, (SELECT COUNT(*) FROM "{of}" a WHERE a.outcome_id = o.id), o.version '
        f"FROM {OUTCOMES[of]} o ORDER BY o.id LIMIT 500"
    )
    return [OutcomeRow(*row) for row in db.select(sql)]


def add(db: Writer, of: str, name: str, now: str) -> int:
    """Add an outcome; gives its id."""
    table = OUTCOMES[of]
    id_ = next(db.allocate(table, 1))
    db.insert(table, ("id", "name", "created_at", "updated_at"), [(id_, name, now, now)])
    return id_


def rename(db: Writer, of: str, id_: int, name: str, now: str) -> None:
    """Give an outcome another name; what has it keeps it."""
    sql = f"UPDATE {OUTCOMES[of]} SET name = ?, updated_at = ?, version = version + 1 WHERE id = ?"
    db.execute(sql, (name, now, id_))


def users_of(db: Writer, of: str, id_: int) -> list[int]:
    """List the calls or visits that have an outcome."""
    return [row[0] for row in db.select(f'SELECT id FROM "{of}" WHERE outcome_id = ? ORDER BY id', (id_,))]


def remove(db: Writer, of: str, id_: int) -> None:
    """Remove an outcome that nothing has."""
    db.delete(OUTCOMES[of], ("id",), [(id_,)])
