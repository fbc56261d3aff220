"""Reads 100 changes in a large account and in a small one: an incremental read costs by what changed.

    python -m benchmarks.incremental [--json] [--large 100000] [--small 1000] [--only hubspot]

Aim: 1.2 times the calls and the time at most; the time is the connector's own work, not that of the stand-in, which
searches its lists as a vendor would not. What is swept on a schedule of its own is left out. A sheet has no
times by which to ask for what changed: it is read whole, and its ratio is that of its size.
"""

from __future__ import annotations

import argparse
import json
import statistics
from typing import Any

from benchmarks.accounts import KINDS, account

CHANGES, REPEATS = 100, 3


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
            f"{'connector':16}{'changes':>8}{'calls':>7}{'large':>7}{'seconds':>9}{'large':>9}{'ratio':>7}", flush=True
        )
    for name in given.only:
        rows.append(row := compared(name, given.small, given.large))
        if not given.json:
            print(
                f"{name:16}{row['changes']:>8}{row['calls_small']:>7}{row['calls_large']:>7}"
                f"{row['seconds_small']:>9.3f}{row['seconds_large']:>9.3f}{row['time_ratio']:>7.2f}",
                flush=True,
            )
    if given.json:
        print(json.dumps({"connectors": rows}))


def compared(name: str, small: int, large: int, changes: int = CHANGES, repeats: int = REPEATS) -> dict[str, Any]:
    """Compare one connector's two accounts, by the median of some reads of so many changes each."""
    calls, seconds, found = {}, {}, 0
    for size in (small, large):
        with account(name, size) as made:
            cursor = made.read(made.read(None).cursor).cursor
            reads = []
            for _ in range(repeats):
                made.change(changes)
                reads.append(made.read(cursor))
                cursor = made.read(reads[-1].cursor).cursor
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
        "seconds_small": seconds[small],
        "seconds_large": seconds[large],
        "calls_ratio": calls[large] / calls[small],
        "time_ratio": seconds[large] / seconds[small],
    }


if __name__ == "__main__":
    main()
