"""What forgetting leaves behind its transaction, against readers, broken files and full disks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.database import examine
from hub.forgetting import forget
from hub.intake import inbox_path
from hub.opening import Hub, open_hub
from sell_model.errors import SetupError
from storage import store
from storage.store import Store
from tests.console import Shell
from tests.conversion.world import ANN
from tests.forgetting.test_clearing import filled, in_files
from tests.forgetting.test_forgetting import BO, WANDA, leads
from tests.hub.test_review_helpers import rows

DUE = "SELECT COUNT(*) FROM state WHERE name LIKE 'clearing:%'"


@contextmanager
def reading(hub: Hub) -> Iterator[None]:
    """Somebody else holds a view of the database from before."""
    url = f"sqlite:///{hub.home / 'hub.db'}" if hub.store.is_sqlite else hub.store.engine.url
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if hub.store.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        connection.execute(sa.text("SELECT COUNT(*) FROM lead"))
        yield
    engine.dispose()


def test_whoever_reads_on_either_database_puts_it_off(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL too a vacuum leaves what an older view may see; that is told, and done when they are gone."""
    monkeypatch.setattr(store, "READERS_SECONDS", 0)
    filled(hub, tmp_path)
    with reading(hub):
        assert forget(hub, ("lead", 1), by=ANN).obstacle
        assert rows(hub, DUE) == [(1,)]
        with open_hub(tmp_path) as other:
            assert [finding.level for finding in examine(other)].count("FAIL") == 1
    with open_hub(tmp_path) as other:
        assert rows(other, DUE) == [(0,)]
        assert [finding.level for finding in examine(other)].count("FAIL") == 0
    assert in_files(hub) == []


def test_it_is_not_written_anew_at_each_opening(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dashboard reads for an hour: every command would write the whole database once more."""
    monkeypatch.setattr(store, "READERS_SECONDS", 0)
    filled(hub, tmp_path)
    with reading(hub):
        forget(hub, ("lead", 1), by=ANN)
        size = sum(path.stat().st_size for path in tmp_path.glob("hub.db*"))
        for _ in range(3):
            with open_hub(tmp_path):
                pass
        assert sum(path.stat().st_size for path in tmp_path.glob("hub.db*")) < size + 100_000
        forget(hub, ("lead", 2), by=ANN)  # what is forgotten anew is in the file: it is written anew
        assert rows(hub, DUE) == [(2,)]
    with open_hub(tmp_path):
        assert in_files(hub) == []
    assert b"bo@sun.example" not in b"".join(path.read_bytes() for path in tmp_path.glob("hub.db*"))


def test_a_broken_inbox_keeps_nobody_from_the_hub(hub: Hub, tmp_path: Path) -> None:
    """Forgetting is stored and says what is left; other commands work, and the check tells of it."""
    leads(hub, tmp_path, WANDA, BO)
    inbox_path(hub).write_bytes(b"no database at all, but a file " * 100)
    told = forget(hub, ("lead", 1), by=ANN)
    assert told.obstacle
    with open_hub(tmp_path) as other:
        assert rows(other, "SELECT COUNT(*) FROM lead") == [(1,)]
        assert [finding.level for finding in examine(other)].count("FAIL") == 1
    inbox_path(hub).unlink()
    with open_hub(tmp_path) as other:
        assert rows(other, DUE) == [(0,)]


def test_a_full_disk_is_told_of_somebody_who_is_forgotten(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command does not say that nothing was stored: they are forgotten, the file is to be written anew."""
    filled(hub, tmp_path)
    monkeypatch.setenv("SELLHUB_HOME", str(tmp_path))

    def full(*_: object, **__: object) -> bool:
        raise SetupError("the disk is full", fix="free some space")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "rewrite", full)
        result = Shell(tmp_path, capsys)("lead", "forget", "L-1", "--yes")
        assert result.code == 0
        assert "the disk is full" in result.err
        assert Shell(tmp_path, capsys)("lead", "list").code == 0
    with open_hub(tmp_path):
        assert in_files(hub) == []


def test_in_a_rehearsal_nothing_outside_the_transaction_is_touched(hub: Hub, tmp_path: Path) -> None:
    """The inbox is a file of its own, which no rollback brings back."""
    filled(hub, tmp_path)
    before = inbox_path(hub).read_bytes()
    with hub.store.rehearsal():
        assert forget(hub, ("lead", 1), by=ANN).records == ["L-1"]
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(2,)]
    assert inbox_path(hub).read_bytes() == before
    with sqlite3.connect(inbox_path(hub)) as inbox:
        assert "wilma.quist" in inbox.execute("SELECT records FROM delivery").fetchone()[0]


def test_two_are_forgotten_while_clearing_is_due(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second does what the first left; the inbox missing meanwhile is no fault."""
    filled(hub, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("hub.clearing._clear_inbox", lambda *_: (_ for _ in ()).throw(SetupError("broken", fix="mend")))
        assert forget(hub, ("lead", 1), by=ANN).obstacle
    told = forget(hub, ("lead", 2), by=ANN)
    assert not told.obstacle
    assert rows(hub, DUE) == [(0,)]
    assert in_files(hub) == []
