"""What a flood came to, read from the hub's own files once it is over."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.flooding.deliveries import Flood
from hub.opening import open_hub
from storage.inbox import Inbox

SOURCE = "site"


def await_drained(home: Path, within: float = 60.0) -> float:
    """Wait until nothing waits in the inbox; gives the seconds that it took."""
    began = time.perf_counter()
    with Inbox(home / "inbox.db") as inbox:
        while inbox.waiting().get(SOURCE):
            if time.perf_counter() - began > within:
                raise RuntimeError(f"{inbox.waiting()} deliveries still wait after {within:g} s")
            time.sleep(0.05)
    return time.perf_counter() - began


def outcome(home: Path, flood: Flood) -> dict[str, Any]:
    """Compare what is stored with what was sent.

    Returns:
        Counts, whether each good delivery is there exactly once, and the milliseconds from receipt until its lead
        was dealt out and its owner told.
    """
    with closing(sqlite3.connect(home / "inbox.db")) as box:
        received = dict(box.execute("SELECT key, received_at FROM delivery WHERE source = ?", (SOURCE,)))
        refused = box.execute("SELECT coalesce(sum(count), 0) FROM refused WHERE source = ?", (SOURCE,)).fetchone()[0]
    with open_hub(home) as hub, hub.store.read() as db:
        landed = [row[0] for row in db.select(f"{_LANDED} WHERE s.source = ?", (SOURCE,))]
        leads = [row[0] for row in db.select("SELECT email FROM v_leads WHERE email LIKE 'p%@flood%'")]
        told = dict(db.select(_TOLD, (SOURCE,)))
        turns = db.select(_TURNS, (SOURCE,))
        runs = db.select("SELECT count(*) FROM run WHERE source = ?", (SOURCE,))[0][0]
    waits = sorted(_seconds(received[f"msg_{id_}"], at) * 1_000 for id_, at in told.items() if at)
    once = set(received) == flood.ids and len(landed) == len(set(landed)) == len(flood.ids)
    return {
        "stored_once": once and len(leads) == len(set(leads)) == len(flood.ids),
        "deliveries": len(received),
        "leads": len(leads),
        "turns": sorted(count for _, count in turns),
        "refused_counted": refused,
        "runs": runs,
        "owner_told_ms": {"p50": _at(waits, 0.5), "p99": _at(waits, 0.99), "max": _at(waits, 1.0)},
    }


_TURNS = (
    "SELECT a.user_id, count(*) FROM assignment a JOIN run u ON u.id = a.run_id WHERE u.source = ? GROUP BY a.user_id"
)
_LANDED = "SELECT r.source_id FROM source_record r JOIN stream s ON s.id = r.stream_id"
_TOLD = (
    "SELECT r.source_id, u.notified_at FROM source_record r JOIN stream s ON s.id = r.stream_id "
    "JOIN run u ON u.id = r.run_id WHERE s.source = ?"
)


def _seconds(first: str, then: str) -> float:
    return (datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds()


def _at(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else None
