"""What many tests need: a hub in a folder of its own, on each database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.opening import Hub, open_hub

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real responses and labelled sets, where they are at hand; never part of the project."""

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")

_POSTGRES_BINARIES = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"))


def _postgres_bin() -> Path | None:
    found = [p.parent for root in _POSTGRES_BINARIES for p in sorted(root.glob("**/bin/initdb"))]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return found[-1] if found else None


def _as_other(command: list[str]) -> list[str]:
    """PostgreSQL does not run as root: there another user runs it."""
    return (
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command] if os.geteuid() == 0 else command
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A private PostgreSQL; gives its URL without a database name.

    Where its binaries are missing the test is skipped, except in CI, which must have them.
    """
    binaries = _postgres_bin()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's binaries are missing; CI must test on both databases")
        pytest.skip("PostgreSQL's binaries are not installed (Debian: apt-get install postgresql)")
    # Not below pytest's own folder: each pytest that starts closes that one to other users.
    data = Path(tempfile.mkdtemp(prefix="sellhub-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(data, "nobody", "nogroup")
    port = _free_port()
    run = [
        *_as_other([str(binaries / "initdb")]),
        "-D",
        str(data),
        "-U",
        "hub",
        "-A",
        "trust",
        "-N",
        "--locale=C.UTF-8",
    ]
    subprocess.run(run, check=True, capture_output=True)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [*_as_other([str(binaries / "pg_ctl")]), "-D", str(data), "-w"]
    log = ["-l", str(data / "log")]
    subprocess.run([*control, *log, "-o", options, "start"], check=True, capture_output=True)
    yield f"postgresql+psycopg://hub@127.0.0.1:{port}"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
    shutil.rmtree(data)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    name = f"t{abs(hash(request.node.nodeid))}"
    server = sa.create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"{postgres_server}/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn; the SQLite one lies in the hub's home."""
    if request.param == "sqlite":
        return "sqlite:///hub.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


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
