"""The mappings say what the hub understands, and their examples come out as they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SELLHUB = Path(sys.executable).with_name("sellhub")


@pytest.mark.parametrize("name", ["acme/people.lead", "acme/owners.user"])
def test_a_mapping_is_proved(name: str, tmp_path: Path) -> None:
    """By the command that its users have; the package must be installed (pip install -e .), for the hub to find it."""
    command = [str(SELLHUB), "--home", str(tmp_path), "map", "check", name]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 checked, 0 wrong" in done.stdout
