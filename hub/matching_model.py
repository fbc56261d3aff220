"""The matching model in force: the shipped one, or the admin's own in the hub's home."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sell_model.errors import SetupError
from sell_model.matching.evidence import Model, read_model

FILE_NAME = "matching.toml"


def model_of(home: Path) -> Model:
    """Give the model in force.

    Raises:
        SetupError: the admin's own `matching.toml` is not right; every fault is named.
    """
    path = home / FILE_NAME
    return _own(path, path.stat().st_mtime_ns) if path.exists() else shipped_model()


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Give the model that the hub comes with."""
    return read_model(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    return tomllib.loads(files("sell_model.matching").joinpath("model.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _own(path: Path, _changed: int) -> Model:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path}: not valid TOML: {error}", fix="correct that line, or remove the file") from error
    try:
        return read_model(data, _shipped())
    except SetupError as error:
        raise SetupError(f"{path}: {error}", fix=error.fix) from error
