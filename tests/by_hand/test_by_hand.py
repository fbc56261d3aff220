"""What people add and change by hand lives by the same rules as what sources bring."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.by_hand import by_hand
from hub.importing import Import, import_file
from hub.opening import Hub
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from storage import canonical
from tests.conftest import OpenHub

ANN = "Ann <ann@example.com>"


def imported(hub: Hub, tmp_path: Path, text: str) -> None:
    """Import a file of leads."""
    path = tmp_path / "leads.csv"
    path.write_text(text, encoding="utf-8")
    import_file(hub, Import(path))


def lead(hub: Hub, id_: int) -> canonical.CanonicalRow:
    """Fetch a lead."""
    with hub.store.read() as db:
        return canonical.load(db, "lead", [id_])[id_]


def test_what_somebody_set_holds_against_the_file_until_it_is_released(opened: OpenHub, tmp_path: Path) -> None:
    """A sync that undid a person's correction would be corrected every morning."""
    hub = opened()
    imported(hub, tmp_path, "id,Last Name,Email,Title\n1,Li,ann@li.example,CTO\n")
    with by_hand(hub, "lead edit", by="mei@example.com") as hand:
        hand.edit("lead", 1, {"title": "CEO", "tags": {"add": ["vip"], "remove": []}, "custom_fields.Size": "L"})
    imported(hub, tmp_path, "id,Last Name,Email,Title,Tags\n1,Li,ann@li.example,COO,fair\n")

    assert (lead(hub, 1)["title"], lead(hub, 1)["tags"]) == ("CEO", ["fair", "vip"])
    assert lead(hub, 1)["custom_fields"] == {"Size": "L"}

    with by_hand(hub, "lead edit") as hand:
        hand.release("lead", 1, ["title", "tags"])
    assert (lead(hub, 1)["title"], lead(hub, 1)["tags"]) == ("COO", ["fair"])


def test_what_is_added_by_hand_stands_beside_whoever_is_like_it(opened: OpenHub, tmp_path: Path) -> None:
    """Sell's way: a hint, no block; what sources bring later still finds it."""
    hub = opened()
    with by_hand(hub, "lead add") as hand:
        first = hand.add(Draft("lead", {"last_name": "Li", "email": "ann@li.example"}))
        second = hand.add(Draft("lead", {"last_name": "Li", "email": "ann@li.example"}))
    imported(hub, tmp_path, "id,Last Name,Email,Title\n1,Li,ann@li.example,CTO\n")

    assert first != second
    assert lead(hub, first)["title"] == "CTO"


def test_a_deal_moved_by_hand_has_its_history(opened: OpenHub) -> None:
    """Its first stage is its first step; who moved it and when stands beside it."""
    hub = opened()
    with by_hand(hub, "deal add", by="mei@example.com") as hand:
        contact = hand.add(Draft("contact", {"last_name": "Li"}))
        deal = hand.add(Draft("deal", {"name": "Rollout", "value": "10"}, {"contact": Ref("contact", str(contact))}))
        hand.edit("deal", deal, {"stage_id": 3})
    with hub.store.read() as db:
        rows = db.select("SELECT from_stage_id, to_stage_id, changed_by FROM stage_change ORDER BY id")

    assert [tuple(row) for row in rows] == [(None, 1, "mei@example.com"), (1, 3, "mei@example.com")]


def test_a_rehearsal_by_hand_stores_nothing(opened: OpenHub) -> None:
    """`--dry-run` shows what would be."""
    hub = opened()
    with by_hand(hub, "lead add", dry_run=True) as hand:
        hand.add(Draft("lead", {"last_name": "Li"}))
    with hub.store.read() as db:
        assert db.select("SELECT (SELECT COUNT(*) FROM lead), (SELECT COUNT(*) FROM run)") == [(0, 0)]


def test_what_cannot_be_is_refused_and_stores_nothing(opened: OpenHub) -> None:
    """The text names the field and the value."""
    hub = opened()
    with pytest.raises(SetupError, match=r"owner: 'zoe@example.com'"), by_hand(hub, "lead add") as hand:
        hand.add(Draft("lead", {"last_name": "Li"}, {"owner": Ref("owner", "zoe@example.com")}))
    with hub.store.read() as db:
        assert db.select("SELECT COUNT(*) FROM run") == [(0,)]
