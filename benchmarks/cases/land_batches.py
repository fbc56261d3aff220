"""One case: some more batches of a labelled set, each timed: HOME RECORDS STORED BATCHES [PROFILE].

What is timed is all that a sync does with a batch, from the source's records to the commit; making the source's records
from a line of a file is not. With PROFILE the Python functions that took longest go to that file.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.headers import columns_of, headers_of
from benchmarks.labelled import drafts_of
from benchmarks.stored_matching import PAGE, land
from sell_model.draft import Draft

CLOCKS = (time.perf_counter, time.process_time)


def timed_batches(
    drafts: list[tuple[str, Draft]], stored: int, told: list[tuple[float, ...]]
) -> Iterator[tuple[str, Draft]]:
    """Give the drafts, and note wall and CPU seconds between one page's end and the next one's beginning."""
    yield from ((str(n), drafts[0][1]) for n in range(stored))  # read before: the sync goes on behind them
    for start in range(0, len(drafts), PAGE):
        page = drafts[start : start + PAGE]
        yield from page[:-1]
        began = [clock() for clock in CLOCKS]
        yield page[-1]
        told.append(tuple(clock() - then for clock, then in zip(CLOCKS, began, strict=True)))


def main() -> None:
    """Take the batches in and tell what each cost."""
    home, records, stored, batches = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    columns = columns_of(headers_of(records))
    drafts = list(islice(drafts_of(records, columns), stored, stored + batches * PAGE))
    told: list[tuple[float, ...]] = []
    profile = cProfile.Profile()
    if len(sys.argv) > 5:
        profile.enable()
    land(home, timed_batches(drafts, stored, told), companies=columns.is_of_companies)
    if len(sys.argv) > 5:
        profile.disable()
        with Path(sys.argv[5]).open("w", encoding="utf-8") as file:
            pstats.Stats(profile, stream=file).sort_stats("tottime").print_stats(60)
    print(json.dumps({"batches": told}))


if __name__ == "__main__":
    main()
