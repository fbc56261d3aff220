"""`sellhub dup`: questions, explained; answers that hold; the whole store gone through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.console import Shell
from tests.conversion.world import HEADER, TOML, lead_row

PHONE = "+14155550100"


def person(key: int, first: str, last: str, email: str = "", phone: str = "", company: str = "") -> str:
    """A line of a file with phones."""
    return ",".join((str(key), first, last, email, phone, company))


COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name"
COLES = (
    person(1, "Robert", "Cole", "", PHONE),
    person(2, "Bob", "Cole", "", PHONE),
    person(3, "Mary", "Dean", "", PHONE),
)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub with two who may be father and son, or one; Ann is at the keyboard."""
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SELLHUB_USER", "ann@example.com")
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML)
    assert shell("import", shell.sheet("coles.csv", COLUMNS, *COLES), "--pool", "Inbound").code == 0
    return shell


def open_pairs(shell: Shell) -> list[dict[str, Any]]:
    """The questions that wait."""
    found: list[dict[str, Any]] = shell("dup", "list", "--json").json()
    return found


def test_a_question_names_both_and_says_why_it_is_asked(shell: Shell) -> None:
    """Who it is about can be read without looking further."""
    (pair,) = open_pairs(shell)
    assert [face["name"] for face in pair["records"]] == ["Robert Cole", "Bob Cole"]
    assert pair["guard"] == "a short name, and nothing that only one person has"
    assert pair["why"].startswith("phone exact +")
    told = shell("dup", "list").out
    assert "Robert Cole" in told
    assert "sellhub dup merge 1" in told


def test_the_waterfall_adds_up(shell: Shell) -> None:
    """Prior and comparisons give the total; the values that were compared stand beside them."""
    told = shell("dup", "show", "1", "--json").json()
    assert round(told["prior"] + sum(part["bits"] for part in told["comparisons"]), 1) == round(told["bits"], 1)
    assert {"comparison": "name", "level": "nickname", "bits": 11.0, "values": ["robert cole", "bob cole"]} in told[
        "comparisons"
    ]
    assert told["lines"] == {"merge": 6.0, "review": 4.0, "doubt": 1.0}
    assert told["would"] == "ask"
    assert told["result"]["absorbed"] == {"L-2": "L-1"}
    assert shell.rows("SELECT COUNT(*) FROM merge") == [(0,)], "showing does nothing"
    text = shell("dup", "show", "L-1", "L-2").out
    assert "a person must say: a short name" in text
    assert "L-2 becomes part of L-1" in text


def test_what_speaks_against_two_is_shown_too(shell: Shell) -> None:
    """Somebody asks why two were not made one."""
    told = shell("dup", "show", "L-1", "L-3", "--json").json()
    assert (told["id"], told["would"], told["guard"]) == (None, "keep apart", "their names differ")


def test_an_answer_is_given_once(shell: Shell) -> None:
    """The second of two people is told what the first one said."""
    assert shell("dup", "merge", "1", "--dry-run").code == 0
    assert shell("dup", "merge", "1").code == 0
    assert open_pairs(shell) == []
    again = shell(
        "dup",
        "merge",
        "1",
    )
    assert again.code == 1
    assert "was answered before: ann@example.com said" in again.err
    assert shell("dup", "never", "1").code == 1
    assert [pair["state"] for pair in shell("dup", "list", "--state", "merged", "--json").json()] == ["merged"]


def test_never_is_for_ever(shell: Shell) -> None:
    """Not a sync of changed records, nor a sweep asks again."""
    assert "two, for good" in shell("dup", "never", "1").out
    assert shell("dup", "never", "1").code == 0, "said twice is said once"
    changed = (person(1, "Robert", "Cole", "", PHONE, "Cole"), person(2, "Bob", "Cole", "", PHONE, "Cole"))
    assert shell("import", shell.sheet("coles.csv", COLUMNS, *changed)).code == 0
    assert shell("dup", "sweep", "--json").json()["asked"] == 0
    assert open_pairs(shell) == []
    assert [p["decided_by"] for p in shell("dup", "list", "--state", "never", "--json").json()] == ["ann@example.com"]


def test_unmerge_by_record_or_number(shell: Shell) -> None:
    """And the pair is two for good."""
    number = shell("dup", "merge", "L-1", "L-2", "--json").json()["merge"]
    assert shell("dup", "unmerge", "L-1", "--json").json()["restored"] == ["L-2"]
    assert "taken back before" in shell("dup", "unmerge", str(number)).err
    assert shell("dup", "list", "--state", "never", "--json").json() != []


def test_a_sweep_finds_what_no_sync_could(shell: Shell) -> None:
    """Two were brought in by hand beside those who were there: asked once, made one when told to."""
    for words in (("--email", "dan@x.example"), ("--email", "dan@x.example")):
        assert shell("lead", "add", "--first-name", "Dan", "--last-name", "Fox", *words).code == 0
    shell.rows("SELECT 1")
    before = len(open_pairs(shell))
    told = shell("dup", "sweep", "--json").json()
    assert {**told, "run": 0} == {"run": 0, "records": 5, "asked": 0, "merged": 0, "refused": 0, "crowds": []}
    assert shell("dup", "sweep", "--merge", "--json").json()["merged"] == 1
    assert len(open_pairs(shell)) == before - 1
    assert shell.rows("SELECT COUNT(*) FROM v_leads WHERE last_name = 'Fox'") == [(1,)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "99"), "there is no question 99"),
        (("show", "L-1"), "not the number of a pair"),
        (("merge", "1", "2"), "names no record"),
        (("merge", "L-1", "L-1"), "cannot be merged with itself"),
        (("unmerge", "7"), "there is no merge 7"),
        (("unmerge", "L-3"), "never merged by hand"),
        (("never", "L-1", "L-44"), "there is no lead L-44"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(shell: Shell, words: tuple[str, ...], says: str) -> None:
    """Nothing is done then."""
    told = shell("dup", *words)
    assert told.code == 1
    assert says in told.err
    assert "fix:" in told.err


def test_a_model_of_ones_own_is_checked(shell: Shell) -> None:
    """A missing level and a weight out of range are both told, before anything is matched by it."""
    (shell.home / "matching.toml").write_text('version = "mine"\n[person]\nmerge = 6\nreview = 9\n', encoding="utf-8")
    told = shell("dup", "show", "1")
    assert told.code == 1
    assert "person.merge 6.0 lies below person.review 9.0" in told.err
    assert "person.email.exact: missing" in told.err


def test_company_records_too(shell: Shell) -> None:
    """Two companies of like names: asked about, shown, merged with their people."""
    lines = [lead_row(11, "Ann", "Li", "ann@northwind.example", "Northwind Trading"),
             lead_row(12, "Bo", "Sun", "bo@northwind.example", "Northwind Traders")]  # fmt: skip
    assert shell("import", shell.sheet("two.csv", HEADER, *lines), "--source", "fair").code == 0
    made = [shell("lead", "convert", str(id_), "--json").json()["company"] for id_ in (4, 5)]
    assert made[0] != made[1]
    told = shell("dup", "merge", f"C-{made[0]}", f"C-{made[1]}", "--json").json()
    assert (told["sort"], told["absorbed"]) == ("company", {f"C-{made[1]}": f"C-{made[0]}"})
    employers = shell.rows("SELECT DISTINCT contact_id FROM v_contacts WHERE NOT is_organization")
    assert employers == [(made[0],)]
