"""How far what is going on has got, for somebody who waits for it."""

from __future__ import annotations

from storage.hot import Writer


def read_so_far(db: Writer, source: str) -> tuple[int, int]:
    """Give how many records of a source the run that is under way has stored, and how many of them it holds."""
    rows = db.select(
        "SELECT COALESCE(SUM(s.read), 0), COALESCE(SUM(s.held), 0) FROM run r JOIN run_stream s ON s.run_id = r.id "
        "WHERE r.source = ? AND r.state = 'running'",
        (source,),
    )
    return int(rows[0][0]), int(rows[0][1])
