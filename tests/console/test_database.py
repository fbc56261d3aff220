"""`db`: the schema brought up to date, and what is stored checked for what must always hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.database import examine
from hub.findings import any_failed
from hub.importing import Import, import_file
from hub.opening import Hub
from tests.conftest import OpenHub
from tests.console import PEOPLE, Shell, many_people

DAMAGE = {
    "UPDATE run_stream SET created = created + 1": "sums of runs do not add up: run 1 stream 1",
    "UPDATE run_stream SET held = -1, created = created + 1": "sums of runs do not add up: run 1 stream 1",
    "UPDATE link SET record_id = 999 WHERE source_record_id = 3": "links lead to leads that are not there: 999",
    "UPDATE lead SET person_id = NULL WHERE id = 4": "leads have no person: 4",
    "UPDATE lead SET person_id = 1 WHERE id = 2": "people have two open leads: 1",
    "UPDATE lead SET owner_id = 77 WHERE id = 5": "lead.owner_id names a user that is not there: 5",
    "DELETE FROM source_record WHERE id = 6": "link.source_record_id names a source_record that is not there: 6",
    "UPDATE pool_member SET turns = turns + 2 WHERE place = 0": "pools gave turns unevenly: 1 (Inbound, by 2)",
}


@pytest.fixture
def hub(opened: OpenHub, tmp_path: Path) -> Hub:
    """A hub with ten leads, dealt out to two."""
    hub = opened(PEOPLE)
    import_file(hub, Import(Path(many_people(tmp_path / "ten.csv", 10)), pool="Inbound"))
    return hub


def test_what_an_import_stores_holds_together(hub: Hub) -> None:
    """Every rule, on both databases."""
    findings = examine(hub)

    assert not any_failed(findings)
    assert len(findings) >= 14


@pytest.mark.parametrize(("sql", "said"), DAMAGE.items())
def test_damage_is_found_with_ids_and_a_way_out(hub: Hub, sql: str, said: str) -> None:
    """One damage at a time, and just that one is told."""
    with hub.store.write() as db:
        db.execute(sql)

    failed = [finding for finding in examine(hub) if finding.level == "FAIL"]

    assert said in [finding.text for finding in failed]
    assert all(finding.fix and finding.ids for finding in failed)


def test_a_pool_that_passed_somebody_over_may_be_uneven(hub: Hub) -> None:
    """Somebody who was away has fewer turns, and that is right."""
    with hub.store.write() as db:
        db.execute("UPDATE pool_member SET turns = turns + 2 WHERE place = 0")
        db.execute("UPDATE assignment SET skipped = '[2]' WHERE id = 1")

    assert not any_failed(examine(hub))


def test_many_breaches_are_counted_and_a_few_shown(hub: Hub) -> None:
    """A list of a million ids helps nobody."""
    with hub.store.write() as db:
        rows = [(id_, "t", "t") for id_ in range(1000, 1050)]
        db.insert("lead", ("id", "created_at", "updated_at"), rows)

    (finding,) = [finding for finding in examine(hub) if "no person" in finding.text]

    assert len(finding.ids) == 20
    assert finding.text.endswith("and 30 more")


def test_the_command_tells_each_rule_and_fails_when_one_is_broken(shell: Shell) -> None:
    """Exit code 1, for a schedule that watches it."""
    shell.settings(PEOPLE)
    shell("import", many_people(shell.home / "ten.csv", 10))
    good = shell("db", "check")
    shell.rows("UPDATE lead SET person_id = NULL WHERE id = 4")
    bad, data = shell("db", "check"), shell("db", "check", "--json")

    assert good.code == 0
    assert "ok    sums add up in every run" in good.out
    assert bad.code == data.code == 1
    assert "FAIL  leads have no person: 4   fix: " in bad.out
    assert [finding["ids"] for finding in data.json() if finding["level"] == "FAIL"] == [["4"]]


def test_an_upgrade_makes_the_tables_and_says_what_it_did(shell: Shell) -> None:
    """The second time there is nothing to do."""
    first, second = shell("db", "upgrade"), shell("db", "upgrade")

    assert first.code == second.code == 0
    assert "it was empty" in first.out
    assert "current already" in second.out
    assert shell("db", "upgrade", "--json").json()["before"] is not None


def test_a_database_of_a_newer_hub_is_left_alone(shell: Shell) -> None:
    """An old program must not write into tables it does not know."""
    shell("db", "upgrade")
    shell.rows("UPDATE alembic_version SET version_num = '9999'")
    before = shell.dump()

    told = shell("db", "upgrade")

    assert told.code == 1
    assert "which this hub does not know" in told.err
    assert shell.dump() == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody@127.0.0.1:9/none", "cannot be reached"),
        ("mysql://a@b/c", "no database called 'mysql' is known"),
        ("hub.db", "is not a database URL"),
        ("env:NO_SUCH_URL", "NO_SUCH_URL, which is not set"),
    ],
)
def test_a_database_that_cannot_be_opened_is_said_in_words(
    shell: Shell, url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every command alike."""
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    shell.settings(f'[storage]\nurl = "{url}"\n')

    told, doctor = shell("db", "check"), shell("doctor")

    assert told.code == doctor.code == 1
    assert said in told.err
    assert said in doctor.out
    assert "fix:" in told.err
    assert "Traceback" not in told.err
