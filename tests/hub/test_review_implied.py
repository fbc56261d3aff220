"""Deals of a spreadsheet with the companies and people that only they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.importing import Import, import_file
from hub.opening import Hub
from hub.undo import undo_run
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML, bring, row, written
from tests.hub.test_review_helpers import rows


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def deals(hub: Hub, path: Path, *lines: str, **options: Any) -> dict[str, int]:
    """Import a file of deals; gives the counts."""
    path.write_text("\n".join(("Id,Deal Name,Value,Primary Contact,Company,Stage", *lines)) + "\n", "utf-8")
    return import_file(hub, Import(path, "deal", **options))[0].counts.to_json()


BESIDE = "SELECT name, contact, organization FROM v_deals ORDER BY name"


def test_a_deal_that_moves_to_another_company_renames_none(hub: Hub, tmp_path: Path) -> None:
    """The row names another company now: the deal goes there, and the old one stays what it is to the other deal."""
    path = tmp_path / "d.csv"
    deals(hub, path, "1,One,10,Ann Li,Acme,", "2,Two,10,Bo Sun,Acme,")
    deals(hub, path, "1,One,10,Cy Day,Beta,", "2,Two,10,Bo Sun,Acme,")
    assert rows(hub, BESIDE) == [("One", "Cy Day", "Beta"), ("Two", "Bo Sun", "Acme")]
    assert rows(hub, "SELECT COUNT(*) FROM v_contacts WHERE name = 'Ann Li'") == [(1,)]


def test_a_hundred_deals_of_one_company_make_one_company(hub: Hub, tmp_path: Path) -> None:
    """A company named in a hundred rows is no switchboard."""
    deals(hub, tmp_path / "d.csv", *(f"{n},Deal {n},10,Ann Li,Acme," for n in range(100)))
    assert rows(hub, "SELECT name, COUNT(*) FROM v_contacts GROUP BY name ORDER BY name") == [
        ("Acme", 1),
        ("Ann Li", 1),
    ]


def test_an_implied_person_works_at_the_company_of_the_row(hub: Hub, tmp_path: Path) -> None:
    """The row says where the person works; no value is dropped silently."""
    deals(hub, tmp_path / "d.csv", "1,One,10,Ann Li,Acme,")
    assert rows(hub, "SELECT company FROM v_contacts WHERE name = 'Ann Li'") == [("Acme",)]


def test_a_held_deal_leaves_what_it_implied_standing(hub: Hub, tmp_path: Path) -> None:
    """Its company's draft is one of its good drafts: another source's word later finds it still there."""
    path = tmp_path / "d.csv"
    deals(hub, path, "1,One,10,Ann Li,Acme,")
    assert deals(hub, path, "1,One,much,Ann Li,Acme,")["held"] == 1
    file = tmp_path / "c.csv"
    file.write_text("Id,Company Name,Website\n7,Acme,https://acme.example\n", "utf-8")
    import_file(hub, Import(file, "contact", source="fair"))
    undo_run(hub, 3)
    assert rows(hub, "SELECT name, gone_at_source FROM v_contacts ORDER BY name") == [("Acme", None), ("Ann Li", None)]
    assert rows(hub, "SELECT good_drafts FROM source_record")[0][0].count("#") == 2


def test_skip_leaves_records_alone_but_deals_find_them(hub: Hub, tmp_path: Path) -> None:
    """`--existing skip` changes no company; the deals of a second row still belong to it."""
    counts = deals(hub, tmp_path / "d.csv", "1,One,10,Ann Li,Acme,", "2,Two,10,Ann Li,Acme,", existing="skip")
    assert (counts["created"], counts["held"]) == (2, 0)
    assert rows(hub, BESIDE) == [("One", "Ann Li", "Acme"), ("Two", "Ann Li", "Acme")]


def test_a_deal_finds_a_contact_by_its_e_mail(hub: Hub, tmp_path: Path) -> None:
    """The shipped mapping says `found by name or e-mail, and made where there are none`: nobody is doubled."""
    file = tmp_path / "c.csv"
    file.write_text("Id,First Name,Last Name,Email\n7,Ann,Li,ann@x.example\n", "utf-8")
    import_file(hub, Import(file, "contact"))
    path = tmp_path / "d.csv"
    path.write_text("Id,Deal Name,Value,Contact Email\n1,One,10,ann@x.example\n", "utf-8")
    import_file(hub, Import(path, "deal"))
    assert rows(hub, "SELECT contact FROM v_deals") == [("Ann Li",)]
    assert rows(hub, "SELECT COUNT(*) FROM v_contacts") == [(1,)]


def test_the_same_deals_again_are_unchanged_and_undoing_that_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    """Twice is once, for what is implied too."""
    path = tmp_path / "d.csv"
    lines = ("1,One,10,Ann Li,Acme,", "2,Two,10,Ann Li,Acme,")
    deals(hub, path, *lines)
    before = rows(hub, BESIDE)
    assert deals(hub, path, *lines)["unchanged"] == 2
    undo_run(hub, 2)
    assert rows(hub, BESIDE) == before


def test_undoing_an_import_of_deals_takes_company_and_person_with_it(hub: Hub, tmp_path: Path) -> None:
    """What the run made goes, though its person pointed to its company."""
    deals(hub, tmp_path / "d.csv", "1,One,10,Ann Li,Acme,", "2,Two,10,Bo Sun,Acme,")
    report = undo_run(hub, 1)
    assert [(x.record_type, x.why) for x in report.left] == []
    assert rows(hub, "SELECT COUNT(*) FROM contact") == [(0,)]


def test_undoing_an_import_of_contacts_takes_their_companies_with_it(hub: Hub, tmp_path: Path) -> None:
    """A person and the company that the same row made are both the run's own."""
    file = tmp_path / "c.csv"
    file.write_text("Id,First Name,Last Name,Company Name,Email\n7,Ann,Li,Acme,ann@x.example\n", "utf-8")
    import_file(hub, Import(file, "contact"))
    report = undo_run(hub, 1)
    assert report.left == []
    assert rows(hub, "SELECT COUNT(*) FROM contact") == [(0,)]
    assert rows(hub, "SELECT COUNT(*) FROM source_record") == [(0,)]


def test_overwrite_wins_over_a_source_of_higher_priority_also_for_known_rows(hub: Hub, tmp_path: Path) -> None:
    """`--existing overwrite`: whatever other sources say; said for a list that was imported before, it holds too."""
    bring(hub, written(tmp_path / "a.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550199")), source="fair")
    bring(hub, written(tmp_path / "b.csv", row("1", "Ada", "Byron", "ada@x.example", "+14155550100")))
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550100",)]
    path = written(tmp_path / "a.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550199"))
    bring(hub, path, source="fair", existing="overwrite")
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550199",)]


def test_what_was_skipped_can_be_updated_by_the_same_file_later(hub: Hub, tmp_path: Path) -> None:
    """A person who changes their mind about `skip` gets what they now ask for."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    path = written(tmp_path / "b.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550100"))
    bring(hub, path, source="fair", existing="skip")
    bring(hub, path, source="fair", existing="update")
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550100",)]
