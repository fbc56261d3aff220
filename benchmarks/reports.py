"""How long each report takes on a hub of many leads and a fifth as many deals, on SQLite and PostgreSQL.

    python -m benchmarks.reports --rows 1000000

The rows are written straight into the tables, as a load leaves them: source records with their payload,
links, leads of three systems and ten owners, activities' figures, deals with three moves each. Beside each
report's seconds stands the bare limit: one scan that counts the leads, or the deals, by owner.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from hub.opening import Hub, open_hub
from hub.reporting.funnel import Question, report_funnel
from hub.reporting.owners import report_owners
from hub.reporting.period import EVER
from hub.reporting.recurring import report_recurring
from hub.reporting.sources import report_sources
from hub.reporting.speed import report_speed
from sell_model.types import utc_text
from storage.hot import Writer

PORTION = 50_000
SYSTEMS, OWNERS, DEALS = 3, 10, 5
NOW = datetime(2026, 6, 1, tzinfo=UTC)

REPORTS: dict[str, Callable[[Hub], object]] = {
    "funnel": lambda hub: report_funnel(hub, Question()),
    "sources": lambda hub: report_sources(hub, EVER),
    "speed": lambda hub: report_speed(hub, EVER),
    "owners": lambda hub: report_owners(hub, EVER),
    "recurring": lambda hub: report_recurring(hub, EVER, None, None),
}
SCANS = {
    name: f"SELECT owner_id, COUNT(*) FROM {'deal' if name in {'funnel', 'recurring'} else 'lead'} GROUP BY owner_id"
    for name in REPORTS
}


def main() -> None:
    """Print one object with each report's seconds, and the scan's beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures: dict[str, Any] = {"rows": given.rows, "deals": given.rows // DEALS}
    with tempfile.TemporaryDirectory() as folder:
        figures["sqlite"] = measured(Path(folder) / "sqlite", "sqlite:///hub.db", given.rows)
        if binaries() is not None:
            with private_postgres("fsync=off") as server, fresh_database(server, "reports") as url:
                figures["postgresql"] = measured(Path(folder) / "postgresql", url, given.rows)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(home: Path, url: str, rows: int) -> dict[str, Any]:
    """Fill a hub and time its reports."""
    home.mkdir()
    (home / "hub.toml").write_text(f'[storage]\nurl = "{url}"\n', encoding="utf-8")
    with open_hub(home) as hub:
        fill(hub, rows)
        return {name: _timed(hub, name) for name in REPORTS}


def _timed(hub: Hub, name: str) -> dict[str, float]:
    began = time.perf_counter()
    REPORTS[name](hub)
    between = time.perf_counter()
    with hub.store.read() as db:
        db.select(SCANS[name])
    report, scan = between - began, time.perf_counter() - between
    return {"seconds": round(report, 2), "scan_seconds": round(scan, 3), "ratio": round(report / scan, 1)}


def fill(hub: Hub, rows: int) -> None:
    """Write the rows, in portions."""
    with hub.store.write() as db:
        names = [(n, f"s{n}", "contacts", "csv", "people") for n in range(1, SYSTEMS + 1)]
        db.insert("stream", ("id", "source", "name", "connector", "kind"), names)
    for first in range(1, rows + 1, PORTION):
        with hub.store.write() as db:
            _fill(db, range(first, min(first + PORTION, rows + 1)))
    with hub.store.write() as db:
        db.analyze(("lead", "deal", "link", "source_record", "stage_change", "figure"))


def _fill(db: Writer, ids: range) -> None:
    rng, now, raw = random.Random(ids.start), utc_text(NOW), "x" * 600
    db.insert(
        "source_record",
        ("id", "stream_id", "source_id", "raw", "raw_hash", "landed_at"),
        [(n, n % SYSTEMS + 1, str(n), raw, b"0", now) for n in ids],
    )
    columns: tuple[str, ...] = ("source_record_id", "mapping", "record_type", "record_id", "role", "identity", "rank")
    db.insert("link", columns, [(n, "x.lead", "lead", n, "self", True, 0) for n in ids])
    columns = ("id", "last_name", "status", "owner_id", "added_at", "description", "created_at", "updated_at")
    db.insert("lead", columns, [(n, f"L{n}", "New", n % OWNERS, _ago(rng, 90), raw, now, now) for n in ids])
    columns = ("record_type", "record_id", "first_activity_at", "open_tickets")
    db.insert("figure", columns, [("lead", n, now, 0) for n in ids if n % 3])
    deals = [n for n in ids if n % DEALS == 0]
    columns = (
        *("id", "name", "contact_id", "stage_id", "owner_id", "value_minor", "currency"),
        *("added_at", "created_at", "updated_at"),
    )
    last = {n: rng.randint(1, 7) for n in deals}
    db.insert(
        "deal",
        columns,
        [(n, "D", n, last[n], n % OWNERS, rng.randrange(10**7), "USD", _ago(rng, 90), now, now) for n in deals],
    )
    moves = [move for n in deals for move in _moves(rng, n, last[n])]
    db.insert("stage_change", ("deal_id", "from_stage_id", "to_stage_id", "changed_at"), moves)


def _moves(rng: random.Random, deal: int, last: int) -> Iterator[tuple[int, int | None, int, str]]:
    stages = [1, rng.randint(1, 4), last]
    for at, (before, after) in enumerate(zip([None, *stages], stages, strict=False)):
        yield deal, before, after, utc_text(NOW - timedelta(days=90 - 30 * at, seconds=rng.randrange(86_400)))


def _ago(rng: random.Random, days: int) -> str:
    return utc_text(NOW - timedelta(seconds=rng.randrange(days * 86_400)))


if __name__ == "__main__":
    main()
