"""The list of questions and one question shown tell the same, whatever became of the two since they were asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import dup_listing
from hub.dup_desk import explain
from hub.editing import Editing, edit
from hub.importing import Import, import_file
from hub.matching_model import shipped_model
from hub.merging import merge
from hub.opening import Hub
from hub.pair_weighing import weigh_pair, weigh_pairs
from tests.console import Shell
from tests.conversion.world import ANN, HEADER, TOML, lead_row
from tests.hub.test_review_helpers import rows

COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name,City"
ROBERT = "1,Robert,Cole,,+14155550100,Acme,"
BOB = "2,Bob,Cole,,+14155550100,,"


def bring(hub: Hub, folder: Path, *lines: str) -> None:
    """Import people with their phones, again and again from one file."""
    path = folder / "people.csv"
    path.write_text("\n".join((COLUMNS, *lines)) + "\n", encoding="utf-8")
    import_file(hub, Import(path, pool="Inbound"))


def both(hub: Hub) -> list[tuple[Any, Any]]:
    """What the list says of each question, and what it says shown by itself."""
    return [
        ({k: told[k] for k in ("bits", "probability", "guard", "would")}, _shown(hub, told["id"]))
        for told in (pair.to_json() for pair in dup_listing.listed(hub))
    ]


def _shown(hub: Hub, id_: int) -> dict[str, Any]:
    told = explain(hub, id_).to_json()
    return {name: told[name] for name in ("bits", "probability", "guard", "would")}


def same(hub: Hub) -> dict[str, Any]:
    """The first question, once all are told alike."""
    pairs = both(hub)
    assert [listed for listed, _ in pairs] == [shown for _, shown in pairs]
    return pairs[0][0] if pairs else {}


def test_list_and_show_say_one_thing_whatever_changes(hub: Hub, tmp_path: Path) -> None:
    """A side learns an address, gets an employer, is merged with a third, the store grows."""
    bring(hub, tmp_path, ROBERT, BOB)
    asked = same(hub)
    bring(hub, tmp_path, ROBERT, "2,Bob,Cole,bob@acme.example,+14155550100,Acme,")
    changed = same(hub)
    assert changed["bits"] != asked["bits"]
    bring(hub, tmp_path, *(f"{n},Given{n},Sur{n},p{n}@x{n}.example,+14155550100,," for n in range(10, 50)))
    grown = same(hub)
    assert grown["bits"] < changed["bits"], "a phone of forty says less"
    third = rows(hub, "SELECT MIN(id) FROM lead WHERE email LIKE 'p%'")[0][0]
    merge(hub, ("lead", 1), ("lead", third), by=ANN)
    same(hub)
    edit(hub, Editing("lead", 1, {"first_name": "Roberta"}), by=ANN)
    same(hub)


NAMES = st.sampled_from(["Robert", "Bob", "Rob", "Roberta", "Ann", ""])
LINES = st.tuples(
    NAMES,
    st.sampled_from(["Cole", "Coles", "Li"]),
    st.sampled_from(["", "r.cole@acme.example", "bob@x.example"]),
    st.sampled_from(["", "+14155550100", "+14155550101"]),
    st.sampled_from(["", "Acme", "Acme Inc"]),
    st.sampled_from(["", "Rome"]),
)


@given(many=st.lists(LINES, min_size=2, max_size=12), sets=st.integers(1, 3))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_weighed_at_once_weigh_what_each_weighs_alone(
    many: list[tuple[str, ...]], sets: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One read for a page: the figures are those of a pair by itself, to the last bit."""
    from hub.opening import open_hub

    home = tmp_path_factory.mktemp("home")
    (home / "hub.toml").write_text(TOML, encoding="utf-8")
    with open_hub(home) as hub:
        for part in range(sets):
            bring(hub, home, *(",".join((str(n), *each)) for n, each in enumerate(many[part:])))
        ids = [id_ for (id_,) in rows(hub, "SELECT id FROM person ORDER BY id")]
        pairs = [(one, other) for one in ids for other in ids if one < other]
        with hub.store.read() as db:
            found = weigh_pairs(db, shipped_model(), "person", pairs)
            assert found == {pair: weigh_pair(db, shipped_model(), "person", *pair) for pair in pairs}
        same(hub)


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A hub with two who may be one, at the command line."""
    assert shell("import", shell.sheet("people.csv", COLUMNS, ROBERT, BOB), "--pool", "Inbound").code == 0
    return shell


def odds(shell: Shell) -> tuple[str, str]:
    """The probability in the list, and the one that `dup show` prints."""
    line = shell("dup", "list").out.splitlines()[1]
    shown = shell("dup", "show", "1").out.partition("probability ")[2].partition(";")[0]
    return next(word for word in line.split() if word.endswith("%")), shown


def test_the_same_words_too(shell: Shell) -> None:
    """Rounded alike; nothing but certainty is 100 %."""
    assert odds(shell) == ("99.89%", "99.89%")
    grown = [f"{n},Given{n},Sur{n},p{n}@x{n}.example,+14155550100,," for n in range(10, 40)]
    assert shell("import", shell.sheet("people.csv", COLUMNS, ROBERT, BOB, *grown), "--pool", "Inbound").code == 0
    listed, shown = odds(shell)
    assert listed == shown != "99.89%"


def test_a_question_that_is_settled_by_now_says_what_a_sweep_would_do(shell: Shell) -> None:
    """Both bear one address since: sure. One is somebody else since: no sync would ask."""
    sure = (ROBERT.replace(",,+", ",cole@cole.example,+"), BOB.replace(",,+", ",cole@cole.example,+"))
    assert shell("import", shell.sheet("people.csv", COLUMNS, *sure), "--pool", "Inbound").code == 0
    assert [pair["would"] for pair in shell("dup", "list", "--json").json()] == ["merge"]
    assert "sure by now: dup sweep --merge makes them one" in shell("dup", "list").out
    assert "sure by now" in shell("dup", "show", "1").out
    other = (ROBERT, "2,Mary,Dean,mary@dean.example,,Dean Ltd,Paris")
    assert shell("import", shell.sheet("people.csv", COLUMNS, *other), "--pool", "Inbound").code == 0
    assert "too little by now: no sync would ask" in shell("dup", "list").out
    assert shell("dup", "sweep", "--merge", "--json").json()["merged"] == 0
    assert shell("import", shell.sheet("people.csv", COLUMNS, *sure), "--pool", "Inbound").code == 0
    assert shell("dup", "sweep", "--merge", "--json").json()["merged"] == 1


def test_what_was_answered_is_told_as_it_was_asked(shell: Shell) -> None:
    """Two that are one are not weighed against themselves; one that nobody asked about has no odds."""
    li = shell.sheet("li.csv", HEADER, lead_row(9, "Ann", "Li", "ann@li.example"))
    assert shell("import", li, "--source", "x").code == 0
    assert shell("dup", "merge", "1").code == 0
    assert shell("dup", "merge", "L-1", "L-3").code == 0
    asked, never_asked = sorted(shell("dup", "list", "--state", "merged", "--json").json(), key=lambda pair: pair["id"])
    assert (asked["probability"] > 0.998, asked["would"]) == (True, None)
    assert (never_asked["probability"], never_asked["bits"]) == (None, None)
    shown = shell("dup", "show", "1")
    assert "probability" not in shown.out
    assert "merged, said by ann@example.com" in shown.out


def test_a_page_has_at_least_one(shell: Shell) -> None:
    """No page of nothing, nor one of everything."""
    for limit in ("0", "-1"):
        refused = shell("dup", "list", "--limit", limit)
        assert (refused.code, refused.out) == (1, "")
        assert "at least one pair is listed" in refused.err


def test_more_in_question_than_the_model_aims_at_is_said(shell: Shell) -> None:
    """`review_share` is an aim: whoever tunes the lines is told when it is missed; a script reads the pairs alone."""
    lines = [
        line
        for n in range(0, 120, 2)
        for line in (
            f"{n},Robert,Co{chr(97 + n % 26)}{n}le,,+1415555{1000 + n},,",
            f"{n + 1},Bob,Co{chr(97 + n % 26)}{n}le,,+1415555{1000 + n},,",
        )
    ]
    assert shell("import", shell.sheet("many.csv", COLUMNS, *lines), "--pool", "Inbound", "--source", "fair").code == 0
    told = shell("dup", "list")
    assert "61 of the 122 records of people that came last are in question, 50%; the model aims at 8%" in told.err
    assert "aims at" not in told.out
    assert len(shell("dup", "list", "--limit", "100", "--json").json()) == 61
