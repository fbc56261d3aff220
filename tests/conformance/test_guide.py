"""The guide names all that a stand-in may do, and every part of the suite."""

from __future__ import annotations

import re

from connectors.testing import ConformanceSuite
from connectors.testing.standin import OPTIONAL
from connectors.testing.suite import Suite
from tests.docs import ROOT, read

GUIDE = read(ROOT / "docs" / "write-a-connector.md")
TABLE = "\n".join(line for line in GUIDE.splitlines() if line.startswith("| "))
NAMED = {word for row in re.findall(r"^\| (`.*?) \|", TABLE, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}


def test_every_method_of_a_stand_in_is_told() -> None:
    """What is not told is not written, and what is not written is not tested."""
    assert set() == OPTIONAL - NAMED


def test_every_part_of_the_suite_is_told() -> None:
    """By what it claims."""
    parts = {part.__name__.lower() for part in ConformanceSuite.__bases__ if part is not Suite}

    assert {part for part in parts if not re.search(rf"^\| {part} \|", GUIDE, re.MULTILINE)} == set()
