"""Taking runs back: what people did around a record keeps it, and figures follow what is taken back."""

from __future__ import annotations

from pathlib import Path

from hub import database
from hub.importing import Import, import_file
from hub.undo import undo_run
from tests.activities.conftest import World


def imported(world: World, folder: Path, kind: str, text: str) -> int:
    """Import a file; gives its run."""
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return import_file(world.hub, Import(path, kind))[0].run  # type: ignore[arg-type]


def test_a_lead_with_a_note_is_left_when_its_import_is_undone(world: World, tmp_path: Path) -> None:
    """Somebody worked on it; the other one goes."""
    run = imported(world, tmp_path, "lead", "id,Last Name\n1,Li\n2,Ng\n")
    world.does("note", ("lead", 2))

    report = undo_run(world.hub, run)

    assert [(left.record_type, left.record_id, left.why) for left in report.left if left.record_type == "lead"] == [
        ("lead", 2, "a note points to it")
    ]
    assert world.told(("lead", 2)) == ["note lead-2"]
    assert [f.text for f in database.examine(world.hub) if f.level == "FAIL" and "activit" in f.text] == []


def test_a_deal_that_a_call_was_about_is_left_when_its_import_is_undone(world: World, tmp_path: Path) -> None:
    """The call stands at somebody else, and would name a deal that is no more."""
    person = world.person("Ng")
    run = imported(world, tmp_path, "deal", "id,Deal Name,Primary Contact\n1,Pilot,Ann Li\n2,Other,Ann Li\n")
    world.does("call", person, associated_deal_ids=[1])

    report = undo_run(world.hub, run)

    assert [(left.record_id, left.why) for left in report.left if left.record_type == "deal"] == [
        (1, "a call points to it")
    ]
    assert world.told(("deal", 1)) == [f"call contact-{person[1]}"]


def test_a_move_that_is_undone_was_no_activity(world: World, tmp_path: Path) -> None:
    """The deal stands where it stood, and so do its figures."""
    row = "id,Deal Name,Primary Contact,Stage\n1,Pilot,Ann Li,{}\n"
    imported(world, tmp_path, "deal", row.format("Incoming"))
    moved = imported(world, tmp_path, "deal", row.format("Quote"))
    assert world.figures(("deal", 1))["last_activity_type"] == "stage_change"

    undo_run(world.hub, moved)

    assert world.figures(("deal", 1))["last_activity_type"] is None
    assert world.told(("deal", 1)) == []


def test_who_is_no_employee_after_all_takes_the_activities_away(world: World, tmp_path: Path) -> None:
    """The import that hired her is taken back."""
    row = "id,First Name,Last Name,Company Name\n1,Ann,Li,{}\n"
    imported(world, tmp_path, "contact", row.format(""))
    ann = next(("contact", id_) for (id_,) in _rows(world, "SELECT id FROM contact WHERE NOT is_organization"))
    world.does("call", ann)
    hired = imported(world, tmp_path, "contact", row.format("Acme"))
    acme = next(("contact", id_) for (id_,) in _rows(world, "SELECT id FROM contact WHERE is_organization"))
    assert world.figures(acme)["last_activity_type"] == "call"

    undo_run(world.hub, hired)

    assert [f.text for f in database.examine(world.hub) if f.level == "FAIL" and "figure" in f.text] == []
    assert _rows(world, "SELECT record_id FROM figure") == [(ann[1],)]


def _rows(world: World, sql: str) -> list[tuple[int, ...]]:
    with world.hub.store.read() as db:
        return [tuple(row) for row in db.select(sql)]
