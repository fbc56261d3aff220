"""Facets say what the records' rows say, whatever wrote the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.by_hand import by_hand
from hub.database import examine
from hub.importing import Import, import_file
from hub.opening import Hub
from hub.undo import undo_run
from storage import facets
from storage.facets import sortable
from storage.migrations import run_upgrade
from storage.store import Store
from tests.conftest import OpenHub

MAPPING = """
from: csv.rows
to: lead
id: id
fields:
  last_name: name
  tags: {from: tags, steps: [{split: ","}]}
custom_fields:
  Tier: {from: tier, type: list, choices: [A, B]}
  Budget: {from: budget, type: number}
  Due: {from: due, type: date}
  Signed: {from: signed, type: bool}
  Note: note
examples:
  - given: {id: "1", name: Li}
    expect: {last_name: Li}
"""
HEADER = "id,name,tags,tier,budget,due,signed,note\n"


@pytest.fixture
def hub(opened: OpenHub, tmp_path: Path) -> Hub:
    """A hub with a mapping that feeds custom fields."""
    folder = tmp_path / "mappings" / "csv"
    folder.mkdir(parents=True)
    (folder / "rows.lead.yaml").write_text(MAPPING, encoding="utf-8")
    return opened()


def bring(hub: Hub, tmp_path: Path, *rows: str) -> int:
    """Import rows; gives the run."""
    path = tmp_path / "leads.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    report = import_file(hub, Import(path))[0]
    assert report.state == "done", report.to_json()
    return report.run


def told(hub: Hub) -> set[tuple[str, str, int]]:
    """All facets of leads: field, value, id."""
    with hub.store.read() as db:
        return set(db.select("SELECT field, value, record_id FROM facet WHERE record_type = 'lead'"))


def test_an_import_files_tags_and_the_fields_that_lists_find_by(hub: Hub, tmp_path: Path) -> None:
    """Texts have none: they are read from the row itself."""
    bring(hub, tmp_path, '1,Li,"fair,vip",A,12.5,2026-12-01,yes,hello', "2,Ng,,B,,,no,")

    assert told(hub) == {
        ("tags", "fair", 1), ("tags", "vip", 1), ("custom_fields.Tier", "A", 1), ("custom_fields.Due", "2026-12-01", 1),
        ("custom_fields.Budget", "1000000000000000000125000000000", 1), ("custom_fields.Signed", "yes", 1),
        ("custom_fields.Tier", "B", 2),
    }  # fmt: skip


def test_a_changed_row_changes_its_facets_and_no_others(hub: Hub, tmp_path: Path) -> None:
    """By a sync, by hand, and back by undo."""
    bring(hub, tmp_path, '1,Li,"fair,vip",A,,,,', "2,Ng,fair,,,,,")
    second = bring(hub, tmp_path, "1,Li,vip,B,,,,", "2,Ng,fair,,,,,")
    assert told(hub) == {("tags", "vip", 1), ("custom_fields.Tier", "B", 1), ("tags", "fair", 2)}

    undo_run(hub, second)
    assert told(hub) == {
        ("tags", "fair", 1), ("tags", "vip", 1), ("custom_fields.Tier", "A", 1), ("tags", "fair", 2)
    }  # fmt: skip

    with by_hand(hub, "lead edit", by="ann@example.com") as hand:
        hand.edit("lead", 1, {"tags": {"add": ["hot"], "remove": ["fair"]}, "custom_fields.Tier": None})
    assert told(hub) == {("tags", "vip", 1), ("tags", "hot", 1), ("tags", "fair", 2)}


def test_an_import_taken_back_leaves_no_facets(hub: Hub, tmp_path: Path) -> None:
    """They would find records that are no more."""
    run = bring(hub, tmp_path, '1,Li,"fair,vip",A,1,,,')

    undo_run(hub, run)

    assert told(hub) == set()


def test_facets_are_written_anew_when_a_definition_changed(hub: Hub, tmp_path: Path) -> None:
    """What is gone from the definitions is gone from the facets; what stands stays."""
    bring(hub, tmp_path, "1,Li,fair,A,5,,,")
    with hub.store.write() as db:
        db.execute("UPDATE custom_field SET removed_at = ? WHERE name = ?", (hub.now(), "Budget"))
        facets.refile(db, "lead", [1])

    assert told(hub) == {("tags", "fair", 1), ("custom_fields.Tier", "A", 1)}


def test_a_hub_of_the_last_release_gets_its_facets_at_the_upgrade(empty_database_url: str) -> None:
    """Its lists find what came before there were lists."""
    store = Store(empty_database_url)
    run_upgrade(store.engine, "0001")
    with store.write() as db:
        columns = ("record_type", "name", "type", "created_at", "updated_at")
        db.insert("custom_field", columns, [("lead", "Due", "date", "", ""), ("deal", "Due", "string", "", "")])
        kept = ("id", "tags", "custom_fields", "created_at", "updated_at")
        rows = [(n, '["fair"]' if n % 2 else None, '{"Due": "2026-12-01"}', "", "") for n in range(1, 1_203)]
        db.insert("lead", kept, rows)
        db.insert("deal", kept, rows[:2])
    store.upgrade()

    with store.read() as db:
        counts = db.select("SELECT record_type, field, COUNT(*) FROM facet GROUP BY record_type, field ORDER BY 1, 2")
    store.close()
    assert counts == [("deal", "tags", 1), ("lead", "custom_fields.Due", 1_202), ("lead", "tags", 601)]


def test_a_check_finds_facets_that_say_something_else(hub: Hub, tmp_path: Path) -> None:
    """One that is missing, one too many, one of a record that is not there."""
    bring(hub, tmp_path, "1,Li,fair,A,5,,,", "2,Ng,,B,,,,", "3,Oh,vip,,,,,")
    assert [finding.level for finding in examine(hub) if "facets" in finding.text] == ["ok"]
    with hub.store.write() as db:
        db.execute("DELETE FROM facet WHERE record_id = 1 AND field = 'tags'")
        db.insert("facet", facets.COLUMNS, [("lead", "tags", "odd", 2), ("deal", "tags", "odd", 9)])

    told = [finding.text for finding in examine(hub) if finding.level != "ok"]

    assert len(told) == 2
    assert "L-1, L-2" in told[1]
    assert "D-9" in told[0]


def test_numbers_sort_as_texts_do() -> None:
    """Below zero, above it, and at the ends of what is compared."""
    from decimal import Decimal

    numbers = "-99999999999999999999 -2 -1.5 -0.0000000001 0 0.0000000001 1 1.5 2 10 99999999999999999999".split()
    texts = [sortable(Decimal(number)) for number in numbers]

    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {31}
