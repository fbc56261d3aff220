"""Labelled sets come from many hands: what their headers and values mean must be understood, or said not to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.headers import columns_of
from benchmarks.judged_set import answered_rightly, by_exact_keys
from benchmarks.labelled import Labelled, read_set, score
from benchmarks.stored_matching import Stored


def a_set(folder: Path, records: str, truth: str = "id,cluster\n1,a\n", traps: str | None = None) -> Labelled:
    """Write a set and read it."""
    (folder / "records.csv").write_text(records, encoding="utf-8")
    (folder / "truth.csv").write_text(truth, encoding="utf-8")
    if traps is not None:
        (folder / "traps.csv").write_text(traps, encoding="utf-8")
    return read_set("set", folder / "records.csv", folder / "truth.csv", folder / "traps.csv")


def fields(labelled: Labelled) -> dict[str, Any]:
    """What the first record's mapping gives."""
    return dict(labelled.drafts[0][1].fields)


def test_headers_of_other_hands_are_understood(tmp_path: Path) -> None:
    """A held-out set is not headed as ours are."""
    text = "\ufeffRecord ID;Given Name;Surname;E-Mail;Tel;Postal Code\n1;Ann;Li;Ann@Li.example;0044 20 7946 0958;N1\n"
    labelled = a_set(tmp_path, text)
    assert fields(labelled) == {
        "first_name": "Ann", "last_name": "Li", "email": "Ann@Li.example", "phone": "+442079460958",
        "address": {"postal_code": "N1"},
    }  # fmt: skip
    assert labelled.remarks == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann Li", ("Ann", "Li")),
        ("Li, Ann", ("Ann", "Li")),
        ("John Smith Jr.", ("John", "Smith Jr.")),
        ("John Smith, Jr.", ("John", "Smith Jr.")),
        ("Cher", (None, "Cher")),
    ],
)
def test_a_full_name_is_taken_apart(tmp_path: Path, name: str, expected: tuple[str | None, str]) -> None:
    """Many systems have one name field only."""
    found = fields(a_set(tmp_path, f'id,full_name\n1,"{name}"\n'))
    assert (found.get("first_name"), found.get("last_name")) == expected


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("tel:+1-415-555-2671", "", "+14155552671"),
        ("0049 151 23456789", "US", "+4915123456789"),
        ("0151 23456789", "Deutschland", "+4915123456789"),
        ("04 2345 6789 | 555", "AE", None),
        ("(415) 555-2671; (415) 555-2672", "", "+14155552671"),
        ("n/a", "", None),
    ],
)
def test_a_phone_is_read_as_a_mapping_reads_it(tmp_path: Path, phone: str, country: str, expected: str | None) -> None:
    """A number in another form is the same number, and no number is none."""
    found = fields(a_set(tmp_path, f"id,last_name,phone,country\n1,Li,{phone},{country}\n"))
    assert found.get("phone") == expected


@pytest.mark.parametrize(
    ("headers", "companies"),
    [
        (["id", "name"], True),
        (["id", "Company Name", "Web Site", "ZIP"], True),
        (["id", "organisation", "phone", "email"], True),
        (["id", "name", "company", "email"], False),
        (["id", "full_name", "company"], False),
        (["id", "surname", "company"], False),
    ],
)
def test_firms_are_told_from_people(headers: list[str], companies: bool) -> None:
    """Judged by the other model, a set's figures would mean nothing."""
    assert columns_of(headers).is_of_companies is companies


def test_what_is_not_understood_is_said(tmp_path: Path) -> None:
    """A column that nobody reads would lower the figures in silence."""
    labelled = a_set(tmp_path, "id,last_name,shoe size\n1,Li,40\n1,Li,41\n2,Sun,40\n", "cluster,id\na,1\nb,3\n")
    assert labelled.remarks == (
        "column not understood: shoe size",
        "1 rows bear an id that another row bears",
        "1 records are in no true cluster: taken in, and not measured",
        "1 ids of the truth are no record's",
    )
    assert labelled.truth == {"1": "a"}


def test_a_truth_of_another_set_is_refused(tmp_path: Path) -> None:
    """Figures of a mix-up would look like a very bad matcher."""
    with pytest.raises(ValueError, match="names no id"):
        a_set(tmp_path, "id,last_name\nx,Li\n")


def test_traps_are_pairs_of_different_people(tmp_path: Path) -> None:
    """Two records of one person in a trap's group may be joined."""
    truth = "id,cluster\n1,a\n2,a\n3,b\n"
    labelled = a_set(
        tmp_path, "id,last_name\n1,Li\n2,Li\n3,Li\n", truth, "id,trap,group\n1,twin,g\n2,twin,g\n3,twin,g\n9,twin,g\n"
    )
    assert labelled.traps == {"twin": [("1", "3"), ("2", "3")]}


def test_nothing_joined_is_not_wrong() -> None:
    """Precision of no pair is 1, as the shared evaluation counts it."""
    found = score({"1": "a", "2": "a"}, {"1": 1, "2": 2})
    assert (found.precision, found.recall, found.f1) == (1.0, 0.0, 0.0)


def test_a_person_answers_what_is_asked_only() -> None:
    """The recall of review is of pairs that somebody was shown."""
    truth = {"1": "a", "2": "a", "3": "a", "4": "b"}
    clusters = {"1": 1, "2": 2, "3": 3, "4": 4}
    answered = answered_rightly(truth, Stored(clusters, [(1, 2), (1, 4)]))
    assert answered["1"] == answered["2"]
    assert len(set(answered.values())) == 3


def test_exact_keys_chain(tmp_path: Path) -> None:
    """The peer of exact keys joins whoever is joined by somebody else."""
    rows = (
        "id,last_name,email,phone\n1,Li,a@x.example,\n2,Sun,a@x.example,+14155552671\n3,Ortiz,,+14155552671\n4,Li,,\n"
    )
    clusters = by_exact_keys(a_set(tmp_path, rows))
    assert clusters["1"] == clusters["2"] == clusters["3"] != clusters["4"]
