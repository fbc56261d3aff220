"""The page on the same from Python: its script runs as it stands, and every function that it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs import ROOT, blocks, commands, read

PAGE = ROOT / "docs" / "python-api.md"
NAMED = re.findall(r"`(hub\.\w+)\.(\w+)", read(PAGE))


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_every_function_that_the_page_names_is_documented(module: str, name: str) -> None:
    """Its docstring says what the page does not."""
    assert getattr(import_module(module), name).__doc__


def test_the_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    """From an empty folder to a won deal."""
    script = blocks(PAGE, "python")[0]
    (tmp_path / "sale.py").write_text(script.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "sale.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == commands(blocks(PAGE, "console")[0])[0].shown, done.stderr
