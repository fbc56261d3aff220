"""`sellhub serve`, as a process of its own, and the walk-through that begins with it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.main import run
from tests.intake.door import HUB, SECRET, leads, make_home, post, refused, soon, submission

COMMAND = [sys.executable, "-c", "from console.main import main; main()"]
GUIDE = Path(__file__).parents[2] / "docs" / "receive-a-form.md"


@contextmanager
def started(home: Path, env: dict[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start `sellhub serve` on a free port; gives the process and what it printed before it began."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
    command = [*COMMAND, "serve", "--port", "0", "--home", str(home)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=GUIDE.parents[1]
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("next:"):
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            lines.append(line.rstrip())
        yield process, lines
    finally:
        process.kill()
        process.communicate(timeout=10)


def address_in(lines: list[str]) -> str:
    """The address that `serve` printed."""
    found = re.search(r"http://\S+?(?=,)", lines[0])
    assert found is not None
    return found[0]


def test_it_tells_its_addresses_takes_a_form_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    """Everything a person needs to begin; and an end that is no failure."""
    home = make_home(tmp_path)
    with started(home) as (process, lines):
        address = address_in(lines)
        assert lines[1:] == [
            f"  site: POST {address}/hooks/site",
            f"  partner: POST {address}/hooks/partner",
            f"  form: POST {address}/hooks/form",
            f"next: sellhub --home {home} lead list",
        ]
        assert post(address, submission(1)).status_code == 202
        assert soon(lambda: leads(home) == [("p1@example1.com", "ann@example.com")])
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "site: run 1 took in 1 read, 1 created" in log
    assert "stopped" in log
    assert "Traceback" not in log
    assert SECRET not in log


def test_killed_at_once_after_its_answer_it_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL, the power cut of processes: the next start takes in what was answered with a yes."""
    home = make_home(tmp_path)
    with started(home) as (process, lines):
        answers = [post(address_in(lines), submission(number)).status_code for number in range(5)]
        process.kill()
        process.communicate(timeout=10)

    assert answers == [202] * 5
    with started(home):
        assert soon(lambda: len(leads(home)) == 5)


def test_it_says_what_was_refused_and_that_there_is_no_encryption(tmp_path: Path) -> None:
    """Somebody may be trying; and somebody may be listening."""
    home = make_home(tmp_path)
    with started(home) as (_, lines):
        post(address_in(lines), submission(1), secret="wrong")
    assert refused(home) == {("site", 401): 1}

    home_again = make_home(tmp_path, HUB)
    with started(home_again) as (process, _):
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)
    assert "site: 1 refused so far" in log


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = run(["serve", "--port", port, "--home", str(make_home(tmp_path))])

    assert code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in (said := capsys.readouterr().err)
    assert "fix: choose another" in said


def test_a_hub_toml_that_is_wrong_is_said_before_anything_is_received(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by a traceback of the server."""
    home = make_home(tmp_path, '[sources.site]\nconnector = "webhok"\n')
    code = run(["serve", "--port", "0", "--home", str(home)])

    assert code == 1
    assert "did you mean 'webhook'" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk-through posts by curl, which is not here")
def test_the_walk_through_works_as_it_is_written(tmp_path: Path) -> None:
    """Its hub.toml, its curl and its Python, one after another."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    toml, curl, python = _block(blocks, "toml", ""), _block(blocks, "sh", "curl"), _block(blocks, "python", "def send")
    signed = toml.replace("[sources.site]", "[sources.signed]").replace("token", "secret").partition("[[pools]]")[0]
    home = make_home(tmp_path, signed.replace("SITE_TOKEN", "SITE_SECRET") + toml)
    env = {"SITE_TOKEN": "token-of-the-test", "SITE_SECRET": SECRET}

    with started(home, env) as (_, lines):
        address = address_in(lines)
        command = curl.replace("http://127.0.0.1:8480", address)
        shell = ["sh", "-c", command]
        done = subprocess.run(shell, env={**os.environ, **env}, capture_output=True, text=True, check=True, timeout=30)
        names: dict[str, Any] = {}
        exec(python, names)
        answer = names["send"](
            f"{address}/hooks/signed", SECRET, "form-2", {"last_name": "Wu", "email": "wu@b.example"}
        )

        assert done.stdout.startswith('{"accepted":1,"key":"sha256:')
        assert answer == {"accepted": 1, "key": "form-2"}
        assert soon(lambda: {email for email, _ in leads(home)} == {"ann.li@acme.example", "wu@b.example"})
        assert {owner for _, owner in leads(home)} == {"ann@example.com", "bo@example.com"}


def _block(blocks: list[tuple[str, str]], language: str, start: str) -> str:
    return next(text for kind, text in blocks if kind == language and text.lstrip().find(start) >= 0)
