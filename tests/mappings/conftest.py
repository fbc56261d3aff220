"""Mapping files written by a test, checked and compiled as an admin's would be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from mappings.compile import Context, Mapping, compile_mapping
from mappings.library import MappingFile

Write: TypeAlias = Callable[[str], MappingFile]
Compile: TypeAlias = Callable[[str], Mapping]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a mapping file."""

    def written(text: str) -> MappingFile:
        path = tmp_path / "mapping.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return MappingFile(path)

    return written


@pytest.fixture
def compiled(write: Write) -> Compile:
    """Write a mapping file and compile it for a plain hub."""
    return lambda text: compile_mapping(write(text), Context())
