"""Counts the API calls per 1,000 records of every API connector, beside the fewest that the vendor allows.

    python -m benchmarks.calls [--json]

*First* reads an account of 1,000 records, *later* reads it again after 20 of them changed (or came, where the vendor
does not tell of edits), *nothing* when nothing did. What is swept on a schedule of its own is counted apart: the
calls that it takes beside a read that finds nothing. *Fewest* is what the vendor's documented page sizes make needed,
and the calls (first/later/nothing) without which a record cannot be described or a read not be proved complete:
`benchmarks/accounts.py` names each with its source. Where we take more, the note says why.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from benchmarks.accounts import KINDS, account, changed_since, fewest

RECORDS, CHANGES = 1_000, 20
_COLUMNS = (
    "records",
    "first",
    "first_fewest",
    "changes",
    "later",
    "later_fewest",
    "nothing",
    "nothing_fewest",
    "sweep",
)


def main() -> None:
    """Print a row for each connector, and how its fewest calls are derived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [measured(name) for name in KINDS]
    if given.json:
        print(json.dumps({"connectors": rows}))
        return
    print(f"{'connector':16}" + "".join(f"{column:>15}" for column in _COLUMNS))
    for row in rows:
        print(f"{row['connector']:16}" + "".join(f"{row[column]:>15}" for column in _COLUMNS))
    for row in rows:
        print(f"{row['connector']:16} {row['why']}")
        if row["above"]:
            print(f"{'':16} more than the fewest: {row['above']}")


def measured(name: str, records: int = RECORDS, changes: int = CHANGES) -> dict[str, Any]:
    """Read one connector's account four times and count."""
    with account(name, records) as made:
        first = made.read(None)
        settled = made.read(first.cursor)
        later = changed_since(made, settled, changes)
        quiet = made.read(made.read(later.cursor).cursor)
        swept = made.read(quiet.cursor, sweeps=True) if KINDS[name].sweeps[1] else quiet
    return {
        "connector": name,
        "records": first.records,
        "first": first.calls,
        "first_fewest": fewest(name, first.records, "first"),
        "changes": later.records,
        "later": later.calls,
        "later_fewest": fewest(name, later.records, "later"),
        "nothing": quiet.calls,
        "nothing_fewest": fewest(name, 0, "nothing"),
        "sweep": swept.calls - quiet.calls,
        "why": KINDS[name].why,
        "above": KINDS[name].above,
    }


if __name__ == "__main__":
    main()
