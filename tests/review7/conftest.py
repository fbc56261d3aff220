"""A hub with salespeople, and one in which people are there twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.opening import Hub
from tests.conversion.world import TOML
from tests.duplicates.test_sweeping import crowded

__all__ = ["crowded"]


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with salespeople and pools."""
    return opened(TOML)
