"""Kills an import of 20,000 rows at random moments, runs it again, and compares the end states.

python -m benchmarks.kill --times 100
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.killing import import_killed, new_home, write_leads
from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from benchmarks.state import differences, sqlite_url, state_of

KILLS_A_ROUND = 10
"""After so many kills the import is left to end, and the state is compared."""


def main() -> None:
    """Print one object: kills tried, kills that struck, rounds, and every difference found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="kills on each database")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), given.times, given.rows)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(folder: Path, times: int, rows: int) -> dict[str, Any]:
    """Run the rounds on SQLite, and on PostgreSQL where it is installed."""
    path = write_leads(folder / "leads.csv", rows)
    unbroken = new_home(folder / "unbroken", "sqlite:///hub.db")
    import_killed(unbroken, path, times=0, seconds=0, seed=0)
    expected = state_of(sqlite_url(unbroken))
    figures: dict[str, Any] = {"rows": rows, "sqlite": {"struck": 0, "kills": 0, "differences": []}}
    for number in range(-(-times // KILLS_A_ROUND)):
        home = new_home(folder / f"sqlite{number}", "sqlite:///hub.db")
        _round(figures["sqlite"], home, path, sqlite_url(home), expected, number)
    if binaries() is not None:
        figures["postgresql"] = {"struck": 0, "kills": 0, "differences": []}
        with private_postgres() as server:
            for number in range(-(-times // KILLS_A_ROUND)):
                with fresh_database(server, f"kill{number}") as url:
                    home = new_home(folder / f"postgres{number}", url)
                    _round(figures["postgresql"], home, path, url, expected, number)
    return figures


def _round(figures: dict[str, Any], home: Path, path: Path, url: str, expected: Any, number: int) -> None:
    figures["struck"] += import_killed(home, path, KILLS_A_ROUND, seconds=0.8, seed=number)
    figures["kills"] += KILLS_A_ROUND
    figures["differences"] += differences(expected, state_of(url))


if __name__ == "__main__":
    main()
