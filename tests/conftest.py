"""What many tests need: a hub in a folder of its own, on each database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.private_postgres import binaries, fresh_database, private_postgres
from hub.opening import Hub, open_hub
from storage.store import Store
from tests.reused_postgres import ReusedDatabase

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real responses and labelled sets, where they are at hand; never part of the project."""

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: some tests wait, for a server to start or for a full minute."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A private PostgreSQL; gives its URL without a database name.

    Where its programs are missing the test is skipped, except in CI, which must have them.
    """
    if binaries() is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's programs are missing; CI must test on both databases")
        pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql)")
    with private_postgres("fsync=off") as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty hub's database at the current schema, to be copied: migrating anew takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def reused_database(postgres_server: str) -> Iterator[ReusedDatabase]:
    """The PostgreSQL database that tests use one after the other."""
    with fresh_database(postgres_server, "reused") as url:
        database = ReusedDatabase(url)
        yield database
        database.close()


def _migrated(url: str) -> None:
    store = Store(url)
    store.upgrade()
    store.close()


@pytest.fixture
def postgres_url(reused_database: ReusedDatabase) -> str:
    """A PostgreSQL database at the current schema, with nothing in it."""
    reused_database.reset()
    return reused_database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn, at the current schema; the SQLite one lies in the hub's home, the test's folder."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        home: Path = request.getfixturevalue("tmp_path")
        shutil.copy(template, home / "hub.db")
        return "sqlite:///hub.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn, with nothing in it: what a migration begins with."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def empty_postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    with fresh_database(postgres_server, f"t{abs(hash(request.node.nodeid))}") as url:
        yield url


OpenHub = Callable[..., Hub]


@pytest.fixture
def opened(tmp_path: Path, database_url: str) -> Iterator[OpenHub]:
    """Opens the test's hub, once or again; `opened(toml)` writes its hub.toml first.

    The text `{database}` stands for the database's URL.
    """
    with ExitStack() as stack:

        def open_(toml: str = "") -> Hub:
            text = toml if "[storage]" in toml else f'{toml}\n[storage]\nurl = "{database_url}"\n'
            (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
            return stack.enter_context(open_hub(tmp_path))

        yield open_
