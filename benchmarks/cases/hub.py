"""The hub imports a file: arguments are its home and the file."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.processes import Stopwatch
from hub.importing import Import, import_file
from hub.opening import open_hub


def main() -> None:
    """Import, and check that every row was taken."""
    home, path = sys.argv[1:]
    with open_hub(home) as hub:
        watch = Stopwatch()
        report = import_file(hub, Import(Path(path), pool="Inbound"))[0]
        assert report.state == "done", report.to_json()
        watch.tell()


if __name__ == "__main__":
    main()
