"""Importing a spreadsheet: counts, owners, holds, twice the same, another version, taking it back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from hub.importing import Import, import_file
from hub.opening import Hub
from hub.undo import undo_run
from sell_model.errors import SetupError
from tests.conftest import OpenHub

TOML = """
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""
HEADER = ("id", "First Name", "Last Name", "Company Name", "Email", "Mobile Number", "Owner", "Tags")


def written(path: Path, *rows: tuple[str, ...]) -> Path:
    """Write a spreadsheet with the usual header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def row(
    key: str, first: str, last: str, email: str, mobile: str = "", owner: str = "", tags: str = ""
) -> tuple[str, ...]:
    """A row of the spreadsheet."""
    return (key, first, last, "", email, mobile, owner, tags)


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def leads(hub: Hub) -> list[tuple[Any, ...]]:
    """Who is there: name, address, owner's address, by id."""
    with hub.store.read() as db:
        return [
            tuple(r) for r in db.select("SELECT first_name, last_name, email, owner_email FROM v_leads ORDER BY id")
        ]


def bring(hub: Hub, path: Path, **options: Any) -> dict[str, int]:
    """Import as leads, the ownerless to the pool; gives the counts."""
    report = import_file(hub, Import(path, **{"pool": "Inbound", **options}))[0]
    return report.counts.to_json()


def test_rows_become_leads_dealt_out_in_order(hub: Hub, tmp_path: Path) -> None:
    """The main promise: every row a lead, every lead an owner, in the pool's order."""
    path = written(
        tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"), row("2", "Bob", "Cole", "bob@x.example")
    )
    counts = bring(hub, path)
    assert counts["created"] == counts["read"] == 2
    assert leads(hub) == [
        ("Ada", "Byron", "ada@x.example", "ann@example.com"),
        ("Bob", "Cole", "bob@x.example", "bo@example.com"),
    ]


def test_the_same_file_again_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    """Twice is once, held rows included."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"), row("2", "", "", "x@x.example"))
    first = bring(hub, path)
    again = bring(hub, path)
    assert (first["created"], first["held"]) == (1, 1)
    assert again["unchanged"] == again["read"] == 2


def test_an_owner_may_be_a_user_or_a_pool(hub: Hub, tmp_path: Path) -> None:
    """Sell's import takes both in the Owner column; a mapped owner spends no turn."""
    path = written(
        tmp_path / "a.csv",
        row("1", "A", "One", "a@x.example", owner="bo@example.com"),
        row("2", "B", "Two", "b@x.example", owner="Inbound"),
        row("3", "C", "Three", "c@x.example", owner="Bo Park"),
        row("4", "D", "Four", "d@x.example", owner="inbound"),
    )
    bring(hub, path, pool=None)
    assert [lead[3] for lead in leads(hub)] == ["bo@example.com", "ann@example.com", "bo@example.com", "bo@example.com"]


def test_an_unknown_owner_holds_the_row_and_names_who_there_is(hub: Hub, tmp_path: Path) -> None:
    """Held, never dealt to somebody else; the reason lists the possible owners."""
    path = written(tmp_path / "a.csv", row("1", "A", "One", "a@x.example", owner="Zed Nobody"))
    assert bring(hub, path)["held"] == 1
    with hub.store.read() as db:
        field, code, reasons = db.select("SELECT field, code, reasons FROM v_held")[0]
    assert (field, code) == ("owner", "unknown_owner")
    assert "ann@example.com" in str(reasons)


def test_two_rows_of_one_person_become_one_lead(hub: Hub, tmp_path: Path) -> None:
    """Same address in other capitals; the second row is merged, its tags united."""
    path = written(
        tmp_path / "a.csv",
        row("1", "Robert", "Cole", "Bob@X.example", tags="fair"),
        row("2", "Bob", "Cole", "bob@x.example", mobile="+14155550100", tags="web"),
    )
    counts = bring(hub, path)
    assert (counts["created"], counts["merged"]) == (1, 1)
    with hub.store.read() as db:
        mobile, tags = db.select("SELECT mobile, tags FROM v_leads")[0]
    assert mobile == "+14155550100"
    assert "fair" in str(tags)
    assert "web" in str(tags)


def test_a_shared_inbox_does_not_make_two_people_one(hub: Hub, tmp_path: Path) -> None:
    """An address in common proves nothing when the names clash; an office's address needs the name."""
    path = written(
        tmp_path / "a.csv",
        row("1", "Ann", "Li", "family@x.example"),
        row("2", "Bo", "Sun", "family@x.example"),
        row("3", "Cy", "Day", "info@x.example"),
        row("4", "Di", "Fox", "info@x.example"),
    )
    assert bring(hub, path)["created"] == 4


def test_a_phone_in_common_needs_a_name_that_agrees(hub: Hub, tmp_path: Path) -> None:
    """A switchboard is no proof, the same whole name is; father and son of one short name are for a person to tell."""
    path = written(
        tmp_path / "a.csv",
        row("1", "Robert", "Cole", "", "+14155550100"),
        row("2", "Robert", "Cole", "", "+14155550100"),
        row("3", "Mary", "Dean", "", "+14155550100"),
    )
    counts = bring(hub, path)
    assert (counts["created"], counts["merged"]) == (2, 1)


def test_a_changed_row_updates_its_lead(hub: Hub, tmp_path: Path) -> None:
    """The id column says which row it is; the owner stays."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"))
    bring(hub, path)
    written(path, row("1", "Ada", "Lovelace", "ada@x.example"))
    assert bring(hub, path)["updated"] == 1
    assert leads(hub) == [("Ada", "Lovelace", "ada@x.example", "ann@example.com")]


def test_an_update_that_is_held_leaves_the_last_good_state(hub: Hub, tmp_path: Path) -> None:
    """A bad new version never destroys what stands."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"))
    bring(hub, path)
    written(path, row("1", "Ada", "Byron", "no address"))
    assert bring(hub, path)["held"] == 1
    assert leads(hub)[0][2] == "ada@x.example"


def test_an_undone_import_leaves_nothing_and_comes_back_on_the_next(hub: Hub, tmp_path: Path) -> None:
    """Undo restores what was there before: records, turns, cursor."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"), row("2", "B", "Cole", "b@x.example"))
    bring(hub, path)
    report = undo_run(hub, 1)
    assert report.undone["lead"] == 2
    assert report.turns_given_back == 2
    assert not report.left
    assert leads(hub) == []
    assert bring(hub, path)["created"] == 2
    assert [lead[3] for lead in leads(hub)] == ["ann@example.com", "bo@example.com"]


def test_undoing_an_update_brings_the_old_values_back(hub: Hub, tmp_path: Path) -> None:
    """By the journal: the changed columns, and what was landed."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"))
    bring(hub, path)
    written(path, row("1", "Ada", "Lovelace", "countess@x.example"))
    bring(hub, path)
    report = undo_run(hub, 2)
    assert report.undone["lead"] == 1
    assert leads(hub)[0][:3] == ("Ada", "Byron", "ada@x.example")
    assert bring(hub, path)["updated"] == 1


def test_an_undo_leaves_what_was_changed_since_and_says_so(hub: Hub, tmp_path: Path) -> None:
    """The second import changed one of the two leads: only the other is taken back."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"), row("2", "B", "Cole", "b@x.example"))
    bring(hub, path)
    written(path, row("1", "Ada", "Lovelace", "ada@x.example"), row("2", "B", "Cole", "b@x.example"))
    bring(hub, path)
    report = undo_run(hub, 1)
    assert [(x.record_type, x.why) for x in report.left if x.record_type == "lead"] == [
        ("lead", "it was changed since")
    ]
    assert [lead[1] for lead in leads(hub)] == ["Lovelace"]


def test_an_undo_leaves_what_another_source_joined(hub: Hub, tmp_path: Path) -> None:
    """A lead that another source feeds too is not this run's alone."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"))
    bring(hub, path)
    bring(hub, path, source="fair")
    report = undo_run(hub, 1)
    assert [x.why for x in report.left if x.record_type == "lead"] == ["another run's records feed it too"]
    assert len(leads(hub)) == 1


def test_undoing_a_merge_takes_only_the_merged_record_back(hub: Hub, tmp_path: Path) -> None:
    """The lead is as it was before the second source joined it."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    bring(hub, written(tmp_path / "b.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550100")), source="fair")
    report = undo_run(hub, 2)
    assert not report.left
    with hub.store.read() as db:
        assert db.select("SELECT mobile FROM v_leads") == [(None,)]
        assert db.select("SELECT source FROM v_source_links") == [("csv",)]


def test_a_run_is_undone_once(hub: Hub, tmp_path: Path) -> None:
    """Taking back twice would take back what came later."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    undo_run(hub, 1)
    with pytest.raises(SetupError, match="was undone before"):
        undo_run(hub, 1)


@pytest.mark.parametrize(
    ("existing", "expected"),
    [("skip", ("Byron", None)), ("update", ("Byron", "+14155550100")), ("overwrite", ("Byron", "+14155550100"))],
)
def test_existing_records_are_skipped_updated_or_overwritten(
    hub: Hub, tmp_path: Path, existing: str, expected: tuple[str, str | None]
) -> None:
    """What a person chose for records that are there already."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    other = written(tmp_path / "b.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550100"))
    counts = bring(hub, other, source="fair", existing=existing)
    assert counts["skipped" if existing == "skip" else "merged"] == 1
    with hub.store.read() as db:
        assert tuple(db.select("SELECT last_name, mobile FROM v_leads")[0]) == expected


def test_a_file_read_by_a_mapping_of_its_own_leaves_other_rows_alone(hub: Hub, tmp_path: Path) -> None:
    """Another mapping is another stream, not a changed mapping for what is landed."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    own = hub.home / "mappings" / "csv" / "fair.lead.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("from: csv.fair\nto: lead\nfields:\n  last_name: Name\n  email: Mail\n", encoding="utf-8")
    (tmp_path / "fair.csv").write_text("Name,Mail\nCole,cole@x.example\n", encoding="utf-8")
    counts = bring(hub, tmp_path / "fair.csv", mapping="csv/fair.lead")
    assert (counts["read"], counts["created"]) == (1, 1)
    assert [lead[1] for lead in leads(hub)] == ["Byron", "Cole"]
