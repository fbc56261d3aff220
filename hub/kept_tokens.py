"""Refresh tokens that came in place of those in the settings: a file each in the hub's home, for its owner alone.

hub.toml refers to a refresh token (`env:NAME`, `file:PATH`) and the hub does not write there. A vendor who replaces it
at each use would lock the next process out, so what came is kept in `refresh-tokens/`. A file bears the hash of the
token in the settings that it came from: a person who sets another one begins anew. Never in the database, which is
copied, dumped and queried.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import SetupError, TransientError
from connectors.renewal import Turn

try:
    import fcntl
except ImportError:  # a system without it: two workers who renew at once are not kept apart
    fcntl = None  # type: ignore[assignment]

FOLDER = "refresh-tokens"
LONGEST, AGAIN = 120.0, 0.02
"""Seconds to wait for another worker's renewal, and between two looks; a dead one lets go at once."""


class KeptTokens:
    """The folder of a home. Workers who renew with what came from one token do so one after the other."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    @contextmanager
    def turn(self, given: str) -> Iterator[Turn]:
        """Wait for one's turn; see `connectors.renewal.RefreshTokens.turn`."""
        path = self._folder / hashlib.sha256(given.encode()).hexdigest()[:32]
        lock = self._opened(path.with_suffix(".lock"))
        try:
            _wait_for(lock)
            yield _KeptTurn(path, _read(path) or given)
        finally:
            if lock is not None:
                os.close(lock)  # which also lets go of it, as does the end of the process

    def _opened(self, path: Path) -> int | None:
        """Open the lock; None: the home cannot be written, which is no fault as long as nothing comes to be kept."""
        try:
            if not self._folder.exists():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None


@dataclass(slots=True)
class _KeptTurn:
    path: Path
    newest: str

    def replaced(self, token: str) -> None:
        """Write the token to the disk, whole or not at all."""
        fresh = self.path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)  # what a kill left, or somebody's link: it bears its own rights
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(token.encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            _to_disk(self.path.parent)
        except OSError as error:
            raise SetupError(
                f"the vendor replaced the refresh token, and {self.path} cannot be written: {error.strerror}",
                fix="let the hub write its home, then sign in again and set the new refresh_token",
            ) from error
        self.newest = token


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode().strip("\r\n")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise SetupError(
            f"the newest refresh token is in {path}, which cannot be read: {error.strerror}",
            fix="let the hub's user read it; or sign in again, set the new refresh_token and remove that file",
        ) from error
    except UnicodeDecodeError:  # its text would show a part of the secret
        raise SetupError(
            f"the newest refresh token is in {path}, which is no text",
            fix="sign in again, set the new refresh_token and remove that file",
        ) from None


def _to_disk(folder: Path) -> None:
    """Let a file's new name outlast a loss of power."""
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _wait_for(lock: int | None) -> None:
    if lock is None or fcntl is None:
        return
    until = time.monotonic() + LONGEST
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= until:
                raise TransientError(
                    f"another worker has been renewing the access token for {LONGEST:g} seconds"
                ) from error
            time.sleep(AGAIN)
        else:
            return
