"""The pages about who is who: their commands do what they show, their tables are the model."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.docs import ROOT, read
from tests.docs.conftest import player, utc  # noqa: F401  # fixtures
from tests.docs.playing import Player


@pytest.mark.parametrize(
    ("page", "commands"), [("survivorship.md", 6), ("duplicates.md", 9), ("forget-a-person.md", 9)]
)
def test_it_goes_as_the_page_says(player: Player, page: str, commands: int) -> None:  # noqa: F811
    """Whoever follows it sees the same."""
    assert player.play(ROOT / "docs" / page) >= commands


def test_the_tables_of_evidence_are_the_models() -> None:
    """A weight that was changed is changed on the page; none is missing."""
    model = tomllib.loads(read(ROOT / "sell_model" / "matching" / "model.toml"))
    people, _, companies = read(ROOT / "docs" / "matching.md").partition("| companies | level |")
    for sort, text in (("person", people), ("company", companies)):
        told = dict(re.findall(r"^\| (`\w+` \| `\w+`) \| ([^|]+?) \|", text, re.MULTILINE))
        levels = {
            f"`{comparison}` | `{level}`": _bits(weight)
            for comparison, table in model[sort].items()
            if isinstance(table, dict)
            for level, weight in table.items()
        }
        assert told == levels
        for line in ("merge", "review", "doubt"):
            assert re.search(rf"\*\*{model[sort][line]:g} bits?\*\*[^\n]*`{line}`", people)


def _bits(weight: Any) -> str:
    return f"up to {weight['most']:g}, a = {weight['agrees']:g}" if isinstance(weight, dict) else f"{weight:+g}"
