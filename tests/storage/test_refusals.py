"""What the database refuses is told in words, and whether trying again helps."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sell_model.errors import TransientError
from storage import leases, streams
from storage.store import Store
from tests.hub.test_review_together import together


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    """A PostgreSQL database with two sources."""
    store = Store(postgres_url)
    store.upgrade()
    yield store
    store.close()


def test_a_deadlock_is_a_matter_of_trying_again(store: Store) -> None:
    """The database ends one of two that wait for each other: no fault of anybody's set-up."""
    for name in ("one", "two"):
        leases.release(store, leases.acquire(store, name))
    both = threading.Barrier(2, timeout=10)

    def take(first: str, second: str) -> None:
        with store.write() as db:
            db.execute("UPDATE lease SET expires_at = 'x' WHERE name = ?", (first,))
            both.wait()
            db.execute("UPDATE lease SET expires_at = 'x' WHERE name = ?", (second,))

    done = together(lambda: take("one", "two"), lambda: take("two", "one"))
    refused = [each for each in done if each is not None]
    assert [type(each) for each in refused] == [TransientError]
    assert "two runs changed the same records at once" in str(refused[0])


def test_a_lease_that_is_held_is_refused_without_waiting_for_its_holder(store: Store) -> None:
    """A batch of a living holder may take long; whoever comes second hears so at once."""
    lease = leases.acquire(store, "crm")
    with store.write(lease), pytest.raises(leases.BusyError, match="is being synced by process"):
        leases.acquire(store, "crm")


def test_a_run_whose_process_died_is_closed_with_its_streams(store: Store) -> None:
    """Nothing says `running` that does not run."""
    with store.write() as db:
        row = streams.ensure_stream(db, "crm", "contacts", "hubspot", "people")
        run_id = streams.start_run(db, "sync", "crm", {}, "2026-01-01")
        streams.start_run_stream(db, run_id, row)
        assert streams.close_interrupted(db, "crm", "2026-01-02") == 1
        assert db.select("SELECT state FROM run") == db.select("SELECT state FROM run_stream") == [("interrupted",)]
