"""Forgetting: what a reviewer tried to leave behind, to bring back, or to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub import activities, batching
from hub.editing import Editing, edit
from hub.forgetting import allow, forget
from hub.forgotten_records import ForgottenRecords
from hub.importing import Import, import_file
from hub.merging import merge
from hub.opening import Hub, prepare
from hub.runs import Options
from hub.undo import undo_run
from storage.hot import Writer
from tests.conversion.world import ANN, TOML, breaches, bring, lead_row
from tests.forgetting.test_forgetting import BO, WANDA, leads, traces
from tests.hub.test_review_helpers import contact, deal, rows, run


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)


def holds(hub: Hub, *texts: str) -> list[str]:
    """In which tables one of these texts stands, whatever its case."""
    from storage.tables import metadata

    found = []
    for table in metadata.tables:
        told = str(rows(hub, f'SELECT * FROM "{table}"')).casefold()
        found += [f"{table}: {text}" for text in texts if text.casefold() in told]
    return found


def test_what_is_called_as_the_person_is_called(hub: Hub, tmp_path: Path) -> None:
    """A tag, a deal, a company of the very name: columns that may not be empty, or must differ."""
    leads(hub, tmp_path, WANDA, BO, "3,Wim,Quest,wim@quest.example,,,")
    for tag in ("Wilma Quist", "Wim Quest"):
        edit(hub, Editing("lead", 2, {}, add_tags=[tag]), by=ANN)
    run(hub, {"deals": [deal("1", "Wilma Quist", amount="5"), deal("2", "Wim Quest", amount="6")]}, pool=None)
    forget(hub, ("lead", 1), by=ANN)
    forget(hub, ("lead", 3), by=ANN)
    assert traces(hub, tmp_path) == []
    assert holds(hub, "wim quest", "wim@quest") == []
    assert breaches(hub) == []


def test_a_user_of_the_hub_who_is_a_lead_too_keeps_the_account(hub: Hub, tmp_path: Path) -> None:
    """Bo tried the form himself: his login, and what he did at work, are not the lead's."""
    leads(hub, tmp_path, "1,Bo,Park,bo@example.com,,,")
    forget(hub, ("lead", 1), by=ANN)
    assert rows(hub, 'SELECT email, name FROM "user" ORDER BY id') == [
        ("ann@example.com", "Ann Lee"),
        ("bo@example.com", "Bo Park"),
    ]
    leads(hub, tmp_path, "2,Cy,Dee,cy@dee.example,,,", name="other.csv")
    assert breaches(hub) == []


def test_capitals_beyond_ascii(hub: Hub, tmp_path: Path) -> None:
    """SQLite folds the case of a to z alone."""
    leads(hub, tmp_path, "1,Özlem,Çağlar,ozlem@c.example,,,", "2,Bo,Sun,bo@sun.example,,,met ÖZLEM ÇAĞLAR there")
    forget(hub, ("lead", 1), by=ANN)
    assert holds(hub, "özlem", "ÖZLEM", "çağlar", "ÇAĞLAR") == []


@pytest.mark.parametrize("written", ["01 23 45 67 89", "+33 1 23 45 67 89", "0033.1.23.45.67.89", "01 23 456 789"])
def test_numbers_in_pairs(hub: Hub, tmp_path: Path, written: str) -> None:
    """As the French write them; a probe of four digits in a row finds none of it."""
    leads(hub, tmp_path, "1,Zoé,Petit-Jean,zoe@c.example,+33123456789,,", f"2,Bo,Sun,bo@sun.example,,,call {written}!")
    forget(hub, ("lead", 1), by=ANN)
    assert "(forgotten)" in rows(hub, "SELECT description FROM lead WHERE id = 2")[0][0]
    assert holds(hub, written) == []


def test_somebody_of_many_addresses(hub: Hub, tmp_path: Path) -> None:
    """Many records were one: what is looked for is no longer than a database can take."""
    count = 40
    lines = [f"{n},Nam{n:02}xa,Sur{n:02}xa,many{n}@m{n}.example,+1415555{n:04}," for n in range(1, count + 1)]
    leads(hub, tmp_path, *(f"{line}," for line in lines), BO.replace("2,Bo", "99,Bo"))
    for n in range(2, count + 1):
        merge(hub, ("lead", 1), ("lead", n), by=ANN)
    assert len(forget(hub, ("lead", 1), by=ANN).records) == count
    assert holds(hub, "many3@", "sur03xa") == []


def test_whoever_is_let_back_comes_back_with_what_was_kept_out_since(hub: Hub, tmp_path: Path) -> None:
    """A record that was refused since is theirs as well."""
    leads(hub, tmp_path, WANDA)
    forget(hub, ("lead", 1), by=ANN)
    line = WANDA.replace("1,Wilma", "77,Wilma")
    assert leads(hub, tmp_path, line, name="other.csv")["skipped"] == 1
    allow(hub, "wilma.quist@quist.example", by=ANN)
    assert leads(hub, tmp_path, line, name="other.csv")["created"] == 1
    assert rows(hub, "SELECT COUNT(*) FROM suppression") == [(0,)]


def test_forgotten_while_a_batch_is_under_way(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch looked for who is forgotten before; it must not write her back."""
    leads(hub, tmp_path, WANDA, BO)
    mapped, pending = batching._map, [True]

    def maps(*args: Any) -> None:
        mapped(*args)
        if pending:
            pending.clear()
            forget(hub, ("lead", 1), by=ANN)

    monkeypatch.setattr(batching, "_map", maps)
    leads(hub, tmp_path, WANDA.replace("Mondays", "Sundays"), "9,Ed,Fox,ed@fox.example,,,")
    assert traces(hub, tmp_path) == []
    assert rows(hub, "SELECT email FROM v_leads ORDER BY 1") == [("bo@sun.example",), ("ed@fox.example",)]
    assert breaches(hub) == []


def test_one_allowed_and_another_forgotten_within_a_run(hub: Hub, tmp_path: Path) -> None:
    """As many hashes as before are not the same hashes."""
    leads(hub, tmp_path, "1,Aa,Bbbbb,aa@bbbbb.example,,,", "2,Cc,Ddddd,cc@ddddd.example,,,")
    forget(hub, ("lead", 1), by=ANN)
    looking = ForgottenRecords("csv", "lead")
    with hub.store.read() as db:
        looking.read(db)
    allow(hub, "aa@bbbbb.example", by=ANN)
    forget(hub, ("lead", 2), by=ANN)
    before = looking._hashes
    with hub.store.read() as db:
        looking.read(db)
        (count,) = db.select("SELECT COUNT(*) FROM suppression")[0]
    assert len(before) == count
    assert looking._hashes != before


def test_what_was_noted_and_changed_goes_with_its_history(hub: Hub, tmp_path: Path) -> None:
    """A note about her need not name her; what it said before stands in the journal."""
    leads(hub, tmp_path, WANDA)
    note = activities.add(hub, "note", {"content": "is fond of gardening"}, ("lead", 1), by=ANN)
    activities.remove(hub, "note", note["id"], by=ANN)
    forget(hub, ("lead", 1), by=ANN)
    assert holds(hub, "gardening") == []
    assert breaches(hub) == []


def test_an_undo_of_the_runs_before_brings_nothing_back(hub: Hub, tmp_path: Path) -> None:
    """Merges, edits, imports: their undo finds nothing of her."""
    first = bring(hub, tmp_path, lead_row(1, "Wilma", "Quist", "wilma.quist@quist.example", "Quist Ltd"))
    second = bring(hub, tmp_path, lead_row(1, "Wilma", "Quist", "wilma.quist@quist.example", "Quist Two", title="x"))
    third = bring(hub, tmp_path, lead_row(2, "Other", "Quist", "wq@quist.example", ""), source="crm")
    for name in ("csv.csv", "crm.csv"):
        (tmp_path / name).unlink()
    (other,) = rows(hub, "SELECT MAX(id) FROM lead")[0]
    merge(hub, ("lead", 1), ("lead", other), by=ANN)
    forget(hub, ("lead", 1), by=ANN)
    for run_id in (third, second, first):
        undo_run(hub, run_id)
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(0,)]
    assert traces(hub, tmp_path, "mondays") == []
    assert breaches(hub) == []


def test_every_source_read_again_brings_nothing_back(hub: Hub, tmp_path: Path) -> None:
    """Her own record elsewhere, a deal that she is a contact of, a colleague's record that names her."""
    script = {
        "contacts": [
            contact("1", "Wilma", "Quist", "wilma.quist@quist.example", phone="+14155550188"),
            contact("2", "Bo", "Sun", "bo@sun.example", jobtitle="c/o wilma.quist@quist.example"),
        ],
        "deals": [deal("5", "Big one", ["2", "1"], amount="7")],
    }
    run(hub, script)
    run(hub, {"contacts": [contact("9", "W.", "Quist", "Wilma.Quist@quist.example")]}, source="erp")
    lead = rows(hub, "SELECT id FROM v_leads WHERE last_name = 'Quist'")[0][0]
    forget(hub, ("lead", lead), by=ANN)
    for source in ("crm", "erp"):
        run(hub, script, source=source, options=Options(full=True))
        run(hub, {"contacts": [contact("31", "W.", "Quist", "wilma.quist@QUIST.example")]}, source=source)
    assert traces(hub, tmp_path, "mondays") == []
    assert breaches(hub) == []


def test_a_record_of_many_notes(hub: Hub, tmp_path: Path) -> None:
    """What goes by tens of thousands goes in bulk: as many statements as kinds, not as notes."""
    leads(hub, tmp_path, WANDA, BO)
    with hub.store.write() as db:
        ids = list(db.allocate("note", 10_000))
        db.insert(
            "note",
            ("id", "resource_type", "resource_id", "content", "created_at", "updated_at", "version"),
            [(id_, "lead", 1, f"said {id_}", hub.now(), hub.now(), 1) for id_ in ids],
        )
    statements = [0]
    plain = Writer.execute

    def counted(self: Writer, sql: str, row: Any = ()) -> int:
        statements[0] += 1
        return plain(self, sql, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "execute", counted)
        assert forget(hub, ("lead", 1), by=ANN).removed["note"] == 10_000
    assert statements[0] < 2_000


def test_a_namesake_and_a_household_keep_what_is_theirs(hub: Hub, tmp_path: Path) -> None:
    """Another John Smith keeps his name, and the rest of the family its phone."""
    leads(
        hub,
        tmp_path,
        "1,John,Smithson,john@one.example,+14155550188,,",
        "2,John,Smithson,j.s@two.example,+442071838750,Two,",
        "3,Mary,Smithson,mary@one.example,+14155550188,,mother of john@one.example",
    )
    run(hub, {"contacts": [contact("7", "John", "Smithson", "js@three.example", lifecyclestage="customer")]})
    forget(hub, ("lead", 1), by=ANN)
    told = rows(hub, "SELECT first_name, last_name, phone, description FROM v_leads ORDER BY id")
    assert told == [
        ("John", "Smithson", "+442071838750", None),
        ("Mary", "Smithson", "+14155550188", "mother of (forgotten)"),
    ]
    assert rows(hub, "SELECT name FROM v_contacts") == [("John Smithson",)]
    assert leads(hub, tmp_path, "3,Mary,Smithson,mary@one.example,+14155550188,,new")["updated"] == 1
    assert rows(hub, "SELECT phone FROM v_leads WHERE first_name = 'Mary'") == [("+14155550188",)]


DEALS = "id,Name,Amount,Primary Contact,Company"


def bring_deals(hub: Hub, folder: Path, *lines: str) -> None:
    """Import deals that name their contacts."""
    path = folder / "deals.csv"
    path.write_text("\n".join((DEALS, *lines)) + "\n", encoding="utf-8")
    import_file(hub, Import(path, kind="deal"))
    path.unlink()


def test_whom_a_deal_names_is_not_made_again_by_it(hub: Hub, tmp_path: Path) -> None:
    """The deal stays; its row comes again with every file."""
    bring_deals(hub, tmp_path, "1,Big,10,Wilma Quist,Sun", "2,Small,5,Bo Sun,Sun")
    (id_,) = rows(hub, "SELECT id FROM v_contacts WHERE name = 'Wilma Quist'")[0]
    forget(hub, ("contact", id_), by=ANN)
    assert traces(hub, tmp_path) == []
    bring_deals(hub, tmp_path, "1,Big,11,Wilma Quist,Sun", "2,Small,5,Bo Sun,Sun", "3,New,7,Wilma Quist,Sun")
    assert traces(hub, tmp_path) == []
    assert rows(hub, "SELECT name, value_minor FROM v_deals ORDER BY name") == [
        ("Big", 1100), ("New", 700), ("Small", 500),
    ]  # fmt: skip
    assert breaches(hub) == []


@pytest.mark.parametrize("name", ["execute", "update", "many", "select_in"])
def test_killed_at_any_write_it_is_all_there_and_goes_the_next_time(hub: Hub, tmp_path: Path, name: str) -> None:
    """One transaction: nobody is half forgotten."""
    leads(hub, tmp_path, WANDA, BO)
    before = rows(hub, "SELECT id, email, description FROM lead ORDER BY id")
    plain: Callable[..., Any] = getattr(Writer, name)
    for at in range(0, 60, 9):
        left = [at]

        def breaks(self: Writer, *args: Any, left: list[int] = left, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return plain(self, *args, **more)

        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Writer, name, breaks)
                forget(hub, ("lead", 1), by=ANN)
        except KeyboardInterrupt:
            if rows(hub, "SELECT name FROM state WHERE name LIKE 'clearing:%'"):
                prepare(hub)  # the transaction stands; what follows it is finished by whoever opens the hub next
                break
            assert rows(hub, "SELECT id, email, description FROM lead ORDER BY id") == before
        else:
            break
    else:
        forget(hub, ("lead", 1), by=ANN)
    assert traces(hub, tmp_path) == []
    assert breaches(hub) == []
