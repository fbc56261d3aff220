"""A vendor who limits what is under way at once: the workers of an account share its connections."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors import clock
from connectors.errors import QuotaError
from connectors.pace import Pace, sharing
from hub.connecting import open_connector
from hub.opening import Hub, open_hub
from hub.quota import SharedBudget
from sandbox.mailchimp import MailchimpSandbox
from storage import quota

ACCOUNT = "sellhub-account-news"


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    """A hub's folder, on each database."""
    (tmp_path / "hub.toml").write_text(f'[storage]\nurl = "{database_url}"\n', encoding="utf-8")
    return tmp_path


def held(hub: Hub) -> int:
    """How many connections are held."""
    with hub.store.read() as db:
        return int(db.select("SELECT COUNT(*) FROM quota WHERE kind = 'connection'")[0][0])


def test_workers_never_hold_more_than_there_are(home: Path) -> None:
    """Whoever finds none waits, and gets one in time; all that there are can be held at once."""
    most, at_once, busiest, lock = 2, 0, 0, threading.Lock()
    together = threading.Barrier(most)

    def work(_: int) -> None:
        nonlocal at_once, busiest
        with open_hub(home) as hub, sharing(SharedBudget(hub.store, ACCOUNT, 1)):
            pace = Pace(None, connections=most, sleep=lambda _: time.sleep(0.01))
            pace.wait()
            with lock:
                at_once += 1
                busiest = max(busiest, at_once)
            together.wait(30)
            pace.wait()
            with lock:
                at_once -= 1
            pace.close()

    with ThreadPoolExecutor(5) as workers:
        list(workers.map(work, range(10)))
    with open_hub(home) as hub:
        assert held(hub) == 0
    assert busiest == most


def test_what_a_killed_worker_held_is_free_in_time_and_what_is_used_stays(home: Path) -> None:
    """Nobody has to clear up; a long read keeps its own."""
    with open_hub(home) as hub, clock.skipping():
        dead, alive, third = (SharedBudget(hub.store, ACCOUNT, 1) for _ in range(3))
        assert dead.connect(2) == 0
        assert alive.connect(2) == 0
        assert third.connect(2) > 0
        for _ in range(5):
            clock.sleep(quota.HOLDS_CONNECTION / 4)
            assert alive.connect(2) == 0
        assert third.connect(2) == 0
        assert dead.connect(2) > 0, "who was taken for dead asks anew"


def test_who_finds_none_for_long_says_so(home: Path) -> None:
    """A run that waits for ever looks like one that hangs."""
    with open_hub(home) as hub, clock.skipping():
        one, other = (SharedBudget(hub.store, ACCOUNT, 1) for _ in range(2))
        assert one.connect(1) == 0
        with sharing(other), pytest.raises(QuotaError, match="in use") as told:
            Pace(None, connections=1).wait()
    assert "at once" in told.value.fix
    assert told.value.retry_after


def test_a_read_of_mailchimp_holds_one_of_ten(home: Path) -> None:
    """From its first call until it is closed; half of them where half is ours."""
    with MailchimpSandbox() as vendor:
        lines = "".join(f'{key} = "{value}"\n' for key, value in vendor.settings().items())
        section = f'\n[sources.news]\nconnector = "mailchimp"\nquota_share = 0.5\n{lines}'
        (home / "hub.toml").write_text((home / "hub.toml").read_text() + section, encoding="utf-8")
        with open_hub(home) as hub:
            with open_connector(hub, "news") as connector:
                assert held(hub) == 0
                assert list(connector.pull("members", None))
                assert held(hub) == 1
            assert held(hub) == 0
            others = [SharedBudget(hub.store, ACCOUNT, 0.5) for _ in range(5)]
            assert [other.connect(5) for other in others] == [0] * 5
            with clock.skipping(), open_connector(hub, "news") as connector, pytest.raises(QuotaError, match="all 5"):
                list(connector.pull("members", None))
