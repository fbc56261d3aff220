"""One process of several that deal out a hub's leads: arguments are its home, how many there are, which one it is."""

from __future__ import annotations

import sys

from hub.assigning import assign_records
from hub.opening import open_hub


def main() -> None:
    """Wait for the word, then give this process's share of the leads by the pool Inbound."""
    home, processes, which = sys.argv[1:]
    with open_hub(home) as hub:
        with hub.store.read() as db:
            ids = [row[0] for row in db.select("SELECT id FROM lead ORDER BY id")]
        mine = ids[int(which) :: int(processes)]
        print("ready", flush=True)
        sys.stdin.readline()
        report = assign_records(hub, "lead", mine, pool="Inbound", by=f"process {which}")
        assert report.count == len(mine), report


if __name__ == "__main__":
    main()
