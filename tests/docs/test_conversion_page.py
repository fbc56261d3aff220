from __future__ import annotations

from tests.docs import ROOT
from tests.docs.playing import Player


def test_leads_are_converted_and_taken_back_as_the_page_says(player: Player) -> None:
    """From a file to a deal, and back to the leads."""
    assert player.play(ROOT / "docs" / "convert-leads.md") >= 12
