"""Which files a path or a pattern names, and whether one of them is still what it was."""

from __future__ import annotations

import glob
from hashlib import sha256
from pathlib import Path

from connectors.errors import SetupError

_EDGE = 1 << 16


def find_files(pattern: str) -> list[Path]:
    """Give the file at a path, or all that fit a pattern, in the order of their names.

    Raises:
        SetupError: there is none, or it is a folder or no plain file.
    """
    path = Path(pattern).expanduser()
    if path.is_dir():
        fix = f"name a file in it, or a pattern such as {path / '*.csv'}"
        raise SetupError(f"{path} is a folder", fix=fix)
    if path.exists():
        return [_plain(path)]
    names = glob.glob(str(path), recursive=True)  # noqa: PTH207  -- Path.glob takes no absolute pattern
    found = sorted(Path(name) for name in names if Path(name).is_file())
    if not found:
        what = "no file fits" if glob.has_magic(pattern) else "there is no file"
        raise SetupError(f"{what} {path}", fix=f"check the path; it is looked for from {Path.cwd()}")
    return found


def _plain(path: Path) -> Path:
    if not path.is_file():
        raise SetupError(f"{path} is not a plain file", fix="save it to a file: it is read more than once")
    return path


def fingerprint(path: Path) -> str:
    """Give a text that changes when the file does: size, time, and a hash of its first and last 64 KB."""
    stat = path.stat()
    with path.open("rb") as file:
        edges = sha256(file.read(_EDGE))
        file.seek(max(0, stat.st_size - _EDGE))
        edges.update(file.read(_EDGE))
    return f"{path} {stat.st_size} {stat.st_mtime_ns} {edges.hexdigest()}"
