"""Leads and firms with known truth, made by ../shared/er/generate.py and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "er"
GENERATOR = SHARED / "generate.py"


def cache() -> Path:
    """The folder of what benchmarks keep."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sellhub-benchmarks"


def generated(rows: int, seed: int) -> Path:
    """Give the folder of a generated set, made if it is not there.

    Raises:
        FileNotFoundError: the generator is not at hand.
    """
    if not GENERATOR.exists():
        raise FileNotFoundError(f"{GENERATOR} makes the generated sets and is not there: name other sets with --sets")
    version = hashlib.sha256(GENERATOR.read_bytes()).hexdigest()[:8]
    folder = cache() / f"leads-{rows}-{seed}-{version}"
    if not folder.exists():
        partial = folder.with_suffix(f".{os.getpid()}")
        command = [sys.executable, str(GENERATOR), str(rows), "--seed", str(seed), "--out", str(partial)]
        subprocess.run(command, check=True, capture_output=True)
        try:
            partial.rename(folder)
        except OSError:  # another process made it meanwhile
            shutil.rmtree(partial)
    return folder
