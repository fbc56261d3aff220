"""A hub with salespeople and pools of leads, contacts and deals."""

from __future__ import annotations

import pytest

from hub.opening import Hub
from tests.conftest import OpenHub
from tests.conversion.world import TOML


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in three pools."""
    return opened(TOML)
