"""Reads 100 changes in a large account and in a small one: an incremental read costs by what changed.

    python -m benchmarks.incremental [--json] [--large 100000] [--small 1000] [--only hubspot]

Aim: 1.2 times the calls, the steps and the time at most. *Steps* are the functions that the connector's thread calls:
its work, the same however busy the machine is. *Seconds* are that thread's own, not those of the stand-in, which
searches its lists as a vendor would not; but while it does so for long, the processor's caches forget us, and reads of
a few milliseconds take up to half as long again. What is swept on a schedule of its own is left out. A sheet has no
times by which to ask for what changed: it is read whole, and its ratio is that of its size.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
from types import FrameType
from typing import Any

from benchmarks.accounts import KINDS, Account, account
from connectors.connector import Cursor

CHANGES, REPEATS = 100, 9


def main() -> None:
    """Print calls and seconds of both accounts for each connector, and how many times more the large one takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--only", choices=KINDS, nargs="*", default=list(KINDS))
    given = parser.parse_args()
    rows = []
    if not given.json:
        print(
            f"{'connector':16}{'changes':>8}{'calls':>7}{'large':>7}{'steps':>9}{'large':>9}{'ratio':>7}"
            f"{'seconds':>9}{'large':>9}{'ratio':>7}",
            flush=True,
        )
    for name in given.only:
        rows.append(row := compared(name, given.small, given.large))
        if not given.json:
            print(
                f"{name:16}{row['changes']:>8}{row['calls_small']:>7}{row['calls_large']:>7}"
                f"{row['steps_small']:>9,}{row['steps_large']:>9,}{row['steps_ratio']:>7.2f}"
                f"{row['seconds_small']:>9.3f}{row['seconds_large']:>9.3f}{row['time_ratio']:>7.2f}",
                flush=True,
            )
    if given.json:
        print(json.dumps({"connectors": rows}))


def compared(name: str, small: int, large: int, changes: int = CHANGES, repeats: int = REPEATS) -> dict[str, Any]:
    """Compare one connector's two accounts, by the median of some reads of so many changes each."""
    calls, seconds, steps, found = {}, {}, {}, 0
    for size in (small, large):
        with account(name, size) as made:
            cursor = made.read(made.read(None).cursor).cursor
            gc.collect()
            gc.freeze()  # else our thread is charged for going through the stand-in's records, whoever made them
            reads = []
            for _ in range(repeats):
                made.change(changes)
                reads.append(made.read(cursor))
                cursor = made.read(reads[-1].cursor).cursor
            made.change(changes)
            steps[size] = _steps(made, cursor)
        gc.unfreeze()
        calls[size] = max(read.calls for read in reads)
        seconds[size] = statistics.median(read.seconds for read in reads)
        found = reads[-1].records
    return {
        "connector": name,
        "small": small,
        "large": large,
        "changes": found,
        "calls_small": calls[small],
        "calls_large": calls[large],
        "steps_small": steps[small],
        "steps_large": steps[large],
        "seconds_small": seconds[small],
        "seconds_large": seconds[large],
        "calls_ratio": calls[large] / calls[small],
        "steps_ratio": steps[large] / steps[small],
        "time_ratio": seconds[large] / seconds[small],
    }


def _steps(made: Account, cursor: Cursor | None) -> int:
    """Count the functions that a read calls in its own thread."""
    called = 0

    def note(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(note)
    try:
        made.read(cursor)
    finally:
        sys.setprofile(None)
    return called


if __name__ == "__main__":
    main()
