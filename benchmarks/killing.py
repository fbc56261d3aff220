"""Imports a file in a process of its own and kills it after a while, again and again, until it ends by itself."""

from __future__ import annotations

import csv
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


TOML = """
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
[storage]
url = "{url}"
"""
_HEADER = ("id", "First Name", "Last Name", "Company Name", "Email", "Mobile Number", "Owner", "Tags")


def new_home(home: Path, url: str) -> Path:
    """Make a hub's home with two salespeople in a pool."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "hub.toml").write_text(TOML.format(url=url), encoding="utf-8")
    return home


def write_leads(path: Path, rows: int, seed: int = 1) -> Path:
    """Write rows of which some are the same person again, some are held, some name their owner."""
    rng = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for key in range(rows):
            who = key if rng.random() < 0.9 else rng.randrange(key + 1)
            email = f"p{who}@x{who % 97}.example" if rng.random() < 0.97 else "no address"
            owner = rng.choice(["", "", "", "Inbound", "bo@example.com", "Zed Nobody" if rng.random() < 0.05 else ""])
            writer.writerow(
                [key, f"First{who % 89}", f"Last{who}", "", email, f"+1415555{who % 10000:04d}", owner, "a, b"]
            )
    return path


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
