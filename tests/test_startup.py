"""`sellhub` starts at once: what is dear to import is imported by the commands that need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

DEAR = (
    "sqlalchemy",
    "prefect",
    "fastapi",
    "pydantic",
    "requests",
    "alembic",
    "hubspot",
    "simple_salesforce",
)


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["lead", "--help"], ["sync", "--help"], ["pool", "--help"]]
)
def test_help_loads_nothing_dear(words: list[str]) -> None:
    """Told by the names of the modules, never by the clock."""
    program = (
        f"import sys; from console.main import run; run({words!r}); print(*sys.modules, sep=chr(10), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.splitlines())
    assert "console.main" in loaded
    assert loaded & set(DEAR) == set()
