"""Who waits to write on SQLite comes next, whatever somebody else writes in a row."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from sell_model.errors import TransientError
from storage import engine, turnstile
from storage.store import Store


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    store = Store(f"sqlite:///{tmp_path}/hub.db")
    store.upgrade()
    store.close()
    return tmp_path / "hub.db"


def test_who_waits_comes_after_one_batch_of_whoever_writes_without_a_pause(path: Path) -> None:
    """An import writes batch after batch; a lead that came by a form must not wait for its end."""
    hog, other = Store(f"sqlite:///{path}"), Store(f"sqlite:///{path}")
    batches, stop = [0], threading.Event()

    def write_on_and_on() -> None:
        while not stop.is_set():
            with hog.write():
                batches[0] += 1
                time.sleep(0.03)

    thread = threading.Thread(target=write_on_and_on)
    thread.start()
    try:
        waited = []
        for _ in range(5):
            time.sleep(0.05)
            before = batches[0]
            with other.write():
                waited.append(batches[0] - before)
    finally:
        stop.set()
        thread.join()
        hog.close()
        other.close()

    assert max(waited) <= 2


def test_a_database_that_stays_locked_is_said_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not waited for without an end; and what was set for the wait is as it was before."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store = Store(f"sqlite:///{path}")
    with pytest.raises(TransientError, match="locked"), store.write():
        pass
    holder.execute("ROLLBACK")
    holder.close()

    with store.write() as db:
        assert db.select("PRAGMA busy_timeout") == [(50,)]
    store.close()


def test_where_no_turnstile_can_be_made_writing_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without such locks, or in a folder that takes no new file."""
    path.with_name("hub.db-turn").unlink()
    monkeypatch.setattr(turnstile, "_opened", lambda _: None)
    store = Store(f"sqlite:///{path}")
    with store.write() as db:
        assert db.select("SELECT 1") == [(1,)]
    store.close()

    assert not path.with_name("hub.db-turn").exists()


def test_what_is_done_together_is_stored_together_or_not_at_all(path: Path) -> None:
    """Each writing inside is a part of one transaction; reads inside see it, others do not yet."""
    store, other = Store(f"sqlite:///{path}"), Store(f"sqlite:///{path}")

    def names(where: Store) -> list[str]:
        with where.read() as db:
            return [row[0] for row in db.select("SELECT name FROM lease ORDER BY name")]

    def put(name: str) -> None:
        with store.write() as db:
            db.execute("INSERT INTO lease (name, token, expires_at) VALUES (?, 1, '')", (name,))

    with store.together():
        put("a")
        put("b")
        assert (names(store), names(other)) == (["a", "b"], [])
    assert names(other) == ["a", "b"]

    def put_and_fail() -> None:
        with store.together():
            put("c")
            raise KeyError

    with pytest.raises(KeyError):
        put_and_fail()
    assert names(store) == names(other) == ["a", "b"]
    with store.rehearsal(), store.together():
        put("d")
        assert store.is_rehearsing
    assert names(store) == ["a", "b"]
    store.close()
    other.close()
