"""A PostgreSQL of one's own: in a temporary folder, on a free port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"))


def binaries() -> Path | None:
    """Find PostgreSQL's programs; None where they are not installed."""
    found = [path.parent for root in _ROOTS for path in sorted(root.glob("**/bin/initdb"))]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return found[-1] if found else None


@contextmanager
def private_postgres(*settings: str) -> Iterator[str]:
    """Run a server; gives its URL without a database name.

    Args:
        settings: server settings, like `fsync=off`.

    Raises:
        RuntimeError: the programs are not installed.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL's programs are not installed (Debian: apt-get install postgresql)")
    data = Path(tempfile.mkdtemp(prefix="sellhub-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(data, "nobody", "nogroup")
    port = _free_port()
    init = ["initdb", "-D", str(data), "-U", "hub", "-A", "trust", "-N", "--locale=C.UTF-8"]
    _run(programs, init)
    options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
    told = f"-p {port} " + " ".join(f"-c {option}" for option in options)
    _run(programs, ["pg_ctl", "-D", str(data), "-w", "-l", str(data / "log"), "-o", told, "start"])
    try:
        yield f"postgresql+psycopg://hub@127.0.0.1:{port}"
    finally:
        _run(programs, ["pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop"])
        shutil.rmtree(data)


def _run(programs: Path, command: list[str]) -> None:
    """Run one of its programs; it refuses root, so root becomes nobody."""
    other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*other, str(programs / command[0]), *command[1:]], check=True, capture_output=True, cwd="/")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def fresh_database(server: str, name: str) -> Iterator[str]:
    """Make an empty database of a server, dropped afterwards; gives its URL."""
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()
