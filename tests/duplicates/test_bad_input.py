"""What cannot be is refused in words that say what happened and what to do, `--json` or not; nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Shell

COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name"
SHIPPED = Path(__file__).parents[2] / "sell_model/matching/model.toml"
JSON = pytest.mark.parametrize("how", [(), ("--json",)], ids=["text", "json"])


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A hub with two who may be one, a third, and a contact at a company with a deal; Ann is at the keyboard."""
    lines = (
        "1,Robert,Cole,,+14155550100,",
        "2,Bob,Cole,,+14155550100,",
        "3,Mary,Dean,,+14155550100,",
        "4,Ann,Li,ann@li.example,,Li & Sons",
    )
    assert shell("import", shell.sheet("coles.csv", COLUMNS, *lines), "--pool", "Inbound").code == 0
    assert shell("lead", "convert", "4", "--deal", "Big one").code == 0
    return shell


def refused(shell: Shell, *words: str) -> tuple[str, str]:
    """What happened, and the way out; nothing was printed as a result, and nothing was stored."""
    before = shell.dump()
    told = shell(*words)
    assert (told.code, told.out) == (1, "")
    assert shell.dump() == before
    error, fix = told.err.splitlines()
    return error.removeprefix("error: "), fix.removeprefix("  fix: ")


@JSON
@pytest.mark.parametrize(
    ("pair", "happened", "to_do"),
    [
        (("L-1", "C-1"), "C-1 is a company and L-1 a person: they cannot be one",
         "if L-1 works there, say so: sellhub lead edit L-1 organization_name='Li & Sons'"),
        (("C-1", "C-4"), "C-1 is a company and C-4 a person: they cannot be one",
         "if C-4 works there, say so: sellhub contact edit C-4 company=C-1"),
        (("L-1", "D-1"), "D-1 is a deal: people and companies are merged, deals are not",
         "give a deal to another contact: sellhub deal edit D-1 contact=C-1"),
        (("L-1", "L-1"), "L-1 cannot be merged with itself",
         "name two records; who may be one with it: sellhub lead why L-1"),
        (("L-4", "L-1"), "L-4 was converted; its person is a contact now",
         "see which: sellhub lead show L-4; or take it back: sellhub lead unconvert L-4"),
        (("L-1", "L-99"), "there is no lead L-99", "sellhub lead list"),
        (("L-1", "1"), "'1' names no record", "write it with its letter: L-17 for a lead, C-4 for a contact"),
        (("L-1", "C-4", "--keep", "L-1"),
         "L-1 is a lead and C-4 a contact: the contact stays, the lead becomes part of it",
         "--keep C-4, or leave --keep out"),
    ],
)  # fmt: skip
def test_a_merge_that_cannot_be(
    shell: Shell, how: tuple[str, ...], pair: tuple[str, ...], happened: str, to_do: str
) -> None:
    """Across record types, with itself, of what is there no more."""
    assert refused(shell, "dup", "merge", *pair, *how) == (happened, to_do)


@JSON
def test_a_merge_of_one_that_is_merged(shell: Shell, how: tuple[str, ...]) -> None:
    """By its old name, or the same two once more: the one that stands is named."""
    assert shell("dup", "merge", "L-1", "L-2").code == 0
    for pair in (("L-2", "L-3"), ("L-3", "L-2"), ("L-1", "L-2")):
        assert refused(shell, "dup", "merge", *pair, *how) == ("L-2 was merged into L-1", "sellhub lead show L-1")


@JSON
@pytest.mark.parametrize(
    ("what", "happened", "to_do"),
    [
        ("L-3", "L-3 was never merged by hand with another one", "sellhub lead why L-3"),
        ("C-1", "C-1 was never merged by hand with another one", "sellhub contact why C-1"),
        ("7", "there is no merge 7", "sellhub dup list --state merged"),
        ("D-1", "D-1 is a deal: people and companies are merged, deals are not", "sellhub deal edit D-1 contact=C-1"),
        ("L-99", "there is no lead L-99", "sellhub lead list"),
    ],
)
def test_an_unmerge_of_what_was_never_merged(
    shell: Shell, how: tuple[str, ...], what: str, happened: str, to_do: str
) -> None:
    """It is told where to look for what joined it, if anything did."""
    error, fix = refused(shell, "dup", "unmerge", what, *how)
    assert error == happened
    assert to_do in fix


@JSON
def test_an_unmerge_done_twice(shell: Shell, how: tuple[str, ...]) -> None:
    """The second of two people is told that it was done, by whom."""
    assert shell("dup", "merge", "L-1", "L-2").code == 0
    assert shell("dup", "unmerge", "1", "--by", "bo@example.com").code == 0
    error, fix = refused(shell, "dup", "unmerge", "1", *how)
    assert error.startswith("merge 1 was taken back before, by bo@example.com at 20")
    assert fix == "nothing to do; to see the two: sellhub dup list --state never --of person"


@JSON
@pytest.mark.parametrize(
    ("first", "second", "said", "back"),
    [
        ("merge", "never", "they are one", "sellhub dup unmerge L-1"),
        ("merge", "merge", "they are one", "sellhub dup unmerge L-1"),
        ("never", "merge", "they are two", "sellhub dup merge L-1 L-2"),
    ],
)
def test_a_review_answered_twice_by_two_people(
    shell: Shell, how: tuple[str, ...], first: str, second: str, said: str, back: str
) -> None:
    """The second hears what the first said, and by which command it is taken back."""
    assert shell("dup", first, "1", "--by", "bo@example.com").code == 0
    error, fix = refused(shell, "dup", second, "1", *how)
    assert error.startswith("question 1 was answered before: bo@example.com said at 20")
    assert error.endswith(f"that {said}")
    assert fix == f"nothing to do; if that was wrong: {back}"


@JSON
def test_two_who_say_no_agree(shell: Shell, how: tuple[str, ...]) -> None:
    """That is no conflict; who said it first stands."""
    assert shell("dup", "never", "1", "--by", "bo@example.com").code == 0
    assert shell("dup", "never", "1", *how).code == 0
    assert [pair["decided_by"] for pair in shell("dup", "list", "--state", "never", "--json").json()] == [
        "bo@example.com"
    ]


@JSON
@pytest.mark.parametrize("command", [("list",), ("show", "1"), ("merge", "1"), ("sweep",), ("unmerge", "L-1")])
def test_a_tuned_model_that_is_not_right(shell: Shell, how: tuple[str, ...], command: tuple[str, ...]) -> None:
    """A level that is missing, a weight out of range, one that is not known: all named at once, by every command."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert shell("dup", "merge", "L-3", "C-4").code == 0  # something to take back
    text = text.replace("nickname = 11.0\n", "", 1).replace("swapped = 12.0", "swapped = 55.0", 1)
    text = text.replace("[person.title]\n", "[person.title]\nnearly = 3.0\n").replace("merge = 6.0", "merge = 3.0", 1)
    (shell.home / "matching.toml").write_text(text, encoding="utf-8")
    words = ("unmerge", "C-4") if command[0] == "unmerge" else command
    error, fix = refused(shell, "dup", *words, *how)
    assert error.startswith(f"{shell.home / 'matching.toml'}: the matching model is not right: ")
    for fault in (
        "person.name.swapped: 55.0 is neither bits from -40 to 40 nor {agrees, most}",
        "person.name.nickname: missing",
        "person.title.nearly: no such level",
        "person.merge 3.0 lies below person.review 4.0",
    ):
        assert fault in error
    assert fix == "docs/matching.md has every level"


@JSON
def test_a_key_that_suddenly_covers_half_the_store(shell: Shell, how: tuple[str, ...]) -> None:
    """It brings nobody together, no sync slows down by it, what was asked by it says less; a sweep tells of it."""
    lines = [f"{n},Given{n},Sur{n},p{n}@x{n}.example,+14155550100," for n in range(10, 110)]
    before = shell("dup", "show", "1", "--json").json()["bits"]
    assert shell("import", shell.sheet("flood.csv", COLUMNS, *lines), "--source", "flood").code == 0
    assert shell("dup", "list", "--json").json()[0]["id"] == 1
    assert shell("dup", "show", "1", "--json").json()["bits"] < before - 4
    told = shell("dup", "sweep", *how)
    assert told.code == 0
    if how:
        (crowd,) = told.json()["crowds"]
        assert (crowd["kind"], crowd["value"], crowd["bearers"]) == ("phone", "155550100", 103)
    else:
        assert "phone 155550100 is borne by 103 people: it brings nobody together any more" in told.out
        assert "where a source puts it in by mistake, leave it out in its mapping" in told.out
