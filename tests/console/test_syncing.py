"""`sync` and `import`: counts, what is held, exit codes, rehearsals that leave nothing, wrong input, a full disk."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.importing import Import, import_file
from hub.opening import Hub, open_hub
from hub.rehearsing import Rehearsal, rehearse
from hub.sync import sync_source
from sandbox.mailchimp import MailchimpSandbox
from storage import engine
from tests.conftest import OpenHub
from tests.console import PEOPLE, Shell, many_people

HEADER = "First Name,Last Name,Email,Company,Owner,Source"
LEADS = (
    HEADER,
    "Ann,Li,ann.li@x.com,Acme,ann@example.com,Fair",
    "Bob,Ray,bob@x.com,Acme,Zed,Fair",
    "Cy,Dee,cy(at)x.com,Beta,,Web",
    "Di,Eff,di@y.com,Beta,,Web",
    "Ed,Gee,ed@y.com,Gamma,Zed,Web",
)
SOURCE = '[sources.fair]\nconnector = "csv"\npath = "fair.csv"\npool = "Inbound"\n'


def test_a_sync_tells_what_was_read_what_became_of_it_and_what_to_do_next(shell: Shell) -> None:
    """The equation, the causes of what is held, who got what, the next commands."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    told = shell("sync")

    assert told.code == 0
    assert "fair rows: DONE WITH HELD, run 1" in told.out
    assert "read 5 = created 2 + held 3" in told.out
    assert "held 2: owner 'Zed': no user and no pool" in told.out
    assert "held 1: email 'cy(at)x.com': not an e-mail address" in told.out
    assert "dealt out: Ann Li 1 lead" in told.out
    assert "next: sellhub held list" in told.out
    assert "sellhub run undo 1" in told.out


def test_a_sync_as_json_is_one_array_with_an_object_per_stream(shell: Shell) -> None:
    """As the design says; scripts read it."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    (stream,) = shell("sync", "fair", "--json").json()
    (again,) = shell("sync", "fair", "--json").json()

    assert {"run", "source", "stream", "state", "counts", "calls", "seconds", "cursor"} <= stream.keys()
    assert stream["state"] == "done_with_held"
    assert stream["counts"] == {
        "read": 5, "created": 2, "updated": 0, "unchanged": 0, "merged": 0, "held": 3, "skipped": 0, "failed": 0,
    }  # fmt: skip
    assert again["counts"]["unchanged"] == 5


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--strict",), 3)])
def test_held_records_fail_a_sync_only_under_strict(shell: Shell, words: tuple[str, ...], code: int) -> None:
    """They are in the inbox; a schedule need not stop for them."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    assert shell("sync", "fair", *words).code == code


def test_a_source_that_fails_keeps_no_other_from_being_read(shell: Shell) -> None:
    """One vendor's bad day is not everybody's."""
    missing = '[sources.gone]\nconnector = "csv"\npath = "gone.csv"\n'
    shell.settings(PEOPLE + missing + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    told = shell("sync")

    assert told.code == 1
    assert "there is no file" in told.out
    assert "fair rows: DONE WITH HELD" in told.out
    assert "next: sellhub connector check gone" in told.out


def test_refused_credentials_have_an_exit_code_of_their_own(shell: Shell) -> None:
    """4: somebody must get a new token; trying again is of no use."""
    with MailchimpSandbox() as vendor:
        shell.settings(
            f'[sources.news]\nconnector = "mailchimp"\ntoken = "wrong-us1"\nbase_url = "{vendor.base_url}"\n'
        )
        told = shell("sync", "news")

    assert told.code == 4
    assert "FAILED" in told.out
    assert "fix: " in told.out
    assert "wrong-us1" not in told.out + told.err


def test_streams_and_limits_narrow_a_sync(shell: Shell) -> None:
    """A first look at a big account should be small."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    assert shell("sync", "fair", "--limit", "2", "--json").json()[0]["counts"]["read"] == 2
    wrong = shell("sync", "fair", "--stream", "row")
    assert wrong.code == 1
    assert "did you mean 'rows'?" in wrong.err
    assert shell("sync", "fair", "--limit", "0").code == 1
    assert "from a point in time" in shell("sync", "fair", "--since", "2026-01-02T03:04:05Z").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sync", "fiar"), 1, "no source called 'fiar' in hub.toml; did you mean 'fair'?"),
        (("sync", "--limit", "many"), 2, "many"),
        (("import", "nowhere.csv"), 1, "there is no file"),
        (("import", "fair.csv", "--as", "customer"), 2, "lead"),
        (("import", "fair.csv", "--pool", "Inbund"), 1, "there is no pool called 'Inbund'"),
        (("import", "fair.csv", "--encoding", "utf-9"), 1, "is not an encoding"),
        (("import", "fair.csv", "--mapping", "csv/rows.laed"), 1, "nearest: csv/rows.lead"),
        (("import", "fair.csv", "--mapping", "broken.yaml"), 1, "broken.yaml:2:5"),
    ],
)
def test_wrong_words_are_answered_with_what_would_be_right(
    shell: Shell, words: tuple[str, ...], code: int, said: str
) -> None:
    """Never a traceback, and nothing is taken in."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)
    (shell.home / "broken.yaml").write_text("from: csv.rows\nto: laed\nfields:\n  last_name: Last Name\n")

    told = shell(*words)

    assert told.code == code
    assert said in told.err + told.out
    assert "Traceback" not in told.err
    assert shell.rows("SELECT COUNT(*) FROM lead") == [(0,)] if (shell.home / "hub.db").exists() else True


def test_a_hub_without_sources_says_how_to_get_one(shell: Shell) -> None:
    """The first thing that a newcomer may type."""
    told = shell("sync")

    assert told.code == 1
    assert "sellhub init" in told.err


def test_an_import_takes_the_same_list_twice_as_once(shell: Shell) -> None:
    """And leaves nothing of it changed; the file's name plays no part."""
    shell.settings(PEOPLE)
    first = shell("import", shell.sheet("a.csv", *LEADS), "--pool", "Inbound", "--json").json()
    again = shell("import", shell.sheet("b.csv", *LEADS), "--pool", "Inbound", "--json").json()

    assert first[0]["counts"]["created"] == 2
    assert again[0]["counts"] | {"unchanged": 0} == dict.fromkeys(again[0]["counts"], 0) | {"read": 5}


def test_an_import_shows_what_is_stored_so_far_when_somebody_looks(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, so that results can be piped."""
    monkeypatch.setattr("console.watching.EVERY_SECONDS", 0.01)
    shell.settings(PEOPLE)
    shell("connector", "list")
    people = many_people(shell.home / "many.csv", 3_000)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")

    told = shell("import", people, "--json")

    assert told.json()[0]["counts"]["created"] == 3_000
    assert "many.csv" in told.err
    assert "read" in told.err


# --- rehearsals ---


def test_a_rehearsal_tells_what_would_happen(shell: Shell) -> None:
    """Counts, unknown owners and values with what would become of them, the first held, who would get how many."""
    shell.settings(PEOPLE)
    told = shell("import", shell.sheet("leads.csv", *LEADS), "--pool", "Inbound", "--dry-run")

    assert told.code == 0
    assert "nothing was stored" in told.out
    assert "read 5 = created 2 + held 3" in told.out
    assert "unknown owners:" in told.out
    assert ["owner", "Zed", "2", "held"] in [line.split() for line in told.out.splitlines()]
    assert ["source", "Fair", "1", "made", "anew"] in [line.split() for line in told.out.splitlines()]
    assert "csv.lead:bob@x.com" in told.out
    assert "would get: ann@example.com 2 leads" in told.out


def test_a_rehearsal_stores_nothing(shell: Shell) -> None:
    """No record, no run, no cursor, no turn, no lease: the database is what it was, row by row."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)
    shell("import", shell.sheet("first.csv", HEADER, "Flo,One,flo@z.com,Z,,"), "--pool", "Inbound")
    before = shell.dump()

    imported = shell("import", shell.sheet("leads.csv", *LEADS), "--pool", "Inbound", "--dry-run", "--json")
    synced = shell("sync", "fair", "--dry-run")
    limited = shell("sync", "fair", "--dry-run", "--limit", "2")

    assert imported.code == synced.code == limited.code == 0
    assert imported.json()["streams"][0]["counts"]["created"] == 2
    assert "read 2 = " in limited.out
    assert shell.dump() == before


def test_after_a_rehearsal_the_real_thing_does_just_what_was_said(shell: Shell) -> None:
    """Otherwise it would have been no rehearsal."""
    shell.settings(PEOPLE + SOURCE)
    shell.sheet("fair.csv", *LEADS)

    said = shell("sync", "fair", "--dry-run", "--json").json()
    done = shell("sync", "fair", "--json").json()

    assert said["streams"][0]["counts"] == done[0]["counts"]
    owners = shell.rows('SELECT u.email, COUNT(*) FROM lead l JOIN "user" u ON u.id = l.owner_id GROUP BY u.email')
    assert {share["owner"]: share["count"] for share in said["owners"]} == dict(owners)


def test_a_rehearsal_that_fails_leaves_nothing_either(shell: Shell) -> None:
    """An error in the middle is the time when half of it might stay."""
    shell.settings(PEOPLE + SOURCE)
    shell("connector", "list")
    before = shell.dump()

    told = shell("sync", "fair", "--dry-run")

    assert told.code == 1
    assert "there is no file" in told.out
    assert shell.dump() == before


def test_a_rehearsal_cannot_be_a_flow(shell: Shell) -> None:
    """A flow may run in another process, whose work could not be taken back."""
    shell.settings(PEOPLE + SOURCE)

    told = shell("sync", "fair", "--dry-run", "--prefect")

    assert told.code == 1
    assert "leave out --prefect" in told.err


def _contents(hub: Hub) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with hub.store.read() as db:
        names = sa.inspect(db.connection).get_table_names()
        return {name: sorted(map(repr, db.select(f'SELECT * FROM "{name}"'))) for name in names}


def _rehearsed(hub: Hub, path: str) -> Rehearsal:
    wanted = Import(Path(path), pool="Inbound")
    return rehearse(hub, lambda: import_file(hub, wanted))


def test_a_rehearsal_is_taken_back_on_both_databases(opened: OpenHub, tmp_path: Path) -> None:
    """Leases, runs and turns are, too: they are written in the same transaction."""
    hub = opened(PEOPLE)
    (tmp_path / "leads.csv").write_text("\n".join(LEADS))
    before = _contents(hub)

    first, second = (_rehearsed(hub, str(tmp_path / "leads.csv")) for _ in range(2))

    assert first.reports[0].counts == second.reports[0].counts
    assert first.unknown == second.unknown
    assert first.owners == second.owners
    assert _contents(hub) == before


def test_a_rehearsal_tells_unknown_owners_that_a_pool_would_get(opened: OpenHub, tmp_path: Path) -> None:
    """Nothing is held for them, so nobody would notice before the salespeople do."""
    hub = opened(PEOPLE + '[sources.fair]\nconnector = "csv"\npath = "fair.csv"\nmapping = "own.yaml"\n')
    (tmp_path / "fair.csv").write_text("\n".join(LEADS))
    (tmp_path / "own.yaml").write_text(
        "from: csv.rows\nto: lead\nfields:\n  last_name: Last Name\n  email: Email\n"
        "  owner: {from: Owner, lookup: owner, otherwise: {pool: Inbound}}\n"
        "  status: {from: Source, values: {Fair: New}, otherwise: hold}\n"
    )

    told = rehearse(hub, lambda: sync_source(hub, "fair"))

    assert [(u.kind, u.field, u.value, u.count, u.becomes) for u in told.unknown] == [
        ("owner", "owner", "Zed", 1, "pool Inbound"),
        ("value", "status", "Web", 3, "held"),
    ]


# --- a locked database, a full disk ---


def test_a_locked_database_is_said_so_and_nothing_is_half_written(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has it open in a tool and forgot to commit."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    shell.settings(PEOPLE)
    shell("connector", "list")
    before, leads = shell.dump(), shell.sheet("leads.csv", *LEADS)

    holder = sqlite3.connect(shell.home / "hub.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    told = shell("import", leads)
    holder.execute("ROLLBACK")
    holder.close()

    assert told.code == 1
    assert "the database stayed locked by another process" in told.err
    assert "fix:" in told.err
    assert shell.dump() == before
    assert shell("import", leads).code == 0


def test_a_full_disk_stops_an_import_between_two_batches(tmp_path: Path) -> None:
    """What was stored before stays, what was under way does not; once there is room the import goes on to the end."""
    people = Import(Path(many_people(tmp_path / "many.csv", 6_000)))
    (tmp_path / "hub.toml").write_text(PEOPLE)
    with open_hub(tmp_path) as hub:
        _limit_to(hub, 1_000)  # pages of 4 KB
        (stopped,) = import_file(hub, people)
        with hub.store.read() as db:
            counted = db.select("SELECT SUM(read), SUM(created) FROM run_stream")[0]
            stored = db.select("SELECT COUNT(*) FROM source_record")[0][0], db.select("SELECT COUNT(*) FROM lead")[0][0]
    with open_hub(tmp_path) as hub:
        (report,) = import_file(hub, people)
        with hub.store.read() as db:
            after = db.select("SELECT COUNT(*) FROM lead")[0][0]

    assert (stopped.state, stopped.error) == ("failed", "the disk is full; what was under way was not stored")
    assert stopped.fix
    assert stored == tuple(counted)
    assert 0 < stored[0] < 6_000
    assert report.counts.created == 6_000 - stored[1]
    assert after == 6_000


def _limit_to(hub: Hub, pages: int) -> None:
    """Let the database file grow no further, as on a full disk."""
    sa.event.listen(
        hub.store.engine,
        "connect",
        lambda connection, _record: connection.execute(f"PRAGMA max_page_count = {pages}"),
    )
    hub.store.engine.dispose()  # connections made before know no limit
