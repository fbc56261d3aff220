"""The page about smart lists, played from an empty folder on."""

from __future__ import annotations

from tests.docs import ROOT
from tests.docs.playing import Player


def test_the_page_shows_what_its_commands_print(player: Player) -> None:
    """Its filters find what it says they find."""
    assert player.play(ROOT / "docs" / "smart-lists.md") >= 12
