"""Imports a CSV of leads into SQLite and PostgreSQL, beside the bare limits and beside dlt, in one run.

    python -m benchmarks.import_csv --rows 1000000

Beside the hub run: the same rows into the same tables with no thinking (`writes`), the same file into
one table by a bare upsert (`upsert`), and dlt's rows path loading the same file (`dlt`, which only
loads). Each case is a process of its own; seconds are wall time and CPU time of that process (of
PostgreSQL's the wall only), memory is its peak.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.environments import peer_python
from benchmarks.killing import new_home
from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from benchmarks.processes import Figures, timed
from benchmarks.rows import write_rows


def main() -> None:
    """Print one object with every case's figures and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--without-dlt", action="store_true", help="skip the peer, whose environment takes a minute")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), given.rows, dlt=not given.without_dlt)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(folder: Path, rows: int, *, dlt: bool) -> dict[str, Any]:
    """Run every case on each database that is here."""
    files = {"first": write_rows(folder / "leads.csv", rows)}
    (folder / "changed").mkdir()
    files["changed"] = write_rows(folder / "changed" / "leads.csv", rows, changed=0.01)
    figures: dict[str, Any] = {"rows": rows}
    with _databases(folder) as databases:
        for name, urls in databases.items():
            figures[name] = _database(folder / name, files, urls, dlt=dlt)
    return figures


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, dict[str, str]]]:
    """Give, per kind of database, an empty one for each case."""
    cases = ("hub", "writes", "upsert", "dlt")
    sqlite = {case: f"sqlite:///{folder / 'sqlite' / case}.db" for case in cases}
    (folder / "sqlite").mkdir()
    if binaries() is None:
        yield {"sqlite": sqlite}
        return
    (folder / "postgresql").mkdir()
    with (
        private_postgres("shared_buffers=512MB", "max_wal_size=4GB") as server,
        fresh_database(server, "hub") as hub,
        fresh_database(server, "writes") as writes,
        fresh_database(server, "upsert") as upsert,
        fresh_database(server, "dlt") as peer,
    ):
        yield {"sqlite": sqlite, "postgresql": {"hub": hub, "writes": writes, "upsert": upsert, "dlt": peer}}


def _database(folder: Path, files: dict[str, Path], urls: dict[str, str], *, dlt: bool) -> dict[str, Any]:
    home = new_home(folder / "home", urls["hub"])
    first = timed("benchmarks.cases.hub", str(home), str(files["first"]))
    again = timed("benchmarks.cases.hub", str(home), str(files["changed"]))
    writes = timed("benchmarks.cases.writes", urls["hub"], urls["writes"])
    upsert = timed("benchmarks.cases.upsert", urls["upsert"], str(files["first"]))
    told: dict[str, Any] = {
        "hub": first.to_json(),
        "hub, 1 % changed": again.to_json(),
        "writes": writes.to_json(),
        "upsert": upsert.to_json(),
    }
    told["ratios"] = {
        "hub ÷ writes": first.ratio(writes),
        "hub ÷ upsert": first.ratio(upsert),
        "hub ÷ hub with 1 % changed": first.ratio(again),
    }
    if dlt and not urls["dlt"].startswith("sqlite"):
        peer = _dlt(urls["dlt"], files["first"])
        told["dlt"] = peer.to_json()
        told["ratios"]["dlt ÷ hub"] = peer.ratio(first)
    return told


def _dlt(url: str, path: Path) -> Figures:
    python = peer_python("dlt", "dlt[postgres]==1.30.0")
    script = Path(__file__).parent / "cases" / "dlt_rows.py"
    return timed(str(script), _told_password(url), str(path), python=python)


def _told_password(url: str) -> str:
    """dlt insists on a password, which this server does not ask for."""
    return url.replace("postgresql+psycopg://hub@", "postgresql://hub:none@")


if __name__ == "__main__":
    main()
