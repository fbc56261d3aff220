"""Somebody asks to be forgotten: nothing of them is left in the hub, and no sync brings them back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub import activities
from hub.adding import Adding, add
from hub.deal_moving import To, move
from hub.editing import Editing, edit
from hub.forgetting import allow, forget, forgotten_since
from hub.importing import Import, import_file
from hub.merging import merge
from hub.opening import Hub
from sell_model.errors import SetupError
from tests.conversion.world import ANN, TOML, WITH_DEAL, breaches, convert
from tests.hub.test_review_helpers import contact, deal, rows, run

COLUMNS = "id,First Name,Last Name,Email,Phone,Company Name,Description"
WANDA = "1,Wilma,Quist,wilma.quist@quist.example,+14155550188,Quist Ltd,calls on Mondays"
BO = "2,Bo,Sun,bo@sun.example,,Sun,met Wilma Quist (wilma.quist@quist.example) at the fair"
TRACES = ("wilma", "quist", "5550188", "mondays")
"""What must be found nowhere afterwards, whatever its case."""


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)


def leads(hub: Hub, folder: Path, *lines: str, name: str = "leads.csv") -> dict[str, int]:
    """Import leads; gives the counts."""
    path = folder / name
    path.write_text("\n".join((COLUMNS, *lines)) + "\n", encoding="utf-8")
    counts = import_file(hub, Import(path, pool="Inbound"))[0].counts
    path.unlink()
    return counts.to_json()


def traces(hub: Hub, folder: Path, *but: str) -> list[str]:
    """What is left of Wilma: in the bytes of every file of the hub's home, and in every table."""
    found = []
    if hub.store.is_sqlite:
        hub.store.rewrite()
        hub.store.empty_log()
        for file in folder.iterdir():
            if file.is_file() and file.name != "hub.toml":
                text = file.read_bytes().lower()
                found += [f"{file.name}: {trace}" for trace in TRACES if trace not in but and trace.encode() in text]
    else:
        for (table,) in rows(hub, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            told = str(rows(hub, f'SELECT * FROM "{table}"')).lower()
            found += [f"{table}: {trace}" for trace in TRACES if trace not in but and trace in told]
    return found


def test_nothing_is_left_and_nothing_comes_back(hub: Hub, tmp_path: Path) -> None:
    """Lead, edits, notes, calls, journal, keys, payloads; what others say of her too."""
    leads(hub, tmp_path, WANDA, BO)
    edit(hub, Editing("lead", 1, {"title": "Chief of Quist"}), by=ANN)
    activities.add(hub, "note", {"content": "Wilma likes tea"}, ("lead", 1), by=ANN)
    activities.add(hub, "note", {"content": "knows Wilma Quist, +1 (415) 555-0188"}, ("lead", 2), by=ANN)
    activities.add(hub, "call", {"phone_number": "+14155550188"}, ("lead", 1), by=ANN)
    leads(hub, tmp_path, WANDA.replace("Mondays", "Tuesdays, not Mondays"), BO)
    assert traces(hub, tmp_path)
    told = forget(hub, ("lead", 1), by=ANN)
    assert (told.records, told.sources) == (["L-1"], ["csv.lead"])
    assert traces(hub, tmp_path) == []
    assert breaches(hub) == []
    assert rows(hub, "SELECT description FROM lead WHERE id = 2") == [("met (forgotten) ((forgotten)) at the fair",)]
    assert leads(hub, tmp_path, WANDA)["skipped"] == 1
    assert leads(hub, tmp_path, WANDA.replace("1,Wilma", "77,W."), name="other.csv")["skipped"] == 1
    assert traces(hub, tmp_path) == []
    assert leads(hub, tmp_path, BO)["unchanged"] == 1


def test_a_dry_run_tells_and_does_nothing(hub: Hub, tmp_path: Path) -> None:
    """What would go is counted."""
    leads(hub, tmp_path, WANDA, BO)
    told = forget(hub, ("lead", 1), by=ANN, dry_run=True)
    assert told.records == ["L-1"]
    assert told.removed["source_record"] == 1
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(2,)]
    assert leads(hub, tmp_path, WANDA)["unchanged"] == 1


def test_a_contact_with_deals_stays_nameless(hub: Hub, tmp_path: Path) -> None:
    """The money is the firm's, and reports go on adding up."""
    leads(hub, tmp_path, WANDA, BO)
    made = convert(hub, 1, WITH_DEAL)
    move(hub, made.deal or 0, To(outcome="won"))
    before = rows(hub, "SELECT COUNT(*), SUM(value_minor) FROM v_deals")
    told = forget(hub, ("contact", made.person or 0), by=ANN)
    assert told.nameless == [f"C-{made.person}"]
    assert rows(hub, "SELECT COUNT(*), SUM(value_minor) FROM v_deals") == before
    assert rows(hub, f"SELECT name, email FROM contact WHERE id = {made.person}") == [("(forgotten)", None)]
    assert traces(hub, tmp_path, "quist") == [], "the company Quist Ltd is no person"
    assert breaches(hub) == []


def test_those_merged_into_one_are_forgotten_with_it(hub: Hub, tmp_path: Path) -> None:
    """The loser keeps its row for unmerging: that goes too."""
    leads(hub, tmp_path, WANDA, "3,Wilmamaria,Quist-Olsen,w@olsen.example,,,")
    merge(hub, ("lead", 1), ("lead", 2), by=ANN)
    assert forget(hub, ("lead", 1), by=ANN).records == ["L-1", "L-2"]
    assert traces(hub, tmp_path) == []
    assert rows(hub, "SELECT COUNT(*) FROM merge") == [(0,)]


def test_a_deal_of_others_that_names_her_is_masked_when_it_comes_again(hub: Hub, tmp_path: Path) -> None:
    """Its payload bears her address at the source, now and for ever."""
    her = contact("1", "Wilma", "Quist", "wilma.quist@quist.example")
    run(hub, {"contacts": [her, contact("2", "Bo", "Sun", "bo@sun.example")]})
    about = deal("9", "Deal of wilma.quist@quist.example", ["2"])
    run(hub, {"deals": [about]})
    forget(hub, ("lead", 1), by=ANN)
    assert traces(hub, tmp_path) == []
    changed = deal("9", "Deal of wilma.quist@quist.example", ["2"], amount="7")
    run(hub, {"deals": [changed], "contacts": [her]})
    assert traces(hub, tmp_path) == []


def test_whoever_wants_back_is_let_back(hub: Hub, tmp_path: Path) -> None:
    """By their own wish, said by somebody."""
    leads(hub, tmp_path, WANDA)
    forget(hub, ("lead", 1), by=ANN)
    assert forgotten_since(hub, "Wilma.Quist@quist.example") is not None
    with pytest.raises(SetupError, match="was forgotten on") as error:
        add(hub, Adding("lead", {"last_name": "Quist", "email": "wilma.quist@quist.example"}), by=ANN)
    assert "sellhub forgotten allow" in error.value.fix
    allow(hub, "wilma.quist@quist.example", by=ANN)
    add(hub, Adding("lead", {"last_name": "Quist", "email": "wilma.quist@quist.example"}), by=ANN)
    with pytest.raises(SetupError, match="nobody of this address"):
        allow(hub, "nobody@x.example", by=ANN)


@pytest.mark.parametrize(
    ("place", "says"),
    [(("lead", 9), "there is no lead L-9"), (("deal", 1), "is a deal"), (("contact", 1), "is a company")],
)
def test_only_people_are_forgotten(hub: Hub, tmp_path: Path, place: tuple[str, int], says: str) -> None:
    """With what to do in its place."""
    leads(hub, tmp_path, WANDA)
    made = convert(hub, 1, WITH_DEAL)
    place = ("contact", made.company or 0) if place[0] == "contact" else place
    with pytest.raises(SetupError, match=says) as error:
        forget(hub, place, by=ANN)  # type: ignore[arg-type]
    assert error.value.fix
