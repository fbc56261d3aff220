"""Matching at scale, at once, and with odd records: what a reviewer tried to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.at_once import import_at_once, write_people
from hub.dup_desk import answer_never
from hub.dup_listing import listed
from hub.dup_sweeping import sweep
from hub.key_keeping import renew_keys
from hub.opening import Hub, open_hub
from hub.rekeying import rekey
from storage import identity, states
from storage.hot import Writer
from tests.conversion.world import ANN, TOML, breaches, bring, lead_row
from tests.hub.test_review_helpers import contact, customer, gone, rows, run


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)


def keys(hub: Hub) -> list[tuple[Any, ...]]:
    """All keys and profiles."""
    told = rows(hub, "SELECT source_record_id, key, identity_id FROM match_key ORDER BY 1, 2")
    return told + rows(hub, "SELECT source_record_id, sort, identity_id, data FROM profile ORDER BY 1, 2, 3")


def test_keys_made_anew_are_those_that_a_sync_makes(hub: Hub, tmp_path: Path) -> None:
    """Of people, customers, companies, what is gone, held, merged: a hub made by an older version is as any other."""
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "ann@one.example", "One"))
    script = {
        "contacts": [
            contact("1", "Bo", "Sun", "bo@sun.example"),
            customer("2", "Cy", "Dee", "cy@dee.example", company="Dee"),
            contact("3", "Ed", "Fox", "ed@fox.example"),
            contact("4", "Gil", "Hay", "gil@hay.example"),
            contact("5", "Ida", "Jo", "ida@jo.example"),
        ]
    }
    run(hub, script)
    run(hub, {"contacts": [gone("3"), gone("4", "merged", "1"), contact("5", "Ida", "Jo", "x", hs_lead_status="?!")]})
    before = keys(hub)
    with hub.store.write() as db:
        ids = [row[0] for row in db.select("SELECT id FROM source_record ORDER BY id")]
        renew_keys(db, ids)
    assert keys(hub) == before


def test_a_hub_of_the_schema_before_gets_its_keys(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle it goes on where it was; two processes that open it at once come to the same."""
    bring(hub, tmp_path, *(lead_row(n, f"Ann{n}", f"Li{n}", f"ann{n}@one.example", "One") for n in range(1, 60)))
    before = keys(hub)
    with hub.store.write() as db:
        db.execute("DELETE FROM profile")
        db.execute("UPDATE match_key SET key = key + 1")
        states.set_state(db, "keys", None)
    monkeypatch.setattr("hub.rekeying._PORTION", 20)
    count = [0]
    replacing = identity.replace_keys

    def killed(*args: Any) -> None:
        count[0] += 1
        if count[0] == 2:
            raise KeyboardInterrupt
        replacing(*args)

    monkeypatch.setattr(identity, "replace_keys", killed)
    with pytest.raises(KeyboardInterrupt):
        rekey(hub)
    rekey(hub)
    assert keys(hub) == before
    assert count[0] == 2 + 3


def test_two_processes_bring_the_same_new_people_at_once(hub: Hub, tmp_path: Path) -> None:
    """As many people in the end as there are."""
    count = 1_500
    write_people(tmp_path, count)
    assert import_at_once(tmp_path) == {"['done']"}
    assert rows(hub, "SELECT COUNT(*) FROM person WHERE merged_into IS NULL") == [(count,)]
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(count,)]
    assert breaches(hub) == []


ODD = [
    ("", "", "only@mail.example"),
    ("", "X", ""),
    ("A", "B", ""),
    ("😀", "😀😀", "smile@x.example"),
    ("أحمد", "عبد الله", ""),
    ("娜", "欧阳", "ouyang.na@x.example"),
    ("Jr", "Jr", ""),
    ("von", "de la", ""),
    ("Mr", "Dr", ""),
    ("O'", "’", ""),
    ("...", "---", "a@b"),
    ("A" * 300, "B" * 300, ""),
    ("İ", "ß", "İ@ß.example"),
    ("\u202e abc", "\u200b", ""),
]


def test_odd_names_are_somebody_each(hub: Hub, tmp_path: Path) -> None:
    """Nobody of them is another one, and the same file again is nobody new."""
    people = [contact(str(n), first, last, email) for n, (first, last, email) in enumerate(ODD)]
    first = run(hub, {"contacts": people})["contacts"].counts.to_json()
    assert first["created"] + first["held"] == len(people)
    again = run(hub, {"contacts": people}, source="erp")["contacts"].counts.to_json()
    assert again["failed"] == 0
    sweep(hub, by=ANN)
    assert breaches(hub) == []


def test_a_company_that_half_the_store_works_for(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch reads and compares stays bounded, however many records name their company."""
    header = "id,First Name,Last Name,Email,Company"
    from hub.importing import Import, import_file

    def bring_people(first: int, last: int) -> None:
        lines = [f"{n},Fa{n}b,La{n}c,p{n}@x{n}.example,Big Corp" for n in range(first, last)]
        (tmp_path / "many.csv").write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
        import_file(hub, Import(tmp_path / "many.csv", kind="contact"))

    bring_people(0, 3_000)
    assert rows(hub, "SELECT COUNT(*) FROM company") == [(1,)]
    read = [0]
    reading = identity.profiles

    def counted(*args: Any) -> list[identity.ProfileRow]:
        found = reading(*args)
        read[0] += len(found)
        return found

    monkeypatch.setattr(identity, "profiles", counted)
    bring_people(3_000, 3_010)
    assert rows(hub, "SELECT COUNT(*) FROM company") == [(1,)]
    assert read[0] < 200


def test_never_holds_when_the_source_merges_one_of_them(hub: Hub) -> None:
    """A is never B, and B becomes C at its source: C is not A either."""
    people = [
        contact("1", "Ann", "Li", "ann@one.example", phone="+14155550188"),
        contact("2", "Bo", "Sun", "bo@sun.example"),
        contact("3", "Cy", "Dee", "cy@dee.example"),
    ]
    run(hub, {"contacts": people})
    answer_never(hub, (("lead", 1), ("lead", 2)), by=ANN)
    run(hub, {"contacts": [gone("2", "merged", "3")]})
    both = contact("3", "Ann", "Li", "ann@one.example", phone="+14155550188")
    run(hub, {"contacts": [both]})
    assert listed(hub) == []
    assert sweep(hub, merging=True, by=ANN).merged == 0


def test_pages_of_questions_leave_none_out(hub: Hub, tmp_path: Path) -> None:
    """Also those of equal bits, and when the last of a page was answered meanwhile."""
    from storage import duplicates

    bring(hub, tmp_path, *(lead_row(n, f"Ann{n}", f"Li{n}", f"ann{n}@one.example") for n in range(1, 31)))
    with hub.store.write() as db:
        pairs = [duplicates.Asked("person", n, n + 1, 10.0 + n % 3, "", ()) for n in range(1, 30)]
        duplicates.ask(db, pairs, 1, hub.now())
    seen: list[int] = []
    while page := listed(hub, limit=4, after=seen[-1] if seen else None):
        seen += [pair.row.id for pair in page]
        answer_never(hub, seen[-1], by=ANN)
    assert len(seen) == len(set(seen)) == 29


def test_opening_an_unmerged_hub_twice_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    """What is up to date costs one read."""
    bring(hub, tmp_path, lead_row(1, "Ann", "Li", "ann@one.example"))
    written = [0]
    plain = Writer.upsert

    def counted(self: Writer, *args: Any) -> None:
        written[0] += 1
        plain(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "upsert", counted)
        with open_hub(tmp_path):
            pass
    assert written[0] == 0
