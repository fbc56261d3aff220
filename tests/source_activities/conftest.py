"""A hub that reads the made-up account."""

from __future__ import annotations

import pytest

from hub.opening import Hub
from tests.conftest import OpenHub
from tests.source_activities.account import write_mappings

TOML = """
[hub]
currency = "EUR"
[[users]]
name = "Ann Li"
email = "ann@example.com"
[[users]]
name = "Bo Berg"
email = "bo@example.com"
[[pipelines]]
name = "Sales"
[[pipelines.stages]]
name = "Open"
category = "incoming"
[sources.crm]
connector = "hubspot"
token = "x"
"""


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """An empty hub with two users, on each database."""
    hub = opened(TOML)
    write_mappings(hub.home)
    return hub
