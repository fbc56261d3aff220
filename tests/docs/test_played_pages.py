from __future__ import annotations

import re

import pytest

from tests.docs import ROOT
from tests.docs.playing import Player, pattern_of


def test_somebody_who_knows_none_of_this_adds_a_source(player: Player) -> None:
    """The walk-through's files, commands and outputs are what happens, from an empty folder on."""
    assert player.play(ROOT / "docs" / "add-a-source.md") >= 15


def test_an_import_is_rehearsed_made_and_taken_back_as_the_page_says(player: Player) -> None:
    """What undo removes and what it leaves alone is shown, not asserted in words."""
    assert player.play(ROOT / "docs" / "import-and-undo.md") >= 15


def test_the_same_goes_on_postgresql(player: Player, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page tells to put the address into the environment; so does this test."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)

    assert player.play(ROOT / "docs" / "use-postgresql.md") >= 4


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("read 5\n", "read 5\n", True),
        ("read 5\n", "read 5\nmore\n", False),
        ("done, … s\n", "done, 0.1 s\n", True),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n…\nz\n", "a\nb\n", False),
        ("1.5\n", "125\n", False),
    ],
)
def test_a_page_shows_all_that_is_printed_unless_it_says_so(shown: str, printed: str, fits: bool) -> None:
    """Otherwise a page could leave out the line that has become wrong."""
    assert bool(re.fullmatch(pattern_of(shown), printed)) is fits
