"""The pages on activities and on notifications, played."""

from __future__ import annotations

import pytest

from tests.docs import ROOT
from tests.docs.playing import Player
from tests.notifications.post_office import post_office


def test_what_people_do_around_a_lead_goes_as_the_page_says(player: Player) -> None:
    """Notes, tasks, calls, e-mails, outcomes, the report, and what is removed."""
    assert player.play(ROOT / "docs" / "activities.md") >= 15


def test_new_owners_are_told_as_the_page_says(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mails arrive at a mail server on this machine, one to each."""
    with post_office() as office:
        monkeypatch.setenv("MAIL_URL", f"mailto://127.0.0.1:{office.port}")
        assert player.play(ROOT / "docs" / "notifications.md") >= 7

    assert sorted(whose for whose, _ in office.letters) == ["ann@example.com", "bo@example.com"]
    assert {letter["From"] for _, letter in office.letters} == {"hub@example.com"}
