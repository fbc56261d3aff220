"""The demo: what a stranger runs first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.main import run
from flows.demo import demo
from hub.demo_report import look
from hub.opening import open_hub

SALES_TEAM = {"ann@example.com", "bo@example.com", "chidi@example.com"}
SELLHUB = "from console.main import main; main()"
SOURCES = {"salesforce", "hubspot", "mailchimp", "zendesk_support", "web_form", "csv"}


def test_the_demo_makes_one_owned_list_and_again_changes_nothing(tmp_path: Path, prefect_api: str) -> None:
    """The whole promise in one command, and twice is once."""
    home, user = tmp_path / "demo", tmp_path / "user"
    user.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SELLHUB, "demo", "--json", "--home", str(home)],
        env=env | {"HOME": str(user)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert {one["source"] for one in told["runs"]} == SOURCES
    assert all(one["state"] != "failed" and _adds_up(one["counts"]) for one in told["runs"])
    assert told["people"]["source_records"] > told["people"]["after"] > 90
    assert set(told["owners"]) >= SALES_TEAM
    assert all(one["reason"] and one["fix"] for one in told["held"])
    assert 0 < told["questions"] < 10
    assert not list(user.iterdir()), "nothing is written to the user's home"
    assert not still_running(home)

    again = demo(str(home))
    made = [(one["source"], one["stream"], one["counts"]) for one in again if _made(one["counts"])]
    assert made == []
    with open_hub(home) as hub:
        assert look(hub).people == told["people"]["after"]


def _adds_up(counts: dict[str, int]) -> bool:
    return counts["read"] == sum(count for name, count in counts.items() if name != "read")


def _made(counts: dict[str, int]) -> int:
    return counts["created"] + counts["updated"] + counts["merged"] + counts["failed"]


def still_running(home: Path) -> list[str]:
    """Name the processes whose environment names a hub's home."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(home).encode() in environ.read_bytes():
                found.append(str(environ))
        except OSError:
            continue  # it ended, or is not ours to look at
    return found


def test_the_demo_leaves_somebodys_own_hub_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`sellhub demo --home .` in the wrong folder must not cost anybody their settings."""
    own = '[hub]\nregion = "DE"\n'
    (tmp_path / "hub.toml").write_text(own, encoding="utf-8")
    assert run(["demo", "--home", str(tmp_path)]) == 1
    assert (tmp_path / "hub.toml").read_text(encoding="utf-8") == own
    assert "is not the demo's" in capsys.readouterr().err
