"""From hub.toml to Prefect's deployments, and Prefect's own way in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

import console
from console.main import run
from flows.sync import run_sync
from hub.quota import accounts
from hub.runs import Options
from hub.settings import read_settings
from sell_model.errors import SetupError
from tests.flows.conftest import write_home

HUB = """
[sources.crm]
connector = "hubspot"
token = "pat-secret"
schedule = "*/15 * * * *"
[sources.crm_deals]
connector = "hubspot"
token = "pat-secret"
streams = ["deals"]
[sources.sheet]
connector = "csv"
path = "leads.csv"
schedule = "0 6 * * *"
[sources.other_sheet]
connector = "csv"
path = "leads.csv"
"""


@pytest.fixture
def home(tmp_path: Path, prefect_api: str) -> Iterator[Path]:
    yield write_home(tmp_path / "home", HUB)
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)


def _deploy(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, tuple[str | None, str]]:
    assert run(["deploy", "--json", "--home", str(home), *words]) == 0
    return {one["deployment"]: (one["schedule"], one["action"]) for one in json.loads(capsys.readouterr().out)}


def test_each_source_is_deployed_with_its_schedule_and_follows_hub_toml(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """hub.toml is the one place where schedules stand; what it no longer names is gone from Prefect too."""
    planned = _deploy(home, capsys, "--dry-run")
    assert planned["sync/crm"] == ("*/15 * * * *", "create")
    assert planned["sync/crm_deals"] == (None, "create")
    assert planned["watch/home"] == ("*/5 * * * *", "create")
    assert _deploy(home, capsys) == planned
    (home / "hub.toml").write_text(HUB.replace("crm_deals", "deals").replace("0 6", "0 7"), encoding="utf-8")
    changed = _deploy(home, capsys)
    assert changed["sync/sheet"] == ("0 7 * * *", "update")
    assert changed["sync/deals"] == (None, "create")
    assert changed["sync/crm_deals"] == (None, "remove")


def test_prefect_is_told_no_secret(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters are shown to everybody who may look at Prefect."""
    _deploy(home, capsys)
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("sync/crm")
        assert deployment.parameters == {"source": "crm", "home": str(home)}
        assert "pat-secret" not in deployment.model_dump_json()
        assert client.read_global_concurrency_limit_by_name("sellhub-account-crm").limit == 1


def test_sources_of_one_account_share_its_limit(home: Path) -> None:
    """Two syncs that sign in alike would spend the same allowance against each other."""
    found = accounts(read_settings(home))
    assert found["crm"] == found["crm_deals"]
    assert found["sheet"] != found["other_sheet"]


def test_a_schedule_that_is_none_is_refused_before_anything_changes(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a deployment would run some sources and forget others."""
    (home / "hub.toml").write_text(HUB.replace("0 6 * * *", "every morning"), encoding="utf-8")
    assert run(["deploy", "--home", str(home)]) == 1
    said = capsys.readouterr().err
    assert "[sources.sheet] schedule 'every morning' is not a cron schedule" in said
    assert "fix: five fields" in said


def test_a_source_of_another_hub_is_not_overwritten(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two hubs may share a server; the second must not silently take the schedule of the first."""
    _deploy(home, capsys)
    other = write_home(tmp_path / "other", HUB)
    assert run(["deploy", "--home", str(other)]) == 1
    assert f"sync/crm is the deployment of the hub in {home}" in capsys.readouterr().err


def test_without_a_server_deploy_says_how_to_get_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody should have to know Prefect to be told what is missing."""
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert run(["deploy", "--home", str(home)]) == 1
    assert f"fix: sellhub --home {home} up" in capsys.readouterr().err


def test_a_server_that_is_away_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PREFECT_API_URL is easily left set to what no longer runs."""
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert run(["deploy", "--home", str(home)]) == 1
        with pytest.raises(SetupError, match="cannot be reached"):
            run_sync(home, "sheet", Options())
    assert "fix: check PREFECT_API_URL" in capsys.readouterr().err


def test_prefect_deploys_the_projects_own_deployments(prefect_api: str) -> None:
    """Who knows Prefect uses it as they are used to."""
    root = Path(console.__file__).parents[1]
    env = {**os.environ, "PREFECT_API_URL": prefect_api}
    for words in (("work-pool", "create", "sell-hub", "--type", "process", "--overwrite"), ("deploy", "--all")):
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *words], cwd=root, env=env, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    with get_client(sync_client=True) as client:
        for name in ("sync_all/every-source", "import_file/nightly-file", "demo/sandbox"):
            assert client.read_deployment_by_name(name).schedules
