"""Two taps from the package index, of two families, each in an environment of its own: files, and HTTP on loopback.

The environments are made once and kept in the user's cache folder; without the index the tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from connectors.singer.connector import Singer
from connectors.singer.settings import SingerConfig
from hub.opening import open_hub
from hub.sync import sync_source

PEOPLE = [
    {"id": 1, "name": "Ann Li", "email": "ann@example.com", "updated_at": "2026-01-02T03:04:05Z"},
    {"id": 2, "name": "Bo Qi", "email": "bo@example.com", "updated_at": "2026-01-03T03:04:05Z"},
]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sell-hub-test-taps"


def installed(package: str) -> Path:
    """Give the program of a tap, installed into an environment of its own when it is not there yet."""
    name, _, version = package.partition("==")
    home = CACHE / f"{name}-{version}-{sys.version_info.major}.{sys.version_info.minor}"
    program = home / "bin" / name
    if program.exists():
        return program
    shutil.rmtree(home, ignore_errors=True)
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv is not installed, so no tap can be")
    making = [uv, "venv", "--quiet", "--python", sys.executable, str(home)]
    filling = [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python"), package]
    for command in (making, filling):
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            shutil.rmtree(home, ignore_errors=True)
            pytest.skip(f"{package} cannot be installed here")
    return program


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def synced_twice(folder: Path, settings: dict[str, Any]) -> None:
    """Sync a tap's leads by the shipped mapping, and again: the second time nothing has changed."""
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    tables = '[sources.tap.keys]\nleads = ["id"]\n'
    (folder / "hub.toml").write_text(f'[sources.tap]\nconnector = "singer"\n{lines}{tables}', encoding="utf-8")
    with open_hub(folder) as hub:
        (first,) = sync_source(hub, "tap")
        (second,) = sync_source(hub, "tap")
        with hub.store.read() as db:
            leads = db.select("SELECT email, first_name, last_name FROM v_leads ORDER BY email")

    assert (first.error, second.error) == (None, None)
    assert leads == [("ann@example.com", "Ann", "Li"), ("bo@example.com", "Bo", "Qi")]
    assert second.counts.read == second.counts.unchanged


def test_a_tap_made_with_the_sdk_reads_files(tmp_path: Path) -> None:
    """tap-jsonl, Singer SDK: discovery, metadata, state by file."""
    program = installed("tap-jsonl==0.3.1")
    data = tmp_path / "leads.jsonl"
    data.write_text("".join(json.dumps(person) + "\n" for person in PEOPLE), encoding="utf-8")
    config = {"path": str(data), "stream_name": "leads", "primary_keys": ["id"]}
    with Singer(SingerConfig(command=(str(program),), config=json.dumps(config))) as source:
        checks = source.check()
        fields = {field.path: field.type for field in source.discover("leads")}

    assert all(check.ok for check in checks)
    assert (fields["id"], fields["email"]) == ("number", "string")
    synced_twice(tmp_path, {"command": [str(program)], "config": json.dumps(config)})


def test_a_tap_of_the_first_kind_reads_an_api(tmp_path: Path) -> None:
    """tap-rest-api, singer-python: a catalog without metadata or keys, times of its own in each row."""
    program = installed("tap-rest-api==0.2.22")
    (tmp_path / "leads.json").write_text(json.dumps(PEOPLE), encoding="utf-8")
    for name in ("schema", "catalog"):
        (tmp_path / name).mkdir()
    with served(tmp_path) as address:
        config = {
            "url": f"{address}/leads.json",
            "streams": "leads",
            "schema": "leads",
            "schema_dir": str(tmp_path / "schema"),
            "catalog_dir": str(tmp_path / "catalog"),
            "datetime_key": "updated_at",
            "start_datetime": "2020-01-01T00:00:00",
            "record_list_level": "$[*]",
            "auth_method": "no_auth",
            "max_page": 1,
        }
        given = tmp_path / "tap.json"
        given.write_text(json.dumps(config), encoding="utf-8")
        subprocess.run([program, "-c", given, "-i"], check=True, capture_output=True, timeout=60)
        synced_twice(tmp_path, {"command": [str(program)], "config": "file:tap.json"})
