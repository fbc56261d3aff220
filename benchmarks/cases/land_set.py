"""One case: a labelled set's file taken in by a hub, in a process of its own: HOME RECORDS [ROWS]."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

from benchmarks.headers import columns_of, headers_of
from benchmarks.labelled import drafts_of
from benchmarks.processes import Stopwatch
from benchmarks.stored_matching import land


def main() -> None:
    """Take the set in and tell what it cost."""
    home, records = Path(sys.argv[1]), Path(sys.argv[2])
    columns = columns_of(headers_of(records))
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else None
    watch = Stopwatch()
    land(home, islice(drafts_of(records, columns), rows), companies=columns.is_of_companies)
    watch.tell()


if __name__ == "__main__":
    main()
