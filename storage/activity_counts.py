"""How many calls and visits there were, by outcome and by who made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sell_model.activities import ACTIVITIES, ActivityKind
from storage.activities import OUTCOMES
from storage.hot import Writer

MOST = 1_000
"""Lines of one count."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a count; what is not grouped by is None."""

    of: str
    outcome: str | None
    owner: str | None
    """Who made it: a user's name, else whoever noted it."""
    owner_email: str | None
    count: int
    duration: int | None
    """Seconds, of calls, as far as they are known."""


_GROUPS = {"outcome": ("o.name",), "owner": ("COALESCE(u.name, u.email, a.added_by)", "u.email")}


def counted(db: Writer, kind: ActivityKind, by: Sequence[str], since: str | None, before: str | None) -> list[Counted]:
    """Count calls or visits made since a moment and before another, grouped; most first, at most 1,000 lines."""
    done_at = ACTIVITIES[kind].done_at
    grouped = {name: columns if name in by else ("NULL",) * len(columns) for name, columns in _GROUPS.items()}
    columns = [column for names in grouped.values() for column in names]
    keys = ", ".join(column for column in columns if column != "NULL")
    period = [(f"a.{done_at} >= ?", since), (f"a.{done_at} < ?", before)]
    asked = [(clause, moment) for clause, moment in period if moment is not None]
    where = " AND ".join(clause for clause, _ in asked) or "1 = 1"
    duration = "SUM(a.duration)" if kind == "call" else "NULL"
    sql = (
        f'SELECT {", ".join(columns)}, COUNT(*), {duration} FROM "{kind}" a '
        f'LEFT JOIN {OUTCOMES[kind]} o ON o.id = a.outcome_id LEFT JOIN "user" u ON u.id = a.user_id '
        f"WHERE {where} GROUP BY {keys} ORDER BY COUNT(*) DESC, {keys} LIMIT {MOST}"
    )
    rows = db.select(sql, [moment for _, moment in asked])
    return [Counted(kind, row[0], row[1], row[2], row[3], None if row[4] is None else int(row[4])) for row in rows]
