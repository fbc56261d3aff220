"""How fast 1,000 new records are matched against 100,000 and 1,000,000 stored ones, on SQLite and PostgreSQL.

    python -m benchmarks.matching_speed [--stored 100000,1000000] [--profile FOLDER] [--json]

The stored records are generated leads (../shared/er/generate.py, seed 2), taken in by a sync into SQLite and kept in
the user's cache; a load that was cut off goes on where it was. PostgreSQL gets those rows by bulk copy. A batch's time
is all that a sync does with it, from the source's records to the commit; the figure is the median of five. CPU seconds
are the hub's process alone: a database server's are not in them. Peer: ../shared/matching.md measured Splink 5.0.0 at
366 records/s against 1,000,000 and 2,138 against 100,000 (5.8 times the time), on another day; it is not measured here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.copied_store import copy_store
from benchmarks.generated import cache, generated
from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from benchmarks.processes import timed
from benchmarks.stored_matching import PAGE, settle

BATCHES = 5
SPARE = 10_000
"""Generated records that are not stored: the new ones are of the same people."""
SEED = 2
_SHAPING = ("blocking.py", "keys.py", "profile.py", "normal_forms.py", "firm_names.py", "person_names.py", "latin.py")


def main() -> None:
    """Print a line per database and size, and the ratios; or one object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="100000,1000000", help="how many records are stored before")
    parser.add_argument(
        "--profile", type=Path, help="write there which Python functions took how long, in other batches"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    sizes = [int(size) for size in given.stored.split(",")]
    if given.profile is not None:
        given.profile.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {name: {} for name in ("sqlite", *(["postgresql"] if binaries() else []))}
    for stored in sizes:
        kept = stored_home(stored)
        for database, figures in found.items():
            with _copied(database, kept) as home:
                figures[str(stored)] = _measured(home, stored, database, given.profile)
            if not given.json:
                print(_line(database, stored, figures[str(stored)]), flush=True)
    for figures in found.values():
        few, many = figures[str(min(sizes))], figures[str(max(sizes))]
        if few is not many:
            figures["ratio"] = {unit: round(many[unit] / few[unit], 2) for unit in ("wall_s", "cpu_s")}
    print(
        json.dumps(found) if given.json else "".join(f"{d}: {f['ratio']}\n" for d, f in found.items() if "ratio" in f)
    )


def stored_home(stored: int) -> Path:
    """Give a home whose SQLite store holds so many generated leads; made, or made complete, if it is not."""
    home = cache() / f"stored-{stored}-{_version()}"
    if not (home / "complete").exists():
        settle(home)
        timed("benchmarks.cases.land_set", str(home), str(_records(stored)), str(stored))
        (home / "complete").touch()
    return home


def _version() -> str:
    """Name what shapes a store: its schema, and what its keys are made of; the weights it was joined by do not."""
    root = Path(__file__).resolve().parents[1]
    matching = root / "sell_model" / "matching"
    files = [*sorted((root / "storage" / "migrations" / "versions").glob("*.py")), *(matching / f for f in _SHAPING)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def _records(stored: int) -> Path:
    return generated(stored + SPARE, SEED) / "records.csv"


@contextmanager
def _copied(database: str, kept: Path) -> Iterator[Path]:
    """Give a home with the same rows, which may be written to."""
    with tempfile.TemporaryDirectory(prefix="sellhub-matching-") as folder:
        home = Path(folder) / "home"
        if database == "sqlite":
            shutil.copytree(kept, home)
            yield home
            return
        with (
            private_postgres("shared_buffers=512MB", "max_wal_size=4GB") as server,
            fresh_database(server, "hub") as url,
        ):
            settle(home, url)
            copy_store(kept / "hub.db", home, url)
            yield home


def _measured(home: Path, stored: int, database: str, profile: Path | None) -> dict[str, float]:
    records = _records(stored)
    batches = _batches(home, records, stored)
    if profile is not None:
        _batches(home, records, stored + BATCHES * PAGE, str(profile / f"{database}-{stored}.txt"))
    wall, cpu = (statistics.median(batch[n] for batch in batches) for n in (0, 1))
    return {
        "wall_s": round(wall, 3), "cpu_s": round(cpu, 3),
        "per_s": round(PAGE / wall), "per_cpu_s": round(PAGE / cpu),
    }  # fmt: skip


def _batches(home: Path, records: Path, stored: int, *profile: str) -> list[list[float]]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.cases.land_batches",
        str(home),
        str(records),
        str(stored),
        str(BATCHES),
    ]
    done = subprocess.run([*command, *profile], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    told: list[list[float]] = json.loads(done.stdout.splitlines()[-1])["batches"]
    return told


def _line(database: str, stored: int, found: dict[str, float]) -> str:
    return (
        f"{database:11}{stored:>10,} stored: {found['wall_s']:.3f} s a batch ({found['per_s']:,}/s), "
        f"{found['cpu_s']:.3f} s of CPU ({found['per_cpu_s']:,}/s)"
    )


if __name__ == "__main__":
    main()
