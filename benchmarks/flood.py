"""Floods `sellhub serve` with webhook deliveries while a CSV import runs into the same hub.

    python -m benchmarks.flood --rate 200 --seconds 60

One delivery in ten is a repetition, one in twenty is forged. Every good one must be stored exactly once, every
forged one refused and counted. Beside the hub stands the bare limit: the same deliveries, one after another, each
in a transaction of its own that is written through to the disk, with nothing else done.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.flooding.deliveries import Flood, make_flood
from benchmarks.flooding.outcome import await_drained, outcome
from benchmarks.flooding.sender import send
from benchmarks.flooding.serving import importing, make_home, served
from benchmarks.rows import write_rows

ROWS_A_SECOND = 6_000
"""Of the import, so that it lasts about as long as the flood."""


def main() -> None:
    """Print one object with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rows", type=int, help="of the import beside it; 0: none")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = round(given.seconds * ROWS_A_SECOND) if given.rows is None else given.rows
    with tempfile.TemporaryDirectory() as folder:
        figures = flooded(Path(folder), given.rate, given.seconds, rows)
    print(json.dumps(figures, indent=None if given.json else 2))


def flooded(folder: Path, rate: float, seconds: float, rows: int, url: str = "sqlite:///hub.db") -> dict[str, Any]:
    """Flood a new hub, and give what came of it."""
    home = make_home(folder / "home", url)
    path = write_rows(folder / "leads.csv", rows) if rows else None
    with served(home) as server:
        flood = make_flood(rate, seconds)
        with importing(home, path) if path is not None else nullcontext() as process:
            began, cpu = time.perf_counter(), server.cpu()
            sent = send(server.port, flood.sendings)
            lasted = time.perf_counter() - began
            used = (server.cpu() or 0.0) - cpu if cpu is not None else None
            imports = process is not None and process.poll() is None
        drained = await_drained(home)
    answers = {kind: _statuses(flood, sent.statuses, kind) for kind in ("new", "repeated", "forged")}
    return {
        "rate": rate,
        "seconds": round(lasted, 1),
        "sent": {kind: flood.count(kind) for kind in answers},
        "answers": answers,
        "answer_ms": {"p50": sent.percentile(0.5), "p99": sent.percentile(0.99), "max": sent.percentile(1.0)},
        "server_cpu_ms_a_delivery": round(used / len(flood.sendings) * 1_000, 2) if used is not None else None,
        "import_ran_all_the_time": imports,
        "drained_after_s": round(drained, 2),
        **outcome(home, flood),
        "bare_writes_a_second": bare_writes(folder / "bare.db", flood),
    }


def _statuses(flood: Flood, statuses: list[int], kind: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for status in (status for status, its in zip(statuses, flood.kinds, strict=True) if its == kind):
        counts[str(status)] = counts.get(str(status), 0) + 1
    return counts


def bare_writes(path: Path, flood: Flood, most: int = 500) -> float:
    """Tell how many deliveries a second the disk takes, one transaction each."""
    bodies = [sending.request for sending in flood.sendings[:most]]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (body BLOB);")
        began = time.perf_counter()
        for body in bodies:
            database.execute("INSERT INTO t VALUES (?)", (body,))
    return round(len(bodies) / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
