"""The lock: exact versions with hashes, for pip and uv alike, of what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINS = dict(re.findall(r"^([\w.-]+(?:\[[\w, ]+\])?)==([^\s;]+)", LOCK, flags=re.MULTILINE))


def test_all_that_the_project_asks_for_is_pinned() -> None:
    """What is not in the lock would be resolved anew on every machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=]", line, maxsplit=1)[0].strip().lower() for line in asked}
    assert {name for name in names if name not in PINS} == set()


def test_sqlalchemy_is_pinned_by_both_of_its_names() -> None:
    """Prefect asks for `sqlalchemy[asyncio]`; pip takes the plain pin for none of that, and refuses the lock."""
    assert PINS["sqlalchemy"] == PINS["sqlalchemy[asyncio]"]


def test_no_index_is_named() -> None:
    """The lock serves whatever index a machine is set up for."""
    assert "://" not in LOCK
