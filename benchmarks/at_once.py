"""Two processes bring the same new people into one hub at once: how many people there are in the end.

    python -m benchmarks.at_once --rows 10000

Each brings all of them, from a source of its own, one in the opposite order of the other, so that they meet in the
middle. The aim: as many people and as many leads in the end as rows, with nobody asked about, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.killing import new_home
from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from hub.opening import open_hub

SOURCES = ("one", "two")
_IMPORT = """
import sys, time
from pathlib import Path
from hub.importing import Import, import_file
from hub.opening import open_hub
home, name = Path(sys.argv[1]), sys.argv[2]
with open_hub(home) as hub:
    (home / f"{name}.ready").touch()
    while not all((home / f"{each}.ready").exists() for each in ("one", "two")):
        time.sleep(.01)
    print([report.state for report in import_file(hub, Import(home / f"{name}.csv", source=name))])
"""
_COUNTED = {
    "people": "SELECT COUNT(*) FROM person WHERE merged_into IS NULL",
    "leads": "SELECT COUNT(*) FROM v_leads",
    "source_records": "SELECT COUNT(*) FROM source_record",
    "questions": "SELECT COUNT(*) FROM duplicate WHERE state = 'open'",
}


def main() -> None:
    """Print one object: for each database the counts in the end, and the seconds both took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000, help="people, brought by both")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), given.rows)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(folder: Path, rows: int) -> dict[str, Any]:
    """Bring them on SQLite, and on PostgreSQL where it is installed."""
    figures: dict[str, Any] = {"rows": rows, "sqlite": brought(folder / "sqlite", "sqlite:///hub.db", rows)}
    if binaries() is not None:
        with private_postgres() as server, fresh_database(server, "atonce") as url:
            figures["postgresql"] = brought(folder / "postgresql", url, rows)
    return figures


def brought(home: Path, url: str, rows: int) -> dict[str, Any]:
    """Let both bring them into a new hub; gives what there is in the end."""
    new_home(home, url)
    write_people(home, rows)
    with open_hub(home) as hub:
        began = time.perf_counter()
        states = import_at_once(home)
        seconds = round(time.perf_counter() - began, 2)
        with hub.store.read() as db:
            counts = {name: db.select(sql)[0][0] for name, sql in _COUNTED.items()}
    return {**counts, "ended": sorted(states), "seconds": seconds}


def import_at_once(home: Path) -> set[str]:
    """Let two processes import the two files at the same moment; gives how they ended."""
    running = [
        subprocess.Popen([sys.executable, "-c", _IMPORT, str(home), name], stdout=subprocess.PIPE, text=True)
        for name in SOURCES
    ]
    return {process.communicate()[0].strip() for process in running}


def write_people(home: Path, rows: int) -> None:
    """Write the two files: the same people, in opposite order, under other ids."""
    people = [f"Fa{n % 97}b{n},La{n}c,p{n}@x{n % 50}.example" for n in range(rows)]
    for name, order in zip(SOURCES, (people, people[::-1]), strict=True):
        lines = [f"{number},{person}" for number, person in enumerate(order)]
        text = "\n".join(("id,First Name,Last Name,Email", *lines)) + "\n"
        (home / f"{name}.csv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
