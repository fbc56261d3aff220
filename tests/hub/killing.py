"""Imports a file in a process of its own and kills it after a while, again and again, until it ends by itself."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

_IMPORT = """
import sys
from pathlib import Path
from hub.importing import Import, import_file
from hub.opening import open_hub
with open_hub(sys.argv[1]) as hub:
    print("open", flush=True)
    import_file(hub, Import(Path(sys.argv[2]), pool="Inbound"))
"""


def start_import(home: Path, path: Path) -> subprocess.Popen[str]:
    """Start an import in a process of its own; gives it once the hub is open."""
    command = [sys.executable, "-c", _IMPORT, str(home), str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def import_killed(home: Path, path: Path, times: int, seconds: float, seed: int) -> int:
    """Import a file, killing the process `times` times at random moments within `seconds` of its work.

    Returns:
        How many of the kills found the import still at work.
    """
    rng = random.Random(seed)
    struck = 0
    for _ in range(times):
        process = start_import(home, path)
        time.sleep(rng.uniform(0.0, seconds))
        struck += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = start_import(home, path)
    process.communicate()
    assert process.returncode == 0
    return struck
