"""Broken CSV: a clear error before anything is given, or a record that says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.connector import SourceRecord
from connectors.csv.connector import CsvConfig, CsvFile
from connectors.csv.dialect import PROBLEM, REST
from connectors.errors import SetupError


def source(path: Path, **settings: str) -> CsvFile:
    return CsvFile(CsvConfig.model_validate({"path": str(path), **settings}))


def read(path: Path, **settings: str) -> list[SourceRecord]:
    return [record for page in source(path, **settings).pull("rows", None) for record in page.records]


def refusal(path: Path, **settings: str) -> SetupError:
    """The error that stops the reading before its first page; `check` tells the same, as a finding."""
    with pytest.raises(SetupError) as caught:
        next(source(path, **settings).pull("rows", None))
    checks = source(path, **settings).check()
    assert [(check.ok, check.text, check.fix) for check in checks] == [(False, str(caught.value), caught.value.fix)]
    assert caught.value.fix
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b'"",\n"",\n', "row 1 is blank"),
        (b"PK\x03\x04 and so on", "is an Excel workbook or another zip archive, not CSV"),
        (b"Name,Email,Name,Email\nA,a@x.example,B,c\n", "'Name' names columns 1 and 3; 'Email' names columns 2 and 4"),
        (b"Name,,Email,\nA,b,c,d\n", "no name for column 2, 4"),
        (b"Name,_problem\nA,b\n", "'_problem' is a name that the hub keeps for itself"),
        (b"Ann,Li,ann@example.com\nBo,Sun,bo@example.com\n", "row 1 looks like data (ann@example.com)"),
        (b"1,2024-03-04,5.5\n", "row 1 looks like data (1, 2024-03-04, 5.5)"),
        (b'id,"name,email\n1,Ann,a@x.example\n', "row 1: a quote opens a cell and is never closed"),
        (b"First Name^Email\nAnn^a@x.example\n", "'^' would give 2"),
        (b"Leads of March\n\nName,Email\nAnn,a@x.example\nBo,b@x.example\n", "row 1 has one cell, 'Leads of March'"),
        (b"Na\xffme,Email\nAnn,a@x.example\n\xc3\xa9,b\n", "the name of column 1 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_what_was_seen(file: Path, content: bytes, text: str) -> None:
    """Nothing is stored of it, and the person hears what stands in the file and what to do."""
    file.write_bytes(content)

    assert text in str(refusal(file))


def test_a_header_alone_is_a_file_of_no_rows(file: Path) -> None:
    """An export of an empty list is no fault; its format is said all the same."""
    file.write_text("id,name\n")

    (page,) = source(file).pull("rows", None)

    assert page.records == []
    assert page.cursor
    assert page.cursor["done"] is True
    assert page.notices


def test_a_path_must_lead_to_a_file(tmp_path: Path) -> None:
    """Missing, a folder, a pattern that fits nothing: each is said as what it is."""
    assert "there is no file" in str(refusal(tmp_path / "none.csv"))
    assert "no file fits" in str(refusal(tmp_path / "none-*.csv"))
    assert "is a folder" in str(refusal(tmp_path))


def test_one_bad_file_of_several_stops_all_before_the_first(tmp_path: Path) -> None:
    """Otherwise half of the files would be stored when the error comes."""
    (tmp_path / "a.csv").write_text("id,name\n1,Ann\n")
    (tmp_path / "b.csv").write_text("")

    assert "b.csv is empty" in str(refusal_of_pull(tmp_path / "*.csv"))


def refusal_of_pull(path: Path) -> SetupError:
    with pytest.raises(SetupError) as caught:
        next(source(path).pull("rows", None))
    return caught.value


def test_a_wrong_delimiter_is_said_with_the_right_one(file: Path) -> None:
    """Set by hand, it is not overruled, but one column of semicolons is not what anybody meant."""
    file.write_text("First Name;Email\nAnn;a@x.example\n")

    error = refusal(file, delimiter=",")

    assert "with delimiter ',' there is one column, 'First Name;Email'; ';' would give 2" in str(error)
    assert error.fix == 'set delimiter = ";", or leave it out to have it detected'


def test_a_set_encoding_against_the_files_own_mark_is_refused(file: Path) -> None:
    """Read as UTF-8, a UTF-16 file is one unreadable column."""
    file.write_text("id,name\n1,Ann\n", "utf-16")

    assert "begins with the mark of UTF-16, but encoding is set to 'utf-8'" in str(refusal(file, encoding="UTF8"))


@pytest.mark.parametrize(
    "settings", [{"encoding": "utf-9"}, {"encoding": "hex"}, {"delimiter": "::"}, {"delimiter": '"'}]
)
def test_impossible_settings_are_refused(settings: dict[str, str]) -> None:
    """Before any file is opened."""
    with pytest.raises(ValidationError):
        CsvConfig.model_validate({"path": "x.csv", **settings})


def test_an_unknown_stream_is_refused_by_name(file: Path) -> None:
    """A typing error in --stream must not read something else."""
    file.write_text("id,name\n1,Ann\n")

    with pytest.raises(SetupError, match="no stream 'leads'"):
        next(source(file).pull("leads", None))


def test_rows_with_too_many_or_too_few_cells_are_kept_with_the_reason(file: Path) -> None:
    """Which cell belongs where is not ours to guess, and nothing of the row may be lost."""
    file.write_text("id,name,city\n1,Ann,Boston\n2,Li, Bo,Denver\n3,Cy\n4,Di,Leeds,,\n")

    one, two, three, four = read(file)

    assert PROBLEM not in one.data
    assert two.data == {
        "id": "2", "name": "Li", "city": " Bo", REST: ["Denver"],
        PROBLEM: "row 3: 4 cells, but the header has 3 columns",
    }  # fmt: skip
    assert three.data == {"id": "3", "name": "Cy", PROBLEM: "row 4: 2 cells, but the header has 3 columns"}
    assert four.data == {"id": "4", "name": "Di", "city": "Leeds"}


def test_unreadable_bytes_are_named_by_row_and_column(file: Path) -> None:
    """UTF-8 but for one cell is UTF-8 with a broken cell, not a file in another code page."""
    rows = "".join(f"{n},Zoë,Genève\n" for n in range(50)).encode()
    file.write_bytes(b"id,name,city\n" + rows + b"50,Zo\xeb,Gen\xc3\xa8ve\n51,Ann,x\n")

    *_, broken, after = read(file)

    assert broken.data == {
        "id": "50", "name": "Zo\ufffd", "city": "Genève",
        PROBLEM: "row 52: column name: byte 0xeb cannot be read as utf-8",
    }  # fmt: skip
    assert PROBLEM not in after.data


def test_a_utf_16_file_cut_in_the_middle_of_a_character_keeps_what_it_has(file: Path) -> None:
    """A copy that broke off shows at its last row."""
    file.write_bytes("id,name\r\n1,Ann\r\n2,Bo".encode("utf-16")[:-1])

    one, two = read(file)

    assert one.data == {"id": "1", "name": "Ann"}
    assert two.data[PROBLEM] == "row 3: column name: byte 0x6f cannot be read as utf-16"


def test_nul_characters_are_named_and_replaced(file: Path) -> None:
    """No database keeps them in text; two of them do not make a file UTF-16."""
    file.write_bytes(b"id,name\r\n1,A\0nn\r\n2,Bo\r\n")

    one, two = read(file)

    assert one.data == {"id": "1", "name": "A\ufffdnn", PROBLEM: "row 2: column name: a NUL character"}
    assert two.data == {"id": "2", "name": "Bo"}


class TestQuotesThatDoNotPair:
    """A quote that is never closed must cost its own row, not the rest of the file."""

    def test_never_closed(self, file: Path) -> None:
        """The row where it opened is named; the rows after it are read."""
        rest = "".join(f"{n},Name {n},City\n" for n in range(4, 3000))
        file.write_text(f'id,name,city\n1,"A\nnn",x\n2,"Bo,Denver\n3,Cy,Leeds\n{rest}')

        found = {record.id: record.data for record in read(file)}

        assert found["1"] == {"id": "1", "name": "A\nnn", "city": "x"}
        assert found["2"] == {
            "id": "2", "name": "Bo,Denver",
            PROBLEM: "row 3 (line 4): a quote opens a cell and is never closed",
        }  # fmt: skip
        assert len(found) == 2999
        assert [key for key, data in found.items() if PROBLEM in data] == ["2"]

    def test_closed_by_the_next_quote_that_comes(self, file: Path) -> None:
        """The swallowed rows in between come back."""
        file.write_text('id,name,city\n1,"Ann,x\n2,Bo,y\n3,"Cy",z\n4,Di,w\n')

        found = read(file)

        assert [record.id for record in found] == ["1", "2", "3", "4"]
        assert found[0].data[PROBLEM] == "row 2: a quote opens a cell and closes wrongly on line 4"
        assert found[2].data == {"id": "3", "name": "Cy", "city": "z"}

    def test_undoubled_inside_a_cell(self, file: Path) -> None:
        """The commonest fault of hand-made exports."""
        file.write_text('id,name\n1,"Ann "the boss" Li"\n2,12" nails\n')

        one, two = read(file)

        assert one.data[PROBLEM] == "row 2: a quote stands inside a quoted cell without being doubled"
        assert two.data == {"id": "2", "name": '12" nails'}

    def test_a_cell_beyond_the_limit(self, file: Path) -> None:
        """Seventeen million characters are no cell; memory must not follow them."""
        file.write_text("id,name\n1," + "x" * 17_000_000 + "\n2,Bo\n")

        one, two = read(file)

        assert one.data[PROBLEM].startswith("row 2: a cell is larger than 16 million characters")
        assert len(one.data["name"]) < 100_000
        assert two.data == {"id": "2", "name": "Bo"}

    def test_in_every_row(self, file: Path) -> None:
        """Whatever swallows whatever: each row comes, once and in order, and in time that goes by the file."""
        rows = (f'{n},"x' if n % 50 == 0 else f'{n},"a "b" c",""' for n in range(20_000))
        file.write_text("id,name,note\n" + "\n".join(rows))

        found = read(file)

        assert [record.id for record in found] == [str(n) for n in range(20_000)]
        assert all(PROBLEM in record.data for record in found)


def test_a_file_without_line_breaks_is_not_csv(file: Path) -> None:
    """A disk image by mistake must not be read into memory as one row."""
    with file.open("wb") as out:
        for _ in range(34):
            out.write(b"x" * (1 << 20))

    assert "has no line break" in str(refusal(file))
