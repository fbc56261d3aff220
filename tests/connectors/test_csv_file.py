"""CSV files as a source: what is in a file comes out of it, once, whatever it is written in."""

from __future__ import annotations

import csv
import io
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Page, SourceRecord
from connectors.csv.connector import PAGE, CsvConfig, CsvFile
from connectors.errors import TransientError

HEADER = ["First Name", "Note", "姓名"]
CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
WESTERN = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=12)
DELIMITERS = [",", ";", "\t", "|"]


def written(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def source(path: Path, **settings: str) -> CsvFile:
    return CsvFile(CsvConfig.model_validate({"path": str(path), **settings}))


def records(path: Path, **settings: str) -> list[SourceRecord]:
    return [record for page in source(path, **settings).pull("rows", None) for record in page.records]


def is_filled(row: Sequence[str]) -> bool:
    return bool("".join(row).strip("\x1f \t\r\n"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS).filter(is_filled), max_size=8),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_what_was_written_is_read_exactly(
    file: Path, rows: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    """Quotes, line breaks, delimiters in cells, any script: encoding and delimiter are found, no cell changes."""
    file.write_text(written([HEADER, *rows], delimiter), encoding=encoding, newline="")

    assert [record.data for record in records(file)] == [dict(zip(HEADER, row, strict=True)) for row in rows]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(WESTERN, WESTERN).filter(is_filled), max_size=5),
    delimiter=st.sampled_from([*DELIMITERS, "^"]),
    encoding=st.sampled_from(["cp1252", "gb18030", "utf-16-le", "utf-16-be"]),
)
def test_a_set_encoding_and_delimiter_are_taken_as_they_are(
    file: Path, rows: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    """What a person knows of a file goes before what can be detected."""
    file.write_text(written([["a", "b"], *rows], delimiter), encoding=encoding, errors="ignore", newline="")
    expected = [[cell.encode(encoding, "ignore").decode(encoding) for cell in row] for row in rows]

    found = [list(record.data.values()) for record in records(file, encoding=encoding, delimiter=delimiter)]

    assert found == [row for row in expected if is_filled(row)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(file: Path, encoding: str) -> None:
    """Some tools leave the mark out; ASCII separators still show which half of each pair is empty."""
    file.write_bytes("姓名,公司\r\n王伟,北京星河科技有限公司\r\n".encode(encoding))

    page = next(source(file).pull("rows", None))

    assert page.records[0].data == {"姓名": "王伟", "公司": "北京星河科技有限公司"}
    assert f"encoding {encoding} (pattern of its bytes)" in page.notices[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Name;City\r\nMüller;Köln\r\nNuñez;León\r\n"),
        ("cp1251", "Имя;Город\r\nОльга;Москва\r\nИван;Казань\r\n"),
        ("gb18030", "姓名,公司\r\n王伟,北京星河科技有限公司\r\n李静,上海\r\n"),
        ("cp1250", "Jméno;Město\r\nŽofie;Plzeň\r\nŠtěpán;Děčín\r\n"),
    ],
)
def test_an_old_code_page_is_guessed_and_the_guess_is_said(file: Path, encoding: str, text: str) -> None:
    """A guess may be wrong, so the person who imports must hear of it."""
    file.write_bytes(text.encode(encoding))

    page = next(source(file).pull("rows", None))

    assert page.notices[0].startswith(f"{file}: encoding {encoding} (a guess by charset-normalizer)")
    assert [list(record.data.values()) for record in page.records] == list(
        csv.reader(text.splitlines()[1:], delimiter=";" if ";" in text else ",")
    )


def test_one_accent_at_the_end_of_a_large_file_decides_its_encoding(file: Path) -> None:
    """Detection that looks at the beginning alone calls such a file ASCII, and breaks at its last row."""
    file.write_bytes(b"Name,City\n" + b"Ann,Boston\n" * 120_000 + "Jürgen,Köln\n".encode("cp1252"))

    *_, last = source(file).pull("rows", None)

    assert last.records[-1].data == {"Name": "Jürgen", "City": "Köln"}


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_kind_of_line_end_ends_a_row(file: Path, end: str) -> None:
    """Old Macs ended lines with a carriage return alone; blank lines are no rows."""
    file.write_bytes(f"id,name{end}1,Ann{end}{end}2,Bo{end},{end}".encode())

    assert [record.data for record in records(file)] == [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bo"}]


def test_headers_are_normalised_and_cells_are_not(file: Path) -> None:
    """A mapping names a column as it is typed; a cell is evidence and stays as it came."""
    file.write_text("id, Pre\u0301nom ,b,,\n1, Zoe\u0301 ,\u00a0x,,\n", "utf-8")

    assert records(file)[0].data == {"id": "1", "Prénom": " Zoe\u0301 ", "b": "\u00a0x"}


def test_excels_own_hint_of_the_delimiter_is_no_row(file: Path) -> None:
    """Excel writes and reads `sep=;` in a line above the header."""
    file.write_text("sep=|\nid|a,b\n1|2,3\n", "utf-8")

    assert records(file)[0].data == {"id": "1", "a,b": "2,3"}


def test_large_cells_and_many_columns_are_ordinary(file: Path) -> None:
    """The csv module refuses cells over 131,072 characters unless told otherwise."""
    names = [f"c{number}" for number in range(200)]
    cells = ["x" * 5_000_000, *(str(number) for number in range(199))]
    file.write_text(written([names, cells]), "utf-8", newline="")

    assert records(file)[0].data == dict(zip(names, cells, strict=True))


def test_a_page_of_large_cells_is_full_early(file: Path) -> None:
    """A thousand cells of 5 MB would be 5 GB in one page."""
    file.write_text(written([["id", "note"], *([str(n), "x" * 5_000_000] for n in range(8))]), newline="")

    pages = list(source(file).pull("rows", None))

    assert [len(page.records) for page in pages] == [4, 4, 0]


def test_a_single_column_is_a_table_too(file: Path) -> None:
    """A list of addresses has nothing to separate."""
    file.write_text("Email\nann@example.com\nbo@example.com\n")

    assert [record.id for record in records(file)] == ["ann@example.com", "bo@example.com"]


class TestCursor:
    """A reading goes on where it stopped, as long as it is the same reading."""

    @pytest.fixture
    def long_file(self, file: Path) -> Path:
        rows = ([f"p{n % 1700}@example.com", "two\nlines", str(n)] for n in range(3500))
        file.write_text(written([["Email", "Note", "n"], *rows]), "utf-8", newline="")
        return file

    def test_resumes_behind_any_page(self, long_file: Path) -> None:
        """Ids too: the numbers of repeated addresses count rows that were read before."""
        whole = records(long_file)

        for read, page in enumerate(source(long_file).pull("rows", None), 1):
            rest = [r for p in source(long_file).pull("rows", page.cursor) for r in p.records]
            if page.cursor and not page.cursor["done"]:
                assert rest == whole[read * PAGE :]

        assert len({record.id for record in whole}) == 3500

    def test_a_finished_cursor_reads_everything_again(self, long_file: Path) -> None:
        """Importing a file twice says how much was unchanged, instead of nothing."""
        *_, last = source(long_file).pull("rows", None)

        again = source(long_file).pull("rows", last.cursor)

        assert last.cursor
        assert last.cursor["done"] is True
        assert sum(len(page.records) for page in again) == 3500

    def test_a_changed_file_is_read_from_the_start(self, long_file: Path) -> None:
        """Row 2,000 of another file is another row."""
        first = next(source(long_file).pull("rows", None))
        with long_file.open("a", newline="") as more:
            more.write("new@example.com,,x\r\n")

        again = list(source(long_file).pull("rows", first.cursor))

        assert sum(len(page.records) for page in again) == 3501

    def test_the_same_file_read_differently_is_read_from_the_start(self, long_file: Path) -> None:
        """A cursor counts rows, and their ids, under the settings that it was made with."""
        first = next(source(long_file).pull("rows", None))

        again = source(long_file, id_column="n").pull("rows", first.cursor)

        assert next(again).records[0].id == "0"

    def test_a_file_that_changes_while_it_is_read_is_not_done(self, long_file: Path) -> None:
        """Half of one export and half of another is no state that anybody had."""
        pages = source(long_file).pull("rows", None)
        next(pages)
        os.utime(long_file, (1, 1))

        with pytest.raises(TransientError, match="changed while it was read"):
            list(pages)


class TestSeveralFiles:
    """A pattern names files that are read one after the other."""

    def test_are_read_by_name_each_with_its_own_dialect(self, tmp_path: Path) -> None:
        """Exports of several months need not come from one version of a tool."""
        (tmp_path / "leads-2.csv").write_text("id;name\n2;Bö\n", "utf-16")
        (tmp_path / "leads-1.csv").write_text("id,name,more\n1,Ann,x\n", "utf-8")

        pages = list(source(tmp_path / "leads-*.csv").pull("rows", None))

        assert [(r.id, r.data["name"]) for page in pages for r in page.records] == [("1", "Ann"), ("2", "Bö")]
        assert [page.cursor["done"] for page in pages if page.cursor] == [False, True]

    def test_resume_in_the_file_where_the_reading_stopped(self, tmp_path: Path) -> None:
        """What was read of the files before is not read again."""
        for name in "abc":
            (tmp_path / f"{name}.csv").write_text(f"id,name\n{name}1,x\n{name}2,x\n")
        first, *others = source(tmp_path / "?.csv").pull("rows", None)

        rest = list(source(tmp_path / "?.csv").pull("rows", first.cursor))

        assert [r.id for page in rest for r in page.records] == ["b1", "b2", "c1", "c2"]
        assert rest[-1].cursor == others[-1].cursor


def peak_of(pages: Iterator[Page]) -> int:
    tracemalloc.start()
    try:
        for _ in pages:
            continue
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Eight bytes a row are kept, to tell repeated addresses apart; the rows are not."""
    peaks = []
    for count in (5_000, 50_000):
        path = tmp_path / f"{count}.csv"
        rows = ([f"person.{n}@example.com", "Ann", "Boston"] for n in range(count))
        path.write_text(written([["Email", "Name", "City"], *rows]), newline="")
        peaks.append(peak_of(source(path).pull("rows", None)))

    assert peaks[1] < peaks[0] + 3_000_000


def test_discover_tells_paths_types_and_examples(file: Path) -> None:
    """What `map new` writes a mapping from: paths as mappings spell them, types by the look of the cells."""
    rows = [
        [str(n), f"0{n}", f"{n}.50", f"2024-03-{n % 28 + 1:02}", str(n % 2), "New Working Lost".split()[n % 3], ""]
        for n in range(1, 40)
    ]
    names = ["n", "Zip Code", "Value", "Added on", "Hot", "Status", 'Say "hi"']
    file.write_text(written([names, *rows]), newline="")

    fields = source(file).discover("rows")

    assert [(field.path, field.type) for field in fields] == [
        ("n", "number"),
        ('"Zip Code"', "string"),
        ("Value", "number"),
        ('"Added on"', "date"),
        ("Hot", "boolean"),
        ("Status", "enum"),
        (r'"Say \"hi\""', "string"),
    ]
    assert fields[5].choices == ("Working", "Lost", "New")
    assert [field.example for field in islice(fields, 3)] == ["1", "01", "1.50"]


def test_check_says_what_was_found(file: Path) -> None:
    """Encoding, delimiter, columns and what names a row are seen before anything is imported."""
    file.write_text("E-Mail;Name\nann@example.com;Ann\nbo@example.com;Bo;extra\n", "utf-8")

    checks = source(file).check()

    assert [(check.name, check.ok) for check in checks] == [
        ("file", True), ("format", True), ("columns", True), ("first rows", False),
    ]  # fmt: skip
    assert "delimiter semicolon (detected), 2 columns; a row's id is its E-Mail" in checks[1].text
    assert "row 3: 3 cells, but the header has 2 columns" in checks[3].text
    assert checks[3].fix


def test_the_stream_may_have_another_name(file: Path) -> None:
    """Two sources of one hub may both be CSV."""
    file.write_text("id,name\n1,Ann\n")
    leads = source(file, stream="leads", mapping="mine")

    assert [stream.name for stream in leads.streams()] == ["leads"]
    assert next(leads.pull("leads", None)).records[0].id == "1"
