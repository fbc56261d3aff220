"""A hub at work in processes of its own: `sellhub serve`, and an import beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.flooding.deliveries import SECRET

COMMAND = (sys.executable, "-c", "from console.main import main; main()")
TOML = f"""
[sources.site]
connector = "webhook"
secret = "{SECRET}"
pool = "Inbound"

[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]

[storage]
url = "{{url}}"
"""


def make_home(folder: Path, url: str = "sqlite:///hub.db") -> Path:
    """Make a hub's home."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hub.toml").write_text(TOML.format(url=url), encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    port: int
    pid: int

    def cpu(self) -> float | None:
        """Give the seconds of processor time that it has used; None: this system does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return None
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """Run `sellhub serve` until the block ends."""
    command = [*COMMAND, "serve", "--port", "0", "--home", str(home)]
    with (home / "serve.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        try:
            assert process.stdout is not None
            line = ""
            while not line.startswith("receiving on"):
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"sellhub serve did not start: {(home / 'serve.log').read_text()[-2000:]}")
            found = re.search(r":(\d+),", line)
            assert found is not None
            with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/healthz", timeout=60):  # it is there now
                pass
            yield Served(int(found[1]), process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=60)


@contextmanager
def importing(home: Path, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run an import as long as the block lasts, or until it ends by itself."""
    command = [*COMMAND, "import", str(path), "--as", "lead", "--source", "list", "--home", str(home), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
