"""Who is away from all pools, from when to when and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.hot import Writer

AWAY = (
    "EXISTS (SELECT 1 FROM away a WHERE a.user_id = u.id AND a.starts_at <= ? AND (a.ends_at IS NULL OR a.ends_at > ?))"
)
"""Whether user `u` is away at a time; bind it twice."""

ABSENT = (
    "CASE WHEN COALESCE(u.status, '') = 'inactive' THEN 'inactive' "
    f"WHEN m.paused_at IS NOT NULL THEN 'paused' WHEN {AWAY} THEN 'away' END"
)
"""Why member `m`, user `u`, gets nothing at a time; null: they are available. Bind the time twice."""

MOST = 500
"""How many absences a list gives."""


@dataclass(frozen=True, slots=True)
class AwayRow:
    """A time for which a user is away."""

    id: int
    user_id: int
    user: str
    email: str | None
    starts_at: str
    ends_at: str | None
    """The first moment at which they are back; None: until further notice."""
    reason: str | None


def absences(db: Writer, now: str, user_id: int | None = None) -> list[AwayRow]:
    """List the absences that are not over, of one user or of all, the next first; at most 500."""
    mine, values = ("AND a.user_id = ? ", (user_id,)) if user_id is not None else ("", ())
    rows = db.select(
        "SELECT a.id, a.user_id, COALESCE(u.name, u.email, 'user ' || a.user_id), u.email, a.starts_at, a.ends_at, "
        'a.reason FROM away a LEFT JOIN "user" u ON u.id = a.user_id '
        f"WHERE (a.ends_at IS NULL OR a.ends_at > ?) {mine}ORDER BY a.starts_at, a.id LIMIT {MOST}",
        (now, *values),
    )
    return [AwayRow(*row) for row in rows]


def add_absence(db: Writer, user_id: int, starts_at: str, ends_at: str | None, reason: str | None) -> None:
    """Note that a user is away."""
    db.insert("away", ("user_id", "starts_at", "ends_at", "reason"), [(user_id, starts_at, ends_at, reason)])


def drop_absences(db: Writer, ids: Iterable[int]) -> None:
    """Forget absences that were never begun, or were a mistake."""
    db.delete("away", ("id",), [(id_,) for id_ in ids])


def end_absences(db: Writer, ids: Iterable[int], now: str) -> None:
    """Let absences that have begun end now."""
    db.update("away", ("ends_at",), ("id",), [(now, id_) for id_ in ids])


def absent_users(db: Writer, user_ids: Iterable[int], now: str) -> dict[int, str]:
    """Tell which of these users can be given nothing at a time, and why: `inactive`, `away`, or `gone`."""
    wanted = set(user_ids)
    sql = (
        f"SELECT u.id, CASE WHEN COALESCE(u.status, '') = 'inactive' THEN 'inactive' WHEN {AWAY} THEN 'away' END "
        'FROM "user" u WHERE u.id IN {in}'
    )
    found = dict(db.select_in(sql, wanted, (now, now)))
    return {id_: found.get(id_) or "gone" for id_ in wanted if id_ not in found or found[id_] is not None}
