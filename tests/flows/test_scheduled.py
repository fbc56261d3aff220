"""The proof that schedules work: server, worker and deployment, and leads that nobody asked for by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flows.serving import free_port
from hub.opening import open_hub
from storage.figures import records_and_people
from storage.run_listing import list_runs
from tests.flows.conftest import write_home
from tests.flows.test_demo import SELLHUB, still_running

SHEET = '[sources.sheet]\nconnector = "csv"\npath = "leads.csv"\nschedule = "* * * * *"\n'
START, RUN, END = 60, 90, 45
"""Seconds to wait for: server and worker to be up; the next full minute and the run; the end of both."""


def test_a_scheduled_run_lands_leads_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    """`sellhub up` is all that somebody without a Prefect server needs."""
    home = write_home(tmp_path / "home", SHEET)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    words = [sys.executable, "-c", SELLHUB, "up", "--home", str(home), "--port", str(free_port())]
    with (tmp_path / "told").open("w+") as told:
        process = subprocess.Popen(words, env=env | {"HOME": str(tmp_path)}, stdout=told, stderr=told)
        try:
            _await(lambda: "a worker takes what is due" in (tmp_path / "told").read_text(), START, process)
            _await(lambda: _landed(home), RUN, process)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(END)
    said = (tmp_path / "told").read_text()
    assert code == 0, said
    assert "sync/sheet" in said
    assert "server and worker stopped" in said
    assert not still_running(home)
    with open_hub(home) as hub, hub.store.read() as db:
        assert records_and_people(db) == (2, 2)
        assert [run.state for run in list_runs(db)][-1] == "done_with_held"


def _landed(home: Path) -> bool:
    if not (home / "hub.db").exists():
        return False
    with open_hub(home) as hub, hub.store.read() as db:
        return any(run.state == "done_with_held" for run in list_runs(db))


def _await(happened: Callable[[], bool], seconds: float, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.25)
