"""Runs one case in a process of its own and reads what it cost."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figures:
    """What a case cost, without the start of its process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of the case's own process; a database server's are not in it."""
    peak_mb: float
    """Largest resident set."""

    def to_json(self) -> dict[str, float]:
        """Give the figures, rounded."""
        return {"wall_s": round(self.wall, 2), "cpu_s": round(self.cpu, 2), "peak_mb": round(self.peak_mb)}

    def ratio(self, other: Figures) -> dict[str, float]:
        """Give this case's cost as a multiple of another's."""
        return {"wall": round(self.wall / other.wall, 2), "cpu": round(self.cpu / other.cpu, 2)}


def timed(case: str, *arguments: str, python: str = sys.executable) -> Figures:
    """Run a case: a module of ours, or a script in another environment.

    Raises:
        RuntimeError: the case failed; with what it said.
    """
    command = [python, case, *arguments] if case.endswith(".py") else [python, "-m", case, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{case} failed:\n{done.stderr[-4000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Figures(told["wall"], told["cpu"], told["peak_mb"])


class Stopwatch:
    """Measures a case from inside its process."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def tell(self) -> None:
        """Print the figures as the process's last line."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak}))
