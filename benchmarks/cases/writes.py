"""The rows that the hub wrote, into the same tables, with no thinking: arguments are the two databases' URLs.

What is read back to be written is read outside the measured time.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from storage.hot import Writer
from storage.store import Store
from storage.tables import metadata

TABLES = ("source_record", "person", "lead", "link", "match_key", "assignment")
"""What an import of new leads writes a row each of; the journal's few rows a batch are left out."""
BATCH = 1_000


def main() -> None:
    """Copy in batches of 1,000 source records, one transaction each."""
    full, empty = Store(sys.argv[1]), Store(sys.argv[2])
    empty.upgrade()
    wall = cpu = 0.0
    with full.read() as source:
        last = source.select("SELECT MAX(id) FROM source_record")[0][0]
        for start in range(0, last, BATCH):
            rows = {table: _rows(source, table, start) for table in TABLES}
            began, began_cpu = time.perf_counter(), time.process_time()
            with empty.write() as db:
                for table, (columns, values) in rows.items():
                    db.insert(table, columns, values)
            wall += time.perf_counter() - began
            cpu += time.process_time() - began_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak}))


def _rows(db: Writer, table: str, start: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    columns = [str(column.name) for column in metadata.tables[table].columns]
    key = "source_record_id" if table in {"link", "match_key"} else "id"
    sql = f'SELECT {", ".join(columns)} FROM "{table}" WHERE {key} > ? AND {key} <= ?'
    rows = [
        tuple(json.dumps(v) if isinstance(v, (dict, list)) else v for v in row)
        for row in db.select(sql, (start, start + BATCH))
    ]
    return columns, rows


if __name__ == "__main__":
    main()
