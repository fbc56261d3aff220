"""Peers live in environments of their own, made at first use and kept in the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def peer_python(name: str, *requirements: str) -> str:
    """Give the Python of a peer's environment, made if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sellhub-benchmarks"
    folder = cache / "-".join([name, *(r.partition("==")[2] for r in requirements)])
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *requirements], check=True)
    return str(python)
