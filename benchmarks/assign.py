"""Several processes deal out leads from one pool at once; counts must differ by at most one.

    python -m benchmarks.assign --rows 100000 --processes 8

On SQLite, and on PostgreSQL where it is installed. The leads are imported without an owner first. Each
process gives its own share of them through `hub.assigning.assign_records`, as `sellhub assign` does.
Beside it runs the bare limit: one process that writes owners and ledger rows alone, as many a
transaction, with no thinking.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.killing import TOML
from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from benchmarks.rows import write_rows
from hub.assigning import PORTION
from hub.importing import Import, import_file
from hub.opening import open_hub
from storage.hot import Writer

MEMBERS = 7
"""Of the pool: no divisor of the usual numbers of rows, so that counts cannot come out even."""


def main() -> None:
    """Print one object: per database the seconds, the counts, and what went wrong, which must be nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures: dict[str, Any] = {"rows": given.rows, "processes": given.processes, "members": MEMBERS}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = {"sqlite": "sqlite:///hub.db"}
        if binaries() is not None:
            server = stack.enter_context(private_postgres("shared_buffers=256MB"))
            urls["postgresql"] = stack.enter_context(fresh_database(server, "assign"))
        path = write_rows(Path(folder) / "leads.csv", given.rows)
        for name, url in urls.items():
            figures[name] = measured(Path(folder) / name, url, path, given.processes)
    print(json.dumps(figures, indent=None if given.json else 2))


def measured(home: Path, url: str, path: Path, processes: int) -> dict[str, Any]:
    """Import the leads, let the processes deal them out, and look at what came of it."""
    home.mkdir(parents=True)
    (home / "hub.toml").write_text(_toml(url), encoding="utf-8")
    with open_hub(home) as hub:
        report = import_file(hub, Import(path))[0]
        assert report.state == "done", report.to_json()
    seconds = dealt_out(home, processes)
    with open_hub(home) as hub, hub.store.read() as db:
        figures = {"seconds": round(seconds, 2), **outcome(db)}
    bare = _bare(home)
    return {**figures, "bare_seconds": round(bare, 2), "ratio": round(seconds / bare, 2)}


def _toml(url: str) -> str:
    members = ", ".join(f'"m{n}@example.com"' for n in range(MEMBERS))
    known = '"ann@example.com", "bo@example.com"'
    return TOML.format(url=url).replace(f"members = [{known}]", f"members = [{members}]")


def dealt_out(home: Path, processes: int) -> float:
    """Let so many processes give every lead of a hub by its pool Inbound; gives the seconds that it took."""
    command = [sys.executable, "-m", "benchmarks.cases.assign", str(home), str(processes)]
    running = [
        subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * processes
    return time.perf_counter() - began


def outcome(db: Writer) -> dict[str, Any]:
    """Count what each member got, and what must not be: leads unassigned or given twice, ledger and owners at odds."""
    shares = [row[0] for row in db.select("SELECT COUNT(*) FROM lead WHERE owner_id IS NOT NULL GROUP BY owner_id")]
    unassigned = db.select("SELECT COUNT(*) FROM lead WHERE owner_id IS NULL")[0][0]
    twice = db.select("SELECT COUNT(*) - COUNT(DISTINCT record_id) FROM assignment")[0][0]
    odds = db.select(
        "SELECT COUNT(*) FROM assignment a JOIN lead l ON l.id = a.record_id WHERE l.owner_id <> a.user_id"
    )[0][0]
    turns = [row[0] for row in db.select("SELECT turns FROM pool_member")]
    return {
        "counts": sorted(shares),
        "differ_by": max(shares) - min(shares),
        "turns_differ_by": max(turns) - min(turns),
        "unassigned": unassigned,
        "twice": twice,
        "ledger_differs": odds,
    }


def _bare(home: Path) -> float:
    """Write as many owners and ledger rows in one process, so many a transaction."""
    with open_hub(home) as hub:
        with hub.store.read() as db:
            ids = [row[0] for row in db.select("SELECT id FROM lead ORDER BY id")]
        began = time.perf_counter()
        for start in range(0, len(ids), PORTION):
            part = ids[start : start + PORTION]
            with hub.store.write() as db:
                db.update("lead", ("owner_id",), ("id",), [(1 + id_ % MEMBERS, id_) for id_ in part])
                rows = [("lead", id_, 1 + id_ % MEMBERS, "turn", hub.now()) for id_ in part]
                db.insert("assignment", ("record_type", "record_id", "user_id", "how", "assigned_at"), rows)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
