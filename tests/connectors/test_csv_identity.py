"""What a row is called: the same row of the next export gets the same id, and no two rows share one by chance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import SourceRecord
from connectors.csv.connector import CsvConfig, CsvFile
from connectors.csv.identity import Occurrences
from connectors.errors import SetupError


def read(tmp_path: Path, text: str, id_column: str | None = None) -> list[SourceRecord]:
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    pages = CsvFile(CsvConfig(path=str(path), id_column=id_column)).pull("rows", None)
    return [record for page in pages for record in page.records]


def ids(tmp_path: Path, text: str, id_column: str | None = None) -> list[str]:
    return [record.id for record in read(tmp_path, text, id_column)]


def test_an_id_column_names_the_row(tmp_path: Path) -> None:
    """Whatever its capitals; rows of one id are one record, and the later stands."""
    found = read(tmp_path, "Name,ID,Email\nAnn, 7 ,a@x.example\nAnn Li,7,a@x.example\n")

    assert [(record.id, record.data["Name"]) for record in found] == [("7", "Ann"), ("7", "Ann Li")]


def test_the_id_column_may_be_named(tmp_path: Path) -> None:
    """Other systems call it otherwise."""
    assert ids(tmp_path, "Lead No,id\nL-1,5\nL-2,5\n", "lead no") == ["L-1", "L-2"]


def test_a_named_id_column_must_be_there(tmp_path: Path) -> None:
    """Silently falling back would give every record another id."""
    with pytest.raises(SetupError, match="id_column 'Nr' is not among the columns: Name, Email"):
        ids(tmp_path, "Name,Email\nAnn,a@x.example\n", "Nr")


def test_else_the_e_mail_names_it_and_repeats_are_numbered(tmp_path: Path) -> None:
    """Two deals of one contact share the address; neither may overwrite the other."""
    text = "Email,Deal\n Ann@X.example,one\nbo@x.example,two\nann@x.example,three\nANN@x.example,four\n"

    assert ids(tmp_path, text) == ["ann@x.example", "bo@x.example", "ann@x.example#2", "ann@x.example#3"]


def test_a_row_without_either_is_named_by_its_cells(tmp_path: Path) -> None:
    """`n/a` is no address, and an empty id no id."""
    found = ids(tmp_path, "id,Email,Name\n,,Ann\n,n/a,Bo\n,bo@x.example,Bo\n9,,Cy\n")

    assert [name[:4] for name in found] == ["row:", "row:", "bo@x", "9"]
    assert found[0] != found[1]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), rows=st.lists(st.sampled_from(["Ann,Li", "Bo,Li", "Ann,L", "AnnL,i"]), max_size=12))
def test_equal_rows_stay_apart_and_order_does_not_matter(tmp_path: Path, data: st.DataObject, rows: list[str]) -> None:
    """An export sorted otherwise is the same export."""
    header = "First,Last\n"
    other = data.draw(st.permutations(rows))

    first = read(tmp_path, header + "\n".join(rows))
    second = read(tmp_path, header + "\n".join(other))

    assert len({record.id for record in first}) == len(rows)
    assert {r.id: r.data for r in first} == {r.id: r.data for r in second}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6000), max_size=200), st.integers(0, 9000))
def test_occurrences_are_counted_exactly(some: list[int], distinct: int) -> None:
    """The flat table that saves memory counts as a Counter does, also after it has grown."""
    texts = [str(number) for number in [*range(distinct), *some]]
    expected, seen = Counter[str](), Occurrences()
    for text in texts:
        expected[text] += 1
        assert seen.number(text) == expected[text]
