"""Packages of others: the example of the docs and what `sellhub connector new` writes, installed, tested and synced."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.testing import StandIn

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "sellhub-acme"
SELLHUB = str(Path(sys.executable).with_name("sellhub"))


@dataclass(frozen=True)
class Package:
    """A package that is installed into a folder of its own."""

    name: str
    folder: Path
    site: Path

    def run(self, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program that finds the package."""
        env = {**os.environ, "PYTHONPATH": str(self.site), "KIT_TOKEN": f"{self.name}-made-up-token"}
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)

    def json(self, home: Path, *words: str) -> Any:
        """What a command of the hub prints."""
        done = self.run([SELLHUB, "--home", str(home), *words, "--json"], home)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def standin(self) -> StandIn:
        """The package's own stand-in, in this process."""
        spec = importlib.util.spec_from_file_location(f"{self.name}_standin", self.folder / "tests" / "standin.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: StandIn = next(
            value for name, value in vars(module).items() if name.endswith("Account") and isinstance(value, type)
        )()
        return made


def installed(name: str, folder: Path, site: Path) -> Package:
    """Install a package as pip does, without an index and without what it needs."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-index"]
    done = subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(site), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Package(name, folder, site)


@pytest.fixture(scope="module", params=["the example", "a new one"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Both, one after the other."""
    place = tmp_path_factory.mktemp("package")
    if request.param == "the example":
        return installed("acme", Path(shutil.copytree(EXAMPLE, place / "sellhub-acme")), place / "site")
    folder = place / "sellhub-fair-desk"
    done = subprocess.run([SELLHUB, "connector", "new", "fair_desk", "--out", str(folder)], check=False)
    assert done.returncode == 0
    return installed("fair_desk", folder, place / "site")


@pytest.fixture
def address(package: Package) -> Iterator[str]:
    """Where its vendor listens; three people are there."""
    account = package.standin()
    base_url = account.start()
    account.reset()
    for text in ("Li", "Berg", "Eze"):
        account.add(text)
    yield base_url
    account.stop()


def test_its_own_tests_pass(package: Package) -> None:
    """The conformance suite among them, as its author runs it."""
    done = package.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], package.folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
    assert "warning" not in done.stdout


def test_the_hub_finds_it_and_syncs_from_it(package: Package, address: str, tmp_path: Path) -> None:
    """With its own mappings, and no file of ours touched; the second time nothing is new."""
    section = f'[sources.crm]\nconnector = "{package.name}"\ntoken = "env:KIT_TOKEN"\n'
    (tmp_path / "hub.toml").write_text(f'{section}base_url = "{address}"\n')

    checked = package.json(tmp_path, "connector", "check", "crm")
    first = package.json(tmp_path, "sync", "crm")
    again = package.json(tmp_path, "sync", "crm")
    leads = package.json(tmp_path, "lead", "list")

    assert all(check["ok"] for check in checked)
    assert [run["counts"]["created"] for run in first if run["stream"] == "people"] == [3]
    assert [run["counts"]["created"] + run["counts"]["updated"] for run in again if run["stream"] == "people"] == [0]
    assert sorted(lead["last_name"] for lead in leads) == ["Berg", "Eze", "Li"]


def test_its_mapping_is_proved_and_may_be_replaced(package: Package, tmp_path: Path) -> None:
    """By the admin's file of the same name, as a shipped one."""
    name = f"{package.name}/people.lead"
    proved = package.run([SELLHUB, "--home", str(tmp_path), "map", "check", name], tmp_path)
    own = tmp_path / "mappings" / f"{name}.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(f"from: {package.name}.people\nto: lead\nid: id\nfields:\n  last_name: last_name\n")

    listed = package.run([SELLHUB, "--home", str(tmp_path), "map", "list"], tmp_path)

    assert "1 checked, 0 wrong" in proved.stdout, proved.stdout + proved.stderr
    assert "yours, over the shipped one" in next(line for line in listed.stdout.splitlines() if name in line)
