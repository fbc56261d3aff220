"""CSV files as a destination: each record once, in its latest state, and never half a file."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Change
from connectors.csv.connector import CsvConfig, CsvFile
from connectors.csv.destination import STATE, CsvDestination, CsvDestinationConfig
from connectors.errors import SetupError, TransientError


def opened(folder: Path, *, bom: bool = False) -> CsvDestination:
    return CsvDestination(CsvDestinationConfig(folder=str(folder), bom=bom))


def lead(number: int, version: int = 1, **data: Any) -> Change:
    return Change(f"lead/{number}/{version}", "lead", number, "upsert", data)


def push(folder: Path, *changes: Change) -> None:
    with opened(folder) as destination:
        assert all(receipt.ok for receipt in destination.push(changes))


def rows(folder: Path, name: str = "leads.csv") -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_each_type_has_its_file_in_sells_columns(tmp_path: Path) -> None:
    """What Sell's import, or ours, takes without a mapping by hand."""
    deal = {
        "name": "Acme renewal", "value": "1000.50", "currency": "EUR", "hot": True, "contact_id": 7,
        "contact": {"id": 7, "name": "Ann Li"}, "stage": "Quote", "owner_id": 3, "owner": "ann@example.com",
        "tags": ["a", "b"], "added_at": "2024-03-04T00:00:00Z",
    }  # fmt: skip
    push(
        tmp_path / "out",
        lead(1, first_name="Ann", last_name="Li", phone="+1 (415) 555-0100", address={"city": "Boston"}),
        Change("c", "contact", 2, "upsert", {"name": "Acme", "is_organization": True}),
        Change("d", "deal", 3, "upsert", deal),
    )

    (a_lead,) = rows(tmp_path / "out")
    (a_contact,) = rows(tmp_path / "out", "contacts.csv")
    (a_deal,) = rows(tmp_path / "out", "deals.csv")

    assert {k: v for k, v in a_lead.items() if v} == {
        "Id": "1", "First Name": "Ann", "Last Name": "Li", "Work Number": "+1 (415) 555-0100", "City": "Boston",
    }  # fmt: skip
    assert (a_contact["Name"], a_contact["Is Company"]) == ("Acme", "1")
    assert {k: v for k, v in a_deal.items() if v} == {
        "Id": "3", "Deal Name": "Acme renewal", "Value": "1000.50", "Currency": "EUR", "Stage": "Quote",
        "Primary Contact": "Ann Li", "Hot": "1", "Owner": "ann@example.com", "Tags": "a,b",
        "Added on": "2024-03-04T00:00:00Z",
    }  # fmt: skip


def test_the_same_change_again_changes_nothing(tmp_path: Path) -> None:
    """The outbox gives at least once; the file must say once."""
    push(tmp_path, lead(1, last_name="Li"), lead(2, last_name="Sun"))
    before = (tmp_path / "leads.csv").read_bytes()

    push(tmp_path, lead(1, last_name="Li"), lead(2, last_name="Sun"), lead(2, last_name="Sun"))

    assert (tmp_path / "leads.csv").read_bytes() == before


def test_a_newer_state_replaces_the_row_and_a_deletion_removes_it(tmp_path: Path) -> None:
    """Across runs: the file is all the hub has, not the changes of one night."""
    push(tmp_path, lead(1, last_name="Li"), lead(2, last_name="Sun"), lead(3, last_name="Ortiz"))

    push(tmp_path, lead(2, 2, last_name="Sun", city="x"), Change("x", "lead", 3, "delete", {}))
    push(tmp_path, lead(2, 3, last_name="Sung"))

    assert [(row["Id"], row["Last Name"]) for row in rows(tmp_path)] == [("1", "Li"), ("2", "Sung")]


def test_custom_fields_are_columns_of_their_own_names(tmp_path: Path) -> None:
    """Beside Sell's, and never over one of them."""
    push(
        tmp_path,
        lead(1, last_name="Li", source="Fair", custom_fields={"Lead tier": "gold", "source": "x", "Sizes": ["S", "M"]}),
        lead(2, last_name="Sun", custom_fields={"Agreed": False}),
    )

    one, two = rows(tmp_path)

    assert list(one)[-4:] == ["Agreed", "Lead tier", "Sizes", "source (custom)"]
    assert (one["Source"], one["source (custom)"], one["Lead tier"], one["Sizes"]) == ("Fair", "x", "gold", "S,M")
    assert (two["Agreed"], two["Lead tier"]) == ("0", "")


@pytest.mark.parametrize("cell", ["=HYPERLINK(0)", "+SUM(A1)", "-1+cmd|' /C calc'!A0", "@x", "\tx", "+A1", "-2+A1"])
def test_a_formula_is_defused(tmp_path: Path, cell: str) -> None:
    """Whoever fills in a web form must not run code in the spreadsheet of whoever opens the file."""
    push(tmp_path, lead(1, last_name=cell, custom_fields={"Note": cell}))

    assert (rows(tmp_path)[0]["Last Name"], rows(tmp_path)[0]["Note"]) == (f"'{cell}", f"'{cell}")


@pytest.mark.parametrize("cell", ["+14155550100", "+49 (40) 330-000", "-12.50", "a=b", "-", "Zoë 王"])
def test_what_no_spreadsheet_runs_stays_as_it_is(tmp_path: Path, cell: str) -> None:
    """Phones begin with a plus; an apostrophe would break them for the next import."""
    push(tmp_path, lead(1, last_name=cell))

    assert rows(tmp_path)[0]["Last Name"] == cell


def test_what_is_written_can_be_read_back_by_the_source(tmp_path: Path) -> None:
    """Line breaks and quotes included; `Id` names the row."""
    push(tmp_path, lead(12, last_name='O"Neil, Ann', description="two\nlines"))

    (page,) = CsvFile(CsvConfig(path=str(tmp_path / "leads.csv"))).pull("rows", None)

    (record,) = page.records
    assert (record.id, record.data["Last Name"]) == ("12", 'O"Neil, Ann')
    assert record.data["Description"] == "two\nlines"


def test_a_byte_order_mark_is_written_on_request(tmp_path: Path) -> None:
    """Excel takes UTF-8 without it for the local code page."""
    with opened(tmp_path, bom=True) as destination:
        destination.push([lead(1, last_name="Zoë")])

    assert (tmp_path / "leads.csv").read_bytes().startswith(b"\xef\xbb\xbfId,")


def test_receipts_name_the_row_and_refuse_what_has_no_file(tmp_path: Path) -> None:
    """One for each change, in order; an unknown type stops nothing."""
    with opened(tmp_path) as destination:
        taken, refused = destination.push([lead(5, last_name="Li"), Change("p", "pipeline", 1, "upsert", {})])

    assert (taken.key, taken.ok, taken.outside_id) == ("lead/5/1", True, "5")
    assert (refused.ok, refused.text) == (False, "there is no CSV file for a pipeline")


def test_what_had_a_receipt_survives_a_crash_before_the_files_are_written(tmp_path: Path) -> None:
    """The outbox has let go of it, so it must be kept here; the old file stays whole until then."""
    push(tmp_path, lead(1, last_name="Li"))
    before = (tmp_path / "leads.csv").read_bytes()
    opened(tmp_path).push([lead(2, last_name="Sun")])  # never closed: the process died here

    assert (tmp_path / "leads.csv").read_bytes() == before
    opened(tmp_path).close()
    assert [row["Last Name"] for row in rows(tmp_path)] == ["Li", "Sun"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_is_written_later(tmp_path: Path) -> None:
    """As with a full disk; a folder in the way of the new file is a fault that even root meets."""
    push(tmp_path, lead(1, last_name="Li"))
    before = (tmp_path / "leads.csv").read_bytes()
    (tmp_path / ".leads.csv.part").mkdir()

    with pytest.raises(TransientError, match="cannot be written"), opened(tmp_path) as destination:
        destination.push([lead(2, last_name="Sun")])

    assert (tmp_path / "leads.csv").read_bytes() == before
    (tmp_path / ".leads.csv.part").rmdir()
    opened(tmp_path).close()
    assert len(rows(tmp_path)) == 2


def test_only_files_whose_records_changed_are_written(tmp_path: Path) -> None:
    """A million deals need not be written again for one lead; a file that was removed is."""
    push(tmp_path, lead(1, last_name="Li"), Change("d", "deal", 1, "upsert", {"name": "x"}))
    stamp = (tmp_path / "deals.csv").stat().st_mtime_ns
    (tmp_path / "leads.csv").unlink()

    push(tmp_path, Change("c", "contact", 1, "upsert", {"name": "Acme"}))

    assert (tmp_path / "deals.csv").stat().st_mtime_ns == stamp
    assert len(rows(tmp_path)) == 1


def test_nothing_pushed_leaves_nothing_behind(tmp_path: Path) -> None:
    """Looking at a destination makes no folder."""
    opened(tmp_path / "out").close()

    assert not (tmp_path / "out").exists()


def test_a_failed_push_keeps_none_of_its_changes(tmp_path: Path) -> None:
    """A batch without receipts comes again whole."""
    push(tmp_path, lead(1, last_name="Li"))
    unwritable: dict[str, Any] = {"custom_fields": {"x": "\ud800"}}

    with pytest.raises(UnicodeEncodeError):
        opened(tmp_path).push([lead(2, last_name="Sun"), lead(3, **unwritable)])

    with sqlite3.connect(tmp_path / STATE) as state:
        assert state.execute("select id from record").fetchall() == [(1,)]
    state.close()


def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    """A person must change the setting; trying again would not help."""
    (tmp_path / "out").write_text("")

    with pytest.raises(SetupError, match="cannot be made"):
        opened(tmp_path / "out").push([lead(1, last_name="Li")])
