"""Workers of one account share what its vendor lets it call: real processes, a stand-in that counts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.errors import QuotaError
from connectors.pace import Pace, sharing
from connectors.transport import make_session
from hub.opening import open_hub
from hub.quota import SharedBudget
from tests.quota.vendor import Vendor, like_hubspot, like_salesforce, like_zendesk, serving, silent

ACCOUNT = "sellhub-account-crm"


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    """A hub's folder, on each database."""
    (tmp_path / "hub.toml").write_text(f'[storage]\nurl = "{database_url}"\n', encoding="utf-8")
    return tmp_path


def at_work(home: Path, vendor: Vendor, share: float, seconds: float, per_second: float = 0) -> Sequence[str]:
    """Let two workers call for so long at the same time; gives what each said at the end."""
    command = [sys.executable, "-m", "tests.quota.worker", str(home), vendor.url]
    command += [str(share), str(seconds), str(per_second)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate("close\n")[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    return said


@pytest.mark.parametrize(
    "vendor",
    [
        Vendor(40, 2.0, like_hubspot),
        Vendor(40, 3.0, like_zendesk, rolls=False),
    ],
    ids=["a window that rolls", "a window that begins anew"],
)
def test_two_processes_keep_to_half_of_what_is_offered(home: Path, vendor: Vendor) -> None:
    """Half is half, however many of us there are; and the half is used, by both."""
    with serving(Vendor(vendor.most, vendor.seconds, vendor.headers, rolls=vendor.rolls)) as counting:
        said = at_work(home, counting, 0.5, seconds=4.5)

    assert counting.busiest() <= 20
    assert len(counting.calls) >= 20
    assert all(int(each.split()[-1]) > 0 for each in said)


def test_two_processes_stop_at_half_of_a_day(home: Path) -> None:
    """A day is not waited for: both stop and say so, none of them has taken more."""
    with serving(Vendor(60, 86_400, like_salesforce)) as vendor:
        said = at_work(home, vendor, 0.5, seconds=15)

    assert 25 <= len(vendor.calls) <= 30
    assert all("stopped" in each and "0.5 of 60 calls a day" in each for each in said)


def test_two_processes_share_a_pace(home: Path) -> None:
    """A vendor that says nothing is called as often as the settings say, by both together."""
    with serving(Vendor(1_000, 3.0, silent)) as vendor:
        at_work(home, vendor, 1, seconds=4, per_second=6)

    assert vendor.busiest() <= 2 + 6 * 3 + 6  # at once, by and by, and a second's portion taken just before
    assert len(vendor.calls) <= 2 + 6 * 5


def test_what_a_killed_worker_held_is_free_again(home: Path) -> None:
    """Its reservation ends with the window: nobody has to clear up after it."""
    with serving(Vendor(16, 1.0, like_hubspot)) as vendor, open_hub(home) as hub:
        dead, alive = (SharedBudget(hub.store, ACCOUNT, 0.5) for _ in range(2))
        for budget in (dead, alive):
            with sharing(budget):
                session = make_session("Vendor", lambda: None, pace=Pace(None))
            for _ in range(3 if budget is dead else 12):
                session.get(vendor.url)
    assert len(vendor.calls) == 15
    assert vendor.busiest() <= 8


def test_a_rest_is_everybodys(home: Path) -> None:
    """Who runs into a 429 speaks for all."""
    with open_hub(home) as hub:
        told, other = (SharedBudget(hub.store, ACCOUNT, 1) for _ in range(2))

        told.rest(30)

        assert 29 < other.take(None) <= 30
        told.rest(1)
        assert 29 < other.take(None) <= 30
        told.rest(600)
        with pytest.raises(QuotaError) as refused:
            other.take(None)
    assert 590 < (refused.value.retry_after or 0) <= 600
