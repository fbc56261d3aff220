"""Killed behind the transaction that forgot somebody: the next process takes what is left out of the files."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.database import examine
from hub.forgetting import forget
from hub.intake import inbox_path
from hub.opening import Hub, open_hub
from storage.inbox import Inbox
from tests.conversion.world import ANN, TOML
from tests.forgetting.test_forgetting import BO, TRACES, WANDA, leads
from tests.hub.test_review_helpers import rows

KILLED = """
import os, signal, sys
from hub import clearing
from hub.forgetting import forget
from hub.opening import open_hub
from storage import states
from storage.inbox import Inbox
from storage.store import Store

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

owner, _, name = sys.argv[2].rpartition(".")
setattr({"Inbox": Inbox, "Store": Store, "states": states, "clearing": clearing}[owner], name, die)
with open_hub(sys.argv[1]) as hub:
    forget(hub, ("lead", 1), by="ann@example.com")
"""
PLACES = ("clearing.clear", "Inbox.forget_naming", "Inbox.compact", "Store.rewrite", "Store.empty_log", "states.drop")


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """A hub that knows Wilma Quist, with a delivery of hers in its inbox."""
    return opened(TOML)


def filled(hub: Hub, folder: Path) -> None:
    leads(hub, folder, WANDA, BO)
    record = {"id": "7", "data": {"email": "wilma.quist@quist.example"}, "changed_at": None, "event": "live"}
    with Inbox(inbox_path(hub)) as inbox:
        inbox.keep("form", "entries", "7", [record], datetime.now(UTC))


def in_files(hub: Hub) -> list[str]:
    """Traces of her in the bytes of the home's files; on PostgreSQL the database has its own."""
    files = [path for path in hub.home.iterdir() if path.is_file() and path.suffix != ".toml"]
    return [
        f"{path.name}: {trace}" for path in files for trace in TRACES if trace.encode() in path.read_bytes().lower()
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("then", ["opened", "forgetting another"])
def test_a_kill_behind_the_transaction_leaves_nothing_for_long(hub: Hub, tmp_path: Path, place: str, then: str) -> None:
    """Whoever opens the hub next finishes it."""
    filled(hub, tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), place], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)], "the transaction was stored"
    assert rows(hub, "SELECT COUNT(*) FROM state WHERE name LIKE 'clearing:%'") == [(1,)]
    if place in PLACES[:3] or (hub.store.is_sqlite and place != "states.drop"):
        assert in_files(hub), "the kill came too late to tell anything"
        assert [finding.level for finding in examine(hub)].count("FAIL") == 1

    if then == "opened":
        with open_hub(tmp_path) as again:
            assert [finding.text for finding in examine(again) if finding.level == "FAIL"] == []
    else:
        forget(hub, ("lead", 2), by=ANN)

    assert in_files(hub) == []
    assert rows(hub, "SELECT name FROM state WHERE name LIKE 'clearing:%'") == []
    with Inbox(inbox_path(hub)) as inbox:
        assert [row.records for row in inbox.after("form", "entries", 0, 10)] == [[]]


def test_who_reads_meanwhile_puts_it_off_and_it_is_said(hub: Hub, tmp_path: Path) -> None:
    """SQLite keeps for a reader what was there when it began."""
    if not hub.store.is_sqlite:
        return
    filled(hub, tmp_path)
    with open_hub(tmp_path) as other, other.store.read() as db:
        db.select("SELECT COUNT(*) FROM lead")
        told = forget(hub, ("lead", 1), by=ANN)
        assert told.obstacle
        assert not told.to_json()["cleared"]
    assert in_files(hub)

    with open_hub(tmp_path):
        assert in_files(hub) == []
