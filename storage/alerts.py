"""What was told of a source's health. Each alert is kept among the runs, so that it is told once, wherever it arose."""

from __future__ import annotations

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.streams import finish_run, start_run

KIND = "alert"
"""What the run of an alert is called; its state says what was told."""

UNSENT = "unsent"
"""State of an alert that could not be delivered: as if it had not been."""


def last_alert(db: Writer, source: str) -> str | None:
    """Give the state that was last told of a source; None: nothing yet."""
    sql = "SELECT state FROM run WHERE source = ? AND kind = ? AND state <> ? ORDER BY id DESC LIMIT 1"
    rows = db.select(sql, (source, KIND, UNSENT))
    return rows[0][0] if rows else None


def keep_alert(db: Writer, source: str, state: str, text: str, fix: str, now: str) -> int:
    """Note that a source's state is being told; gives the number under which it is kept."""
    details: JsonObject = {}
    alert_id = start_run(db, KIND, source, details, now)
    finish_run(db, alert_id, state, now, text, fix or None)
    return alert_id


def mark_unsent(db: Writer, alert_id: int) -> None:
    """Note that an alert could not be delivered."""
    db.execute("UPDATE run SET state = ? WHERE id = ?", (UNSENT, alert_id))


def last_success(db: Writer, source: str) -> str | None:
    """Tell when the last sync of a source that came to a good end began."""
    sql = (
        "SELECT started_at FROM run WHERE source = ? AND kind = 'sync' AND state IN ('done', 'done_with_held') "
        "ORDER BY id DESC LIMIT 1"
    )
    rows = db.select(sql, (source,))
    return rows[0][0] if rows else None
