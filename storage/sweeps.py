"""The one sweep of the whole store that is under way, and how far it has come."""

from __future__ import annotations

from sell_model.types import JsonObject
from storage import states, streams
from storage.hot import Writer

KIND = "sweep"
"""What its run is called."""


def unfinished(db: Writer) -> tuple[int, JsonObject] | None:
    """Give the run that was begun and is not done, with what it noted; None: there is none."""
    run_id = states.state(db, KIND)
    rows = db.select("SELECT id, options FROM run WHERE id = ?", (int(run_id),)) if run_id else []
    return (rows[0][0], streams.as_json(rows[0][1])) if rows else None


def start(db: Writer, source: str, noted: JsonObject, now: str) -> int:
    """Begin one; gives its run."""
    run_id = streams.start_run(db, KIND, source, noted, now)
    states.set_state(db, KIND, str(run_id))
    return run_id


def go_on(db: Writer, run_id: int) -> None:
    """Let one that ended before its time be under way again."""
    sql = "UPDATE run SET state = 'running', finished_at = NULL, error = NULL, fix = NULL WHERE id = ?"
    db.execute(sql, (run_id,))


def note(db: Writer, run_id: int, noted: JsonObject) -> None:
    """Keep how far it has come, in the transaction that came there."""
    value = "?" if db.is_sqlite else "CAST(? AS JSONB)"
    db.execute(f"UPDATE run SET options = {value} WHERE id = ?", (streams.json_text(noted), run_id))


def leave(db: Writer, run_id: int) -> None:
    """Let the next sweep be another one."""
    if states.state(db, KIND) == str(run_id):
        states.set_state(db, KIND, None)
