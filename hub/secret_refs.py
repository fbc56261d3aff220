"""Secrets come by reference: `env:NAME`, `file:PATH`. What they hold reaches no log, error or page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sell_model.errors import SetupError


def resolved(value: Any, setting: str, home: Path) -> Any:
    """Replace a reference by what it refers to; anything else is given back as it is.

    Args:
        setting: the setting's name, for messages.
        home: where relative `file:` paths start.

    Raises:
        SetupError: the variable is not set, or the file cannot be read.
    """
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    if kind == "env" and name:
        return _from_environment(name, setting)
    if kind == "file" and name:
        return _from_file(home / Path(name).expanduser(), setting)
    return value


def _from_environment(name: str, setting: str) -> str:
    found = os.environ.get(name)
    if not found:
        raise SetupError(
            f"{setting} refers to the environment variable {name}, which is not set", fix=f"export {name}=…"
        )
    return found


def _from_file(path: Path, setting: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SetupError(
            f"{setting} refers to the file {path}, which cannot be read: {error.strerror}",
            fix="check the path and who may read it",
        ) from error
    except UnicodeDecodeError:  # its text would show a part of the secret
        raise SetupError(f"{setting} refers to the file {path}, which is no text", fix="write it as UTF-8") from None
