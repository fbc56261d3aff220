"""Runs smart lists over very many leads on SQLite: first and deep pages of filters of all kinds, with their counts.

    python -m benchmarks.lists --rows 1000000

Each run is what `sellhub list run --json` does inside: the filter is read, its records found, sorted and counted, a
page of 50 fetched whole. Milliseconds are wall time and CPU time of runs after one to warm up. Beside it runs the
bare limit of whatever has no index: one look through the whole table by SQLite itself.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.many_leads import NOW, fill, hub_toml
from hub import lists
from hub.lists import Query
from hub.opening import Hub, open_hub

WHO = "u7@example.com"
PAGE = 50
DEEP = 20_000
"""How many records lie before the deep page, where there are as many."""

FILTERS: tuple[tuple[str, str], ...] = (
    ("", "id:desc"),
    ("status is New", "added_at:desc"),
    ("status is Nurturing", "id:desc"),
    ("status is any of (New, Working) and days_since_last_communication > 7 and tags has any (fair)", "id:desc"),
    ("status is Working and (days_since_last_communication > 7 or last_communication is empty)",
     "last_communication:asc"),
    ("status is New and last_activity is empty", "added_at:desc"),
    ("status is none of (Unqualified) and has_next_task no", "last_activity:desc"),
    ("owner is me", "id:desc"),
    ("owner is empty and source is Fair", "added_at:desc"),
    ("owner is any of (u1@example.com, u2@example.com) and status is Working", "last_name:asc"),
    ("email is 'ann.li1.1@company1.example'", "id:desc"),
    ("email contains company777.ex", "id:desc"),
    ("last_name starts with keller99", "last_name:asc"),
    ("name contains 'ann li77'", "id:desc"),
    ("organization_name contains 'company 4242 '", "last_name:asc"),
    ("address.city is Rome", "id:desc"),
    ("tags has any (vip)", "last_activity:desc"),
    ("tags has all (q3, vip)", "id:desc"),
    ("tags has none (web) and tags is not empty", "id:desc"),
    ("custom_fields.Tier is A and custom_fields.Budget > 90000", "custom_fields.Budget:desc"),
    ('custom_fields."Renewal date" in next 60 days', 'custom_fields."Renewal date":asc'),
    ('custom_fields."Account code" is "AC-77777"', "id:desc"),
    ("last_activity more than 300 days ago", "last_activity:desc"),
    ("next_task in next 7 days", "next_task:asc"),
    ("open_tickets > 0", "open_tickets:desc"),
    ("added_at this month and status is not Unqualified", "added_at:desc"),
    ("not (status is New or tags has any (web))", "id:desc"),
)  # fmt: skip


def main() -> None:
    """Print one object with each filter's figures, those of all runs, and the bare look through the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7, help="runs of each page that are measured")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--home", type=Path, help="keep the hub there, or use the one that is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(given.home or Path(folder), given.rows, given.runs)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(home: Path, rows: int, runs: int) -> dict[str, Any]:
    """Fill a hub unless it is, then run every filter."""
    home.mkdir(parents=True, exist_ok=True)
    is_new = not (home / "hub.db").exists()
    (home / "hub.toml").write_text(hub_toml(), encoding="utf-8")
    with open_hub(home) as opened:
        hub = replace(opened, clock=lambda: NOW)
        if is_new:
            fill(hub, rows)
        each = [_filter(hub, where, sort, runs) for where, sort in FILTERS]
        scan = _percentiles(_timed(lambda: _scan(hub), runs))
    told = [figures for figures, _ in each]
    samples = [sample for _, taken in each for sample in taken]
    every = _percentiles(samples)
    return {
        "rows": rows,
        "filters": told,
        "all runs": {"runs": len(samples), **every},
        "bare look through the table": scan,
        "ratio p95 wall": round(every["p95_ms"] / scan["p50_ms"], 2),
    }


def _filter(hub: Hub, where: str, sort: str, runs: int) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    query = Query("lead", where or None, (), sort)
    first = lists.run(hub, query, limit=PAGE, who=WHO)
    samples = _timed(lambda: lists.run(hub, query, limit=PAGE, who=WHO), runs)
    told: dict[str, Any] = {"where": where, "sort": sort, "count": first.shown_count, "first": _percentiles(samples)}
    if (mark := _deep(hub, query)) is not None:
        deep = _timed(lambda: lists.run(hub, query, limit=PAGE, after=mark, who=WHO), runs)
        told["deep"] = _percentiles(deep)
        samples += deep
    return told, samples


def _deep(hub: Hub, query: Query) -> str | None:
    """Walk to a page far behind the first; gives its mark, None where the list is too short for a second page."""
    mark, passed = None, 0
    while passed < DEEP:
        page = lists.run(hub, query, limit=min(10_000, DEEP - passed), after=mark, who=WHO, counted=False)
        if page.next is None:
            break
        mark, passed = page.next, passed + len(page.rows)
    return mark


def _scan(hub: Hub) -> None:
    with hub.store.read() as db:
        db.select("SELECT COUNT(*) FROM lead t NOT INDEXED WHERE t.description LIKE '%no such text%'")


def _timed(run: Callable[[], object], runs: int) -> list[tuple[float, float]]:
    """Run once to warm up, then measure: wall and CPU milliseconds."""
    run()
    samples = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        samples.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    return samples


def _percentiles(samples: Sequence[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = (sorted(each) for each in zip(*samples, strict=True))
    return {
        "p50_ms": _at(wall, 0.5),
        "p95_ms": _at(wall, 0.95),
        "cpu_p50_ms": _at(cpu, 0.5),
        "cpu_p95_ms": _at(cpu, 0.95),
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)


if __name__ == "__main__":
    main()
