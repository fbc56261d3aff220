"""Programs that the hub starts beside itself, and ends again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 15
"""How long a program may take to finish what it has under way once it is asked to end."""


@contextmanager
def running(words: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python module (`words`, as after `python -m`) while the block lasts; what it prints goes to `log`.

    It runs in a session of its own, so that a Ctrl-C reaches this process alone, which then ends it
    and all that it started.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  -- our own words, no shell
            [sys.executable, "-m", *words],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and make it, with all that it started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(number)
            _wait(process, GRACE_SECONDS)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing of it is left
    finally:
        process.wait()


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return  # the next, firmer signal follows


@contextmanager
def ended_softly() -> Iterator[None]:
    """Let SIGTERM unwind this process as Ctrl-C does, so that nothing it started is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
