from __future__ import annotations

import re

import pytest

from sandbox.hubspot.standin import HubSpotSandbox
from tests.docs import ROOT
from tests.docs.playing import Player, pattern_of
from tests.process.conftest import CHANNEL


def test_somebody_who_knows_none_of_this_adds_a_source(player: Player) -> None:
    """The walk-through's files, commands and outputs are what happens, from an empty folder on."""
    assert player.play(ROOT / "docs" / "add-a-source.md") >= 15


def test_an_import_is_rehearsed_made_and_taken_back_as_the_page_says(player: Player) -> None:
    """What undo removes and what it leaves alone is shown, not asserted in words."""
    assert player.play(ROOT / "docs" / "import-and-undo.md") >= 15


def test_who_gets_what_goes_as_the_page_says(player: Player) -> None:
    """Sell's example, absences, the fallback, many at once, and the reasons told afterwards."""
    assert player.play(ROOT / "docs" / "assignment.md") >= 15


@pytest.mark.parametrize(("page", "commands"), [("deals-and-pipelines.md", 15), ("plans.md", 3)])
def test_deals_go_through_their_stages_as_the_page_says(player: Player, page: str, commands: int) -> None:
    """Moves, outcomes, contacts, pipelines, criteria; and what Sell's plans allow."""
    assert player.play(ROOT / "docs" / page) >= commands


def test_a_sales_process_is_mapped_as_the_page_says(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """A HubSpot account with two pipelines stands in for the reader's own."""
    with HubSpotSandbox() as vendor:
        vendor.portal.pipelines.append(CHANNEL)
        monkeypatch.setenv("HUBSPOT_TOKEN", vendor.settings()["token"])
        monkeypatch.setenv("HUBSPOT_URL", vendor.settings()["base_url"])

        assert player.play(ROOT / "docs" / "map-a-process.md") >= 9


def test_records_are_kept_by_hand_as_the_page_says(player: Player) -> None:
    """Added, edited, released, unqualified, deleted, restored, tagged."""
    assert player.play(ROOT / "docs" / "records-by-hand.md") >= 18


def test_custom_fields_are_kept_as_the_page_says(player: Player) -> None:
    """Fed by a mapping, renamed under it, their choices merged, removed."""
    assert player.play(ROOT / "docs" / "custom-fields.md") >= 12


def test_the_same_goes_on_postgresql(player: Player, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page tells to put the address into the environment; so does this test."""
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)

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
