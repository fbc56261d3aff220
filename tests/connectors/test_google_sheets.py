"""Google Sheets, read from the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import SetupError
from connectors.google_sheets.connector import NO_MARK, GoogleSheets
from connectors.google_sheets.dates import moment_of
from connectors.google_sheets.grid import letters
from connectors.google_sheets.settings import GoogleSheetsConfig
from hub.sync import sync_source
from sandbox.google_sheets import LEADS, GoogleSheetsSandbox, SheetData
from sandbox.people import sightings
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.hub.test_sources import section

EARLIEST, LATEST = datetime(1900, 1, 2), datetime(2999, 1, 1)  # noqa: DTZ001 -- a cell has no zone
QUICK = {"reads_per_minute": 1_000_000}
ANN, BO = ("Ann", "Li", "ann@example.com"), ("Bo", "Sun", "bo@example.com")
HEADER = ("First Name", "Last Name", "Email")


@pytest.fixture(scope="module")
def running() -> Iterator[GoogleSheetsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with GoogleSheetsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: GoogleSheetsSandbox) -> GoogleSheetsSandbox:
    """A running stand-in with its seeded spreadsheet."""
    running.reset()
    return running


def connect(vendor: GoogleSheetsSandbox, **settings: Any) -> GoogleSheets:
    """A connector pointed at the stand-in by nothing but its settings."""
    return GoogleSheets(GoogleSheetsConfig(**{**vendor.settings(), **QUICK, **settings}))


def pages_of(vendor: GoogleSheetsSandbox, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(vendor, **settings) as sheets:
        return list(sheets.pull("rows", cursor))


def read(
    vendor: GoogleSheetsSandbox, cursor: Cursor | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, cursor, **settings)
    last = pages[-1].cursor
    assert last is not None
    assert last["done"]
    return [record for page in pages for record in page.records], last


def many(count: int) -> list[tuple[str, ...]]:
    """A header and so many rows."""
    return [HEADER, *((f"Ann {n}", "Li", f"ann{n}@example.com") for n in range(count))]


def test_a_first_read_takes_every_row(vendor: GoogleSheetsSandbox) -> None:
    """Also those that a mapping will hold; chart and hidden sheets are passed over."""
    records, _ = read(vendor)

    assert len({record.id for record in records}) == len(records) == len(sightings("google_sheets"))
    assert records[0].data["Company"] == vendor.leads.cells[1][3]


def test_calls_of_a_first_read_of_an_unchanged_and_of_a_changed_sheet(vendor: GoogleSheetsSandbox) -> None:
    """Time of change, size, rows, and once ever which columns hold dates; one call when nothing changed."""
    counts = []
    cursor: Cursor | None = None
    for changes in (False, False, True):
        if changes:
            vendor.edit(1, "Notes", "Called back")
        with vendor.counting() as calls, connect(vendor) as sheets:
            cursor = list(sheets.pull("rows", cursor))[-1].cursor
        assert sheets.calls == len(calls)
        counts.append(len(calls) - sum(call.path == "/token" for call in calls))

    assert counts == [4, 1, 3]


def test_a_changed_sheet_is_read_whole(vendor: GoogleSheetsSandbox) -> None:
    """There is no time of change by row; what is as it was is the hub's to notice."""
    before, cursor = read(vendor)
    vendor.edit(1, "Notes", "Called back")

    after, _ = read(vendor, cursor)

    differing = [new.data["Notes"] for old, new in zip(before, after, strict=True) if old != new]
    assert differing == ["Called back"]


def test_dates_come_as_moments_in_the_spreadsheets_zone(vendor: GoogleSheetsSandbox) -> None:
    """A cell with a date is a bare number by the API; its column is known by being written out once."""
    header = ("Email", "Sent", "Due", "At", "Seats")
    cells = ("ann@example.com", datetime(2026, 8, 3, 8, 30, 15), date(2026, 9, 1), time(6, 15), 46_000)  # noqa: DTZ001
    vendor.write([header, cells])

    records, _ = read(vendor)

    assert records[0].data == {
        "Email": "ann@example.com",
        "Sent": "2026-08-03T08:30:15+02:00",
        "Due": "2026-09-01",
        "At": "06:15:00",
        "Seats": 46_000,
    }


def test_dates_of_a_sheet_that_writes_none_out_are_named_by_hand(vendor: GoogleSheetsSandbox) -> None:
    """Whatever capitals; and no call is spent on asking."""
    vendor.writes_dates_out = False
    vendor.write([("Email", "Due"), ("ann@example.com", date(2026, 9, 1))])

    assert read(vendor)[0][0].data["Due"] == 46_266
    with vendor.counting() as calls:
        assert read(vendor, date_columns=("due",))[0][0].data["Due"] == "2026-09-01"
    assert len([call for call in calls if "values" in call.path]) == 1


def test_a_date_column_that_is_none_is_refused(vendor: GoogleSheetsSandbox) -> None:
    """With the columns there are."""
    with pytest.raises(SetupError, match="Du") as caught:
        read(vendor, date_columns=("Du",))

    assert "First Name" in caught.value.fix


def test_a_column_of_dates_that_begins_late_is_found(vendor: GoogleSheetsSandbox) -> None:
    """Blank at first, and in another window of the reading."""
    rows: list[list[Any]] = [["Email", "Due"], *([f"a{n}@example.com"] for n in range(8))]
    rows[7].append(date(2026, 9, 1))
    vendor.write(rows)

    records, _ = read(vendor, page_rows=3)

    assert [record.data["Due"] for record in records] == ["", "", "", "", "", "", "2026-09-01", ""]


def test_many_columns_of_dates_that_begin_in_different_rows_are_all_found(vendor: GoogleSheetsSandbox) -> None:
    """They are asked about in several calls."""
    names = [f"Due {n}" for n in range(20)]
    rows: list[list[Any]] = [["", *[""] * n, date(2026, 9, 1)] for n in range(20)]
    vendor.write([["Email", *names], *rows])

    records, cursor = read(vendor)

    assert [record.data[name] for record, name in zip(records, names, strict=True)] == ["2026-09-01"] * 20
    assert cursor["dates"] == dict.fromkeys(names, True)


def test_trailing_cells_that_are_left_out_are_empty(vendor: GoogleSheetsSandbox) -> None:
    """A row is the same record however many empty cells the API leaves out; blank rows are none."""
    vendor.write([HEADER, ("Ann",), (), ("Bo", "", "bo@example.com"), ("", "", "")])

    records, _ = read(vendor)

    assert [record.data for record in records] == [
        {"First Name": "Ann", "Last Name": "", "Email": ""},
        {"First Name": "Bo", "Last Name": "", "Email": "bo@example.com"},
    ]


def test_rows_sorted_otherwise_are_the_same_records(vendor: GoogleSheetsSandbox) -> None:
    """Row numbers name nobody."""
    before, cursor = read(vendor)
    vendor.sort("Company")

    after, _ = read(vendor, cursor)

    assert {r.id: r.data for r in before} == {r.id: r.data for r in after}
    assert [r.id for r in before] != [r.id for r in after]


def test_a_new_column_does_not_rename_rows_that_are_named_by_their_cells(vendor: GoogleSheetsSandbox) -> None:
    """As long as it is empty: the hash leaves out what is empty at the end."""
    vendor.write([("First Name", "Last Name"), ("Ann", "Li")])
    before, cursor = read(vendor)
    vendor.write([("First Name", "Last Name", "Notes"), ("Ann", "Li")])

    after, _ = read(vendor, cursor)

    assert [record.id for record in after] == [record.id for record in before]
    assert after[0].data["Notes"] == ""


def test_an_id_column_names_rows_also_by_numbers_beyond_a_float(vendor: GoogleSheetsSandbox) -> None:
    """A number is named without a fraction; one of 19 digits can only stand there as text."""
    vendor.write([("Key", "Email"), (7.0, "a@x.example"), ("9007199254740993", "b@x.example")])

    records, _ = read(vendor, id_column="Key")

    assert [record.id for record in records] == ["7", "9007199254740993"]


def test_rows_that_are_alike_stay_apart(vendor: GoogleSheetsSandbox) -> None:
    """More equal rows than a page or a call holds: equal time, address, everything."""
    vendor.write([HEADER, *[ANN] * 2_500])

    records, _ = read(vendor, page_rows=400)

    assert len({record.id for record in records}) == 2_500


def test_a_killed_read_resumes_behind_any_page(vendor: GoogleSheetsSandbox) -> None:
    """Whoever stored a page and its cursor together loses nothing and gets nothing twice."""
    vendor.write([HEADER, *[ANN] * 1_200, *many(2_400)[1:]])
    pages = pages_of(vendor, page_rows=700)
    everybody = [record.id for page in pages for record in page.records]
    assert len(pages) == 6

    for number, page in enumerate(pages[:-1]):
        done = [record.id for page in pages[: number + 1] for record in page.records]
        rest, _ = read(vendor, page.cursor, page_rows=700)
        assert done + [record.id for record in rest] == everybody


def test_a_read_resumed_after_a_change_begins_anew(vendor: GoogleSheetsSandbox) -> None:
    """What lay behind the cursor may lie before it now."""
    vendor.write(many(1_500))
    pages = pages_of(vendor)
    vendor.insert(1, *ANN)

    records, _ = read(vendor, pages[0].cursor)

    assert len(records) == 1_501


@pytest.mark.parametrize("version", [True, False])
def test_rows_that_move_between_calls_are_not_lost(vendor: GoogleSheetsSandbox, version: bool) -> None:
    """A row deleted above shifts those below by one: the window behind would miss one. It is read again, at once."""
    vendor.has_version = version
    vendor.write(many(50))
    waiting = [10, 3]

    def delete_one() -> None:
        if waiting:
            del vendor.leads.cells[waiting.pop()]
            vendor.touch()

    vendor.between = delete_one
    records, _ = read(vendor, page_rows=20)

    assert {str(row[2]) for row in vendor.leads.cells[1:]} <= {record.id for record in records}


def test_columns_that_change_between_calls_are_read_anew(vendor: GoogleSheetsSandbox) -> None:
    """A column put in front would give every cell another name."""
    vendor.write(many(50))

    def put_in_front() -> None:
        vendor.between = lambda: None
        vendor.write([["New", *row] for row in vendor.leads.cells])

    vendor.between = put_in_front
    records, _ = read(vendor, page_rows=20)

    last = {record.id: record.data for record in records}
    assert len(last) == 50
    assert all(data["New"] == "New" and "@" in data["Email"] for data in last.values())


def test_a_row_added_while_it_is_read_comes_with_the_next_read(vendor: GoogleSheetsSandbox) -> None:
    """The mark is from before the read, so whatever happened during it counts as a change."""

    def add() -> None:
        vendor.between = lambda: None
        vendor.append(None, "Late", "Comer", "", "late@example.com")

    vendor.between = add
    _, cursor = read(vendor)

    assert "late@example.com" in {record.id for record in read(vendor, cursor)[0]}


def test_without_drive_the_sheet_is_read_whole_and_at_once(vendor: GoogleSheetsSandbox) -> None:
    """One call cannot be shifted; a sentence says what is missing."""
    vendor.drive_enabled = False
    vendor.write(many(50))

    pages = pages_of(vendor, page_rows=20)
    again, _ = read(vendor, pages[-1].cursor, page_rows=20)

    assert len(again) == 50
    assert NO_MARK in pages[-1].notices
    assert len([call for call in vendor.calls if "values" in call.path]) == 2


def test_an_empty_sheet_is_read_and_can_be_read_again(vendor: GoogleSheetsSandbox) -> None:
    """Nothing is a result, not a fault; a header alone is not even worth a word."""
    vendor.write([])
    pages = pages_of(vendor)
    assert [page.records for page in pages] == [[]]
    assert pages[0].notices == ("the sheet is empty",)

    vendor.write([HEADER])
    records, cursor = read(vendor, pages[0].cursor)
    assert records == read(vendor, cursor)[0] == []


def test_formulas_without_a_value_count_as_empty_and_are_told(vendor: GoogleSheetsSandbox) -> None:
    """A lead called #REF! helps nobody."""
    vendor.write([HEADER, ("#REF!", "Li", "ann@example.com"), ("Bo", "#N/A", "#N/A")])

    page = pages_of(vendor)[0]

    assert [record.data["First Name"] for record in page.records] == ["", "Bo"]
    assert page.notices == (
        "cells whose formula gives no value count as empty: Email (1), First Name (1), Last Name (1)",
    )


def test_cells_without_a_column_name_are_kept_by_their_letter(vendor: GoogleSheetsSandbox) -> None:
    """Somebody writes beside the table."""
    vendor.write([("Email", "", "Name"), ("ann@example.com", "", "Ann", "call her"), ("bo@example.com", "?", "Bo")])

    records, _ = read(vendor)

    assert records[0].data == {"Email": "ann@example.com", "Name": "Ann", "Column D": "call her"}
    assert records[1].data == {"Email": "bo@example.com", "Column B": "?", "Name": "Bo"}
    with connect(vendor) as sheets:
        assert [field.label for field in sheets.discover("rows")] == ["Email", "Column B", "Name", "Column D"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("Email", "Name", "Email"), ANN], "2 columns are called 'Email'"),
        ([(), ANN], "it is blank"),
        ([("Email", "_problem"), ANN], "_problem"),
    ],
)
def test_a_header_that_names_no_columns_is_refused(
    vendor: GoogleSheetsSandbox, rows: list[tuple[str, ...]], said: str
) -> None:
    """Said with the number of the row."""
    vendor.write(rows)

    with pytest.raises(SetupError, match=f"row 1, which names the columns: .*{said}"):
        read(vendor)
    with connect(vendor) as sheets:
        assert not all(check.ok for check in sheets.check())


def test_a_header_further_down_is_found_by_its_number(vendor: GoogleSheetsSandbox) -> None:
    """What stands above it is a title."""
    vendor.write([("Our leads",), (), HEADER, ANN, BO])

    records, _ = read(vendor, header_row=3)

    assert [record.id for record in records] == ["ann@example.com", "bo@example.com"]


def test_the_sheet_is_found_by_its_title(vendor: GoogleSheetsSandbox) -> None:
    """An apostrophe, a space and an emoji in it do no harm; another sheet begins anew, whatever the cursor."""
    _, cursor = read(vendor)
    vendor.sheets.insert(0, SheetData("Bo's 🌵", [list(HEADER), list(BO)], rows=2, columns=3))

    assert [record.id for record in read(vendor, cursor, sheet="Bo's 🌵")[0]] == ["bo@example.com"]
    with pytest.raises(SetupError, match="no sheet 'Leads'") as caught:
        read(vendor, sheet="Leads")
    assert LEADS in caught.value.fix


def test_an_address_from_the_browser_is_an_id(vendor: GoogleSheetsSandbox) -> None:
    """That is what people have at hand."""
    address = f"https://docs.google.com/spreadsheets/d/{vendor.file_id}/edit#gid=0"

    assert read(vendor, spreadsheet=address)[0] == read(vendor)[0]


@pytest.mark.parametrize("spreadsheet", ["", "my leads", "https://docs.google.com/spreadsheets/d/e/2PACX/pubhtml"])
def test_what_is_no_id_is_refused_at_once(spreadsheet: str) -> None:
    """The address of a published copy holds none."""
    with pytest.raises(ValueError, match="spreadsheet"):
        GoogleSheetsConfig(spreadsheet=spreadsheet, access_token="x")


def test_discover_types_the_columns(vendor: GoogleSheetsSandbox) -> None:
    """By what stands in them."""
    with connect(vendor) as sheets:
        fields = {field.label: field.type for field in sheets.discover("rows")}

    assert fields["Timestamp"] == "datetime"
    assert (fields["Seats"], fields["Newsletter"], fields["Email"]) == ("number", "boolean", "string")


def test_check_names_spreadsheet_sheet_columns_and_identity(vendor: GoogleSheetsSandbox) -> None:
    """What somebody needs to see that this is the right one."""
    with connect(vendor) as sheets:
        checks = sheets.check()

    assert all(check.ok for check in checks)
    assert [check.name for check in checks] == ["spreadsheet", "sheet", "columns", "time of change"]
    assert "a row's id is its Email" in checks[2].text


def test_there_is_no_reading_from_a_point_in_time(vendor: GoogleSheetsSandbox) -> None:
    """Rows have no time of change: --since says so."""
    with connect(vendor) as sheets, pytest.raises(SetupError, match="point in time"):
        sheets.cursor_since("rows", datetime.now(UTC))


def test_another_stream_is_refused_by_name(vendor: GoogleSheetsSandbox) -> None:
    """A typo in `streams` says what there is."""
    with connect(vendor) as sheets, pytest.raises(SetupError, match="leads") as caught:
        list(sheets.pull("leads", None))

    assert "rows" in caught.value.fix


@given(st.datetimes(EARLIEST, LATEST))
def test_a_serial_is_the_moment_that_it_was_made_of(moment: datetime) -> None:
    """To the second, in any year a lead may have."""
    moment = moment.replace(microsecond=0)
    since = moment - datetime(1899, 12, 30)  # noqa: DTZ001
    serial = since.days + since.seconds / 86_400

    told = str(moment_of(serial, UTC))

    assert datetime.fromisoformat(told).replace(tzinfo=None) == moment


@given(st.integers(1, 20_000))
def test_columns_are_named_in_order_and_differently(number: int) -> None:
    """A, B … Z, AA, AB …"""
    assert (len(letters(number)), letters(number)) < (len(letters(number + 1)), letters(number + 1))


def test_a_sheet_becomes_leads_and_stays_what_it_became(opened: OpenHub, vendor: GoogleSheetsSandbox) -> None:
    """Through the shipped mapping; the same again after a sort changes nothing; a new row is a new lead."""
    hub = opened(TOML + section("sheet", vendor, **QUICK))
    rows = len(sightings("google_sheets"))

    first = sync_source(hub, "sheet")[0].counts
    vendor.sort("Company")
    again = sync_source(hub, "sheet")[0].counts
    vendor.append(datetime(2026, 11, 2, 9), "Zoe", "New", "", "zoe.new@example.com")  # noqa: DTZ001
    then = sync_source(hub, "sheet")[0].counts

    assert (first.read, first.created, first.held) == (rows, rows - 2, 2)
    assert (again.created, again.updated, again.merged) == (0, 0, 0)
    assert (then.created, then.updated) == (1, 0)
    with hub.store.read() as db:
        added = db.select("SELECT added_at FROM v_leads WHERE email = 'zoe.new@example.com'")[0][0]
    assert datetime.fromisoformat(str(added)) == datetime(2026, 11, 2, 8, tzinfo=UTC)
