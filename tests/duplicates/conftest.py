"""A hub in which people and companies are there twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.opening import Hub
from tests.conversion.world import TOML


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)
