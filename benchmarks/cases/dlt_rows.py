"""dlt loads a CSV's rows into PostgreSQL by merge: arguments are the database's URL and the file.

Runs in dlt's own environment, so it imports nothing of ours.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def _rows(path: str) -> Iterator[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def main() -> None:
    """Load once, into an empty database."""
    url, path = sys.argv[1:]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    leads = dlt.resource(_rows(path), name="leads", primary_key="id", write_disposition="merge")
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.postgres(credentials=url)
        pipeline = dlt.pipeline("bench", destination=destination, dataset_name="bench", pipelines_dir=folder)
        wall, cpu = time.perf_counter(), time.process_time()
        pipeline.run(leads).raise_on_failed_jobs()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
