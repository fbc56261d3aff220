"""The pages about reports, recurring deals and smart links, played from an empty folder on."""

from __future__ import annotations

import pytest

from tests.docs import ROOT
from tests.docs.playing import Player


@pytest.mark.parametrize(("page", "commands"), [("reports", 10), ("recurring-deals", 9), ("smart-links", 5)])
def test_the_page_shows_what_its_commands_print(player: Player, page: str, commands: int) -> None:
    """Figures that a page shows are figures that the hub reckons."""
    assert player.play(ROOT / "docs" / f"{page}.md") >= commands
