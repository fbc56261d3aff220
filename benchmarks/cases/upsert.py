"""A bare upsert of a CSV into one table: arguments are the database's URL and the file."""

from __future__ import annotations

import csv
import sys
from itertools import islice
from pathlib import Path

from benchmarks.processes import Stopwatch
from benchmarks.rows import HEADER
from storage.store import Store

BATCH = 1_000


def main() -> None:
    """Parse, upsert, 1,000 rows a transaction."""
    url, path = sys.argv[1:]
    store = Store(url)
    columns = [f"c{place}" for place in range(len(HEADER))]
    columns[0] = "id"
    with store.write() as db:
        db.execute(f"CREATE TABLE leads (id BIGINT PRIMARY KEY, {', '.join(f'{c} TEXT' for c in columns[1:])})")
    watch = Stopwatch()
    with Path(path).open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        while rows := list(islice(reader, BATCH)):
            with store.write() as db:
                db.upsert("leads", columns, ("id",), rows)
    watch.tell()
    store.close()


if __name__ == "__main__":
    main()
